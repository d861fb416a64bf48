//===- Threads.h - Work shared by threads -----------------------*- C++ -*-===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QML_SUPPORT_THREADS_H
#define QML_SUPPORT_THREADS_H

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace qml {

/// Calls `work(part)` for each part of 0 to `parts`, on up to `threads` threads
/// (0 for one per core); parts write to different places. Where no thread can
/// be had, the calling one does it all. What a part throws is thrown here,
/// after all have ended.
template <typename Work>
void shareWork(int64_t parts, int threads, const Work &work) {
  if (threads <= 0)
    threads = std::max(1u, std::thread::hardware_concurrency());
  threads = static_cast<int>(std::min<int64_t>(threads, parts));
  std::atomic<int64_t> next{0};
  std::exception_ptr failure;
  std::mutex mutex;
  auto run = [&] {
    try {
      for (int64_t part; (part = next++) < parts;)
        work(part);
    } catch (...) {
      std::lock_guard<std::mutex> lock(mutex);
      failure = std::current_exception();
      next = parts;
    }
  };
  std::vector<std::thread> others;
  others.reserve(std::max(threads - 1, 0));
  for (int i = 1; i < threads; ++i) {
    try {
      others.emplace_back(run);
    } catch (const std::system_error &) {
      break;
    }
  }
  run();
  for (std::thread &other : others)
    other.join();
  if (failure)
    std::rethrow_exception(failure);
}

} // namespace qml

#endif // QML_SUPPORT_THREADS_H
