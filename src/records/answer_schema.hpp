// Whether an answer is JSON of the form that was asked for. The validator (valijson) stays behind this header.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace batchctl {

class AnswerSchema {
 public:
  /// Compiles a JSON Schema (drafts 4 to 7; references within it). Throws Fatal{usage, "bad_schema"} when it is none.
  explicit AnswerSchema(std::string_view schema);
  ~AnswerSchema();
  AnswerSchema(AnswerSchema&&) noexcept;
  AnswerSchema& operator=(AnswerSchema&&) noexcept;

  /// What is wrong with the answer, in a sentence; nullopt when it follows the schema. The same answer always gets the
  /// same words. An answer is not compared with patterns when it is longer than 16 KiB, and follows no schema when it
  /// is nested more than 200 deep: the machinery behind both would run out of stack.
  std::optional<std::string> fault_of(std::string_view answer) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// nullptr without a schema.
std::shared_ptr<const AnswerSchema> compiled_schema(const std::optional<std::string>& schema);

}  // namespace batchctl
