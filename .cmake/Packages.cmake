# Debian packages (`cpack --config build/release/CPackConfig.cmake`), manual pages and completions.

# reconverge_program_docs(program component): a manual page from the program's --help, and a completion for bash.
function(reconverge_program_docs program component)
    set(page ${PROJECT_BINARY_DIR}/man/${program}.1.gz)
    add_custom_command(OUTPUT ${page}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/man
        COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/.cmake/packages/manpage.py $<TARGET_FILE:${program}> 1
                ${page}
        DEPENDS ${program} ${PROJECT_SOURCE_DIR}/.cmake/packages/manpage.py
        COMMENT "Manual page of ${program}")
    if(NOT RECONVERGE_INSTRUMENTED AND NOT CMAKE_CROSSCOMPILING)   # it is the program that tells
        add_custom_target(${program}_page ALL DEPENDS ${page})
        install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT ${component})
    endif()
    set(PROGRAM ${program})
    configure_file(${PROJECT_SOURCE_DIR}/.cmake/packages/completion.bash
                   ${PROJECT_BINARY_DIR}/completions/${program} @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/completions/${program}
            DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT ${component})
endfunction()

# reconverge_packages(): libreconverge-hal, libreconverge-hal-dev, reconverge and halctl. Last: it looks at components.
function(reconverge_packages)
    set(CPACK_GENERATOR DEB)
    set(CPACK_PACKAGE_NAME reconverge)
    set(CPACK_PACKAGE_VENDOR Reconverge)
    set(CPACK_PACKAGE_CONTACT "The Reconverge developers <reconverge@localhost>")
    set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
    set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
    set(CPACK_STRIP_FILES ON)
    set(CPACK_COMPONENTS_ALL runtime dev reconverge halctl)
    set(CPACK_DEB_COMPONENT_INSTALL ON)
    set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
    set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
    set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/hal)
    set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME libreconverge-hal)
    set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
    set(CPACK_DEBIAN_RUNTIME_PACKAGE_GENERATE_SHLIBS ON)
    set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "stateless HAL of the Heron SoC: the shared library")
    set(CPACK_DEBIAN_DEV_PACKAGE_NAME libreconverge-hal-dev)
    set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
    set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libreconverge-hal (= ${PROJECT_VERSION}), libexpected-dev")
    set(CPACK_COMPONENT_DEV_DESCRIPTION "stateless HAL of the Heron SoC: headers, static library, CMake and pkg-config")
    set(CPACK_DEBIAN_RECONVERGE_PACKAGE_NAME reconverge)
    set(CPACK_DEBIAN_RECONVERGE_PACKAGE_SECTION devel)
    set(CPACK_DEBIAN_RECONVERGE_PACKAGE_SUGGESTS "slurm-client, parallel")
    set(CPACK_COMPONENT_RECONVERGE_DESCRIPTION "kills a HAL everywhere and shows that a fresh one recovers")
    set(CPACK_DEBIAN_HALCTL_PACKAGE_NAME halctl)
    set(CPACK_DEBIAN_HALCTL_PACKAGE_SECTION admin)
    set(CPACK_DEBIAN_HALCTL_PACKAGE_DEPENDS "libreconverge-hal (= ${PROJECT_VERSION})")
    set(CPACK_COMPONENT_HALCTL_DESCRIPTION "brings a Heron SoC to its intended configuration, and looks at it")
    include(CPack)
endfunction()
