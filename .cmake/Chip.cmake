# reconverge_chip(NAME): a chip other than Heron, described in the folder of the caller (docs/your-chip.md):
#   NAME.rdl            instances and addresses; address map NAME
#   blocks/TYPE/        TYPE.rdl, its driver in .cpp files, their tests in _test.cpp files
#   model/TYPE.cpp      what its hardware does beyond storing words
#   intents/*.json      standard intents
# Gives the libraries NAME_hal and NAME_hal_shared and the programs NAME-halctl and NAME-reconverge: engine, links and
# harness are the same files, and the harness the same objects; whatever was generated for Heron is for this chip there.
function(reconverge_chip name)
    set(source ${reconverge_SOURCE_DIR})
    set(here ${CMAKE_CURRENT_SOURCE_DIR})
    set(generated ${CMAKE_CURRENT_BINARY_DIR}/generated)
    file(GLOB_RECURSE rdl CONFIGURE_DEPENDS ${here}/*.rdl)
    file(GLOB_RECURSE rdl_tools CONFIGURE_DEPENDS ${source}/hal/registers/*.py)
    file(GLOB intents CONFIGURE_DEPENDS ${here}/intents/*.json)
    if(NOT EXISTS ${here}/${name}.rdl OR NOT intents)
        message(FATAL_ERROR "reconverge_chip(${name}): ${here} needs ${name}.rdl and an intent in intents/*.json")
    endif()
    set(made hal/chip/chip.cpp hal/registers/names.cpp transports/model/tables.cpp)
    list(TRANSFORM made PREPEND ${generated}/)
    list(GET made 0 chip)
    list(GET made 1 names)
    list(GET made 2 tables)
    add_custom_command(OUTPUT ${generated}/stamp BYPRODUCTS ${made}
        COMMAND ${Python3_EXECUTABLE} -B ${source}/hal/registers/build.py --chip ${here}/${name}.rdl
                --properties ${source}/hal/registers/hal_properties.rdl --blocks ${here}/blocks --out ${generated}
        COMMAND ${CMAKE_COMMAND} -E touch ${generated}/stamp
        DEPENDS ${rdl} ${rdl_tools} ${source}/hal/registers/hal_properties.rdl
        COMMENT "Generating registers, tables and reference of ${name}")
    add_custom_target(${name}_registers DEPENDS ${generated}/stamp)
    set(standard ${generated}/transports/intent/standard.cpp)
    add_custom_command(OUTPUT ${standard}
        COMMAND ${Python3_EXECUTABLE} -B ${source}/transports/intent/embed.py ${standard} ${intents}
        DEPENDS ${source}/transports/intent/embed.py ${intents}
        COMMENT "Embedding the standard intents of ${name}")
    set_source_files_properties(${made} PROPERTIES GENERATED TRUE)

    file(GLOB engine CONFIGURE_DEPENDS ${source}/hal/bus/*.cpp ${source}/hal/converge/*.cpp ${source}/hal/api/*.cpp)
    list(FILTER engine EXCLUDE REGEX "_test\\.cpp$")
    file(GLOB drivers CONFIGURE_DEPENDS ${here}/blocks/*/*.cpp)
    set(tests ${drivers})
    list(FILTER drivers EXCLUDE REGEX "_test\\.cpp$")
    list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
    add_library(${name}_hal STATIC ${engine} ${drivers} ${chip})
    reconverge_hal_flags(${name}_hal)
    reconverge_hal_shared(${name}_hal_shared $<TARGET_OBJECTS:${name}_hal>)
    set_target_properties(${name}_hal_shared PROPERTIES OUTPUT_NAME ${name}_hal)
    add_library(${name}_names STATIC ${names} ${standard})
    target_link_libraries(${name}_names PRIVATE hal_headers nlohmann_json::nlohmann_json)
    set(libraries ${name}_hal ${name}_names)

    # Whole, and before the archives that hold Heron's: the linker never gets to those.
    add_executable(${name}-halctl)
    target_link_libraries(${name}-halctl PRIVATE $<LINK_LIBRARY:WHOLE_ARCHIVE,${name}_hal>
                          $<LINK_LIBRARY:WHOLE_ARCHIVE,${name}_names> halctl_objects)
    if(TARGET reconverge)
        file(GLOB hardware CONFIGURE_DEPENDS ${here}/model/*.cpp)
        add_library(${name}_model STATIC ${hardware} ${tables})
        target_link_libraries(${name}_model PRIVATE model)
        list(APPEND libraries ${name}_model)
        set(digests ${generated}/chaos/digests.cpp)
        add_custom_command(OUTPUT ${digests}
            COMMAND ${Python3_EXECUTABLE} -B ${source}/chaos/digests.py ${digests}
                    kLinkedHal=$<TARGET_FILE:${name}_hal> kLinkedModel=$<TARGET_FILE:model>,$<TARGET_FILE:${name}_model>
            DEPENDS ${source}/chaos/digests.py ${name}_hal model ${name}_model
            COMMENT "Naming the HAL and the model of ${name} by their digests")
        add_executable(${name}-reconverge ${digests})
        target_link_libraries(${name}-reconverge PRIVATE $<LINK_LIBRARY:WHOLE_ARCHIVE,${name}_hal>
                              $<LINK_LIBRARY:WHOLE_ARCHIVE,${name}_names> $<LINK_LIBRARY:WHOLE_ARCHIVE,${name}_model>
                              reconverge_objects)
    endif()
    foreach(library IN LISTS libraries)   # its own registers before Heron's of the same name
        add_dependencies(${library} ${name}_registers)
        target_include_directories(${library} BEFORE PRIVATE ${generated} ${here})
    endforeach()

    if(tests)
        reconverge_test(${name}_test ${tests} LIBS ${name}_hal)
        target_include_directories(${name}_test BEFORE PRIVATE ${generated} ${here})
        add_dependencies(${name}_test ${name}_registers)
    endif()
    if(NOT RECONVERGE_INSTRUMENTED)   # libhal's rules hold for its drivers, too
        reconverge_python_test(${name}.audit ${source}/tests/audit/audit.py ARGS $<TARGET_FILE:${name}_hal>)
    endif()
endfunction()

# reconverge_chips(): the chips from outside the tree, RECONVERGE_CHIPS: folders whose CMakeLists.txt calls it.
function(reconverge_chips)
    set(RECONVERGE_CHIPS "" CACHE STRING "folders of further chips (docs/your-chip.md)")
    foreach(folder IN LISTS RECONVERGE_CHIPS)
        cmake_path(GET folder FILENAME name)
        add_subdirectory(${folder} chips/${name})
    endforeach()
endfunction()
