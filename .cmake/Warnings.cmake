# Every target below the root gets these; dependencies were added before and do not.
set(reconverge_warnings
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wcast-align -Wcast-qual -Wdouble-promotion -Wformat=2
    -Wimplicit-fallthrough -Wundef -Wvla -Wmissing-declarations)
set(reconverge_cxx_warnings -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast -Wextra-semi)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(APPEND reconverge_warnings -Wduplicated-cond)
    if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
        list(APPEND reconverge_warnings -Wno-restrict)   # false alarms in std::string: GCC bug 105651
        if(CMAKE_BUILD_TYPE STREQUAL "Release")
            # False alarms about copied vectors, only at -O3: GCC bugs 105329, 107852. The other presets keep them.
            list(APPEND reconverge_warnings -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
        endif()
    endif()
else()
    list(APPEND reconverge_warnings -Wmissing-prototypes -Wnewline-eof)
    list(APPEND reconverge_cxx_warnings -Wno-missing-prototypes -Wsuggest-override)
endif()
if(RECONVERGE_WERROR)
    list(APPEND reconverge_warnings -Werror)
endif()

add_compile_options(${reconverge_warnings} "$<$<COMPILE_LANGUAGE:CXX>:${reconverge_cxx_warnings}>")
