# What is installed, and the Debian package: scripts/package makes it.
set(release 1)
file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/changelog newest LIMIT_COUNT 1)
if(NOT newest MATCHES "^batchctl \\(${PROJECT_VERSION}-${release}\\) ")
  message(FATAL_ERROR "scripts/packaging/changelog begins with another version than ${PROJECT_VERSION}-${release}")
endif()

set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME batchctl)
install(TARGETS batchctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT batchctl)
install(TARGETS sandbox_module LIBRARY DESTINATION lib/batchctl COMPONENT batchctl)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT batchctl)
install(FILES scripts/session.svg DESTINATION ${CMAKE_INSTALL_DOCDIR}/scripts COMPONENT batchctl)  # README shows it
# Debian has copyright and changelog.Debian.gz in their place.
install(FILES CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT plain)
install(FILES scripts/packaging/examples/batchctl-resume.service scripts/packaging/examples/batchctl-resume.timer
              scripts/packaging/examples/config.toml
        DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples COMPONENT batchctl)

# Only a published build: the binary must run to write its own man pages.
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT BATCHCTL_TESTS)
  set(generated ${CMAKE_BINARY_DIR}/generated)
  add_custom_command(OUTPUT ${generated}.stamp
    COMMAND ${CMAKE_COMMAND} -DOUT=${generated} -DPROGRAM=$<TARGET_FILE:batchctl>
            -DMODULE=$<TARGET_FILE:sandbox_module> -DVERSION=${PROJECT_VERSION}-${release}
            -DCHANGELOG=${CMAKE_CURRENT_LIST_DIR}/changelog -DSBOM=${CMAKE_CURRENT_LIST_DIR}/sbom
            -P ${CMAKE_CURRENT_LIST_DIR}/generate.cmake
    COMMAND ${CMAKE_COMMAND} -E touch ${generated}.stamp
    DEPENDS batchctl sandbox_module ${CMAKE_CURRENT_LIST_DIR}/changelog ${CMAKE_CURRENT_LIST_DIR}/generate.cmake
            ${CMAKE_CURRENT_LIST_DIR}/sbom
    VERBATIM)
  add_custom_target(generated ALL DEPENDS ${generated}.stamp)
  install(DIRECTORY ${generated}/man1/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT batchctl)
  set(completions ${generated}/completions)
  install(FILES ${completions}/bash RENAME batchctl COMPONENT batchctl
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${completions}/zsh RENAME _batchctl COMPONENT batchctl
          DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
  install(FILES ${completions}/fish RENAME batchctl.fish COMPONENT batchctl
          DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
  install(FILES ${generated}/batchctl.spdx.json DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT batchctl)
  install(FILES ${generated}/changelog.Debian.gz scripts/packaging/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR}
          COMPONENT batchctl)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR OFF)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL batchctl)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGE_NAME batchctl)
set(CPACK_PACKAGE_CONTACT "The batchctl authors <batchctl@users.noreply.github.com>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "resumable manager for Gemini Batch API jobs")
set(CPACK_PACKAGE_DESCRIPTION
"batchctl runs large sets of questions through Google's Gemini Batch API. It
cuts the input into chunks, uploads them, creates jobs in throttled groups as
far as the quota allows, remembers every file and job in SQLite, and after a
pause, a crash or a reboot goes on exactly where it stopped. Results come in
input order, every record once. A local server for trying it is included.")
set(CPACK_DEBIAN_PACKAGE_RELEASE ${release})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# libcurl is loaded when it is needed (src/http/curl.hpp), so that no tool sees it; nothing but HTTPS is spoken to the service.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libcurl4 (>= 7.88), ca-certificates")
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
include(CPack)
