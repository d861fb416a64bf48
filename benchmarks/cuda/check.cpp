//===- check.cpp - Whether a GPU computes what it has to ------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is promised to the bit is compared bit by bit: kernels with what they
// give on the host, runs with each other, integers with the interpreter. What
// libraries compute is held to what rounding explains.
//
//===----------------------------------------------------------------------===//

#include "check.h"

#include "CUDA/CudaDevice.h"
#include "HostDevice.h"

#include "qml/Calibration/FloatExecutor.h"

using namespace qml;
using namespace qml::benchmark;

static const char usage[] =
    "check [--parts=kernels,networks,integers,references] [--share=1] "
    "[--host]\n"
    "\n"
    "Compares a GPU with the host, and writes what it found as JSON. The "
    "number\n"
    "of cases is multiplied by the share. --host takes a device made of the\n"
    "host instead of a GPU, to test this program; --fault=N then changes a "
    "bit\n"
    "after the N-th launch, which has to be found.\n";

/// The shared parts of the unit tests name it; nothing here calls what does.
Result<std::unique_ptr<FloatExecutor>>
qml::createCPUExecutor(const Program &,
                       FloatExecutorOptions) { // NOLINT: as declared
  return Error{"this build has no executor for the CPU"};
}

Result<std::unique_ptr<gpu::DeviceGroup>> Check::open() const {
  if (!onHost)
    return cuda::openDevices(0, 1);
  return std::unique_ptr<gpu::DeviceGroup>(
      std::make_unique<test::HostDeviceGroup>(1));
}

std::unique_ptr<gpu::DeviceGroup> Check::openMirrored() {
  if (!group) {
    auto opened = open();
    if (!succeeded(opened))
      return nullptr;
    group = std::move(*opened);
  }
  return mirror(group, mirrored);
}

int main(int argc, char **argv) {
  Arguments arguments(argc, argv);
  std::string parts =
      arguments.text("parts", "kernels,networks,integers,references");
  double share = arguments.real("share", 1);
  bool onHost = arguments.flag("host");
  int64_t shards = std::max<int64_t>(arguments.number("shards", 1), 1);
  int64_t shard = arguments.number("shard", 0);
  int64_t fault = arguments.number("fault", -1);
  if (!arguments.areKnown(usage))
    return arguments.wantsHelp() ? 0 : 2;

  const struct {
    const char *name;
    void (*run)(Check &);
  } known[] = {{"kernels", checkKernels},
               {"networks", checkNetworks},
               {"integers", checkIntegers},
               {"references", checkReferences}};
  Check probe;
  probe.onHost = onHost;
  std::string device;
  {
    auto opened = probe.open();
    if (!opened)
      return fail(opened.message());
    device = (*opened)->devices.front()->name();
  }
  JSON out;
  out.open('{').key("device") << device;
  out.key("parts").open('[');
  auto &record = testing::Record::get();
  long failures = 0;
  for (const auto &part : known) {
    if (("," + parts + ",").find("," + std::string(part.name) + ",") ==
        std::string::npos)
      continue;
    Check check;
    check.onHost = onHost;
    check.share = share;
    check.shard = shard;
    check.shards = shards;
    check.mirrored.faultAt = fault;
    record = {};
    double start = now();
    part.run(check);
    failures += record.failures;
    std::fprintf(stderr, "%s: %ld failures in %lld cases, %.1f s\n", part.name,
                 record.failures, static_cast<long long>(check.cases),
                 now() - start);
    out.open('{').key("part") << part.name;
    out.key("cases") << check.cases;
    out.key("failures") << int64_t(record.failures);
    out.key("first") << record.first;
    out.key("seconds") << now() - start;
    out.key("figures").open('{');
    for (const auto &[name, value] : check.figures)
      out.key(name.c_str()) << value;
    if (check.mirrored.total) {
      out.key("library difference, share of what is allowed")
          << check.mirrored.libraryDifference;
      out.key("softmax, units in the last place") << check.mirrored.softmaxUlps;
    }
    out.close('}').key("launches").open('{');
    for (const auto &[name, value] : check.mirrored.launches)
      out.key(name.c_str()) << value;
    out.close('}').key("notes").open('[');
    for (const std::string &note : check.notes)
      out << note;
    out.close(']').close('}');
  }
  out.close(']').close('}').print();
  return failures ? 1 : 0;
}
