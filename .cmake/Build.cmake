# Language level, caches and instrumentation: everything a preset may choose.
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()

option(BUILD_TESTING "Build the tests" ON)
option(RECONVERGE_WERROR "Treat warnings as errors" ON)
option(RECONVERGE_COVERAGE "Count what is run of libhal" OFF)
option(RECONVERGE_FUZZ "Build fuzz/ for libFuzzer, everything below it with its counters" OFF)
set(RECONVERGE_SANITIZE "" CACHE STRING "Sanitizers, as in -fsanitize=LIST")

if(BUILD_TESTING)
    enable_testing()
endif()

set(RECONVERGE_GENERATED_DIR ${PROJECT_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${RECONVERGE_GENERATED_DIR})

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # Paths count from the tree, so that every clone of it shares what was compiled in another.
    set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
    set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

# The system's Python, not a version manager's shim: a build step must not depend on the caller's shell.
if(NOT Python3_EXECUTABLE AND EXISTS /usr/bin/python3)
    set(Python3_EXECUTABLE /usr/bin/python3)
endif()
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)

# RECONVERGE_INSTRUMENTED: the objects are not those that ship, so tests of the release archive skip themselves.
set(RECONVERGE_INSTRUMENTED OFF)
if(RECONVERGE_SANITIZE)
    set(RECONVERGE_INSTRUMENTED ON)
    add_compile_options(-fsanitize=${RECONVERGE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${RECONVERGE_SANITIZE})
    if(RECONVERGE_SANITIZE MATCHES "undefined")
        add_compile_options(-fno-sanitize=vptr)   # needs RTTI, which libhal does not have
        add_link_options(-fno-sanitize=vptr)
    endif()
endif()
if(RECONVERGE_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
    add_link_options(-fsanitize=fuzzer-no-link)
endif()
if(RECONVERGE_COVERAGE)
    set(RECONVERGE_INSTRUMENTED ON)
    add_link_options(--coverage)   # what is counted is libhal and its own tests: hal/CMakeLists.txt
endif()
