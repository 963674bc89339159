# libhal: its restrictions, its two libraries from one set of objects, and how programs link it.

# reconverge_hal_flags(target): the rules of code that ships in libhal. The audit checks the result.
function(reconverge_hal_flags target)
    target_compile_options(${target} PRIVATE
        $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti -fno-threadsafe-statics -fvisibility-inlines-hidden>
        -fvisibility=hidden -ffunction-sections -fdata-sections)
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON INTERPROCEDURAL_OPTIMIZATION OFF)
    target_link_libraries(${target} PRIVATE tl::expected)
endfunction()

# reconverge_hal_shared(name object...): a library with the interface of hal.h, and nothing else to be seen.
function(reconverge_hal_shared name)
    set(exports ${reconverge_SOURCE_DIR}/hal/api/libhal.map)
    add_library(${name} SHARED ${ARGN})
    reconverge_hal_flags(${name})
    set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX SOVERSION 1 LINK_DEPENDS ${exports})
    target_link_options(${name} PRIVATE LINKER:--as-needed LINKER:--version-script=${exports})
    if(NOT RECONVERGE_INSTRUMENTED)
        target_link_options(${name} PRIVATE LINKER:-z,defs)
    endif()
endfunction()

# reconverge_hal_libraries(objects): makes `hal` (libhal.a) and `hal_shared` (libhal.so) and installs them.
function(reconverge_hal_libraries objects)
    add_library(hal STATIC $<TARGET_OBJECTS:${objects}>)
    reconverge_hal_shared(hal_shared $<TARGET_OBJECTS:${objects}>)
    # The name follows the interface, not the project: libhal.so.1 serves every caller of libhal.so.1.
    set(header ${PROJECT_SOURCE_DIR}/hal/api/hal.h)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${header})
    file(STRINGS ${header} version REGEX "^#define HAL_ABI_VERSION")
    string(REGEX MATCH "[0-9]+" version "${version}")
    set_target_properties(hal_shared PROPERTIES OUTPUT_NAME hal VERSION 1.${version})
    target_link_options(hal_shared PRIVATE LINKER:-Map=$<TARGET_FILE:hal_shared>.map)
    foreach(library IN ITEMS hal hal_shared)
        set_target_properties(${library} PROPERTIES LINKER_LANGUAGE CXX)
        add_dependencies(${library} ${objects})
        target_link_libraries(${library} INTERFACE tl::expected)
        target_compile_features(${library} INTERFACE cxx_std_17)
        target_include_directories(${library} INTERFACE
            $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<BUILD_INTERFACE:${RECONVERGE_GENERATED_DIR}>
            $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/reconverge>)
        add_library(reconverge::${library} ALIAS ${library})
    endforeach()
    reconverge_install_hal()
endfunction()

# reconverge_install_hal(): `cmake --install` gives libraries, headers, the CMake package and the pkg-config file.
function(reconverge_install_hal)
    include(CMakePackageConfigHelpers)
    set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/reconverge)
    install(TARGETS hal hal_shared EXPORT reconvergeTargets
            ARCHIVE COMPONENT dev LIBRARY COMPONENT runtime NAMELINK_COMPONENT dev)
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/hal ${RECONVERGE_GENERATED_DIR}/hal
            DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/reconverge COMPONENT dev FILES_MATCHING
            PATTERN "*.hpp" PATTERN "*.h")
    install(EXPORT reconvergeTargets NAMESPACE reconverge:: DESTINATION ${package_dir} COMPONENT dev)
    configure_package_config_file(${PROJECT_SOURCE_DIR}/.cmake/reconvergeConfig.cmake.in
        ${PROJECT_BINARY_DIR}/reconvergeConfig.cmake INSTALL_DESTINATION ${package_dir})
    write_basic_package_version_file(${PROJECT_BINARY_DIR}/reconvergeConfigVersion.cmake
                                     COMPATIBILITY SameMinorVersion)
    file(RELATIVE_PATH pc_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")   # relocatable: no absolute prefix inside
    configure_file(${PROJECT_SOURCE_DIR}/.cmake/reconverge.pc.in ${PROJECT_BINARY_DIR}/reconverge.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/reconvergeConfig.cmake ${PROJECT_BINARY_DIR}/reconvergeConfigVersion.cmake
            DESTINATION ${package_dir} COMPONENT dev)
    install(FILES ${PROJECT_BINARY_DIR}/reconverge.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)
endfunction()

# reconverge_link_hal(program [SHARED]): every object of libhal.a (or libhal.so) goes into the program, used or not,
# so that all programs carry the same HAL; the map file beside the program is the proof that a test reads.
function(reconverge_link_hal program)
    if("SHARED" IN_LIST ARGN)
        target_link_libraries(${program} PRIVATE hal_shared)
    else()
        target_link_libraries(${program} PRIVATE $<LINK_LIBRARY:WHOLE_ARCHIVE,hal>)
    endif()
    target_link_options(${program} PRIVATE LINKER:-Map=$<TARGET_FILE:${program}>.map)
    set_property(GLOBAL APPEND PROPERTY RECONVERGE_HAL_PROGRAMS ${program})
endfunction()
