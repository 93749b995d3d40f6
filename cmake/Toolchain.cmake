# Compiler flags that hold for every room and test.
add_library(sconectl_flags INTERFACE)
target_compile_options(sconectl_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
                                                -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
# GCC 12 sees overlaps and overflows that are not there in the concatenation of strings (GCC bugs
# 105329, 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(sconectl_flags INTERFACE -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow
                                                  -Wno-stringop-overread)
endif()
# The files of a unity build see each other's names; preset dev compiles them one by one and warns.
if(CMAKE_UNITY_BUILD)
  target_compile_options(sconectl_flags INTERFACE -Wno-shadow)
endif()
target_include_directories(sconectl_flags INTERFACE ${PROJECT_SOURCE_DIR}/include)

if(SCONECTL_SANITIZE)
  set(SCONECTL_STATIC OFF)
  add_compile_options(-fsanitize=${SCONECTL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SCONECTL_SANITIZE})
  add_compile_definitions(SCONECTL_SANITIZED)
endif()
# Programs with sanitizers are large: gold links them in half of the time.
if(SCONECTL_SANITIZE)
  find_program(GOLD ld.gold)
  if(GOLD)
    add_link_options(-fuse-ld=gold)
  endif()
endif()
# Code of others in headers is most of what there is to compile; what they are called with is ours. ThreadSanitizer has to
# see their atomics. Relative paths, and the lists named to ccache, for the sake of its hits in other clones.
set(lists_of_sanitizers "")
if(SCONECTL_SANITIZE MATCHES address)
  list(APPEND lists_of_sanitizers ${PROJECT_SOURCE_DIR}/cmake/sanitizers-ignore.txt)
  file(RELATIVE_PATH place ${CMAKE_BINARY_DIR} ${PROJECT_SOURCE_DIR}/cmake/sanitizers-ignore.txt)
  add_compile_options(-fsanitize-ignorelist=${place})
endif()
if(SCONECTL_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
  list(APPEND lists_of_sanitizers ${PROJECT_SOURCE_DIR}/cmake/coverage-ignore.txt)
  file(RELATIVE_PATH place ${CMAKE_BINARY_DIR} ${PROJECT_SOURCE_DIR}/cmake/coverage-ignore.txt)
  add_compile_options(-fsanitize-coverage-ignorelist=${place})
endif()

# Assertions and tests name files as the repository does, not where it lies.
add_compile_options(-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)

# A clone in another directory finds what this one compiled: paths below the source are hashed relative to it, and
# precompiled headers, which ccache refuses by default, are allowed (nothing here uses __TIME__ or defines macros
# before including them). Those of clang hold absolute paths, so that every directory would compile anew: clang does
# without, which costs a tenth of a first compilation.
string(REPLACE ";" ":" extra_files "${lists_of_sanitizers}")
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
      CCACHE_NOHASHDIR=1 CCACHE_EXTRAFILES=${extra_files} ${CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
  elseif(NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
    add_compile_options(-fpch-preprocess)
  endif()
endif()
