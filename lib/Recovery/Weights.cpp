//===- Weights.cpp - Weights chosen by moments ----------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Recovery/Weights.h"

#include "Kernels.h"

#include "qml/Quantization/FixedPoint.h"
#include "qml/Support/Threads.h"

#include <cmath>
#include <iterator>
#include <new>

namespace qml {

using namespace recovery;

/// Added to the diagonal, as a share of its mean, where errors are measured;
/// more where there are few cells for so many inputs.
constexpr double damping = 0.01;
/// What is tried where the ridge is not given, and what is taken where trying
/// would take too long.
constexpr double ridges[] = {0.05, 0.5, 5};
constexpr double usualRidge = 0.5;
constexpr int64_t mostToTry = 2048;
constexpr int64_t channelsToTry = 32;
/// How often scales and integers are chosen in turn.
constexpr int alternations = 2;
/// What coordinate descent does after a new scale.
constexpr int shortSweeps = 2;
constexpr double leastScale = 1e-6;
/// Scales are not below this share of those by the largest old weight: where
/// inputs say nothing of a result, its weights may vanish, and the scale of the
/// layer's output must not leave its bits.
constexpr double leastShare = 0.125;

//===----------------------------------------------------------------------===//
// Linear algebra
//===----------------------------------------------------------------------===//

/// The lower factor of a symmetric positive matrix, in place; the upper half is
/// not touched. False if the matrix is not positive.
static bool factorize(std::vector<double> &matrix, int64_t size) {
  const KernelTable &table = kernels();
  for (int64_t i = 0; i != size; ++i) {
    double *row = matrix.data() + i * size;
    for (int64_t j = 0; j != i; ++j) {
      const double *other = matrix.data() + j * size;
      row[j] = (row[j] - table.dot(row, other, j)) / other[j];
    }
    double rest = row[i] - table.dot(row, row, i);
    if (!(rest > 0))
      return false;
    row[i] = std::sqrt(rest);
  }
  return true;
}

/// Solves L L^T x = x for eight columns side by side. `upper` is L^T.
static void solvePanel(const std::vector<double> &lower,
                       const std::vector<double> &upper, int64_t size,
                       double *x) {
  const KernelTable &table = kernels();
  for (int64_t i = 0; i != size; ++i) {
    table.subtractRow(lower.data() + i * size, x, i, x + i * lanes);
    for (int64_t lane = 0; lane != lanes; ++lane)
      x[i * lanes + lane] /= lower[i * size + i];
  }
  for (int64_t i = size; i-- != 0;) {
    table.subtractRow(upper.data() + i * size + i + 1, x + (i + 1) * lanes,
                      size - i - 1, x + i * lanes);
    for (int64_t lane = 0; lane != lanes; ++lane)
      x[i * lanes + lane] /= upper[i * size + i];
  }
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

namespace {
/// One channel's integers, and their error.
struct Rounded {
  double scale = 0;
  double error = 0;
  std::vector<int32_t> integers;
};

/// The inputs of one block and the channels that they give.
class Block {
public:
  /// With each `step`-th of the channels alone.
  Block(const WeightProblem &problem, const Moments &moments, int64_t block,
        int64_t step = 1);

  /// New float weights, (inputs, outputs); none if there are none.
  std::vector<double> fit(double ridge, int threads) const;
  /// How far the results of other weights are from the float layer's, less what
  /// is the same for all weights; weighted by the number of cells.
  double errorOf(const std::vector<double> &others, int threads) const;
  const std::vector<double> &getWeights() const { return weights; }
  void setWeights(std::vector<double> values) { weights = std::move(values); }
  void addDamping();

  std::vector<double> weightsOf(int64_t channel) const {
    std::vector<double> values(size);
    for (int64_t k = 0; k != size; ++k)
      values[k] = weights[k * outputs + channel];
    return values;
  }
  double largestOf(int64_t channel) const {
    double largest = 0;
    for (int64_t k = 0; k != size; ++k)
      largest = std::max(largest, std::fabs(weights[k * outputs + channel]));
    return largest;
  }

  /// The errors of scales, each with the nearest integers: by the variances of
  /// inputs alone, or, of up to eight, by all of the covariance.
  std::vector<double> roughErrorsOf(const std::vector<double> &channel,
                                    const std::vector<double> &scales,
                                    IntegerRange range) const;
  std::vector<double> errorsOf(const std::vector<double> &channel,
                               const std::vector<double> &scales,
                               IntegerRange range) const;
  /// The covariance times each of up to eight vectors.
  std::vector<std::vector<double>>
  multiply(const std::vector<std::vector<double>> &vectors) const;
  /// Coordinate descent from integers with that error, of which `gradient` is
  /// the covariance times; the error never grows.
  void descend(Rounded &rounded, std::vector<double> error,
               std::vector<double> gradient, int sweeps,
               IntegerRange range) const;

  int64_t size, outputs;

private:
  double meanDiagonal() const;
  /// The least variance of an input that says anything: far below that of the
  /// rounding of codes.
  double leastVariance = 0;
  double count = 0;               ///< of cells
  std::vector<double> covariance; ///< of the inputs, in real units
  std::vector<double> cross;      ///< (inputs, outputs), in real units
  std::vector<double> weights;    ///< (inputs, outputs)
};
} // namespace

Block::Block(const WeightProblem &problem, const Moments &moments,
             int64_t block, int64_t step) {
  size = moments.inputs;
  outputs = (moments.outputs + step - 1) / step;
  count = double(moments.count());
  const double *units = problem.units.data() + block * size;
  std::vector<double> sums;
  for (int64_t k = 0; k != size; ++k)
    sums.push_back(double(moments.inputSum(block, k)));
  for (int64_t k = 0; k != size; ++k)
    leastVariance += 1e-3 * units[k] * units[k] / double(size);
  covariance.resize(size * size);
  for (int64_t i = 0; i != size; ++i)
    for (int64_t j = 0; j <= i; ++j) {
      double value = (double(moments.product(block, i, j)) / count -
                      sums[i] / count * (sums[j] / count)) *
                     units[i] * units[j];
      covariance[i * size + j] = covariance[j * size + i] = value;
    }
  cross.resize(size * outputs);
  weights.resize(size * outputs);
  for (int64_t i = 0; i != size; ++i)
    for (int64_t f = 0; f != outputs; ++f) {
      int64_t at = (block * size + i) * moments.outputs + f * step;
      double mean = moments.outputSum(block, f * step) / count;
      cross[i * outputs + f] =
          (moments.cross(block, i, f * step) / count - sums[i] / count * mean) *
          units[i];
      weights[i * outputs + f] = problem.weights[at];
    }
}

double Block::meanDiagonal() const {
  double sum = 0;
  for (int64_t i = 0; i != size; ++i)
    sum += covariance[i * size + i];
  return std::max(sum / double(size), leastVariance);
}

void Block::addDamping() {
  double more = (damping + double(size) / count) * meanDiagonal();
  for (int64_t i = 0; i != size; ++i)
    covariance[i * size + i] += more;
}

std::vector<double> Block::fit(double ridge, int threads) const {
  double r = ridge * meanDiagonal();
  std::vector<double> lower = covariance;
  for (int64_t i = 0; i != size; ++i)
    lower[i * size + i] += r;
  // Rounding may leave a matrix that is not positive.
  if (!factorize(lower, size))
    return {};
  std::vector<double> upper(size * size), result(size * outputs);
  for (int64_t i = 0; i != size; ++i)
    for (int64_t j = i; j != size; ++j)
      upper[i * size + j] = lower[j * size + i];
  shareWork((outputs + lanes - 1) / lanes, threads, [&](int64_t part) {
    int64_t first = part * lanes, last = std::min(first + lanes, outputs);
    std::vector<double> x(size * lanes, 0.0);
    for (int64_t i = 0; i != size; ++i)
      for (int64_t f = first; f != last; ++f)
        x[i * lanes + f - first] =
            cross[i * outputs + f] + r * weights[i * outputs + f];
    solvePanel(lower, upper, size, x.data());
    for (int64_t i = 0; i != size; ++i)
      for (int64_t f = first; f != last; ++f)
        result[i * outputs + f] = x[i * lanes + f - first];
  });
  return result;
}

double Block::errorOf(const std::vector<double> &others, int threads) const {
  int64_t parts = (outputs + lanes - 1) / lanes;
  std::vector<double> errors(parts, 0.0);
  shareWork(parts, threads, [&](int64_t part) {
    int64_t first = part * lanes, last = std::min(first + lanes, outputs);
    std::vector<double> x(size * lanes, 0.0);
    double linear[lanes] = {}, forms[lanes];
    for (int64_t i = 0; i != size; ++i)
      for (int64_t f = first; f != last; ++f) {
        double weight = others[i * outputs + f];
        x[i * lanes + f - first] = weight;
        linear[f - first] += weight * cross[i * outputs + f];
      }
    kernels().multiplyForms(covariance.data(), size, x.data(), forms);
    for (int64_t f = 0; f != last - first; ++f)
      errors[part] += forms[f] - 2 * linear[f];
  });
  double sum = 0;
  for (double error : errors)
    sum += error;
  return sum * count;
}

std::vector<double> Block::roughErrorsOf(const std::vector<double> &channel,
                                         const std::vector<double> &scales,
                                         IntegerRange range) const {
  std::vector<double> result(scales.size(), 0.0);
  for (size_t i = 0; i != scales.size(); ++i)
    for (int64_t k = 0; k != size; ++k) {
      int64_t code = clamp(std::llrint(channel[k] / scales[i]), range);
      double error = channel[k] - scales[i] * double(code);
      result[i] += covariance[k * size + k] * error * error;
    }
  return result;
}

std::vector<double> Block::errorsOf(const std::vector<double> &channel,
                                    const std::vector<double> &scales,
                                    IntegerRange range) const {
  std::vector<double> errors(size * lanes, 0.0);
  for (int64_t k = 0; k != size; ++k)
    for (size_t i = 0; i != scales.size(); ++i) {
      int64_t code = clamp(std::llrint(channel[k] / scales[i]), range);
      errors[k * lanes + i] = channel[k] - scales[i] * double(code);
    }
  double forms[lanes];
  kernels().multiplyForms(covariance.data(), size, errors.data(), forms);
  return std::vector<double>(forms, forms + scales.size());
}

std::vector<std::vector<double>>
Block::multiply(const std::vector<std::vector<double>> &vectors) const {
  std::vector<double> panel(size * lanes, 0.0), products(size * lanes);
  for (size_t i = 0; i != vectors.size(); ++i)
    for (int64_t k = 0; k != size; ++k)
      panel[k * lanes + i] = vectors[i][k];
  kernels().multiplyPanel(covariance.data(), size, panel.data(),
                          products.data());
  std::vector<std::vector<double>> result(vectors.size(),
                                          std::vector<double>(size));
  for (size_t i = 0; i != vectors.size(); ++i)
    for (int64_t k = 0; k != size; ++k)
      result[i][k] = products[k * lanes + i];
  return result;
}

void Block::descend(Rounded &rounded, std::vector<double> error,
                    std::vector<double> gradient, int sweeps,
                    IntegerRange range) const {
  double scale = rounded.scale;
  for (int sweep = 0; sweep != sweeps; ++sweep) {
    bool changed = false;
    for (int64_t k = 0; k != size; ++k) {
      const double *row = covariance.data() + k * size;
      if (!(row[k] > 0))
        continue;
      int32_t old = rounded.integers[k];
      double best = old + gradient[k] / (row[k] * scale);
      int32_t code = int32_t(best >= double(range.upper)   ? range.upper
                             : best <= double(range.lower) ? range.lower
                                                           : std::llrint(best));
      if (code == old)
        continue;
      changed = true;
      rounded.integers[k] = code;
      double step = scale * double(code - old);
      error[k] -= step;
      kernels().subtract(step, row, gradient.data(), size);
    }
    if (!changed)
      break;
  }
  rounded.error = kernels().dot(error.data(), gradient.data(), size);
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

namespace {
/// Scales and integers of all channels of a layer.
class Chooser {
public:
  Chooser(const WeightProblem &problem, const WeightSteps &steps, int threads)
      : problem(problem), steps(steps), threads(threads),
        range(integerRange(problem.valueBits, Arithmetic::Akida)),
        blockOutputs(problem.moments->outputs),
        channels(problem.moments->blocks * blockOutputs) {
    if (problem.isSymmetric)
      range.lower = -range.upper;
  }

  ChosenWeights run();

private:
  Block &blockOf(int64_t channel) { return blocks[channel / blockOutputs]; }
  std::vector<double> weightsOf(int64_t channel) {
    return blockOf(channel).weightsOf(channel % blockOutputs);
  }
  double chooseRidge() const;
  void refit();
  void findFirstScales();
  void searchScales();
  void searchOneScale();
  /// Channels of one block, at most as many as a panel has.
  struct Group {
    int64_t first, last;
  };
  std::vector<Group> findGroups() const;
  std::vector<Rounded> round(const Group &group, int sweeps);
  void alternate(const Group &group);
  void roundAll();
  std::vector<double> candidates(double lower, double upper, int64_t count,
                                 int64_t channel) const;

  const WeightProblem &problem;
  const WeightSteps &steps;
  int threads;
  IntegerRange range;
  int64_t blockOutputs, channels;
  std::vector<Block> blocks;
  std::vector<double> scales;
  std::vector<double> leastScales;
  std::vector<Rounded> rounded;
};
} // namespace

/// The ridge with which fits are best on the other half of the samples.
double Chooser::chooseRidge() const {
  if (steps.ridge > 0)
    return steps.ridge;
  const Moments *const *halves = problem.halves;
  if (!halves[0] || !halves[1] || !halves[0]->count() || !halves[1]->count() ||
      problem.moments->inputs > mostToTry)
    return usualRidge;
  constexpr size_t tried = std::size(ridges);
  // Some channels speak for the others.
  int64_t step = std::max<int64_t>(1, blockOutputs / channelsToTry);
  std::vector<std::vector<double>> errors(blocks.size());
  // Many small blocks share the threads, one large one uses them all.
  int inner = blocks.size() > 1 ? 1 : threads;
  shareWork(int64_t(blocks.size()), threads, [&](int64_t b) {
    errors[b].assign(tried, 0.0);
    Block parts[2] = {{problem, *halves[0], b, step},
                      {problem, *halves[1], b, step}};
    for (int half : {0, 1})
      for (size_t i = 0; i != tried; ++i) {
        std::vector<double> weights = parts[half].fit(ridges[i], inner);
        if (weights.empty())
          weights = parts[half].getWeights();
        errors[b][i] += parts[1 - half].errorOf(weights, inner);
      }
  });
  double best = 0, least = 0;
  for (size_t i = 0; i != tried; ++i) {
    double sum = 0;
    for (const std::vector<double> &block : errors)
      sum += block[i];
    if (i == 0 || sum < least) {
      least = sum;
      best = ridges[i];
    }
  }
  return best;
}

void Chooser::refit() {
  double ridge = chooseRidge();
  int inner = blocks.size() > 1 ? 1 : threads;
  shareWork(int64_t(blocks.size()), threads, [&](int64_t b) {
    std::vector<double> weights = blocks[b].fit(ridge, inner);
    if (!weights.empty())
      blocks[b].setWeights(std::move(weights));
  });
}

void Chooser::findFirstScales() {
  scales.resize(channels);
  double largest = 0;
  for (int64_t c = 0; c != channels; ++c) {
    scales[c] = std::max(blockOf(c).largestOf(c % blockOutputs) /
                             double(range.upper > 0 ? range.upper : 1),
                         leastScales.empty() ? leastScale : leastScales[c]);
    largest = std::max(largest, scales[c]);
  }
  if (problem.hasOneScale)
    scales.assign(channels, largest);
}

std::vector<double> Chooser::candidates(double lower, double upper,
                                        int64_t count, int64_t channel) const {
  std::vector<double> result;
  for (int64_t i = 0; i != count; ++i)
    result.push_back(
        std::max(scales[channel] *
                     (lower + (upper - lower) * double(i) / double(count - 1)),
                 leastScales[channel]));
  return result;
}

/// From wide to narrow: scales over the whole span by rough errors, then eight
/// around the best.
constexpr int64_t roughScales = 24;
static constexpr double fewBits[2] = {0.2, 1.3}, moreBits[2] = {0.35, 1.1};

void Chooser::searchScales() {
  const double *span = problem.valueBits <= 1 ? fewBits : moreBits;
  double step = (span[1] - span[0]) / double(roughScales - 1);
  shareWork(channels, threads, [&](int64_t c) {
    std::vector<double> channel = weightsOf(c);
    auto best = [&](const std::vector<double> &tried,
                    const std::vector<double> &errors) {
      return tried[std::min_element(errors.begin(), errors.end()) -
                   errors.begin()] /
             scales[c];
    };
    std::vector<double> tried = candidates(span[0], span[1], roughScales, c);
    double middle =
        best(tried, blockOf(c).roughErrorsOf(channel, tried, range));
    tried = candidates(std::max(middle - 3 * step, span[0] / 2),
                       middle + 3 * step, lanes, c);
    scales[c] *= best(tried, blockOf(c).errorsOf(channel, tried, range));
  });
}

void Chooser::searchOneScale() {
  const double *span = problem.valueBits <= 1 ? fewBits : moreBits;
  double step = (span[1] - span[0]) / double(lanes - 1);
  double best = 1, least = 0;
  bool isFirst = true;
  auto search = [&](double lower, double upper) {
    std::vector<double> tried = candidates(lower, upper, lanes, 0);
    std::vector<std::vector<double>> errors(channels);
    shareWork(channels, threads, [&](int64_t c) {
      errors[c] = blockOf(c).errorsOf(weightsOf(c), tried, range);
    });
    for (size_t i = 0; i != tried.size(); ++i) {
      double sum = 0;
      for (int64_t c = 0; c != channels; ++c)
        sum += errors[c][i];
      if (isFirst || sum < least) {
        isFirst = false;
        least = sum;
        best = tried[i] / scales[0];
      }
    }
  };
  search(span[0], span[1]);
  double middle = best;
  search(std::max(middle - step, span[0] / 2), middle + step);
  scales.assign(channels, scales[0] * best);
}

std::vector<Chooser::Group> Chooser::findGroups() const {
  std::vector<Group> groups;
  for (int64_t first = 0; first != channels;) {
    int64_t end = (first / blockOutputs + 1) * blockOutputs;
    int64_t last = std::min(first + lanes, end);
    groups.push_back({first, last});
    first = last;
  }
  return groups;
}

/// The nearest integers, and coordinate descent from them.
std::vector<Rounded> Chooser::round(const Group &group, int sweeps) {
  Block &block = blockOf(group.first);
  std::vector<Rounded> result(group.last - group.first);
  std::vector<std::vector<double>> errors;
  for (int64_t c = group.first; c != group.last; ++c) {
    Rounded &one = result[c - group.first];
    one.scale = scales[c];
    std::vector<double> error = weightsOf(c);
    for (double &weight : error) {
      int64_t code = clamp(std::llrint(weight / scales[c]), range);
      one.integers.push_back(int32_t(code));
      weight -= scales[c] * double(code);
    }
    errors.push_back(std::move(error));
  }
  std::vector<std::vector<double>> gradients = block.multiply(errors);
  for (size_t i = 0; i != result.size(); ++i)
    block.descend(result[i], std::move(errors[i]), std::move(gradients[i]),
                  sweeps, range);
  return result;
}

/// New scales for the integers, those with the least error, and new integers
/// for the scales, as long as the error falls.
void Chooser::alternate(const Group &group) {
  Block &block = blockOf(group.first);
  for (int i = 0; i != alternations; ++i) {
    std::vector<std::vector<double>> codes;
    for (int64_t c = group.first; c != group.last; ++c)
      codes.emplace_back(rounded[c].integers.begin(),
                         rounded[c].integers.end());
    std::vector<std::vector<double>> products = block.multiply(codes);
    for (int64_t c = group.first; c != group.last; ++c) {
      int64_t at = c - group.first;
      std::vector<double> channel = weightsOf(c);
      int64_t size = int64_t(channel.size());
      double above = kernels().dot(products[at].data(), channel.data(), size);
      double below = kernels().dot(products[at].data(), codes[at].data(), size);
      scales[c] = above > 0 && below > 0 ? above / below : rounded[c].scale;
      scales[c] = std::max(scales[c], leastScales[c]);
    }
    std::vector<Rounded> next = round(group, shortSweeps);
    bool changed = false;
    for (int64_t c = group.first; c != group.last; ++c) {
      Rounded &one = next[c - group.first];
      if (one.error < rounded[c].error) {
        changed = true;
        rounded[c] = std::move(one);
      }
      scales[c] = rounded[c].scale;
    }
    if (!changed)
      break;
  }
}

void Chooser::roundAll() {
  std::vector<Group> groups = findGroups();
  rounded.resize(channels);
  shareWork(int64_t(groups.size()), threads, [&](int64_t g) {
    std::vector<Rounded> made =
        round(groups[g], steps.round ? steps.sweeps : 0);
    std::move(made.begin(), made.end(), rounded.begin() + groups[g].first);
  });
}

ChosenWeights Chooser::run() {
  ChosenWeights chosen;
  for (int64_t b = 0; b != problem.moments->blocks; ++b)
    blocks.emplace_back(problem, *problem.moments, b);
  findFirstScales();
  auto meanError = [&] {
    double sum = 0;
    for (const Rounded &channel : rounded)
      sum += channel.error;
    return sum / double(channels);
  };
  std::vector<Group> groups = findGroups();
  rounded.resize(channels);
  shareWork(int64_t(groups.size()), threads, [&](int64_t g) {
    std::vector<Rounded> nearest = round(groups[g], 0);
    std::move(nearest.begin(), nearest.end(),
              rounded.begin() + groups[g].first);
  });
  chosen.errorBefore = meanError();
  for (double scale : scales)
    leastScales.push_back(std::max(scale * leastShare, leastScale));

  if (steps.refit) {
    refit();
    findFirstScales();
  }
  for (Block &block : blocks)
    block.addDamping();
  if (steps.round) {
    if (problem.hasOneScale)
      searchOneScale();
    else
      searchScales();
  }

  roundAll();
  if (steps.round && !problem.hasOneScale)
    shareWork(int64_t(groups.size()), threads,
              [&](int64_t g) { alternate(groups[g]); });

  std::vector<float> wanted(scales.begin(), scales.end());
  if (problem.hasOneScale)
    wanted.resize(1);
  chosen.scales = wanted;
  if (problem.adjustScales)
    problem.adjustScales(chosen.scales);
  // Scales are stored in float32, and the hardware may have made them larger.
  for (int64_t c = 0; c != channels; ++c)
    scales[c] = chosen.scales[problem.hasOneScale ? 0 : c];
  if (chosen.scales != wanted)
    roundAll();

  chosen.integers.resize(problem.weights.size());
  for (int64_t c = 0; c != channels; ++c) {
    int64_t size = problem.moments->inputs, block = c / blockOutputs;
    for (int64_t k = 0; k != size; ++k)
      chosen.integers[(block * size + k) * blockOutputs + c % blockOutputs] =
          rounded[c].integers[k];
  }
  chosen.errorAfter = meanError();
  return chosen;
}

Result<ChosenWeights> chooseWeights(const WeightProblem &problem,
                                    const WeightSteps &steps, int threads) {
  try {
    return Chooser(problem, steps, threads).run();
  } catch (const std::bad_alloc &) {
    return Error{"there is not enough memory for the second moments of its " +
                     std::to_string(problem.moments->inputs) + " inputs",
                 ErrorKind::OutOfMemory};
  }
}

std::vector<double> meanBias(const Moments &moments,
                             const std::vector<double> &outputSums,
                             const std::vector<double> &units,
                             const std::vector<double> &weights) {
  std::vector<double> bias(moments.blocks * moments.outputs);
  double count = double(moments.count());
  for (int64_t b = 0; b != moments.blocks; ++b)
    for (int64_t f = 0; f != moments.outputs; ++f) {
      double mean = outputSums[b * moments.outputs + f] / count;
      for (int64_t k = 0; k != moments.inputs; ++k) {
        int64_t at = b * moments.inputs + k;
        mean -= double(moments.inputSum(b, k)) / count * units[at] *
                weights[at * moments.outputs + f];
      }
      bias[b * moments.outputs + f] = mean;
    }
  return bias;
}

} // namespace qml
