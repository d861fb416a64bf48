//===- Untrusted.cpp - Reading modules of anyone --------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Untrusted.h"

#include "qml/Dialect/Akida/IR/AkidaDialect.h"
#include "qml/Dialect/QML/IR/QMLDialect.h"
#include "qml/Dialect/QML/IR/QMLOps.h"
#include "qml/Support/Process.h"
#include "qml/Support/Quote.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mlir;

namespace qml {

//===----------------------------------------------------------------------===//
// The extent of a module
//===----------------------------------------------------------------------===//

/// Networks nest three regions, and their attributes and locations a few
/// levels.
static constexpr unsigned maxRegionDepth = 64;
static constexpr unsigned maxAttributeDepth = 256;
/// A short file must not make long arrays.
static constexpr uint64_t maxRepeatedBytes = uint64_t(1) << 28;

/// Integers of a network and of its attributes have 64 bits at most; MLIR
/// prints wide ones in quadratic time.
static bool isWide(Type type) {
  auto integer = dyn_cast<IntegerType>(type);
  return integer && integer.getWidth() > 64;
}

namespace {
/// Measures attributes, types and locations, each once.
class ExtentMeter {
public:
  /// How much is printed for it, in parts, and how deep these nest.
  struct Extent {
    uint64_t parts = 0;
    unsigned depth = 0;
  };

  Extent measure(Attribute attribute);
  Extent measure(Type type) { return measure(TypeAttr::get(type)); }
  /// Whether one was met.
  bool hasWideIntegers() const { return wide; }

private:
  /// An attribute or a type, and whether its parts have been measured.
  struct Item {
    Attribute attribute;
    Type type;
    bool isReady = false;

    const void *key() const {
      return attribute ? attribute.getAsOpaquePointer()
                       : type.getAsOpaquePointer();
    }
  };
  template <typename Function>
  static void forEachPart(const Item &item, Function function) {
    auto onAttribute = [&](Attribute part) {
      if (part)
        function(Item{part, Type(), false});
    };
    auto onType = [&](Type part) {
      if (part)
        function(Item{Attribute(), part, false});
    };
    if (item.attribute)
      item.attribute.walkImmediateSubElements(onAttribute, onType);
    else
      item.type.walkImmediateSubElements(onAttribute, onType);
  }

  llvm::DenseMap<const void *, Extent> known;
  bool wide = false;
};
} // namespace

static uint64_t addSaturated(uint64_t a, uint64_t b) {
  return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

ExtentMeter::Extent ExtentMeter::measure(Attribute attribute) {
  std::vector<Item> stack = {Item{attribute, Type(), false}};
  while (!stack.empty()) {
    Item item = stack.back();
    if (!item.isReady) {
      // One that is met again inside of itself counts as nothing there.
      if (!known.try_emplace(item.key()).second) {
        stack.pop_back();
        continue;
      }
      stack.back().isReady = true;
      wide |= item.type && isWide(item.type);
      forEachPart(item, [&](Item part) {
        if (!known.contains(part.key()))
          stack.push_back(part);
      });
      continue;
    }
    stack.pop_back();
    Extent extent{1, 0};
    forEachPart(item, [&](const Item &part) {
      Extent found = known.lookup(part.key());
      extent.parts = addSaturated(extent.parts, found.parts);
      extent.depth = std::max(extent.depth, found.depth + 1);
    });
    known[item.key()] = extent;
  }
  return known.lookup(attribute.getAsOpaquePointer());
}

/// The attribute of another dialect that a layer carries, if it does.
static Status checkForeignAttributes(Operation *op) {
  if (!isa_and_nonnull<QMLDialect, akida::AkidaDialect>(op->getDialect()))
    return {};
  for (NamedAttribute named : op->getDiscardableAttrs()) {
    StringRef name = named.getName();
    if (name.starts_with("qml.") || name.starts_with("akida."))
      continue;
    auto layer = dyn_cast<LayerOpInterface>(op);
    return Error{(layer ? "layer " + quote(layer.getLayerName())
                        : "operation " + quote(op->getName().getStringRef())) +
                 " carries the attribute " + quote(name) +
                 ", which is none of QML's; remove it"};
  }
  return {};
}

/// Bytes that the literals of a layer stand for, where they repeat one value.
static uint64_t countRepeated(Operation *op) {
  uint64_t bytes = 0;
  for (NamedAttribute named : op->getAttrDictionary())
    if (auto elements = dyn_cast<DenseElementsAttr>(named.getValue()))
      if (elements.isSplat())
        bytes = llvm::SaturatingMultiplyAdd(
            uint64_t(elements.getNumElements()),
            uint64_t(elements.getRawData().size()), bytes);
  return bytes;
}

Status checkExtent(ModuleOp module, size_t size) {
  ExtentMeter meter;
  uint64_t parts = 0, repeated = 0;
  unsigned depth = 0;
  auto add = [&](ExtentMeter::Extent extent) {
    parts = addSaturated(parts, extent.parts);
    depth = std::max(depth, extent.depth);
  };
  std::vector<std::pair<Operation *, unsigned>> work = {{module, 0}};
  while (!work.empty()) {
    auto [op, level] = work.back();
    work.pop_back();
    if (level > maxRegionDepth)
      return Error{"operations nest deeper than " +
                   std::to_string(maxRegionDepth) +
                   " levels; this is no network"};
    if (Status status = checkForeignAttributes(op); !status)
      return status;
    repeated = addSaturated(repeated, countRepeated(op));
    add(meter.measure(op->getAttrDictionary()));
    add(meter.measure(op->getLoc()));
    for (Type type : op->getResultTypes())
      add(meter.measure(type));
    for (Region &region : op->getRegions())
      for (Block &block : region) {
        for (BlockArgument argument : block.getArguments()) {
          add(meter.measure(argument.getType()));
          add(meter.measure(argument.getLoc()));
        }
        for (Operation &inner : block)
          work.push_back({&inner, level + 1});
      }
  }
  if (meter.hasWideIntegers())
    return Error{"attributes or types have integers of more than 64 bits; this "
                 "is no network"};
  if (repeated > maxRepeatedBytes)
    return Error{"literals that repeat one value stand for " +
                 std::to_string(repeated) + " bytes in all; at most " +
                 std::to_string(maxRepeatedBytes) +
                 " are allowed, larger weights are spelled out"};
  if (depth > maxAttributeDepth)
    return Error{"attributes, types or locations nest deeper than " +
                 std::to_string(maxAttributeDepth) +
                 " levels; this is no network"};
  if (parts > (uint64_t(1) << 20) + 16 * uint64_t(size))
    return Error{"attributes share their parts so often that they would be too "
                 "large to print; this is no network"};
  return {};
}

//===----------------------------------------------------------------------===//
// Another process
//===----------------------------------------------------------------------===//

namespace {
/// How the other process ends, if its reader doesn't end it.
enum Verdict { Sound = 0, NoMemory = 3, Refused = 4 };
/// Most bytes of what it says.
constexpr size_t maxAnswer = size_t(1) << 16;
} // namespace

#if defined(__SANITIZE_ADDRESS__)
#define QML_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define QML_HAS_ASAN 1
#endif
#endif
#ifdef QML_HAS_ASAN
// The sanitizer reserves address space, and everything takes longer.
static constexpr bool limitsMemory = false;
static constexpr unsigned secondsAllowed = 40;
#else
static constexpr bool limitsMemory = true;
static constexpr unsigned secondsAllowed = 6;
#endif

static void lowerLimit(int resource, rlim_t most) {
  struct rlimit limit;
  if (::getrlimit(__rlimit_resource_t(resource), &limit) != 0)
    return;
  limit.rlim_cur = std::min(limit.rlim_cur, most);
  limit.rlim_max = std::min(limit.rlim_max, most);
  ::setrlimit(__rlimit_resource_t(resource), &limit);
}

/// Bytes of address space that this process has.
static uint64_t getAddressSpace() {
  unsigned long long pages = 0;
  if (std::FILE *file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%llu", &pages) != 1)
      pages = 0;
    std::fclose(file);
  }
  return pages * uint64_t(::sysconf(_SC_PAGE_SIZE));
}

/// Where a crash can't hurt: nothing is said, and limits end what does not end.
static void confine(size_t size) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGTRAP, SIGTERM,
                     SIGINT, SIGHUP, SIGXCPU, SIGALRM})
    ::signal(signal, SIG_DFL);
  lowerLimit(RLIMIT_CORE, 0);
  unsigned seconds = secondsAllowed + unsigned(size / (16 << 20));
  lowerLimit(RLIMIT_CPU, seconds);
  // Time of the clock runs also while others use the machine, or it stands
  // still.
  ::alarm(60 + 2 * seconds);
  if (uint64_t now = limitsMemory ? getAddressSpace() : 0)
    lowerLimit(RLIMIT_AS, now + (uint64_t(512) << 20) + 4 * uint64_t(size));
  int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(nowhere, STDOUT_FILENO);
  ::dup2(nowhere, STDERR_FILENO);
  setOutOfMemoryCode(NoMemory);
}

/// What the other process does; `answer` takes the problems.
[[noreturn]] static void judge(const std::string &path, size_t size,
                               ReadFunction read, int answer) {
  confine(size);
  std::string problems;
  OwningOpRef<ModuleOp> module = read(problems);
  // The reader does not always say what it refuses.
  if (!module && problems.empty())
    problems = "error: " + printable(path, maxMessageBytes) +
               ": the file is damaged; make it again from the model\n";
  if (module) {
    Status status = checkExtent(*module, size);
    if (status)
      ::_exit(Sound);
    problems =
        "error: " + printable(path + ": " + status.message(), maxMessageBytes) +
        "\n";
  }
  if (problems.size() > maxAnswer)
    problems.resize(problems.rfind('\n', maxAnswer - 1) + 1);
  for (size_t sent = 0; sent < problems.size();) {
    ssize_t count =
        ::write(answer, problems.data() + sent, problems.size() - sent);
    if (count <= 0)
      break;
    sent += size_t(count);
  }
  ::_exit(Refused);
}

static std::string readAll(int file) {
  std::string text;
  char part[1024];
  for (;;) {
    ssize_t count = ::read(file, part, sizeof(part));
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0 || text.size() > maxAnswer)
      return text;
    text.append(part, size_t(count));
  }
}

std::string findProblems(const std::string &path, size_t size,
                         ReadFunction read) {
  auto fail = [&](const std::string &problem) {
    return "error: " + printable(path + ": " + problem, maxMessageBytes) + "\n";
  };
  int answer[2];
  if (::pipe2(answer, O_CLOEXEC) != 0)
    return fail(std::string("cannot be read safely: ") + std::strerror(errno));
  pid_t child = ::fork();
  if (child == 0)
    judge(path, size, read, answer[1]);
  int problem = errno;
  ::close(answer[1]);
  std::string said = readAll(answer[0]);
  ::close(answer[0]);
  if (child < 0)
    return fail(
        std::string("cannot be read safely, in a process of its own: ") +
        std::strerror(problem));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (code == Sound)
    return "";
  if (code == Refused && !said.empty()) {
    // Also from there only lines of text are told.
    std::string lines;
    for (StringRef line : llvm::split(StringRef(said).rtrim('\n'), '\n'))
      lines += printable(line, maxMessageBytes + 100) + "\n";
    return lines;
  }
  std::string what = "crashes";
  if (code == NoMemory)
    what = "takes too much memory";
  else if (WIFSIGNALED(status) &&
           (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGALRM ||
            WTERMSIG(status) == SIGKILL))
    what = "takes too long";
  return fail("the file is damaged, or made to harm: MLIR's reader " + what +
              " on it; make it again from the model");
}

} // namespace qml
