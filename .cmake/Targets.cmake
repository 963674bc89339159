# Helpers for programs that are not shipped. NAME is <folder>_<what>; the program lands beside its folder's others.
#
# Labels that mean something to `./dev test`: dpi, qemu and slurm run only when asked for; plain marks tests that look
# at sources, compilers or shipped objects: sanitizers and coverage can't change what they find, so those presets leave
# them out.

# An instrumented program may be several times slower, and its time limit is for hangs only.
function(reconverge_time_limit variable seconds)
    if(NOT seconds)
        set(seconds 120)
    endif()
    if(RECONVERGE_INSTRUMENTED)
        math(EXPR seconds "5 * ${seconds}")
    endif()
    set(${variable} ${seconds} PARENT_SCOPE)
endfunction()

# reconverge_loadable(target...): static libraries that the Python module carries too, made of the same objects as in
# the programs. Calls within a file stay what they are in a program: nobody puts another definition in between.
function(reconverge_loadable)
    foreach(target IN LISTS ARGN)
        set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
        target_compile_options(${target} PRIVATE -fno-semantic-interposition)
    endforeach()
endfunction()

# reconverge_test(NAME source... [LIBS lib...] [LABELS label...] [TIMEOUT seconds])
# One GoogleTest program; each of its cases is a ctest of its own.
function(reconverge_test name)
    cmake_parse_arguments(arg "" "TIMEOUT" "LIBS;LABELS" ${ARGN})
    if(NOT BUILD_TESTING)
        return()
    endif()
    if(NOT arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "reconverge_test(${name}): no source files; name at least one")
    endif()
    reconverge_time_limit(limit "${arg_TIMEOUT}")
    if(NOT arg_LABELS)
        set(arg_LABELS unit)
    endif()
    include(GoogleTest)
    add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
    target_link_libraries(${name} PRIVATE ${arg_LIBS} GTest::gmock GTest::gtest_main)
    # Discovery at test time: a crashing test program fails its tests, not the build.
    # NO_PRETTY_VALUES keeps names stable.
    gtest_discover_tests(${name} TEST_PREFIX "${name}." NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST
                         PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${limit})
endfunction()

# reconverge_python_test(NAME script [ARGS arg...] [LABELS label...] [TIMEOUT seconds])
# A Python program that exits non-zero on failure and 77 when it cannot measure.
function(reconverge_python_test name script)
    cmake_parse_arguments(arg "" "TIMEOUT" "ARGS;LABELS" ${ARGN})
    if(NOT BUILD_TESTING)
        return()
    endif()
    reconverge_time_limit(limit "${arg_TIMEOUT}")
    if(NOT arg_LABELS)
        set(arg_LABELS build)
    endif()
    cmake_path(ABSOLUTE_PATH script BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    add_test(NAME ${name} COMMAND ${Python3_EXECUTABLE} -B ${script} ${arg_ARGS}
             WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${limit} SKIP_RETURN_CODE 77)
endfunction()

# reconverge_benchmark(NAME source... [LIBS lib...]): program NAME_bench, found by `./dev bench`; target `benchmarks`
# builds them all.
function(reconverge_benchmark name)
    cmake_parse_arguments(arg "" "" "LIBS" ${ARGN})
    if(NOT BUILD_TESTING)
        return()
    endif()
    add_executable(${name}_bench ${arg_UNPARSED_ARGUMENTS})
    target_link_libraries(${name}_bench PRIVATE ${arg_LIBS} benchmark::benchmark benchmark::benchmark_main)
    set_target_properties(${name}_bench PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
    if(NOT TARGET benchmarks)
        add_custom_target(benchmarks)
    endif()
    add_dependencies(benchmarks ${name}_bench)
endfunction()

# reconverge_script_benchmark(NAME script [arg...]): a benchmark that is a Python program, to run others beside ours.
# Those it runs are built by target `benchmarks` too, where the caller says so.
function(reconverge_script_benchmark name script)
    if(NOT BUILD_TESTING)
        return()
    endif()
    list(JOIN ARGN "' '" arguments)
    set(command "'${Python3_EXECUTABLE}' -B '${CMAKE_CURRENT_SOURCE_DIR}/${script}' '${arguments}'")
    file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/bench/${name}_bench
         CONTENT "#!/bin/sh\nexec ${command} \"$@\"\n" FILE_PERMISSIONS
         OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
endfunction()

# reconverge_fuzz(NAME source... [LIBS lib...]): program NAME_fuzz, found by `./dev fuzz NAME`.
# libFuzzer comes with clang, so the target exists in clang's sanitizer presets only; preset fuzz counts in most code.
function(reconverge_fuzz name)
    cmake_parse_arguments(arg "" "" "LIBS" ${ARGN})
    if(NOT BUILD_TESTING OR NOT RECONVERGE_SANITIZE OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
        return()
    endif()
    add_executable(${name}_fuzz ${arg_UNPARSED_ARGUMENTS})
    target_compile_options(${name}_fuzz PRIVATE -fno-sanitize=fuzzer-no-link)   # counts below it, not in it
    target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
    target_link_libraries(${name}_fuzz PRIVATE ${arg_LIBS})
    set_target_properties(${name}_fuzz PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzzers)
endfunction()
