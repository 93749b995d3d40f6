# sconectl_embed(<room> <set> <directory>)
#
# Every file of <directory> becomes bytes in a room: a generated source file defines `const diag::Embedded <set>_files[]`
# and `<set>_count`, which src/<room>/embedded.hpp declares. The output depends only on the files' names and bytes.
function(sconectl_embed room set directory)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS LIST_DIRECTORIES false ${directory}/*)
  file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${directory})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_${set}.cpp)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DROOM=${room} -DSET=${set} -DDIRECTORY=${directory} -DOUTPUT=${output}
            -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/EmbedFiles.cmake
    DEPENDS ${files} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/EmbedFiles.cmake
    COMMENT "Embedding ${name}"
    VERBATIM)
  target_sources(sconectl_${room} PRIVATE ${output})
endfunction()
