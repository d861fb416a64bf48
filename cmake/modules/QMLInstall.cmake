# The installed package, and the same for the build tree: what another compiler
# finds with find_package(QML).

include(CMakePackageConfigHelpers)

function(qml_install_package)
  get_property(libraries GLOBAL PROPERTY QML_INSTALLED_LIBRARIES)
  get_property(tools GLOBAL PROPERTY QML_TOOLS)
  set(package_directory "${CMAKE_INSTALL_LIBDIR}/cmake/qml")

  install(TARGETS ${libraries} ${tools} EXPORT QMLTargets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  foreach(tree "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
    install(DIRECTORY "${tree}/include/qml"
      DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
      FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN "*.inc"
      PATTERN "CMakeFiles" EXCLUDE)
  endforeach()
  install(FILES "${PROJECT_SOURCE_DIR}/LICENSE"
    DESTINATION "${CMAKE_INSTALL_DOCDIR}")

  set(QML_INSTALLED_LIBRARIES ${libraries})
  set(build_package_directory "${PROJECT_BINARY_DIR}/lib/cmake/qml")

  # Of the install tree: paths are relative to wherever the package lies.
  set(config_include_directories "${CMAKE_INSTALL_INCLUDEDIR}")
  set(config_tools_directory "${CMAKE_INSTALL_BINDIR}")
  configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/QMLConfig.cmake.in"
    "${PROJECT_BINARY_DIR}/cmake/QMLConfig.cmake"
    INSTALL_DESTINATION "${package_directory}"
    PATH_VARS config_include_directories config_tools_directory)

  # Of the build tree, whose headers lie in two places.
  set(config_include_directories
    "${PROJECT_SOURCE_DIR}/include;${PROJECT_BINARY_DIR}/include")
  set(config_tools_directory "${PROJECT_BINARY_DIR}/bin")
  set(PACKAGE_INIT "")
  set(PACKAGE_config_include_directories "${config_include_directories}")
  set(PACKAGE_config_tools_directory "${config_tools_directory}")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/QMLConfig.cmake.in"
    "${build_package_directory}/QMLConfig.cmake" @ONLY)

  write_basic_package_version_file(
    "${build_package_directory}/QMLConfigVersion.cmake"
    VERSION "${PROJECT_VERSION}" COMPATIBILITY SameMinorVersion)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/modules/QMLFindMLIR.cmake"
    "${build_package_directory}/QMLFindMLIR.cmake" COPYONLY)
  export(EXPORT QMLTargets FILE "${build_package_directory}/QMLTargets.cmake")

  install(EXPORT QMLTargets DESTINATION "${package_directory}")
  install(FILES
    "${PROJECT_BINARY_DIR}/cmake/QMLConfig.cmake"
    "${build_package_directory}/QMLConfigVersion.cmake"
    "${build_package_directory}/QMLFindMLIR.cmake"
    DESTINATION "${package_directory}")
endfunction()
