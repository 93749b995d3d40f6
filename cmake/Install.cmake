# What `cmake --install` puts where: the program and its other names, the launcher, manual pages, completions, documentation, licences.
include(GNUInstallDirs)
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY TRUE)  # an installation needs no tests
install(TARGETS sconectl sconectl_launcher RUNTIME)
install(PROGRAMS ${PROJECT_BINARY_DIR}/scone ${PROJECT_BINARY_DIR}/kubectl-provision TYPE BIN)

# Everything that is made from the program itself is as new as the program.
find_program(GZIP gzip REQUIRED)
set(made ${PROJECT_BINARY_DIR}/installed)
set(SCONECTL_CONTACT maintainers@sconectl.example)
string(REPLACE "-" "~" SCONECTL_DEBIAN_VERSION ${SCONECTL_VERSION})  # 1.0~rc1 comes before 1.0
string(TIMESTAMP day "%a, %d %b %Y %H:%M:%S +0000" UTC)  # of the commit, see Version.cmake
configure_file(cmake/package/changelog.Debian.in ${made}/changelog.Debian @ONLY)
add_custom_command(
  OUTPUT ${made}/done
  COMMAND sconectl manual ${made}/man
  COMMAND ${GZIP} --best --no-name --force --recursive ${made}/man
  COMMAND sconectl -o ${made}/sconectl.bash completion bash
  COMMAND sconectl -o ${made}/_sconectl completion zsh
  COMMAND sconectl -o ${made}/sconectl.fish completion fish
  COMMAND ${CMAKE_COMMAND} -E copy ${PROJECT_SOURCE_DIR}/docs/CHANGELOG.md ${made}/changelog
  COMMAND ${GZIP} --best --no-name --force --keep ${made}/changelog ${made}/changelog.Debian
  COMMAND ${CMAKE_COMMAND} -E touch ${made}/done
  DEPENDS sconectl docs/CHANGELOG.md ${made}/changelog.Debian
  COMMENT "Manual pages and completions"
  VERBATIM)
add_custom_target(sconectl_documentation ALL DEPENDS ${made}/done)

install(DIRECTORY ${made}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${made}/sconectl.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME sconectl)
install(FILES ${made}/sconectl.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME scone)
install(FILES ${made}/_sconectl DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${made}/sconectl.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES ${made}/sconectl.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d RENAME scone.fish)
install(FILES README.md LICENSE cmake/package/copyright ${made}/changelog.gz ${made}/changelog.Debian.gz TYPE DOC)
install(DIRECTORY docs TYPE DOC PATTERN CHANGELOG.md EXCLUDE)

# A service of systemd: nobody starts it before there is a configuration.
install(FILES cmake/package/sconectl-cas.service DESTINATION lib/systemd/system)

# What the static programs contain of others, in their words. Boost and the runtime of the compiler ask for no notice.
if(SCONECTL_STATIC)
  if(SCONECTL_POSTGRES)
    set(postgres_notice libpq-dev)
  endif()
  foreach(package IN ITEMS libc6-dev libcli11-dev libfmt-dev libgfshare-dev libsodium-dev libspdlog-dev libsqlite3-dev libssl-dev libtomlplusplus-dev libyaml-dev libzstd-dev nlohmann-json3-dev
                       zlib1g-dev ${postgres_notice})
    set(notice /usr/share/doc/${package}/copyright)
    if(EXISTS ${notice})
      install(FILES ${notice} DESTINATION ${CMAKE_INSTALL_DOCDIR}/third-party RENAME ${package})
    else()
      message(STATUS "There is no ${notice}: an installation will lack it")
    endif()
  endforeach()
endif()
