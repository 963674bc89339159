# Builds for the microcontroller: libhal, what reaches a chip, halctl, and their unit tests, which run under qemu-user.
# Before Dependencies: what the compiler doesn't bring is unpacked into the build folder, for find_package to see.
if(NOT CMAKE_CROSSCOMPILING)
    return()
endif()
set(packages libzstd-dev libfmt-dev libfmt9 libexpected-dev libcli11-dev nlohmann-json3-dev)
execute_process(COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/.cmake/sysroot.py
                        ${RECONVERGE_DEBIAN_ARCHITECTURE} ${CMAKE_FIND_ROOT_PATH} ${packages}
                RESULT_VARIABLE result)
if(NOT result EQUAL 0)
    message(FATAL_ERROR "no libraries for ${RECONVERGE_DEBIAN_ARCHITECTURE}: see above")
endif()
set(FETCHCONTENT_SOURCE_DIR_GOOGLETEST /usr/src/googletest)   # Debian's googletest: its source
