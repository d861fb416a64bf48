//===- HostGrid.cpp - Runs grids of threads on the host -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block's threads are coroutines on stacks of their own. Each runs until it
// ends or waits; a warp goes on as far as it can before another one does, so
// that whoever relies on a barrier that is not there meets what others have
// left too early or too late.
//
//===----------------------------------------------------------------------===//

#include "HostGrid.h"

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <random>
#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define QML_SWITCH_START(save, bottom, size)                                   \
  __sanitizer_start_switch_fiber(save, bottom, size)
#define QML_SWITCH_FINISH(save, bottom, size)                                  \
  __sanitizer_finish_switch_fiber(save, bottom, size)
#else
#define QML_SWITCH_START(save, bottom, size) (void)0
#define QML_SWITCH_FINISH(save, bottom, size) (void)0
#endif

namespace qml {
namespace test {

namespace {

constexpr size_t stackBytes = size_t(64) << 10;

enum class State { Ready, AtBarrier, AtShuffle, Done };

/// Where a coroutine has stopped.
struct Place {
  ucontext_t context;
  jmp_buf jump;
  /// Whether `jump` says where, and not yet `context`.
  bool hasJump = false;
};

#if defined(__SANITIZE_ADDRESS__)
/// As AddressSanitizer wants it.
void switchTo(Place &from, Place &to) {
  swapcontext(&from.context, &to.context);
}
#else
/// swapcontext asks the kernel for the mask of signals each time, which takes
/// most of the time of a block; so only a coroutine's start is a context.
void switchTo(Place &from, Place &to) {
  from.hasJump = true;
  if (_setjmp(from.jump))
    return;
  if (to.hasJump)
    _longjmp(to.jump, 1);
  setcontext(&to.context);
}
#endif

using Stack = std::unique_ptr<char[]>;

#if defined(__SANITIZE_ADDRESS__)
/// What a coroutine has left on its stack is poison to the next.
Stack takeStack() { return Stack(new char[stackBytes]); }
void giveBack(Stack) {}
#else
/// Those that are free: the kernel takes long to hand out pages.
thread_local std::vector<Stack> freeStacks;

Stack takeStack() {
  if (freeStacks.empty())
    return Stack(new char[stackBytes]);
  Stack stack = std::move(freeStacks.back());
  freeStacks.pop_back();
  return stack;
}
void giveBack(Stack stack) { freeStacks.push_back(std::move(stack)); }
#endif

struct Fiber {
  Fiber() = default;
  Fiber(Fiber &&) = default;
  ~Fiber() {
    if (stack)
      giveBack(std::move(stack));
  }

  Place place;
  Stack stack = takeStack();
  State state = State::Ready;
  uint32_t sent = 0, received = 0;
  int mask = 0;
  void *fakeStack = nullptr;
};

} // namespace

class HostBlock {
public:
  HostBlock(const HostKernel &kernel, Order order)
      : kernel(kernel), order(order), shared((kernel.sharedBytes + 15) / 16) {
    if (kernel.cooperates)
      fibers.resize(size_t(kernel.threads));
    for (int i = 0; i < kernel.threads; ++i)
      turns.push_back(i);
  }

  std::string run(gpu::Grid block);

private:
  friend class HostThread;

  struct alignas(16) Line {
    char bytes[16];
  };

  static void enter(unsigned high, unsigned low) {
    auto *block = reinterpret_cast<HostBlock *>(uintptr_t(high) << 32 | low);
    block->runCurrent();
  }
  void runCurrent();
  void resume(int index);
  /// Leaves the current thread until the others have come as far.
  void wait(State state);
  /// Whether the threads of a warp have all come to the same shuffle; then they
  /// go on.
  bool releaseWarp(size_t first);
  /// Who goes on in which order: warps, and threads in each.
  void takeTurns() {
    if (order == Order::Shuffled)
      std::shuffle(turns.begin(), turns.end(), random);
    else if (!warpTurns.empty())
      return;
    else if (order == Order::Backward)
      std::reverse(turns.begin(), turns.end());
    warpTurns.clear();
    warps.assign(turns.size() / 32, {});
    for (int turn : turns) {
      std::vector<size_t> &warp = warps[size_t(turn) / 32];
      if (warp.empty())
        warpTurns.push_back(size_t(turn) / 32);
      warp.push_back(size_t(turn));
    }
  }

  const HostKernel &kernel;
  Order order;
  std::vector<Line> shared;
  std::vector<Fiber> fibers;
  std::vector<int> turns;
  std::vector<size_t> warpTurns;
  std::vector<std::vector<size_t>> warps;
  std::mt19937 random{7};
  gpu::Grid position;
  int current = -1;
  Place scheduler;
  const void *schedulerStack = nullptr;
  size_t schedulerStackBytes = 0;
  std::string problem;
};

void HostBlock::runCurrent() {
  QML_SWITCH_FINISH(nullptr, &schedulerStack, &schedulerStackBytes);
  HostThread thread(*this, current);
  kernel.run(thread);
  fibers[size_t(current)].state = State::Done;
  QML_SWITCH_START(nullptr, schedulerStack, schedulerStackBytes);
  switchTo(fibers[size_t(current)].place, scheduler);
}

void HostBlock::resume(int index) {
  current = index;
  Fiber &fiber = fibers[size_t(index)];
  void *fakeStack = nullptr;
  (void)fakeStack;
  QML_SWITCH_START(&fakeStack, fiber.stack.get(), stackBytes);
  switchTo(scheduler, fiber.place);
  QML_SWITCH_FINISH(fakeStack, nullptr, nullptr);
  current = -1;
}

void HostBlock::wait(State state) {
  Fiber &fiber = fibers[size_t(current)];
  fiber.state = state;
  QML_SWITCH_START(&fiber.fakeStack, schedulerStack, schedulerStackBytes);
  switchTo(fiber.place, scheduler);
  QML_SWITCH_FINISH(fiber.fakeStack, &schedulerStack, &schedulerStackBytes);
}

bool HostBlock::releaseWarp(size_t first) {
  auto begin = fibers.begin() + ptrdiff_t(first), end = begin + 32;
  if (!std::all_of(begin, end, [&](const Fiber &fiber) {
        return fiber.state == State::AtShuffle && fiber.mask == begin->mask;
      }))
    return false;
  for (int lane = 0; lane < 32; ++lane)
    begin[lane].received = begin[lane ^ begin->mask].sent;
  std::for_each(begin, end, [](Fiber &fiber) { fiber.state = State::Ready; });
  return true;
}

std::string HostBlock::run(gpu::Grid block) {
  position = block;
  problem.clear();
  for (Line &line : shared)
    std::memset(line.bytes, 0xa5, sizeof line.bytes);
  takeTurns();
  if (!kernel.cooperates) {
    for (int index : turns) {
      HostThread thread(*this, index);
      kernel.run(thread);
    }
    return problem;
  }
  uintptr_t self = reinterpret_cast<uintptr_t>(this);
  for (Fiber &fiber : fibers) {
    fiber.state = State::Ready;
    ucontext_t &context = fiber.place.context;
    fiber.place.hasJump = false;
    getcontext(&context);
    context.uc_stack.ss_sp = fiber.stack.get();
    context.uc_stack.ss_size = stackBytes;
    context.uc_link = nullptr;
    makecontext(&context, reinterpret_cast<void (*)()>(&enter), 2,
                unsigned(self >> 32), unsigned(self));
  }
  auto areAll = [&](State state) {
    return std::all_of(fibers.begin(), fibers.end(), [&](const Fiber &fiber) {
      return fiber.state == state;
    });
  };
  for (;;) {
    takeTurns();
    for (size_t warp : warpTurns)
      do
        for (size_t index : warps[warp])
          if (fibers[index].state == State::Ready)
            resume(int(index));
      while (releaseWarp(warp * 32));
    if (areAll(State::Done))
      return problem;
    if (!areAll(State::AtBarrier))
      return "threads of a block wait for others that do not come";
    for (Fiber &fiber : fibers)
      fiber.state = State::Ready;
  }
}

gpu::Grid HostThread::block() const { return owner.position; }

gpu::Grid HostThread::blocks() const { return owner.kernel.grid; }

void *HostThread::sharedMemory() const { return owner.shared.data(); }

void HostThread::sync() const {
  if (!owner.kernel.cooperates) {
    owner.problem = "a kernel waits that says it does not";
    return;
  }
  owner.wait(State::AtBarrier);
}

uint32_t HostThread::exchange(uint32_t bits, int mask) const {
  if (!owner.kernel.cooperates) {
    owner.problem = "a kernel shuffles that says it does not";
    return bits;
  }
  Fiber &fiber = owner.fibers[size_t(position)];
  fiber.sent = bits;
  fiber.mask = mask;
  owner.wait(State::AtShuffle);
  return fiber.received;
}

std::string runGrid(const HostKernel &kernel, Order order) {
  if (kernel.threads % 32 || kernel.threads > 1024)
    return "a block of " + std::to_string(kernel.threads) + " threads";
  if (!kernel.grid.x || !kernel.grid.y || kernel.grid.y > 65535)
    return "a grid of " + std::to_string(kernel.grid.x) + " x " +
           std::to_string(kernel.grid.y) + " blocks";
  std::vector<gpu::Grid> blocks;
  for (unsigned y = 0; y < kernel.grid.y; ++y)
    for (unsigned x = 0; x < kernel.grid.x; ++x)
      blocks.push_back({x, y});
  if (order == Order::Backward)
    std::reverse(blocks.begin(), blocks.end());
  else if (order == Order::Shuffled)
    std::shuffle(blocks.begin(), blocks.end(), std::mt19937(3));
  HostBlock block(kernel, order);
  for (gpu::Grid position : blocks)
    if (std::string problem = block.run(position); !problem.empty())
      return problem;
  return {};
}

} // namespace test
} // namespace qml
