# sconectl_embed(<target> <set> <directory>)
#
# Every file of <directory> becomes bytes in <target>: a generated source file defines
# `const Embedded <set>_files[]` and `<set>_count` (see src/render/embedded.hpp). The output depends only on the
# files' names and bytes.
function(sconectl_embed target set directory)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS LIST_DIRECTORIES false ${directory}/*)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_${set}.cpp)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DSET=${set} -DDIRECTORY=${directory} -DOUTPUT=${output}
            -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/EmbedFiles.cmake
    DEPENDS ${files} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/EmbedFiles.cmake
    COMMENT "Embedding templates/${set}"
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
