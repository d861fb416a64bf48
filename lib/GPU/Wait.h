//===- Wait.h - Waiting, but not forever ------------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_LIB_GPU_WAIT_H
#define QML_LIB_GPU_WAIT_H

#include "qml/Support/Result.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace qml {
namespace gpu {

/// The time, in seconds.
struct SteadyClock {
  double now() const {
    return std::chrono::duration<double>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
  void pause(double seconds) const {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  }
};

/// Asks `isDone`, a function that returns a Result<bool>, until it says so or
/// fails; false if that takes longer than so many seconds. It is asked at least
/// once, and once more when time is up.
template <typename IsDone, typename Clock = SteadyClock>
Result<bool> waitFor(IsDone isDone, double seconds, Clock &&clock = Clock()) {
  // Short at first: most that is waited for is done soon.
  double pause = 20e-6;
  double end = clock.now() + seconds;
  for (;;) {
    bool isLast = clock.now() >= end;
    Result<bool> done = isDone();
    if (!done || *done || isLast)
      return done;
    clock.pause(std::max(std::min(pause, end - clock.now()), 0.0));
    pause = std::min(pause * 1.5, 10e-3);
  }
}

} // namespace gpu
} // namespace qml

#endif // QML_LIB_GPU_WAIT_H
