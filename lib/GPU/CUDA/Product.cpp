//===- Product.cpp - Matrix products by cuBLASLt --------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// cuBLASLt thinks in columns: a matrix of rows is the transpose of one of
// columns. So y = x * w is computed as transpose(y) = transpose(w) *
// transpose(x), in which nothing has to be transposed; the bias is one for each
// row of the result, as the epilogue wants it.
//
//===----------------------------------------------------------------------===//

#include "Libraries.h"

#include <memory>

namespace qml {
namespace cuda {
namespace {

template <typename T, cublasStatus_t (*Destroy)(T)>
struct Deleter {
  void operator()(T object) const { Destroy(object); }
};
template <typename T, cublasStatus_t (*Destroy)(T)>
using Owned = std::unique_ptr<std::remove_pointer_t<T>, Deleter<T, Destroy>>;

using MatmulDesc = Owned<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>;
using MatrixLayout = Owned<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;
using Preference =
    Owned<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>;

class Product final : public gpu::LibraryCall {
public:
  Product(const Handles &handles, const gpu::ProductProblem &problem)
      : handles(handles), problem(problem) {}

  Status prepare();

  size_t workspaceBytes() const override { return algorithm.workspaceSize; }
  gpu::JobPtr bind(const Operands &operands) override;
  Status run(const Operands &operands);
  std::string describe() const {
    return "product " + std::to_string(problem.rows) + " x " +
           std::to_string(problem.in) + " x " + std::to_string(problem.out);
  }

private:
  static Result<MatrixLayout> makeLayout(int64_t rows, int64_t columns) {
    cublasLtMatrixLayout_t layout;
    QML_CUDA_TRY(cublasLtMatrixLayoutCreate(&layout, CUDA_R_32F, uint64_t(rows),
                                            uint64_t(columns), rows),
                 "describe a matrix");
    return MatrixLayout(layout);
  }

  Handles handles;
  gpu::ProductProblem problem;
  MatmulDesc description;
  MatrixLayout weights, x, y;
  cublasLtMatmulHeuristicResult_t algorithm = {};
};

class ProductJob final : public gpu::Job {
public:
  ProductJob(Product &product, const gpu::LibraryCall::Operands &operands)
      : product(product), operands(operands) {}
  Status enqueue() override { return product.run(operands); }
  std::string describe() const override { return product.describe(); }

private:
  Product &product;
  gpu::LibraryCall::Operands operands;
};

} // namespace

Status Product::prepare() {
  cublasLtMatmulDesc_t made;
  QML_CUDA_TRY(cublasLtMatmulDescCreate(&made,
                                        problem.tf32
                                            ? CUBLAS_COMPUTE_32F_FAST_TF32
                                            : CUBLAS_COMPUTE_32F,
                                        CUDA_R_32F),
               "describe a product");
  description.reset(made);
  cublasLtEpilogue_t epilogue =
      problem.hasBias ? (problem.hasReLU ? CUBLASLT_EPILOGUE_RELU_BIAS
                                         : CUBLASLT_EPILOGUE_BIAS)
                      : (problem.hasReLU ? CUBLASLT_EPILOGUE_RELU
                                         : CUBLASLT_EPILOGUE_DEFAULT);
  QML_CUDA_TRY(cublasLtMatmulDescSetAttribute(made,
                                              CUBLASLT_MATMUL_DESC_EPILOGUE,
                                              &epilogue, sizeof epilogue),
               "describe what follows a product");
  auto weightsMade = makeLayout(problem.out, problem.in);
  if (!weightsMade)
    return weightsMade.takeError();
  auto xMade = makeLayout(problem.in, problem.rows);
  if (!xMade)
    return xMade.takeError();
  auto yMade = makeLayout(problem.out, problem.rows);
  if (!yMade)
    return yMade.takeError();
  weights = std::move(*weightsMade);
  x = std::move(*xMade);
  y = std::move(*yMade);

  cublasLtMatmulPreference_t preferred;
  QML_CUDA_TRY(cublasLtMatmulPreferenceCreate(&preferred), "make preferences");
  Preference preference(preferred);
  size_t workspace = maxWorkspaceBytes;
  // Partial sums may meet in a workspace, in a fixed order; not in the result,
  // in whatever order they come.
  uint32_t reductions = CUBLASLT_REDUCTION_SCHEME_NONE |
                        CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE |
                        CUBLASLT_REDUCTION_SCHEME_OUTPUT_TYPE;
  QML_CUDA_TRY(cublasLtMatmulPreferenceSetAttribute(
                   preferred, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                   &workspace, sizeof workspace),
               "limit the workspace");
  QML_CUDA_TRY(cublasLtMatmulPreferenceSetAttribute(
                   preferred, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
                   &reductions, sizeof reductions),
               "choose reductions");
  int found = 0;
  QML_CUDA_TRY(cublasLtMatmulAlgoGetHeuristic(
                   handles.cublas, made, weights.get(), x.get(), y.get(),
                   y.get(), preferred, 1, &algorithm, &found),
               "find an implementation of a product");
  if (!found || algorithm.state != CUBLAS_STATUS_SUCCESS)
    return Error{"cuBLASLt has no implementation of a " + describe(),
                 ErrorKind::Unsupported};
  return {};
}

gpu::JobPtr Product::bind(const Operands &operands) {
  return std::make_unique<ProductJob>(*this, operands);
}

Status Product::run(const Operands &operands) {
  if (problem.hasBias)
    QML_CUDA_TRY(cublasLtMatmulDescSetAttribute(
                     description.get(), CUBLASLT_MATMUL_DESC_BIAS_POINTER,
                     static_cast<const void *>(&operands.bias),
                     sizeof operands.bias),
                 "bind a bias");
  float one = 1, zero = 0;
  return check(cublasLtMatmul(handles.cublas, description.get(), &one,
                              operands.weights, weights.get(), operands.x,
                              x.get(), &zero, operands.y, y.get(), operands.y,
                              y.get(), &algorithm.algo, operands.workspace,
                              algorithm.workspaceSize, handles.stream),
               "multiply");
}

Result<gpu::LibraryCallPtr> makeProduct(const Handles &handles,
                                        const gpu::ProductProblem &problem) {
  auto product = std::make_unique<Product>(handles, problem);
  if (Status status = product->prepare(); !status)
    return status.takeError();
  return gpu::LibraryCallPtr(std::move(product));
}

} // namespace cuda
} // namespace qml
