# Finds what the GPU component is built with: nvcc, cuDNN 9, cuBLASLt, and NCCL
# if it is there. Sets QML_CUDA_PROBLEM to what is missing, or to nothing; needs
# nothing of LLVM.
#
# cuBLASLt, cuDNN and NCCL are looked for with the toolkit, and in the folders
# that QML_CUBLAS_ROOT, QML_CUDNN_ROOT and QML_NCCL_ROOT name, laid out as
# Python's packages are (nvidia/cudnn/include, nvidia/cudnn/lib).

set(QML_CUBLAS_ROOT "" CACHE PATH "Folder of cuBLAS, if it is not with CUDA")
set(QML_CUDNN_ROOT "" CACHE PATH "Folder of cuDNN, if it is not with CUDA")
set(QML_NCCL_ROOT "" CACHE PATH "Folder of NCCL, if it is not with CUDA")
set(QML_CUDA_PROBLEM "")

# Machine code for what there is of the data center's GPUs, and a form that the
# drivers of later ones translate.
if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES 80-real 89-real 90-real 100-real 100-virtual)
endif()
# nvcc takes no clang as new as ours.
if(NOT DEFINED CMAKE_CUDA_HOST_COMPILER)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set(CMAKE_CUDA_HOST_COMPILER "${CMAKE_CXX_COMPILER}")
  else()
    find_program(QML_CUDA_HOST_COMPILER g++)
    mark_as_advanced(QML_CUDA_HOST_COMPILER)
    set(CMAKE_CUDA_HOST_COMPILER "${QML_CUDA_HOST_COMPILER}")
  endif()
endif()

include(CheckLanguage)
check_language(CUDA)
if(NOT CMAKE_CUDA_COMPILER)
  set(QML_CUDA_PROBLEM "there is no nvcc in the PATH")
  return()
endif()
enable_language(CUDA)
if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 13.0)
  set(QML_CUDA_PROBLEM
      "nvcc is ${CMAKE_CUDA_COMPILER_VERSION}, 13.0 or later is needed")
  return()
endif()
find_package(CUDAToolkit 13.0 QUIET)
if(NOT TARGET CUDA::cublasLt AND QML_CUBLAS_ROOT)
  find_path(QML_CUBLAS_INCLUDE_DIR cublasLt.h HINTS "${QML_CUBLAS_ROOT}/include")
  find_library(QML_CUBLASLT_LIBRARY NAMES cublasLt libcublasLt.so.13
    HINTS "${QML_CUBLAS_ROOT}/lib")
  mark_as_advanced(QML_CUBLAS_INCLUDE_DIR QML_CUBLASLT_LIBRARY)
  if(QML_CUBLAS_INCLUDE_DIR AND QML_CUBLASLT_LIBRARY)
    add_library(CUDA::cublasLt UNKNOWN IMPORTED GLOBAL)
    set_target_properties(CUDA::cublasLt PROPERTIES
      IMPORTED_LOCATION "${QML_CUBLASLT_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${QML_CUBLAS_INCLUDE_DIR}")
  endif()
endif()
if(NOT TARGET CUDA::cublasLt)
  set(QML_CUDA_PROBLEM "there is no cuBLASLt 13; QML_CUBLAS_ROOT says where it is")
  return()
endif()

find_path(QML_CUDNN_INCLUDE_DIR cudnn_graph.h
  HINTS "${QML_CUDNN_ROOT}/include" ${CUDAToolkit_INCLUDE_DIRS})
# What lies in one folder, so that headers and library are of one version.
find_library(QML_CUDNN_LIBRARY NAMES cudnn libcudnn.so.9 NAMES_PER_DIR
  HINTS "${QML_CUDNN_ROOT}/lib" "${CUDAToolkit_LIBRARY_DIR}")
mark_as_advanced(QML_CUDNN_INCLUDE_DIR QML_CUDNN_LIBRARY)
if(NOT QML_CUDNN_INCLUDE_DIR OR NOT QML_CUDNN_LIBRARY)
  set(QML_CUDA_PROBLEM "there is no cuDNN 9; QML_CUDNN_ROOT says where it is")
  return()
endif()
file(STRINGS "${QML_CUDNN_INCLUDE_DIR}/cudnn_version.h" qml_cudnn_version
  REGEX "^#define CUDNN_MAJOR ")
if(NOT qml_cudnn_version MATCHES " 9$")
  set(QML_CUDA_PROBLEM "cuDNN in ${QML_CUDNN_INCLUDE_DIR} is not version 9")
  return()
endif()

find_path(QML_NCCL_INCLUDE_DIR nccl.h
  HINTS "${QML_NCCL_ROOT}/include" ${CUDAToolkit_INCLUDE_DIRS})
find_library(QML_NCCL_LIBRARY NAMES nccl libnccl.so.2 NAMES_PER_DIR
  HINTS "${QML_NCCL_ROOT}/lib" "${CUDAToolkit_LIBRARY_DIR}")
mark_as_advanced(QML_NCCL_INCLUDE_DIR QML_NCCL_LIBRARY)
