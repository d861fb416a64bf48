//===- MPIWorkers.cpp - Processes that MPI connects -----------------------===//
//
// Part of the QML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Workers by MPI's C interface.
//
//===----------------------------------------------------------------------===//

#include "qml/Calibration/WorkersComponent.h"

// Without C++ bindings of their own.
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>

#include <algorithm>
#include <climits>
#include <unistd.h>

namespace qml {
namespace {

class MPIWorkers final : public JobWorkers {
public:
  /// MPI runs.
  Status prepare();

  int count() const override { return number; }
  int rank() const override { return index; }
  int localRank() const override { return localIndex; }
  int localCount() const override { return localNumber; }
  Status maximum(std::vector<int32_t> &values) override {
    return reduce(values.data(), values.size(), MPI_INT32_T, MPI_MAX);
  }
  Status sum(std::vector<uint64_t> &values) override {
    return reduce(values.data(), values.size(), MPI_UINT64_T, MPI_SUM);
  }
  Result<std::vector<std::string>> gather(const std::string &text) override;
  std::string library() const override;
  void leave() override;

private:
  Status check(int code);
  Status meet();
  template <typename T>
  Status reduce(T *values, size_t size, MPI_Datatype type, MPI_Op operation);

  int number = 1;
  int index = 0;
  int localIndex = 0;
  int localNumber = 1;
  bool isBroken = false;
};

} // namespace

/// What a function of MPI has returned, as a status.
Status MPIWorkers::check(int code) {
  if (code == MPI_SUCCESS)
    return {};
  isBroken = true;
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  if (MPI_Error_string(code, text, &length) != MPI_SUCCESS)
    length = 0;
  return Error{"the processes of this job can't reach each other: " +
               std::string(text, size_t(length))};
}

Status MPIWorkers::prepare() {
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  MPI_Comm machine;
  for (int code : {MPI_Comm_size(MPI_COMM_WORLD, &number),
                   MPI_Comm_rank(MPI_COMM_WORLD, &index),
                   MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0,
                                       MPI_INFO_NULL, &machine)})
    if (Status status = check(code); !status)
      return status;
  for (int code : {MPI_Comm_rank(machine, &localIndex),
                   MPI_Comm_size(machine, &localNumber)})
    if (Status status = check(code); !status)
      return status;
  MPI_Comm_free(&machine);
  return {};
}

/// Returns when all processes are here. Unlike the functions of MPI that wait,
/// leaves the processor to others: shares take different times.
Status MPIWorkers::meet() {
  if (isBroken)
    return Error{"the processes of this job can't reach each other any more"};
  MPI_Request request;
  if (Status status = check(MPI_Ibarrier(MPI_COMM_WORLD, &request)); !status)
    return status;
  for (int tries = 0;; ++tries) {
    int isDone = 0;
    if (Status status = check(MPI_Test(&request, &isDone, MPI_STATUS_IGNORE));
        !status || isDone)
      return status;
    if (tries > 1000)
      usleep(200);
  }
}

template <typename T>
Status MPIWorkers::reduce(T *values, size_t size, MPI_Datatype type,
                          MPI_Op operation) {
  if (Status status = meet(); !status)
    return status;
  // Counts are of type int.
  constexpr size_t most = size_t(1) << 26;
  for (size_t first = 0; first < size; first += most)
    if (Status status = check(MPI_Allreduce(MPI_IN_PLACE, values + first,
                                            int(std::min(most, size - first)),
                                            type, operation, MPI_COMM_WORLD));
        !status)
      return status;
  return {};
}

Result<std::vector<std::string>> MPIWorkers::gather(const std::string &text) {
  if (Status status = meet(); !status)
    return status.takeError();
  // Messages are short. Whoever has more to say is cut off.
  constexpr size_t most = size_t(1) << 16;
  int mine = int(std::min(text.size(), most));
  std::vector<int> sizes(size_t(number), 0);
  if (Status status = check(MPI_Allgather(&mine, 1, MPI_INT, sizes.data(), 1,
                                          MPI_INT, MPI_COMM_WORLD));
      !status)
    return status.takeError();
  std::vector<int> offsets;
  int64_t total = 0;
  for (int size : sizes) {
    offsets.push_back(int(total));
    total += size;
    if (total > INT_MAX)
      return Error{"the messages of " + std::to_string(number) +
                   " processes are too long"};
  }
  std::string all(size_t(total), 0);
  if (Status status = check(
          MPI_Allgatherv(text.data(), mine, MPI_CHAR, all.data(), sizes.data(),
                         offsets.data(), MPI_CHAR, MPI_COMM_WORLD));
      !status)
    return status.takeError();
  std::vector<std::string> texts;
  for (size_t i = 0; i < sizes.size(); ++i)
    texts.push_back(all.substr(size_t(offsets[i]), size_t(sizes[i])));
  return texts;
}

std::string MPIWorkers::library() const {
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int length = 0;
  if (MPI_Get_library_version(text, &length) != MPI_SUCCESS)
    return "MPI";
  // The rest is about who built it, and when.
  std::string name(text, size_t(length));
  name = name.substr(0, name.find_first_of(",\n"));
  // MPICH's is a table.
  static const std::string label = " Version:\t";
  if (size_t found = name.find(label); found != std::string::npos)
    name.replace(found, label.size(), " ");
  return name;
}

void MPIWorkers::leave() {
  // The others may wait for something that never comes.
  if (!meet())
    MPI_Abort(MPI_COMM_WORLD, 1);
  MPI_Finalize();
}

} // namespace qml

int qmlWorkersComponentVersion() { return qml::workersComponentVersion; }

qml::JobWorkers *qmlStartWorkers(std::string &error) {
  static qml::MPIWorkers workers;
  int given = 0;
  if (MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &given) !=
      MPI_SUCCESS) {
    error = "MPI does not start";
    return nullptr;
  }
  if (qml::Status status = workers.prepare(); !status) {
    error = status.message();
    return nullptr;
  }
  return &workers;
}
