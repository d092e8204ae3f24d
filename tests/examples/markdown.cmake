# What is shown is compiled: the ```cpp blocks of a Markdown file become source files.

# txq_markdown_sources(FILE RESULT): RESULT is the list of files; a changed FILE makes CMake run again.
function(txq_markdown_sources markdown result)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${markdown})
  file(READ ${markdown} rest)
  cmake_path(GET markdown STEM stem)
  set(files "")
  while(TRUE)
    string(FIND "${rest}" "\n```cpp\n" begin)
    if(begin EQUAL -1)
      break()
    endif()
    math(EXPR begin "${begin} + 8")
    string(SUBSTRING "${rest}" ${begin} -1 rest)
    string(FIND "${rest}" "\n```\n" length)
    string(SUBSTRING "${rest}" 0 ${length} block)
    list(LENGTH files number)
    set(file ${CMAKE_CURRENT_BINARY_DIR}/markdown/${stem}_${number}.cpp)
    file(WRITE ${file}.new "${block}\n")
    file(COPY_FILE ${file}.new ${file} ONLY_IF_DIFFERENT)
    file(REMOVE ${file}.new)
    list(APPEND files ${file})
  endwhile()
  set(${result} "${files}" PARENT_SCOPE)
endfunction()

# The block of README.md is a program that runs.
txq_markdown_sources(${PROJECT_SOURCE_DIR}/README.md readme)
list(GET readme 0 TXQ_README_PROGRAM)
add_executable(txq_readme ${TXQ_README_PROGRAM})
txq_program(txq_readme readme)
target_link_libraries(txq_readme PRIVATE txq::outbox txq::worker)

# So does that of docs/enqueue.md.
txq_markdown_sources(${PROJECT_SOURCE_DIR}/docs/enqueue.md enqueue_page)
list(GET enqueue_page 0 TXQ_ENQUEUE_PROGRAM)
add_executable(txq_enqueue_page ${TXQ_ENQUEUE_PROGRAM})
txq_program(txq_enqueue_page enqueue_page)
target_link_libraries(txq_enqueue_page PRIVATE txq::outbox)

# So does that of docs/testing.md, which is a test.
txq_markdown_sources(${PROJECT_SOURCE_DIR}/docs/testing.md testing_page)
list(GET testing_page 0 TXQ_TESTING_PROGRAM)
add_executable(txq_testing_page ${TXQ_TESTING_PROGRAM})
txq_program(txq_testing_page testing_page)
target_link_libraries(txq_testing_page PRIVATE txq::testing)

# So does that of docs/unique.md.
txq_markdown_sources(${PROJECT_SOURCE_DIR}/docs/unique.md unique_page)
list(GET unique_page 0 TXQ_UNIQUE_PROGRAM)
add_executable(txq_unique_page ${TXQ_UNIQUE_PROGRAM})
txq_program(txq_unique_page unique_page)
target_link_libraries(txq_unique_page PRIVATE txq::outbox txq::worker)

# So does that of docs/limits.md.
txq_markdown_sources(${PROJECT_SOURCE_DIR}/docs/limits.md limits_page)
list(GET limits_page 0 TXQ_LIMITS_PROGRAM)
add_executable(txq_limits_page ${TXQ_LIMITS_PROGRAM})
txq_program(txq_limits_page limits_page)
target_link_libraries(txq_limits_page PRIVATE txq::worker)

# The blocks of the other pages are complete, too, as far as a compiler goes.
file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/*.md)
set(sources "")
foreach(page IN LISTS pages)
  txq_markdown_sources(${page} blocks)
  list(APPEND sources ${blocks})
endforeach()
if(sources)
  add_library(txq_docs OBJECT ${sources})
  txq_target(txq_docs)
  target_link_libraries(txq_docs PRIVATE txq::outbox txq::scheduler txq::worker txq::testing)
endif()
