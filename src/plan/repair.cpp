#include "plan/repair.hpp"

#include <algorithm>

namespace batchctl::plan {

namespace {

// A request without maxOutputTokens has all the room there is already.
constexpr int kMoreRoom = 4;

/// The least thinking that every model of the family takes. Thinking budgets (guide "Thinking", 2026-08): 2.5 Pro takes
/// 128 to 32768, 2.5 Flash up to 24576, 2.5 Flash-Lite 512 to 24576; levels are for Gemini 3 and later, and an error
/// before. Other models: nothing is known to be taken.
std::optional<std::string> less_thinking(std::string_view model) {
  if (model.starts_with("gemini-2.5")) return R"({"thinkingConfig":{"thinkingBudget":512}})";
  if (model.starts_with("gemini-3")) return R"({"thinkingConfig":{"thinkingLevel":"LOW"}})";
  return std::nullopt;
}

}  // namespace

bool is_passing(std::int64_t code) {
  return std::find(kPassingCodes.begin(), kPassingCodes.end(), code) != kPassingCodes.end();
}

bool repair_is_due(const RepairFacts& facts) {
  if (facts.waiting <= 0) return false;
  return facts.chunks_open == 0 || facts.waiting >= facts.full_chunk;
}

Overrides fitting(RecordStatus status, std::string_view model, const std::optional<std::string>& schema) {
  Overrides fit;
  if (status == RecordStatus::truncated) {
    fit.generation_config = less_thinking(model);
    fit.output_factor = kMoreRoom;
  }
  if (status == RecordStatus::invalid && schema)
    fit.note =
        "The last answer to this did not follow the required form. Answer with JSON alone, without any other "
        "text, that follows this JSON Schema:\n" +
        *schema;
  return fit;
}

}  // namespace batchctl::plan
