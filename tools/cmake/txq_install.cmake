# `cmake --install`: libraries, public headers and a package for find_package(txq), programs, migrations.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/txq)

# txq_runtime and txq_schedule have no public headers; static libraries need it all the same.
install(TARGETS txq_core txq_runtime txq_outbox txq_worker txq_testing EXPORT txq)
set(parts lib outbox worker testing)
if(TXQ_SCHEDULER)
  install(TARGETS txq_schedule txq_scheduler EXPORT txq)
  list(APPEND parts scheduler)
endif()
foreach(part IN LISTS parts)
  install(DIRECTORY ${part}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endforeach()

install(EXPORT txq NAMESPACE txq:: FILE txq-targets.cmake DESTINATION ${package_dir})
configure_package_config_file(tools/cmake/txq-config.cmake.in txq-config.cmake INSTALL_DESTINATION ${package_dir}
  NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may break what the one before had.
write_basic_package_version_file(txq-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/txq-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/txq-config-version.cmake
  DESTINATION ${package_dir})

get_property(programs GLOBAL PROPERTY TXQ_INSTALLED_PROGRAMS)
if(programs)
  install(TARGETS ${programs})
endif()
install(DIRECTORY migrations/ DESTINATION ${CMAKE_INSTALL_DATADIR}/txq/migrations FILES_MATCHING PATTERN *.sql)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
