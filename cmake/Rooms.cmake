# sconectl_room(NAME <room> SOURCES <files> [DEPENDS <rooms>] [THIRD_PARTY <packages>])
#
# One call per room, in src/<room>/CMakeLists.txt. It is the only place where the dependency table
# of docs/ARCHITECTURE.md is written in code:
#  - a dependency that is declared later (a higher room) does not configure;
#  - only the rooms in DEPENDS are recorded, and tests/architecture checks every #include against them.
# The tests of a room are tests/<room>/*_test.cpp, one binary per room.
set_property(GLOBAL PROPERTY SCONECTL_ROOMS "")

# Reading the standard library takes half of the time of a compilation: it is read once, for all rooms.
file(WRITE ${CMAKE_BINARY_DIR}/precompiled.cpp "")
add_library(sconectl_precompiled OBJECT ${CMAKE_BINARY_DIR}/precompiled.cpp)
target_link_libraries(sconectl_precompiled PRIVATE sconectl_flags third_party_fmt)
target_precompile_headers(sconectl_precompiled PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled.hpp)

function(sconectl_precompile target)
  target_precompile_headers(${target} REUSE_FROM sconectl_precompiled)
endfunction()

function(sconectl_room)
  cmake_parse_arguments(ROOM "" "NAME" "SOURCES;DEPENDS;THIRD_PARTY" ${ARGN})
  foreach(dependency IN LISTS ROOM_DEPENDS)
    if(NOT TARGET sconectl_${dependency})
      message(FATAL_ERROR "room '${ROOM_NAME}' depends on '${dependency}', which is not a lower room")
    endif()
  endforeach()
  add_library(sconectl_${ROOM_NAME} STATIC ${ROOM_SOURCES})
  target_link_libraries(sconectl_${ROOM_NAME} PRIVATE sconectl_flags)
  target_include_directories(sconectl_${ROOM_NAME} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(sconectl_${ROOM_NAME} PUBLIC third_party_fmt)
  foreach(dependency IN LISTS ROOM_DEPENDS)
    target_link_libraries(sconectl_${ROOM_NAME} PUBLIC sconectl_${dependency})
  endforeach()
  foreach(package IN LISTS ROOM_THIRD_PARTY)
    target_link_libraries(sconectl_${ROOM_NAME} PRIVATE third_party_${package})
  endforeach()
  sconectl_precompile(sconectl_${ROOM_NAME})
  set_property(GLOBAL APPEND PROPERTY SCONECTL_ROOMS ${ROOM_NAME})
  set_property(GLOBAL PROPERTY SCONECTL_ROOM_${ROOM_NAME}_DEPENDS "${ROOM_DEPENDS}")
  set_property(GLOBAL PROPERTY SCONECTL_ROOM_${ROOM_NAME}_THIRD_PARTY "${ROOM_THIRD_PARTY}")
endfunction()
