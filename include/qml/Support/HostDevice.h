//===- HostDevice.h - Functions for host and device -------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Marks what C++ and CUDA compile alike: formulas that the CPU's executors, a
// GPU's kernels and tests share.
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_HOSTDEVICE_H
#define QML_SUPPORT_HOSTDEVICE_H

#ifdef __CUDACC__
#define QML_HOST_DEVICE __host__ __device__
#else
#define QML_HOST_DEVICE
#endif

#endif // QML_SUPPORT_HOSTDEVICE_H
