// The door for records that leave one by one, each with its outcome: into a table of another program's, say.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "core/record.hpp"

namespace batchctl {

/// One record as the results tell it. Texts are good until `add` returns.
struct RecordRow {
  std::int64_t index = 0;
  std::optional<std::string_view> key;  // a text as it is, any other JSON as it is spelt
  std::string_view file;
  std::int64_t line = 1;
  RecordStatus status = RecordStatus::missing;
  std::optional<std::string_view> answer, finish_reason, error_code, error_message;
  std::optional<std::int64_t> tokens_input, tokens_output, tokens_thinking, tokens_cached, tokens_total;
  std::optional<std::string_view> model, model_version;  // what was asked for; what the service says has answered
  std::optional<std::string_view> job;
  std::optional<std::int64_t> attempt;
  std::optional<std::int64_t> same_as;  // the result is that record's, and was paid for there
  std::string_view input;               // JSON
};

/// What a run's jobs of one model have taken, and at which batch price.
struct ModelBill {
  std::string model;
  std::int64_t input = 0, cached = 0, output = 0;  // tokens of all stored results; output with thinking
  struct Price {
    double input = 0, output = 0, cached = 0;  // USD per million tokens
    std::string date, page;
  };
  std::optional<Price> price;  // nullopt: not known
};

struct ExportedRun {
  std::string name, id, model;
  Instant created_at, exported_at;
  std::vector<ModelBill> bills;
};

enum class RecordTexts { yes, no };

class RecordSink {
 public:
  virtual ~RecordSink() = default;
  /// Records come by index. Throws Fatal when it cannot be written.
  virtual void add(const RecordRow& row) = 0;
  /// Nothing is promised of a file that was not finished.
  virtual void finish() = 0;
};

/// Makes the file at `path`, which must not be there; RecordTexts::no leaves answers and input out.
using MakeRecordSink =
    std::function<std::unique_ptr<RecordSink>(const std::string& path, const ExportedRun& run, RecordTexts texts)>;

}  // namespace batchctl
