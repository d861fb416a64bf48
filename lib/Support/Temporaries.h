//===- Temporaries.h - Files that must not stay -----------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The names of all temporary files of this process, where a handler of signals
// finds them, and the removal of those that killed processes have left.
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_SUPPORT_TEMPORARIES_H
#define QML_LIB_SUPPORT_TEMPORARIES_H

#include <string>

namespace qml::detail {

/// While one lives, no signal ends the process between two steps that belong
/// together: one that comes has its effect when the last of them is gone.
class SignalPause {
public:
  SignalPause();
  SignalPause(const SignalPause &) = delete;
  SignalPause &operator=(const SignalPause &) = delete;
  ~SignalPause();
};

/// Opens a new file in `folder` (empty for the current one, else with its
/// slash) and says in `name` which; -1 with errno set if that fails. The file
/// is locked while it is open, and removed if the process ends before it is
/// forgotten. First removes what killed processes have left there.
int openTemporary(const std::string &folder, std::string &name);

/// The file has another name now, or is no more.
void forgetTemporary(const std::string &name);

} // namespace qml::detail

#endif // QML_LIB_SUPPORT_TEMPORARIES_H
