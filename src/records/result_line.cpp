#include "records/result_line.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "records/json_text.hpp"
#include "records/wire_key.hpp"

namespace batchctl {

namespace {

namespace dom = simdjson::dom;

// FinishReason of the discovery document (v1beta, 2026-08-22): these withhold an answer for its content.
constexpr std::array<std::string_view, 10> kBlockingReasons = {"SAFETY",
                                                               "RECITATION",
                                                               "BLOCKLIST",
                                                               "PROHIBITED_CONTENT",
                                                               "SPII",
                                                               "LANGUAGE",
                                                               "IMAGE_SAFETY",
                                                               "IMAGE_PROHIBITED_CONTENT",
                                                               "IMAGE_RECITATION",
                                                               "ESCALATION"};

bool is_blocking(std::string_view reason) {
  return std::find(kBlockingReasons.begin(), kBlockingReasons.end(), reason) != kBlockingReasons.end();
}

bool is_regular_end(std::string_view reason) {
  return reason.empty() || reason == "STOP" || reason == "FINISH_REASON_UNSPECIFIED";
}

std::string_view text_member(const dom::object& object, std::string_view name) {
  std::string_view text;
  if (object[name].get_string().get(text) != simdjson::SUCCESS) return {};
  return text;
}

/// Whole numbers come as numbers or as strings.
std::optional<std::int64_t> number_of(const dom::element& element) {
  std::int64_t number = 0;
  if (element.get_int64().get(number) == simdjson::SUCCESS) return number;
  std::string_view text;
  if (element.get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::int64_t> number_member(const dom::object& object, std::string_view name) {
  dom::element element;
  if (object[name].get(element) != simdjson::SUCCESS) return std::nullopt;
  return number_of(element);
}

/// Counts are never negative, and small enough that summing them over any file cannot overflow.
std::int64_t count_member(const dom::object& object, std::string_view name) {
  constexpr std::int64_t kMost = 1'000'000'000'000;
  return std::clamp<std::int64_t>(number_member(object, name).value_or(0), 0, kMost);
}

std::optional<LineUsage> usage_of(const dom::object& response) {
  LineUsage usage;
  dom::object counts;
  if (response["usageMetadata"].get_object().get(counts) == simdjson::SUCCESS) {
    usage.input = count_member(counts, "promptTokenCount");
    usage.output = count_member(counts, "candidatesTokenCount");
    usage.thinking = count_member(counts, "thoughtsTokenCount");
    usage.cached = count_member(counts, "cachedContentTokenCount");
    usage.total = count_member(counts, "totalTokenCount");
    if (usage.total == 0) usage.total = usage.input + usage.output + usage.thinking;
    return usage;
  }
  if (response["tokenCount"].error() != simdjson::SUCCESS) return std::nullopt;
  usage.input = usage.total = count_member(response, "tokenCount");  // embeddings
  return usage;
}

}  // namespace

struct ResultLineParser::State {
  dom::parser parser;
  std::string repaired;  // a line whose lone surrogates were replaced
  std::string joined;    // an answer of several parts
  std::shared_ptr<const AnswerSchema> schema;
  ResultLine line;

  bool read(std::string_view text, dom::object& object);
  bool take_error(const dom::object& object, std::string_view name);
  void take_response(const dom::object& response);
  void take_answer(const dom::object& candidate);
  void judge(const dom::object& response, bool has_candidate, std::string_view finish_message);
};

bool ResultLineParser::State::read(std::string_view text, dom::object& object) {
  if (find_lone_surrogate(text)) {
    repaired = without_lone_surrogates(text);
    const std::size_t size = repaired.size();
    repaired.append(simdjson::SIMDJSON_PADDING, ' ');
    text = std::string_view(repaired).substr(0, size);
  }
  if (parser.capacity() < text.size()) {
    std::size_t capacity = std::max<std::size_t>(parser.capacity(), 1U << 16U);
    while (capacity < text.size()) capacity *= 2;
    if (parser.allocate(capacity) != simdjson::SUCCESS) return false;
  }
  return parser.parse(text.data(), text.size(), false).get_object().get(object) == simdjson::SUCCESS;
}

bool ResultLineParser::State::take_error(const dom::object& object, std::string_view name) {
  dom::element element;
  if (object[name].get(element) != simdjson::SUCCESS) return false;
  std::string_view words;
  if (element.get_string().get(words) == simdjson::SUCCESS) {  // Vertex: text when it failed, "" when not
    if (words.empty()) return false;
    line.message = words;
  } else {
    dom::object error;
    if (element.get_object().get(error) != simdjson::SUCCESS) return false;
    const auto code = number_member(error, "code");
    const std::string_view message = text_member(error, "message");
    const bool says_nothing = code.value_or(0) == 0 && message.empty();  // 0 is OK in google.rpc.Code
    if (says_nothing && (name == "status" || line.status != RecordStatus::missing)) return false;
    line.code = code;
    line.message = message;
    if (line.message.empty()) line.message = text_member(error, "status");
  }
  if (line.message.empty()) line.message = "the service gave no message";
  line.has_error = true;
  line.status = RecordStatus::error;
  return true;
}

void ResultLineParser::State::take_answer(const dom::object& candidate) {
  dom::array parts;
  if (candidate["content"]["parts"].get_array().get(parts) != simdjson::SUCCESS) return;
  for (const dom::element element : parts) {
    dom::object part;
    if (element.get_object().get(part) != simdjson::SUCCESS) continue;
    bool thought = false;
    if (part["thought"].get_bool().get(thought) == simdjson::SUCCESS && thought) continue;
    std::string_view text;
    if (part["text"].get_string().get(text) != simdjson::SUCCESS) continue;
    if (!line.has_answer) {
      line.answer = text;
    } else {
      if (joined.empty()) joined = line.answer;
      joined += text;
      line.answer = joined;
    }
    line.has_answer = true;
  }
}

void ResultLineParser::State::judge(const dom::object& response, bool has_candidate, std::string_view finish_message) {
  const std::string_view block_reason = [&] {
    dom::object feedback;
    if (response["promptFeedback"].get_object().get(feedback) != simdjson::SUCCESS) return std::string_view{};
    return text_member(feedback, "blockReason");
  }();
  const bool embedding = response["embedding"].is_object() || response["embeddings"].is_array();
  if (embedding && !has_candidate) {
    line.status = RecordStatus::ok;
  } else if (!block_reason.empty() && block_reason != "BLOCK_REASON_UNSPECIFIED") {
    line.status = RecordStatus::blocked;
    line.has_error = true;
    line.message = fmt::format("the prompt was blocked: {}", block_reason);
  } else if (line.finish_reason == "MAX_TOKENS") {
    line.status = RecordStatus::truncated;
  } else if (is_blocking(line.finish_reason)) {
    line.status = RecordStatus::blocked;
  } else if (!is_regular_end(line.finish_reason)) {
    line.status = RecordStatus::error;
    line.has_error = true;
    line.message = fmt::format("finish reason {}", line.finish_reason);
  } else {
    line.status = without_outer_space(line.answer).empty() ? RecordStatus::empty : RecordStatus::ok;
  }
  if (line.status == RecordStatus::ok && schema && !(embedding && !has_candidate))
    if (std::optional<std::string> fault = schema->fault_of(line.answer)) {
      line.status = RecordStatus::invalid;
      line.has_error = true;
      line.message = *std::move(fault);
    }
  if (line.status == RecordStatus::ok || finish_message.empty()) return;
  line.has_error = true;
  line.message =
      line.message.empty() ? std::string(finish_message) : fmt::format("{}: {}", line.message, finish_message);
}

void ResultLineParser::State::take_response(const dom::object& response) {
  line.usage = usage_of(response);
  line.model_version = text_member(response, "modelVersion");
  dom::object candidate;  // the first; we never ask for more
  const bool has_candidate = response["candidates"].at(0).get_object().get(candidate) == simdjson::SUCCESS;
  std::string_view finish_message;
  if (has_candidate) {
    line.finish_reason = text_member(candidate, "finishReason");
    finish_message = text_member(candidate, "finishMessage");
    take_answer(candidate);
  }
  judge(response, has_candidate, finish_message);
}

ResultLineParser::ResultLineParser(std::shared_ptr<const AnswerSchema> schema) : state_(std::make_unique<State>()) {
  state_->schema = std::move(schema);
}
ResultLineParser::~ResultLineParser() = default;
ResultLineParser::ResultLineParser(ResultLineParser&&) noexcept = default;
ResultLineParser& ResultLineParser::operator=(ResultLineParser&&) noexcept = default;

const ResultLine& ResultLineParser::parsed() const { return state_->line; }

const ResultLine& ResultLineParser::parse(std::string_view text, const OwnKeys* keys) {
  State& state = *state_;
  state.line = {};
  state.joined.clear();
  dom::object object;
  if (!state.read(text, object)) return state.line;
  state.line.is_json = true;
  const std::string_view key = text_member(object, "key");
  state.line.record = keys == nullptr ? record_of_wire_key(key) : keys->record_of(key);
  dom::object response;
  const bool has_response = object["response"].get_object().get(response) == simdjson::SUCCESS;
  if (has_response) state.take_response(response);
  // An error beside a response wins: the service says that the row failed.
  if (!state.take_error(object, "error") && !has_response) state.take_error(object, "status");
  return state.line;
}

}  // namespace batchctl
