//===- Summary.cpp - The engine's tables of a model -----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "qml/Target/Akida/ExportAkida.h"

#include "qml/Support/Quote.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <string>
#include <vector>

using namespace mlir;
using namespace qml::akida;

namespace qml {

namespace {
/// A table as the engine lays it out. A section's title goes before a row; rows
/// that start with an empty cell go on with the layer before.
class Table {
public:
  explicit Table(std::vector<std::string> header) : rows{std::move(header)} {}

  void addSection(std::string title) {
    sections.emplace_back(rows.size(), std::move(title));
  }
  void addRow(std::vector<std::string> row) { rows.push_back(std::move(row)); }
  void print(llvm::raw_ostream &os, StringRef title) const;

private:
  void printRow(llvm::raw_ostream &os, const std::vector<std::string> &row,
                const std::vector<size_t> &widths) const {
    for (size_t i = 0; i != row.size(); ++i)
      os << (i ? "  " : "") << row[i]
         << std::string(widths[i] - row[i].size(), ' ');
    os << "\n";
  }

  std::vector<std::vector<std::string>> rows;
  std::vector<std::pair<size_t, std::string>> sections;
};
} // namespace

void Table::print(llvm::raw_ostream &os, StringRef title) const {
  std::vector<size_t> widths(rows.front().size(), 0);
  for (const std::vector<std::string> &row : rows)
    for (size_t i = 0; i != row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  size_t length = 2 * widths.size();
  for (size_t width : widths)
    length += width;
  std::string line(length, '_');

  if (!title.empty()) {
    size_t space = length > title.size() ? length - title.size() : 0;
    os << std::string(space / 2, ' ') << title
       << std::string(space - space / 2, ' ') << "\n";
  }
  os << line << "\n";
  printRow(os, rows.front(), widths);
  if (sections.empty())
    os << std::string(length, '=') << "\n";
  for (size_t i = 1; i != rows.size(); ++i) {
    auto section = std::find_if(sections.begin(), sections.end(),
                                [&](auto &entry) { return entry.first == i; });
    if (section != sections.end()) {
      const std::string &text = section->second;
      // Twice the room on each side, which halves may need.
      size_t room =
          std::max<size_t>(length > text.size() ? length - text.size() : 0, 2);
      os << "\n"
         << std::string((room + 1) / 2 - 1, '=') << " " << text << " "
         << std::string(room / 2 - 1, '=') << "\n\n";
    } else if (i != 1) {
      os << line << "\n";
    }
    printRow(os, rows[i], widths);
  }
  os << line << "\n";
}

static std::string formatList(ArrayRef<int64_t> extents, char open,
                              char close) {
  std::string text(1, open);
  text += llvm::join(
      llvm::map_range(extents,
                      [](int64_t extent) { return std::to_string(extent); }),
      ", ");
  return text + close;
}

static std::string formatImage(Value value) {
  Image image = getImage(value);
  return formatList({image.height, image.width, image.channels}, '[', ']');
}

/// Shapes of the variables of a row; Python's tuples.
static std::string formatShapes(akida::LayerOpInterface layer, int row) {
  std::string text;
  for (const VariableInfo &variable : layer.getInfo().variables) {
    if (variable.summaryRow != row)
      continue;
    SmallVector<int64_t> shape = variable.getShape(layer);
    text += (text.empty() ? "" : "  ") +
            (shape.size() == 1 ? "(" + std::to_string(shape[0]) + ",)"
                               : formatList(shape, '(', ')'));
  }
  return text;
}

static void addLayer(Table &table, akida::LayerOpInterface layer) {
  std::string kernel = formatShapes(layer, 1);
  table.addRow({printable(layer.getLayerName()) + " (" +
                    layer.getInfo().summaryType.str() + ")",
                formatImage(layer->getResult(0)),
                kernel.empty() ? "N/A" : kernel});
  if (std::string more = formatShapes(layer, 2); !more.empty())
    table.addRow({"", "", more});
}

void printModelSummary(ModelOp model, llvm::raw_ostream &os) {
  auto sequences = model.getOps<SequenceOp>();
  SmallVector<akida::LayerOpInterface> layers = model.getLayers();
  Table overview({"Input shape", "Output shape", "Sequences", "Layers"});
  overview.addRow(
      {formatImage(model.getInput()), formatImage(layers.back()->getResult(0)),
       std::to_string(std::distance(sequences.begin(), sequences.end())),
       std::to_string(layers.size())});
  overview.print(os, "Model Summary");
  os << "\n";
  Table table({"Layer (type)", "Output shape", "Kernel shape"});
  for (SequenceOp sequence : sequences) {
    table.addSection(
        (sequence.getSequenceName() + " (" + sequence.getBackend() + ")")
            .str());
    for (auto layer :
         sequence.getBody().front().getOps<akida::LayerOpInterface>())
      addLayer(table, layer);
  }
  table.print(os, "");
}

} // namespace qml
