//===- Products.cpp - Convolutions and dense layers by oneDNN -------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Choice of layouts and implementations, and the steps that run them.
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include <cstring>
#include <new>
#include <sys/mman.h>
#include <sys/resource.h>

namespace qml {
namespace cpu {

using dnnl::memory;

static memory::desc describe(const Layout &layout, int64_t samples,
                             memory::format_tag tag) {
  return memory::desc({samples, layout.channels, layout.height, layout.width},
                      memory::data_type::f32, tag);
}

static memory::format_tag tagOf(const Layout &layout, int64_t inner) {
  if (inner == 0)
    return memory::format_tag::any;
  if (inner == layout.channels)
    return memory::format_tag::nhwc;
  return inner == 16  ? memory::format_tag::nChw16c
         : inner == 8 ? memory::format_tag::nChw8c
                      : memory::format_tag::nchw;
}

/// The `inner` of a layout that the library has chosen; 0 if it is none of
/// ours.
static int64_t innerOf(const memory::desc &description, const Layout &layout,
                       int64_t samples) {
  for (int64_t inner : {layout.channels, int64_t(16), int64_t(8), int64_t(1)})
    if (description == describe(layout, samples, tagOf(layout, inner)))
      return inner;
  return 0;
}

static dnnl::primitive_attr attributes(Clamp bounds, bool accumulates) {
  dnnl::primitive_attr result;
  result.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  dnnl::post_ops operations;
  if (accumulates)
    operations.append_sum(1.f);
  if (bounds.lower == 0 && bounds.upper == noClamp.upper)
    operations.append_eltwise(1.f, dnnl::algorithm::eltwise_relu, 0.f, 0.f);
  else if (!isNoClamp(bounds))
    operations.append_eltwise(1.f, dnnl::algorithm::eltwise_clip, bounds.lower,
                              bounds.upper);
  result.set_post_ops(operations);
  return result;
}

static int qualityOf(const char *implementation) {
  if (std::strstr(implementation, "ref"))
    return 1;
  if (std::strstr(implementation, "gemm") && !std::strstr(implementation, "br"))
    return 2;
  return 3;
}

namespace {

/// Runs one primitive from an operand to an operand.
class Product final : public Step {
public:
  Product(const dnnl::engine &engine, const dnnl::primitive &primitive,
          const memory::desc &source, const memory::desc &weightsWanted,
          const memory::desc &weightsGiven, const void *weights,
          const memory::desc &bias, const void *biasData,
          const memory::desc &destination, const memory::desc &scratchpad,
          Operand in, Operand out, std::string what)
      : primitive(primitive), source(source), destination(destination),
        scratchpad(scratchpad), in(in), out(out), what(std::move(what)) {
    // The library takes pointers to what it only reads as plain pointers.
    memory given(weightsGiven, engine, const_cast<void *>(weights));
    this->weights = given;
    if (weightsWanted != weightsGiven) {
      this->weights = memory(weightsWanted, engine);
      dnnl::stream stream(engine);
      dnnl::reorder(given, this->weights).execute(stream, given, this->weights);
      stream.wait();
    }
    if (biasData)
      this->bias = memory(bias, engine, const_cast<void *>(biasData));
  }

  void run(Worker &worker) const override {
    auto &arguments = worker.arguments[index];
    if (arguments.empty()) {
      const dnnl::engine &engine = worker.plan.engine;
      arguments[DNNL_ARG_WEIGHTS] = weights;
      if (bias)
        arguments[DNNL_ARG_BIAS] = bias;
      arguments[DNNL_ARG_SRC] = memory(source, engine, nullptr);
      arguments[DNNL_ARG_DST] = memory(destination, engine, nullptr);
      arguments[DNNL_ARG_SCRATCHPAD] =
          memory(scratchpad, engine, worker.scratch());
    }
    arguments[DNNL_ARG_SRC].set_data_handle(worker.data(in));
    arguments[DNNL_ARG_DST].set_data_handle(worker.data(out));
    primitive.execute(worker.stream, arguments);
  }

  size_t scratchBytes() const override { return scratchpad.get_size(); }

  std::string describe() const override { return what; }

private:
  dnnl::primitive primitive;
  memory::desc source, destination, scratchpad;
  memory weights, bias;
  Operand in, out;
  std::string what;
};

} // namespace

/// Weights as the program has them: (h, w, in, out), or (h, w, c, 1).
static memory::desc weightsOf(const ConvProblem &problem,
                              memory::format_tag tag) {
  const Window &window = problem.conv->window;
  if (problem.conv->depthwise)
    return memory::desc(
        {problem.out.channels, 1, 1, window.kernel[0], window.kernel[1]},
        memory::data_type::f32, tag);
  return memory::desc({problem.out.channels, problem.in.channels,
                       window.kernel[0], window.kernel[1]},
                      memory::data_type::f32, tag);
}

static memory::desc biasOf(bool hasBias, int64_t channels) {
  if (!hasBias)
    return {};
  return memory::desc({channels}, memory::data_type::f32,
                      memory::format_tag::x);
}

/// oneDNN generates code for each primitive, and crashes where the system gives
/// no memory for it: a megabyte or less, but other threads ask at the same
/// time. So more is asked for beforehand.
static void requireMemoryForCode() {
  constexpr size_t bytes = size_t(1) << 26;
  void *probe = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (probe == MAP_FAILED)
    throw std::bad_alloc();
  ::munmap(probe, bytes);
  // Products of matrices have code that all of them share. Where memory is
  // limited it is made now, which takes milliseconds, and not when the first
  // one runs.
  struct rlimit limit;
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return;
  [[maybe_unused]] static const bool hasProducts = [] {
    constexpr int extent = 64;
    std::vector<float> a(extent * extent, 1.0f), c(extent * extent);
    return dnnl::sgemm('N', 'N', extent, extent, extent, 1.0f, a.data(), extent,
                       a.data(), extent, 0.0f, c.data(),
                       extent) == dnnl::status::success;
  }();
}

ConvChoice chooseConv(const dnnl::engine &engine, const ConvProblem &problem,
                      int64_t inInner, int64_t outInner) {
  requireMemoryForCode();
  const Window &window = problem.conv->window;
  memory::dims strides = {window.strides[0], window.strides[1]};
  memory::dims dilations = {window.dilations[0] - 1, window.dilations[1] - 1};
  memory::dims begin = {window.padBegin[0], window.padBegin[1]};
  memory::dims end = {window.padEnd[0], window.padEnd[1]};
  auto source =
      describe(problem.in, problem.samples, tagOf(problem.in, inInner));
  auto destination =
      describe(problem.out, problem.samples, tagOf(problem.out, outInner));
  auto weights = weightsOf(problem, memory::format_tag::any);
  auto attribute = attributes(problem.bounds, problem.accumulates);
  auto kind = dnnl::prop_kind::forward_inference;
  auto algorithm = dnnl::algorithm::convolution_direct;
  const Constant &bias = problem.conv->bias;
  using Convolution = dnnl::convolution_forward;
  Convolution::desc description =
      bias ? Convolution::desc(kind, algorithm, source, weights,
                               biasOf(true, problem.out.channels), destination,
                               strides, dilations, begin, end)
           : Convolution::desc(kind, algorithm, source, weights, destination,
                               strides, dilations, begin, end);
  ConvChoice choice;
  choice.description =
      Convolution::primitive_desc(description, attribute, engine, true);
  if (!choice.description)
    return choice;
  int64_t in =
      innerOf(choice.description.src_desc(), problem.in, problem.samples);
  int64_t out =
      innerOf(choice.description.dst_desc(), problem.out, problem.samples);
  if (!in || !out)
    return choice;
  choice.in = problem.in.withInner(in);
  choice.out = problem.out.withInner(out);
  choice.quality = qualityOf(choice.description.impl_info_str());
  return choice;
}

StepPtr makeConv(const dnnl::engine &engine, const ConvProblem &problem,
                 const ConvChoice &choice, Operand in, Operand out) {
  requireMemoryForCode();
  const auto &description = choice.description;
  const Conv2D &conv = *problem.conv;
  auto given = weightsOf(problem, conv.depthwise ? memory::format_tag::hwigo
                                                 : memory::format_tag::hwio);
  std::string what = std::string("conv ") + description.impl_info_str() + " " +
                     std::to_string(in.layout.inner) + " to " +
                     std::to_string(out.layout.inner);
  return std::make_unique<Product>(
      engine, dnnl::convolution_forward(description), description.src_desc(),
      description.weights_desc(), given, conv.kernel.data,
      biasOf(bool(conv.bias), problem.out.channels), conv.bias.data,
      description.dst_desc(), description.scratchpad_desc(), in, out,
      std::move(what));
}

StepPtr makeDense(const dnnl::engine &engine, const Dense &dense,
                  int64_t samples, Clamp bounds, Operand in, Operand out) {
  requireMemoryForCode();
  int64_t rows = samples * in.layout.rows();
  int64_t inputs = in.layout.channels, outputs = out.layout.channels;
  auto type = memory::data_type::f32;
  memory::desc source({rows, inputs}, type, memory::format_tag::ab);
  memory::desc destination({rows, outputs}, type, memory::format_tag::ab);
  memory::desc given({outputs, inputs}, type, memory::format_tag::ba);
  memory::desc wanted({outputs, inputs}, type, memory::format_tag::any);
  auto kind = dnnl::prop_kind::forward_inference;
  using InnerProduct = dnnl::inner_product_forward;
  InnerProduct::primitive_desc description(
      dense.bias ? InnerProduct::desc(kind, source, wanted,
                                      biasOf(true, outputs), destination)
                 : InnerProduct::desc(kind, source, wanted, destination),
      attributes(bounds, false), engine);
  return std::make_unique<Product>(
      engine, InnerProduct(description), source, description.weights_desc(),
      given, dense.kernel.data, biasOf(bool(dense.bias), outputs),
      dense.bias.data, destination, description.scratchpad_desc(), in, out,
      std::string("dense ") + description.impl_info_str());
}

} // namespace cpu
} // namespace qml
