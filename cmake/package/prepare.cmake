# Run by cpack on the tree of a package before it is packed: what only a .deb has, and the same times in every build.
if(CPACK_GENERATOR STREQUAL "DEB")
  file(INSTALL ${CMAKE_CURRENT_LIST_DIR}/lintian-overrides
    DESTINATION ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share/lintian/overrides RENAME sconectl)
endif()
execute_process(
  COMMAND find ${CPACK_TEMPORARY_INSTALL_DIRECTORY} -exec touch --no-dereference --date @${CPACK_SOURCE_DATE} {} +
  COMMAND_ERROR_IS_FATAL ANY)
