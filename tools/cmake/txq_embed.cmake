# Text files as C++ constants, made again whenever one of them changes.
#   txq_embed(TARGET MODE DIRECTORY)
#   txq_embed(TARGET MODE DIRECTORY [NAME NAMESPACE])
# MODE statements: each DIRECTORY/*.sql becomes NAMESPACE::<stem> (txq::sql), and all of them NAMESPACE::all, in
# <txq/embedded_NAME.hpp> (embedded_statements.hpp), which declares them
# MODE migrations: each DIRECTORY/<side>/*.sql becomes an element of txq::embedded_migrations
set(TXQ_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed.cmake)

function(txq_embed target mode directory)
  file(GLOB_RECURSE inputs CONFIGURE_DEPENDS ${directory}/*.sql)
  set(name ${mode})
  set(namespace txq::sql)
  if(ARGC GREATER 3)
    set(name ${ARGV3})
    set(namespace ${ARGV4})
  endif()
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded/txq/embedded_${name}.hpp)
  set(made ${output})
  if(mode STREQUAL "statements")
    string(REGEX REPLACE "hpp$" "cpp" source ${output})
    list(APPEND made ${source})
  endif()
  # what is made is written only if it is different, so that nothing is built again for the rest
  set(stamp ${CMAKE_CURRENT_BINARY_DIR}/embedded/${name}.stamp)
  add_custom_command(
    OUTPUT ${stamp}
    BYPRODUCTS ${made}
    COMMAND ${CMAKE_COMMAND} -D MODE=${mode} -D NAMESPACE=${namespace} -D DIRECTORY=${directory} -D OUTPUT=${output}
      -D STAMP=${stamp} -P ${TXQ_EMBED_SCRIPT}
    DEPENDS ${inputs} ${TXQ_EMBED_SCRIPT}
    VERBATIM)
  set_source_files_properties(${made} PROPERTIES GENERATED ON)
  target_sources(${target} PRIVATE ${stamp} ${made})
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_BINARY_DIR}/embedded>)
endfunction()
