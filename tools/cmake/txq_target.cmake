# What all of txq's targets have in common.
function(txq_target target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
  # g++ 12 sees overlapping copies in operator+ of strings where there are none (GCC bug 105651), and empty optionals
  # that are read where nobody reads them (80635); 13 does not
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${target} PRIVATE -Wno-restrict -Wno-maybe-uninitialized)
  endif()
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion $<$<BOOL:${TXQ_WERROR}>:-Werror>)
  if(TXQ_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=${TXQ_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${target} PUBLIC -fsanitize=${TXQ_SANITIZE})
    # Asio's fences are not seen by ThreadSanitizer; what they order is under a lock as well
    if(TXQ_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(${target} PUBLIC -Wno-tsan)
    endif()
  endif()
endfunction()

# txq_program(TARGET NAME [INSTALL]): an executable that is built as bin/NAME.
function(txq_program target name)
  txq_target(${target})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  if("INSTALL" IN_LIST ARGN)
    set_property(GLOBAL APPEND PROPERTY TXQ_INSTALLED_PROGRAMS ${target})
  endif()
endfunction()
