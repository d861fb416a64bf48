# Compiler launcher and linker. Both are only faster, never needed.

if(QML_USE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(QML_CCACHE ccache)
  mark_as_advanced(QML_CCACHE)
  if(QML_CCACHE)
    # Without these ccache takes no compilation with a precompiled header.
    set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
        "CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_ctime,include_file_mtime"
        "${QML_CCACHE}")
  endif()
endif()

if(QML_USE_LLD)
  find_program(QML_LLD ld.lld HINTS "${LLVM_TOOLS_BINARY_DIR}")
  mark_as_advanced(QML_LLD)
  if(QML_LLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    cmake_path(GET QML_LLD PARENT_PATH qml_lld_directory)
    # g++ takes no path to a linker, only a folder to look in.
    add_link_options("-B${qml_lld_directory}" "-fuse-ld=lld")
  elseif(QML_LLD)
    add_link_options("--ld-path=${QML_LLD}")
  endif()
endif()

# A tool loads only the libraries that it uses, not all that its parts name.
add_link_options("LINKER:--as-needed")
