# Libraries: the system's first (find_package), else a release pinned by hash. Any of them can be taken from a local
# folder with -DFETCHCONTENT_SOURCE_DIR_<NAME>=DIR. Versions are those of Debian 12.
#
# Where the hashes come from: GOOGLETEST, NLOHMANN_JSON and BENCHMARK equal the checksums of Debian's unmodified
# .orig tarballs; FMT, CLI11, RAPIDCHECK and TL_EXPECTED are those that Conan Center's and Bazel's recipes agree on.
include(FetchContent)

function(reconverge_pin name package url sha256)
    FetchContent_Declare(${name} URL ${url} URL_HASH SHA256=${sha256} DOWNLOAD_EXTRACT_TIMESTAMP OFF
                         SYSTEM ${ARGN} FIND_PACKAGE_ARGS NAMES ${package})
endfunction()

# No upstream CMake for this one (it would clone a helper repository): an empty SOURCE_SUBDIR, and our own target.
reconverge_pin(tl_expected tl-expected https://github.com/TartanLlama/expected/archive/refs/tags/v1.0.0.tar.gz
               8f5124085a124113e75e3890b4e923e3a4de5b26a973b891b3deb40e19c03cee SOURCE_SUBDIR none)
reconverge_pin(fmt fmt https://github.com/fmtlib/fmt/archive/9.1.0.tar.gz
               5dea48d1fcddc3ec571ce2058e13910a0d4a6bab4cc09a809d8b1dd1c88ae6f2)
reconverge_pin(cli11 CLI11 https://github.com/CLIUtils/CLI11/archive/v2.1.2.tar.gz
               26291377e892ba0e5b4972cdfd4a2ab3bf53af8dac1f4ea8fe0d1376b625c8cb)
reconverge_pin(nlohmann_json nlohmann_json https://github.com/nlohmann/json/archive/v3.11.2.tar.gz
               d69f9deb6a75e2580465c6c4c5111b89c4dc2fa94e3a85fcd2ffcd9a143d9273)
reconverge_pin(googletest GTest https://github.com/google/googletest/archive/release-1.12.1.tar.gz
               81964fe578e9bd7c94dfdb09c8e4d6e6759e19967e397dbea48d1c10e45d0df2)
reconverge_pin(rapidcheck rapidcheck
               https://github.com/emil-e/rapidcheck/archive/ff6af6fc683159deb51c543b065eba14dfcf329b.zip
               60951dbc4de162622f51a4a34117c269a9921833a51dddce36f4cc80a5f7cf9f)
reconverge_pin(benchmark benchmark https://github.com/google/benchmark/archive/refs/tags/v1.7.1.tar.gz
               6430e4092653380d9dc4ccb45a1e2dc9259d581f4866dc0759713126056bc1d7)

# Nothing of theirs is tested or installed by us.
set(FMT_INSTALL OFF)
set(JSON_BuildTests OFF)
set(INSTALL_GTEST OFF)
set(RC_ENABLE_GTEST ON)
set(BENCHMARK_ENABLE_TESTING OFF)
set(BENCHMARK_ENABLE_INSTALL OFF)
set(CMAKE_POLICY_DEFAULT_CMP0077 NEW)   # the settings above reach their option()s

FetchContent_MakeAvailable(tl_expected fmt cli11 nlohmann_json)
if(BUILD_TESTING)
    FetchContent_MakeAvailable(googletest)
endif()
if(BUILD_TESTING AND NOT CMAKE_CROSSCOMPILING)
    FetchContent_MakeAvailable(rapidcheck benchmark)
endif()

if(NOT TARGET tl::expected)
    # IMPORTED, so that libhal's exported target may name it without exporting it.
    add_library(tl::expected INTERFACE IMPORTED GLOBAL)
    target_include_directories(tl::expected INTERFACE ${tl_expected_SOURCE_DIR}/include)
endif()

# SHA-256 of certificates. The archive, where there is one: loading and relocating the library takes longer than most
# commands do.
find_library(CRYPTO_ARCHIVE libcrypto.a)
if(CRYPTO_ARCHIVE)
    set(OPENSSL_USE_STATIC_LIBS ON)
endif()
if(NOT CMAKE_CROSSCOMPILING)   # what needs them isn't built
    find_package(OpenSSL REQUIRED COMPONENTS Crypto)
    find_path(DEFLATE_INCLUDE_DIR libdeflate.h)
    find_library(DEFLATE_LIBRARY NAMES libdeflate.a deflate)
    if(NOT DEFLATE_INCLUDE_DIR OR NOT DEFLATE_LIBRARY)
        message(FATAL_ERROR "libdeflate is missing: install libdeflate-dev (Debian) or its equivalent")
    endif()
    add_library(deflate INTERFACE IMPORTED GLOBAL)
    target_include_directories(deflate SYSTEM INTERFACE ${DEFLATE_INCLUDE_DIR})
    target_link_libraries(deflate INTERFACE ${DEFLATE_LIBRARY})
endif()

# Compression of certificates and traces, and of the archives that logic analysers write. C libraries that every
# distribution has; only their system versions are used. Debian ships no CMake package for zstd: the archive is for
# halctl-static.
find_package(Threads REQUIRED)
find_path(ZSTD_INCLUDE_DIR zstd.h)
find_library(ZSTD_LIBRARY zstd)
find_library(ZSTD_ARCHIVE libzstd.a)
if(NOT ZSTD_INCLUDE_DIR OR NOT ZSTD_LIBRARY OR NOT ZSTD_ARCHIVE)
    message(FATAL_ERROR "zstd is missing: install libzstd-dev (Debian) or its equivalent, with the static library")
endif()
add_library(zstd INTERFACE IMPORTED GLOBAL)
target_include_directories(zstd SYSTEM INTERFACE ${ZSTD_INCLUDE_DIR})
target_link_libraries(zstd INTERFACE ${ZSTD_ARCHIVE})
