// Distinct types for distinct identities, so that the compiler notices a chunk passed for a job.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace batchctl {

/// A text identity; `Tag` only makes the type distinct.
template <class Tag>
struct TextId {
  std::string value;
  TextId() = default;
  explicit TextId(std::string text) : value(std::move(text)) {}
  bool empty() const { return value.empty(); }
  auto operator<=>(const TextId&) const = default;
};

/// A row number in the database; 0 means none.
template <class Tag>
struct RowId {
  std::int64_t value = 0;
  RowId() = default;
  explicit RowId(std::int64_t number) : value(number) {}
  bool empty() const { return value == 0; }
  auto operator<=>(const RowId&) const = default;
};

using RunId = TextId<struct RunIdTag>;                    // 12 of a-z2-7, random; goes to the service
using JobName = TextId<struct JobNameTag>;                // the service's name of a job, opaque
using RemoteFileName = TextId<struct RemoteFileNameTag>;  // the service's name of a file, opaque
using OutputRef = TextId<struct OutputRefTag>;            // where the service keeps a job's results, opaque

using RunKey = RowId<struct RunKeyTag>;
using ChunkKey = RowId<struct ChunkKeyTag>;
using FileKey = RowId<struct FileKeyTag>;
using JobKey = RowId<struct JobKeyTag>;

}  // namespace batchctl

template <class Tag>
struct std::hash<batchctl::RowId<Tag>> {
  std::size_t operator()(const batchctl::RowId<Tag>& id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
template <class Tag>
struct std::hash<batchctl::TextId<Tag>> {
  std::size_t operator()(const batchctl::TextId<Tag>& id) const noexcept { return std::hash<std::string>{}(id.value); }
};
