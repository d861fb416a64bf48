//===- FloatExecutorTest.cpp - The GPU's float executor, on the host ------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Plans, kernels and streaming on a device made of the host, against plain
// loops and the CPU's executor.
//
//===----------------------------------------------------------------------===//

#include "FloatExecutor.h"
#include "HostDevice.h"
#include "RandomNetwork.h"

#include "qml/Calibration/Calibration.h"

using namespace qml;
using namespace qml::test;

namespace {

std::unique_ptr<FloatExecutor> makeExecutor(const Program &program,
                                            FloatExecutorOptions options,
                                            int devices = 1,
                                            HostDeviceOptions device = {}) {
  auto executor = gpu::createExecutor(
      std::make_unique<HostDeviceGroup>(devices, device), program, options);
  EXPECT_TRUE(bool(executor)) << executor.message();
  return executor ? std::move(*executor) : nullptr;
}

} // namespace

TEST(GPUFloatExecutor, RandomNetworksEqualPlainLoops) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    constexpr int64_t samples = 7;
    RandomCase test(seed, samples);
    HostDeviceOptions device;
    device.convolutions = 1 + int(seed % 3);
    device.order = Order(seed % 3);
    FloatExecutorOptions options;
    options.keep = test.kept;
    options.chunk = 1 + seed % 4;
    auto executor = makeExecutor(test.program(), options, 1 + int(seed % 2),
                                 device);
    ASSERT_TRUE(executor);
    test.expectValues(*executor);

    // Everything fused that can be, and batches smaller and larger than chunks.
    options.keep.clear();
    auto observer =
        makeExecutor(test.program(), options, 1 + int(seed % 2), device);
    ASSERT_TRUE(observer);
    int64_t batchSize = 1 + seed % 7;
    auto batches = planBatches(samples, samples, batchSize);
    ASSERT_TRUE(bool(batches));
    std::vector<int32_t> states = observeAll(*observer, *test.source, *batches);
    size_t size = observer->layout().size();
    ASSERT_EQ(states.size(), size * size_t(batches->steps));
    for (int64_t batch = 0; batch < batches->steps; ++batch)
      test.expectState(observer->layout(),
                       states.data() + size_t(batch) * size,
                       batches->firstOf(batch), batches->sizeOf(batch));
    if (testing::Test::HasFailure())
      return;
  }
}
