#include "sandbox/pseudo_answers.hpp"

#include <fmt/format.h>

#include <cmath>

#include "sandbox/hashing.hpp"

namespace batchctl::sandbox {
namespace {

using Json = nlohmann::ordered_json;

std::string response_id(std::uint64_t hash) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string id;
  for (std::uint64_t i = 0; i < 22; ++i) id += kLetters[mixed(hash * 31 + i) % kLetters.size()];
  return id;
}

std::string first_half(const std::string& text) {
  std::size_t length = text.size() / 2;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0U) == 0x80U) --length;  // not inside a letter
  return text.substr(0, length);
}

Json usage_of(const TokenCounts& tokens) {
  Json usage = {{"promptTokenCount", tokens.prompt}};
  if (tokens.candidates > 0) usage["candidatesTokenCount"] = tokens.candidates;
  usage["totalTokenCount"] = tokens.total();
  if (tokens.cached > 0) usage["cachedContentTokenCount"] = tokens.cached;
  usage["promptTokensDetails"] = Json::array({{{"modality", "TEXT"}, {"tokenCount", tokens.prompt}}});
  if (tokens.thoughts > 0) usage["thoughtsTokenCount"] = tokens.thoughts;
  return usage;
}

}  // namespace

std::string answer_text(std::uint64_t seed, const InputLine& line) {
  const std::uint64_t hash = mixed(mixed(seed) ^ line.text_hash);
  return fmt::format("Answer {:08x} to: {}", hash >> 32U, line.question);
}

PseudoAnswer generated(std::uint64_t seed, const InputLine& line, RowFate fate, const std::string& model) {
  const std::uint64_t hash = mixed(hash_on(seed, "response") ^ line.text_hash);
  std::string text;
  const char* reason = "STOP";
  if (fate == RowFate::blocked) {
    reason = "SAFETY";
  } else if (fate != RowFate::blocked_prompt && fate != RowFate::empty) {
    text = answer_text(seed, line);
    if (line.wants_json) text = Json({{"answer", text}}).dump();
  }
  if (fate == RowFate::truncated) {
    text = first_half(text);
    reason = "MAX_TOKENS";
  }

  Json response;
  TokenCounts tokens;
  tokens.rows = 1;
  tokens.prompt = estimated_tokens(line.text_bytes);
  if (!text.empty()) tokens.candidates = estimated_tokens(text.size());
  if (fate != RowFate::blocked_prompt) {
    tokens.thoughts = hash % 4 == 0 ? hash % 197 + 1 : 0;
    tokens.cached = hash % 5 == 0 ? tokens.prompt / 2 : 0;
  }

  Json content = {{"role", "model"}};
  if (!text.empty()) content = {{"parts", Json::array({{{"text", text}}})}, {"role", "model"}};
  if (fate == RowFate::blocked_prompt) {
    response["promptFeedback"] = {{"blockReason", "SAFETY"}};
  } else {
    Json candidate = {{"content", content}, {"finishReason", reason}, {"index", 0}};
    if (fate == RowFate::blocked) candidate.erase("content");
    response["candidates"] = Json::array({candidate});
  }
  response["usageMetadata"] = usage_of(tokens);
  response["modelVersion"] = model;
  response["responseId"] = response_id(hash);
  return {std::move(response), tokens};
}

PseudoAnswer embedded(std::uint64_t seed, const InputLine& line, RowFate fate) {
  Json response;
  TokenCounts tokens;
  tokens.rows = 1;
  tokens.prompt = estimated_tokens(line.text_bytes);
  response["tokenCount"] = std::to_string(tokens.prompt);
  Json values = Json::array();
  const std::uint64_t hash = mixed(hash_on(seed, "embedding") ^ line.text_hash);
  const double reach = std::sqrt(3.0 / static_cast<double>(line.dimensions));  // of even numbers: the length is about 1
  for (std::uint64_t i = 0; fate != RowFate::empty && i < line.dimensions; ++i) {
    values.push_back(std::round((2 * share_of(hash + i) - 1) * reach * 1e9) / 1e9);
  }
  response["embedding"] = Json::object();
  if (!values.empty()) response["embedding"]["values"] = std::move(values);
  return {std::move(response), tokens};
}

}  // namespace batchctl::sandbox
