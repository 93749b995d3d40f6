# SCONECTL_VERSION, SCONECTL_TIME and SCONECTL_DATE: what version this source is, and from when (seconds since 1970, and
# the day).
#
# In a clone they come from git: at the tag v1.2.3 the version is 1.2.3, five commits later 1.2.3+5.gabcdef0, and
# before the first tag that of project() with -dev+gabcdef0. In an archive that git made they come from the file
# cmake/version.txt, which git fills in. Elsewhere the version is that of project(), and the time 0. SOURCE_DATE_EPOCH in
# the environment wins.
set(SCONECTL_VERSION ${PROJECT_VERSION})
set(SCONECTL_TIME 0)

function(sconectl_git result)
  execute_process(COMMAND git -C ${PROJECT_SOURCE_DIR} ${ARGN}
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(status EQUAL 0)
    set(${result} "${output}" PARENT_SCOPE)
  else()
    set(${result} "" PARENT_SCOPE)
  endif()
endfunction()

# described: "v1.2.3" or "v1.2.3-5-gabcdef0"
function(sconectl_version_of described)
  if(described MATCHES "^v([0-9]+\\.[0-9]+\\.[0-9]+)$")
    set(SCONECTL_VERSION ${CMAKE_MATCH_1} PARENT_SCOPE)
  elseif(described MATCHES "^v([0-9]+\\.[0-9]+\\.[0-9]+)-([0-9]+)-(g[0-9a-f]+)$")
    set(SCONECTL_VERSION ${CMAKE_MATCH_1}+${CMAKE_MATCH_2}.${CMAKE_MATCH_3} PARENT_SCOPE)
  endif()
endfunction()

file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/version.txt archived)
list(GET archived 0 archived_version)
list(GET archived 1 archived_time)
sconectl_git(top rev-parse --show-toplevel)
file(REAL_PATH "${PROJECT_SOURCE_DIR}" source)
if(top STREQUAL source)
  set(origin "git")
  sconectl_git(described describe --tags --match "v[0-9]*")
  sconectl_git(commit rev-parse --short=7 HEAD)
  sconectl_git(SCONECTL_TIME log -1 --format=%ct)
  if(described)
    sconectl_version_of(${described})
  else()
    set(SCONECTL_VERSION ${PROJECT_VERSION}-dev+g${commit})
  endif()
  # A commit, a check-out or a tag changes the version: configure again.
  foreach(name IN ITEMS logs/HEAD refs/tags packed-refs)
    sconectl_git(path rev-parse --path-format=absolute --git-path ${name})
    if(EXISTS "${path}")
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${path}")
    endif()
  endforeach()
elseif(NOT archived_version MATCHES "Format")
  set(origin "an archive")
  sconectl_version_of("${archived_version}")
  set(SCONECTL_TIME ${archived_time})
else()
  set(origin "CMakeLists.txt")
endif()
if(DEFINED ENV{SOURCE_DATE_EPOCH})
  set(SCONECTL_TIME $ENV{SOURCE_DATE_EPOCH})
endif()
set(ENV{SOURCE_DATE_EPOCH} ${SCONECTL_TIME})  # what string(TIMESTAMP) takes for now
string(TIMESTAMP SCONECTL_DATE %Y-%m-%d UTC)
message(STATUS "sconectl ${SCONECTL_VERSION} (version from ${origin})")
