# Text files as C++ constants, made again whenever one of them changes.
#   txq_embed(TARGET MODE DIRECTORY)
# MODE statements: each DIRECTORY/*.sql becomes txq::sql::<stem>, and all of them txq::sql::all
# MODE migrations: each DIRECTORY/<side>/*.sql becomes an element of txq::embedded_migrations
set(TXQ_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed.cmake)

function(txq_embed target mode directory)
  file(GLOB_RECURSE inputs CONFIGURE_DEPENDS ${directory}/*.sql)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded/txq/embedded_${mode}.hpp)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -D MODE=${mode} -D DIRECTORY=${directory} -D OUTPUT=${output} -P ${TXQ_EMBED_SCRIPT}
    DEPENDS ${inputs} ${TXQ_EMBED_SCRIPT}
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_BINARY_DIR}/embedded>)
endfunction()
