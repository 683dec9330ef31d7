#include "sandbox/pseudo_answers.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

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

Json response_of(std::uint64_t seed, const InputLine& line, const std::string& model) {
  const std::uint64_t hash = mixed(hash_on(seed, "response") ^ line.text_hash);
  std::string text = answer_text(seed, line);
  if (line.wants_json) text = Json({{"answer", text}}).dump();
  const std::uint64_t prompt = estimated_tokens(line.text_bytes);
  const std::uint64_t candidates = estimated_tokens(text.size());
  const std::uint64_t thoughts = hash % 4 == 0 ? hash % 197 + 1 : 0;
  Json usage = {{"promptTokenCount", prompt}, {"candidatesTokenCount", candidates}};
  usage["totalTokenCount"] = prompt + candidates + thoughts;
  usage["promptTokensDetails"] = Json::array({{{"modality", "TEXT"}, {"tokenCount", prompt}}});
  if (thoughts > 0) usage["thoughtsTokenCount"] = thoughts;
  Json content = {{"parts", Json::array({{{"text", text}}})}, {"role", "model"}};
  return {{"candidates", Json::array({{{"content", content}, {"finishReason", "STOP"}, {"index", 0}}})},
          {"usageMetadata", usage},
          {"modelVersion", model},
          {"responseId", response_id(hash)}};
}

}  // namespace

RowFate fate_of(const RowShares& shares, const std::string& display_name, const std::string& key) {
  const double share = share_of(hash_on(hash_on(mixed(shares.seed), display_name), key));
  if (share < shares.missing_rate) return RowFate::missing;
  return share < shares.missing_rate + shares.error_rate ? RowFate::failed : RowFate::answered;
}

std::string answer_text(std::uint64_t seed, const InputLine& line) {
  const std::uint64_t hash = mixed(mixed(seed) ^ line.text_hash);
  return fmt::format("Answer {:08x} to: {}", hash >> 32U, line.question);
}

std::string output_line(std::uint64_t seed, const InputLine& line, RowFate fate, const std::string& model) {
  Json row;
  if (fate == RowFate::failed) {
    row["error"] = {{"message",
                     "An internal error has occurred. Please retry or report in "
                     "https://developers.generativeai.google/guide/troubleshooting"},
                    {"code", 13}};
  } else {
    row["response"] = response_of(seed, line, model);
  }
  if (line.key) row["key"] = *line.key;
  return row.dump() + "\n";
}

}  // namespace batchctl::sandbox
