#include "records/json_records.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/text.hpp"
#include "records/json_text.hpp"

namespace batchctl {

namespace {

constexpr std::size_t kMostDepth = 1024;  // as the reader of a record has it
constexpr std::size_t kShownMembers = 8;

bool is_literal(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '+' || c == '.';
}

/// A member's name without its escapes; as it stands when they are damaged.
std::string plain_name(const std::string& raw) {
  if (raw.find('\\') == std::string::npos) return raw;
  const auto name = nlohmann::json::parse("\"" + raw + "\"", nullptr, false);
  return name.is_string() ? name.get<std::string>() : raw;
}

}  // namespace

JsonRecords::JsonRecords(RecordPointer pointer, bool several, std::string shown_path, ByteSink sink)
    : pointer_(std::move(pointer)), several_(several), shown_path_(std::move(shown_path)), rows_(std::move(sink)) {}

void JsonRecords::bad(const std::string& what) const {
  throw Fatal(
      ExitCode::failed, "bad_input",
      fmt::format("{}:{}: not valid JSON: {} (column {})", shown_path_, line_, what, base_ + here_ - line_start_ + 1),
      "Correct the file and submit again.");
}

void JsonRecords::take(std::string_view piece) {
  for (here_ = 0; here_ < piece.size();) {
    if (in_string_) {
      string_bytes(piece, here_);
      continue;
    }
    const char c = piece[here_];
    if (in_literal_) {
      if (is_literal(c)) {
        put(c);
        ++here_;
        continue;
      }
      in_literal_ = false;
      value_ended();
    }
    if (!is_json_space(c)) token(c);
    ++here_;
    if (c == '\n') {
      ++line_;
      line_start_ = base_ + here_;
    }
  }
  base_ += piece.size();
  here_ = 0;
  rows_.write_when_full();
}

void JsonRecords::string_bytes(std::string_view piece, std::size_t& at) {
  std::size_t end = at;
  if (escaped_) {
    if (static_cast<unsigned char>(piece[at]) < 0x20) bad("a control character in a string");
    escaped_ = false;
    end = at + 1;
  } else {
    end = at + unescaped_length(piece.substr(at));
  }
  if (end == at) {
    const char c = piece[at];
    if (c == '"') {
      put(c);
      ++at;
      return end_string();
    }
    if (c != '\\') bad("a control character in a string");
    escaped_ = true;
    end = at + 1;
  }
  const std::string_view bytes = piece.substr(at, end - at);
  if (recording_) rows_.text() += bytes;
  if (is_key_ && !recording_ && stack_.back().on_path) key_ += bytes;
  at = end;
}

void JsonRecords::end_string() {
  in_string_ = false;
  if (!is_key_) return value_ended();
  is_key_ = false;
  expect_ = Expect::colon;
  if (!recording_ && stack_.back().on_path) remember_member();
}

void JsonRecords::remember_member() {
  key_ = plain_name(key_);
  if (stack_.size() < seen_depth_) return;
  if (stack_.size() > seen_depth_) seen_.clear();
  seen_depth_ = stack_.size();
  if (seen_.size() <= kShownMembers) seen_.push_back(key_);
}

void JsonRecords::token(char c) {
  switch (expect_) {
    case Expect::value_or_end:
      if (c == ']') return close();
      [[fallthrough]];
    case Expect::document:
    case Expect::value:
      return begin_value(c);
    case Expect::key_or_end:
      if (c == '}') return close();
      [[fallthrough]];
    case Expect::key:
      if (c != '"') bad("the name of a member is expected");
      put(c);
      in_string_ = is_key_ = true;
      key_.clear();
      return;
    case Expect::colon:
      if (c != ':') bad("a colon is expected");
      put(c);
      expect_ = Expect::value;
      return;
    case Expect::comma_or_end:
      break;
  }
  Frame& frame = stack_.back();
  if (c == (frame.is_object ? '}' : ']')) return close();
  if (c != ',') bad(fmt::format("a comma or '{}' is expected", frame.is_object ? '}' : ']'));
  put(c);
  ++frame.index;
  expect_ = frame.is_object ? Expect::key : Expect::value;
}

/// Whether the pointer leads to the value that begins, or through it.
bool JsonRecords::is_named() const {
  if (recording_) return false;
  if (stack_.empty()) return true;
  const Frame& frame = stack_.back();
  if (!frame.on_path) return false;
  const std::size_t step = stack_.size() - 1;
  return frame.is_object ? pointer_.goes_to(step, key_) : pointer_.goes_to(step, frame.index);
}

void JsonRecords::begin_value(char c) {
  if (stack_.empty() && documents_ > 0 && !several_) bad("more after the end of the array");
  const bool on_path = is_named();
  const bool is_last_step = on_path && stack_.size() == pointer_.size();
  const bool is_element = !stack_.empty() && stack_.back().records;
  named_ = named_ || is_last_step;
  if (is_element || (is_last_step && c != '[' && c != 'n')) {
    recording_ = true;
    record_depth_ = stack_.size();
    rows_.begin(++records_);
  }
  if (c == '{' || c == '[') {
    if (stack_.size() == kMostDepth) bad("nested too deep");
    put(c);
    stack_.push_back({c == '{', on_path && !is_last_step, is_last_step && c == '[', 0});
    expect_ = c == '{' ? Expect::key_or_end : Expect::value_or_end;
  } else if (c == '"') {
    put(c);
    in_string_ = true;
  } else if (is_literal(c)) {
    put(c);
    in_literal_ = true;
  } else {
    bad("a value is expected");
  }
}

void JsonRecords::close() {
  put(stack_.back().is_object ? '}' : ']');
  stack_.pop_back();
  value_ended();
}

void JsonRecords::value_ended() {
  if (recording_ && stack_.size() == record_depth_) {
    recording_ = false;
    rows_.end();
  }
  if (stack_.empty()) ++documents_;
  expect_ = stack_.empty() ? Expect::document : Expect::comma_or_end;
}

void JsonRecords::finish() {
  if (in_literal_) {
    in_literal_ = false;
    value_ended();
  }
  if (in_string_ || !stack_.empty()) bad("the file ends too early");
  rows_.finish();
  if (named_) return;
  std::string members;
  for (std::size_t i = 0; i < seen_.size(); ++i)
    members += i == kShownMembers ? ", …" : fmt::format("{}\"{}\"", i == 0 ? "" : ", ", one_line(seen_[i], 40));
  throw Fatal(
      ExitCode::failed, "bad_input",
      fmt::format("{}: nothing where --records looks{}{}", shown_path_, members.empty() ? "" : "; there are ", members),
      "Give the path of the records, such as /data or /data/*/qa_pairs.");
}

}  // namespace batchctl
