//===- SequenceSteps.cpp - Layers of recurrent networks -------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each sample is a sequence of its own.
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include "qml/Program/Sequences.h"

namespace qml {
namespace cpu {

namespace {

class RecurrenceStep final : public Step {
public:
  RecurrenceStep(Operand in, const Recurrence &recurrence, Operand out)
      : in(in), recurrence(recurrence), out(out) {}

  void run(Worker &worker) const override {
    const float *x = worker.data(in);
    float *y = worker.data(out);
    for (int64_t n = 0; n < worker.count; ++n) {
      recur(x, nullptr, in.layout.rows(), in.layout.channels, recurrence, y);
      x += in.layout.elements();
      y += out.layout.elements();
    }
  }

  std::string describe() const override { return "recurrence"; }

private:
  Operand in;
  Recurrence recurrence;
  Operand out;
};

class DifferenceTestStep final : public Step {
public:
  DifferenceTestStep(Operand prediction, Operand truth,
                     const DifferenceTest &test, Operand out)
      : prediction(prediction), truth(truth), test(test), out(out) {}

  void run(Worker &worker) const override {
    const Layout &layout = prediction.layout;
    const float *p = worker.data(prediction), *t = worker.data(truth);
    float *y = worker.data(out);
    for (int64_t n = 0; n < worker.count; ++n) {
      testDifferences(p, t, layout.rows(), layout.channels, test, y);
      p += layout.elements();
      t += layout.elements();
      y += out.layout.elements();
    }
  }

  std::string describe() const override { return "difference test"; }

private:
  Operand prediction, truth;
  DifferenceTest test;
  Operand out;
};

} // namespace

StepPtr makeRecurrence(Operand in, const Recurrence &recurrence, Operand out) {
  return std::make_unique<RecurrenceStep>(in, recurrence, out);
}

StepPtr makeDifferenceTest(Operand prediction, Operand truth,
                           const DifferenceTest &test, Operand out) {
  return std::make_unique<DifferenceTestStep>(prediction, truth, test, out);
}

} // namespace cpu
} // namespace qml
