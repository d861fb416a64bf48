//===- HDF5Tree.cpp - B-trees of HDF5 files -------------------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Trees of version 1. A node holds keys and children in turn; those of level 0
// lead to what the tree is about, a symbol table or a chunk.
//
//===----------------------------------------------------------------------===//

#include "HDF5Format.h"

#include <unordered_set>

using namespace qml;
using namespace qml::detail;

namespace {
class TreeWalker {
public:
  TreeWalker(const HDF5File &file, const HDF5Tree &tree,
             const HDF5Tree::Visit &visit)
      : file(file), tree(tree), visit(visit),
        entries(file.bytes.size / (tree.keyBytes + 8)) {}

  Status walk(uint64_t address, int parentLevel);

private:
  Error problem(const char *what) const {
    return Error{std::string("the ") + tree.name + " " + what};
  }

  const HDF5File &file;
  const HDF5Tree &tree;
  const HDF5Tree::Visit &visit;
  std::unordered_set<uint64_t> visited;
  /// Every entry takes its key and an address in the file.
  HDF5Budget entries;
};
} // namespace

Status TreeWalker::walk(uint64_t address, int parentLevel) {
  if (!visited.insert(address).second)
    return problem("runs in a circle");
  Result<Bytes> node = file.from(address, tree.name);
  if (!node)
    return node.takeError();
  FieldReader fields(*node);
  fields.skip(4);
  unsigned kind = fields.u8();
  int level = fields.u8();
  uint16_t count = fields.u16();
  fields.skip(16);
  // Levels fall from the root to 0, which also bounds the recursion.
  if (!fields.ok() || !hasSignature(*node, "TREE") || kind != tree.kind ||
      level >= parentLevel || !entries.spend(count))
    return problem("is damaged");
  for (uint16_t i = 0; i < count; ++i) {
    size_t keyStart = fields.position();
    fields.skip(tree.keyBytes);
    uint64_t child = fields.u64();
    if (!fields.ok())
      return problem("is cut off");
    Status status = level > 0
                        ? walk(child, level)
                        : visit(node->slice(keyStart, tree.keyBytes), child);
    if (!status)
      return status;
  }
  return {};
}

Status detail::walkTree(const HDF5File &file, uint64_t address,
                        const HDF5Tree &tree, const HDF5Tree::Visit &visit) {
  return TreeWalker(file, tree, visit).walk(address, 256);
}
