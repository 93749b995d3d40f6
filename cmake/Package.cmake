# Packages of the static program: `cmake --build build/release --target packages` writes a .deb and a .tar.gz into
# build/release/packages. Two builds of one commit give the same bytes.
if(NOT SCONECTL_STATIC)
  return()
endif()
set(CPACK_PACKAGE_NAME sconectl)
set(CPACK_PACKAGE_VENDOR "sconectl maintainers")
set(CPACK_PACKAGE_CONTACT "sconectl maintainers <${SCONECTL_CONTACT}>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "toolchain for confidential cloud applications")
set(CPACK_PACKAGE_VERSION ${SCONECTL_VERSION})
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_GENERATOR "DEB;TGZ")
set(CPACK_VERBATIM_VARIABLES TRUE)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
                                                WORLD_READ WORLD_EXECUTE)
set(CPACK_SOURCE_DATE ${SCONECTL_TIME})
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_LIST_DIR}/package/config.cmake)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/package/prepare.cmake)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_VERSION ${SCONECTL_DEBIAN_VERSION})
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "Builds container images whose programs get their arguments, environment,
files and secrets only from a Configuration and Attestation Service (CAS),
joins services to applications with a Helm chart and one session for each
service, and is that CAS. It reads the manifests and sessions of the SCONE
platform and speaks for its scone command.")
# Static: it needs nothing to run. To build images it needs one container engine, for manifests Helm.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "docker.io | docker-ce | podman | buildah")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "bash-completion, ca-certificates, opensc, tpm2-tools")
set(CPACK_STRIP_FILES FALSE)  # it is
include(CPack)

add_custom_target(packages
  COMMAND ${CMAKE_CPACK_COMMAND} --config ${PROJECT_BINARY_DIR}/CPackConfig.cmake
  DEPENDS sconectl sconectl_documentation
  COMMENT "Packages in ${CPACK_PACKAGE_DIRECTORY}"
  USES_TERMINAL VERBATIM)
