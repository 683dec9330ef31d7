// One line of a job's output: whose is it, and what honest word fits it?
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/record.hpp"
#include "records/answer_schema.hpp"
#include "records/own_keys.hpp"

namespace batchctl {

struct LineUsage {
  std::int64_t input = 0, output = 0, thinking = 0, cached = 0, total = 0;
};

/// Texts are good until the next parse.
struct ResultLine {
  bool is_json = false;                         // an object that can be read; nothing else is filled otherwise
  std::optional<std::int64_t> record;           // by our wire key, or its own; nullopt: no key, or none of ours
  RecordStatus status = RecordStatus::missing;  // missing: neither response nor error, so no usable line
  bool has_answer = false;
  std::string_view answer;         // the texts that are no thoughts, joined
  std::string_view finish_reason;  // empty: none was given
  bool has_error = false;
  std::optional<std::int64_t> code;
  std::string message;  // the service's words about why it is not ok, else ours; empty: nothing to say
  std::optional<LineUsage> usage;
  std::string_view model_version;  // empty: none was given
};

class ResultLineParser {
 public:
  /// `schema`: what every answer must follow; nullptr: anything is fine.
  explicit ResultLineParser(std::shared_ptr<const AnswerSchema> schema = nullptr);
  ~ResultLineParser();
  ResultLineParser(ResultLineParser&&) noexcept;
  ResultLineParser& operator=(ResultLineParser&&) noexcept;

  /// Judges a line that 64 readable bytes follow. Never fails: what cannot be read is said in the value. Escapes of
  /// lone surrogates, which have no UTF-8 form, are read as U+FFFD. Statuses:
  ///   ok         text, and finish reason STOP or none; an embedding
  ///   invalid    the same, but the text does not follow the schema
  ///   truncated  MAX_TOKENS, with or without text
  ///   blocked    the prompt was blocked, or a finish reason of the safety family
  ///   empty      no text (white space is none)
  ///   error      an `error` or `status` object; any other finish reason
  ///   missing    neither response nor error
  /// `keys`: what the lines are named by instead of our wire keys.
  const ResultLine& parse(std::string_view line, const OwnKeys* keys = nullptr);
  /// What it said last.
  const ResultLine& parsed() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Of several lines of one record: the first ok stands, else the best rank, equal: the later.
constexpr bool takes_over(RecordStatus newer, RecordStatus so_far) {
  return so_far != RecordStatus::ok && rank_of(newer) <= rank_of(so_far);
}

}  // namespace batchctl
