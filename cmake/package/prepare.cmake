# Run by cpack on the tree of a package before it is packed: what only a .deb has, and the same modes and times in every
# build.
set(tree ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
if(CPACK_GENERATOR STREQUAL "DEB")
  file(MAKE_DIRECTORY ${tree}/usr/share/lintian/overrides)
  file(COPY_FILE ${CMAKE_CURRENT_LIST_DIR}/lintian-overrides ${tree}/usr/share/lintian/overrides/sconectl)
endif()
execute_process(COMMAND chmod -R u=rwX,go=rX ${tree} COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND find ${tree} -exec touch --no-dereference --date @${CPACK_SOURCE_DATE} {} +
  COMMAND_ERROR_IS_FATAL ANY)
