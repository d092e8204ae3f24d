# Configures and builds the project beside this file: cmake -D BUILD= SOURCE= WORK= WAY= COMPILER= LAUNCHER= PROGRAM= SANITIZE=
# -P build_project.cmake
function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${WORK})
set(options -G Ninja -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} -D PROGRAM=${PROGRAM})
if(WAY STREQUAL "find_package")
  run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
  if(EXISTS ${WORK}/prefix/include/txq/detail)
    message(FATAL_ERROR "private headers have been installed")
  endif()
  # moved, because an installed tree may be packed here and unpacked there
  file(RENAME ${WORK}/prefix ${WORK}/moved)
  list(APPEND options -D CMAKE_PREFIX_PATH=${WORK}/moved)
else()
  list(APPEND options -D TXQ_SOURCE=${SOURCE} -D TXQ_SANITIZE=${SANITIZE})
endif()
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/project -B ${WORK}/build ${options})
run(${CMAKE_COMMAND} --build ${WORK}/build)
