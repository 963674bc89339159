# reconverge_verilate(NAME TOP module SOURCES file... [DEPENDS file...] [OPTIONS option...]): static library NAME of a
# Verilated design, class V<module>. Verilator runs when it is built, not when CMake is; its code is not held to our
# warnings. Part of target `dpi`, which `./dev test --dpi` builds; nothing else does.
function(reconverge_verilate name)
    cmake_parse_arguments(arg "" "TOP" "SOURCES;DEPENDS;OPTIONS" ${ARGN})
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/${name})
    set(archive ${folder}/V${arg_TOP}__ALL.a)
    file(MAKE_DIRECTORY ${folder})   # CMake wants it to be there already
    find_program(RECONVERGE_CLANG clang++)   # a third faster to build and to run than gcc's
    set(compiler ${CMAKE_CXX_COMPILER})
    if(RECONVERGE_CLANG)
        set(compiler ${RECONVERGE_CLANG})
    endif()
    find_program(RECONVERGE_CCACHE ccache)
    set(cache "")
    if(RECONVERGE_CCACHE)
        set(cache "OBJCACHE=${RECONVERGE_CCACHE}")
    endif()
    add_custom_command(OUTPUT ${archive}
        COMMAND ${VERILATOR_BIN} --cc --build --build-jobs 2 -O3 --Mdir ${folder} --top-module ${arg_TOP}
                --prefix V${arg_TOP} --x-assign fast --x-initial unique --output-split 20000 --unroll-count 1
                -MAKEFLAGS "CXX=${compiler} LINK=${compiler} OPT_FAST=-O2 OPT_SLOW=-O0 OPT_GLOBAL=-O2 ${cache} \
USER_CPPFLAGS=-w --no-print-directory --silent"
                ${arg_OPTIONS} ${arg_SOURCES}
        DEPENDS ${arg_SOURCES} ${arg_DEPENDS}
        COMMENT "Verilating ${arg_TOP} (${name})"
        VERBATIM)
    add_custom_target(${name}_verilated DEPENDS ${archive})
    add_dependencies(${name}_verilated registers)
    add_library(${name} STATIC IMPORTED GLOBAL)
    set_target_properties(${name} PROPERTIES IMPORTED_LOCATION ${archive})
    target_include_directories(${name} SYSTEM INTERFACE ${folder} ${VERILATOR_ROOT}/include
                               ${VERILATOR_ROOT}/include/vltstd)
    target_link_libraries(${name} INTERFACE verilated)
    add_dependencies(${name} ${name}_verilated)
endfunction()

# reconverge_dpi_test(NAME source... [LIBS lib...]): one ctest for each suite of it, label dpi.
function(reconverge_dpi_test name)
    cmake_parse_arguments(arg "" "TIMEOUT" "LIBS;SUITES" ${ARGN})
    if(NOT BUILD_TESTING)
        return()
    endif()
    reconverge_time_limit(limit "${arg_TIMEOUT}")
    add_executable(${name} EXCLUDE_FROM_ALL ${arg_UNPARSED_ARGUMENTS})
    target_link_libraries(${name} PRIVATE ${arg_LIBS} GTest::gtest GTest::gtest_main)
    add_dependencies(dpi ${name})
    foreach(suite IN LISTS arg_SUITES)
        add_test(NAME ${name}.${suite} COMMAND ${name} --gtest_filter=${suite}.*)
        set_tests_properties(${name}.${suite} PROPERTIES LABELS dpi TIMEOUT ${limit})
    endforeach()
endfunction()
