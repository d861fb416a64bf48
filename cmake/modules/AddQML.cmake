# Targets of this project: one way to make a library, a tool, a plugin, a unit
# test.

# Flags of all our own code. LLVM is built with RTTI and without exceptions;
# our plain libraries follow, so that both kinds can be linked into a plugin.
function(qml_set_flags target)
  target_compile_options(${target} PRIVATE
    # Each step of a float formula is rounded: no contraction into FMA.
    "$<$<COMPILE_LANGUAGE:CXX>:-ffp-contract=off;-fno-math-errno>"
    "$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wno-unused-parameter>"
    "$<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor;-Wcast-qual>"
    # clang sees what libstdc++'s own std::stable_sort uses; g++ still looks.
    $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wno-deprecated-declarations>)
  if(QML_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE
      $<$<COMPILE_LANGUAGE:CXX>:-Werror>)
  endif()
  if(QML_SANITIZE)
    target_compile_options(${target} PRIVATE
      "$<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${QML_SANITIZE};-fno-sanitize-recover=all>"
      $<$<COMPILE_LANGUAGE:CXX>:-fno-omit-frame-pointer>
      "$<$<COMPILE_LANG_AND_ID:CXX,Clang>:-fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/cmake/sanitizers.txt>")
    target_link_options(${target} PRIVATE -fsanitize=${QML_SANITIZE})
  endif()
endfunction()

# Every file that uses MLIR spends most of its time on the same headers, MLIR's
# and those of our operations. They are compiled once. The compiler takes the
# result only with the same flags of code generation, so that executables are
# compiled as libraries are.
if(QML_USE_PCH)
  add_library(QMLPrecompiledHeader OBJECT
    "${PROJECT_SOURCE_DIR}/cmake/PrecompiledHeader.cpp")
  qml_set_flags(QMLPrecompiledHeader)
  target_include_directories(QMLPrecompiledHeader SYSTEM PRIVATE
    ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
  target_precompile_headers(QMLPrecompiledHeader PRIVATE
    "${PROJECT_SOURCE_DIR}/cmake/PrecompiledHeader.h")
  add_dependencies(QMLPrecompiledHeader QMLDialectIncGen)
endif()

# qml_set_mlir_flags(target libraries...)
#
# What depends on whether a target uses MLIR: whether the libraries that it links
# name it, or are libraries of ours that do. Such targets use the precompiled
# header. With sanitizers only the others, which compute for long, are optimized:
# to optimize the checks in MLIR's templates takes longer than all their tests.
function(qml_set_mlir_flags target)
  get_property(libraries GLOBAL PROPERTY QML_MLIR_LIBRARIES)
  list(APPEND libraries MLIR)
  foreach(library ${ARGN})
    if(library IN_LIST libraries)
      if(QML_USE_PCH)
        target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fPIC>)
        target_precompile_headers(${target} REUSE_FROM QMLPrecompiledHeader)
      endif()
      return()
    endif()
  endforeach()
  if(QML_SANITIZE)
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-O1>)
  endif()
endfunction()

# add_qml_library(name sources... [NO_INSTALL]
#                 [DEPENDS targets...] [LINK_LIBS libraries...])
#
# A static library `name`. Libraries that use MLIR name the targets MLIR and
# LLVM in LINK_LIBS (the shared libraries that Debian ships). A library that
# links what a compiler on our dialect should not need (oneDNN, a GPU) says
# NO_INSTALL: it serves the tools and is no part of the installed package.
function(add_qml_library name)
  cmake_parse_arguments(ARG "NO_INSTALL" "" "DEPENDS;LINK_LIBS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  qml_set_flags(${name})
  # Headers for our sources alone, which users of the library need not have.
  if("nlohmann_json::nlohmann_json" IN_LIST ARG_LINK_LIBS)
    list(REMOVE_ITEM ARG_LINK_LIBS nlohmann_json::nlohmann_json)
    target_include_directories(${name} SYSTEM PRIVATE
      $<TARGET_PROPERTY:nlohmann_json::nlohmann_json,INTERFACE_INCLUDE_DIRECTORIES>)
  endif()
  target_link_libraries(${name} PUBLIC ${ARG_LINK_LIBS})
  target_include_directories(${name} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  if("MLIR" IN_LIST ARG_LINK_LIBS)
    set_property(GLOBAL APPEND PROPERTY QML_MLIR_LIBRARIES ${name})
  endif()
  qml_set_mlir_flags(${name} ${ARG_LINK_LIBS})
  if(NOT ARG_NO_INSTALL)
    set_property(GLOBAL APPEND PROPERTY QML_INSTALLED_LIBRARIES ${name})
  endif()
  set_property(GLOBAL APPEND PROPERTY QML_LIBRARIES ${name})
endfunction()

# add_qml_tool(name sources... [DEPENDS targets...] [LINK_LIBS libraries...])
function(add_qml_tool name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK_LIBS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS}
    "${PROJECT_SOURCE_DIR}/tools/common/Preinit.cpp")
  qml_set_flags(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS})
  qml_set_mlir_flags(${name} ${ARG_LINK_LIBS})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  set_property(GLOBAL APPEND PROPERTY QML_TOOLS ${name})
endfunction()

# add_qml_plugin(name sources... [LINK_LIBS libraries...])
#
# A shared object lib/`name`.so that MLIR's tools load.
function(add_qml_plugin name)
  cmake_parse_arguments(ARG "" "" "LINK_LIBS" ${ARGN})
  add_library(${name} MODULE ${ARG_UNPARSED_ARGUMENTS})
  qml_set_flags(${name})
  set_target_properties(${name} PROPERTIES PREFIX "")
  target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS})
  if(NOT QML_SANITIZE)
    target_link_options(${name} PRIVATE "LINKER:--no-undefined")
  endif()
  set_property(GLOBAL APPEND PROPERTY QML_TOOLS ${name})
endfunction()

# add_qml_unittest(name sources... [LINK_LIBS libraries...])
function(add_qml_unittest name)
  cmake_parse_arguments(ARG "" "" "LINK_LIBS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  qml_set_flags(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS} GTest::gtest_main)
  qml_set_mlir_flags(${name} ${ARG_LINK_LIBS})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/unittests")
  set_property(GLOBAL APPEND PROPERTY QML_UNITTESTS ${name})
endfunction()
