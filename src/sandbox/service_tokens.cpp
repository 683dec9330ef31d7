#include <nlohmann/json.hpp>

#include "sandbox/create_body.hpp"
#include "sandbox/input_lines.hpp"
#include "sandbox/replies.hpp"
#include "sandbox/request_body.hpp"
#include "sandbox/service.hpp"

namespace batchctl::sandbox {

Answer Service::count_tokens(Request& request, const std::string& model) const {
  Answer refusal;
  const auto body = read_json(request, refusal);
  if (!body) return refusal;
  if (!is_known_model(model)) return no_such_model(model);
  for (const auto& [name, value] : body->items()) {
    if (name != "contents" && name != "generateContentRequest" && name != "generate_content_request") {
      return unknown_name(name, "");
    }
  }
  const auto& contents = member(*body, "contents", "contents");
  const auto& whole = member(*body, "generateContentRequest", "generate_content_request");
  if (contents.is_null() == whole.is_null()) {
    return error_answer(400,
                        "* CountTokensRequest: exactly one of contents and generate_content_request must be set.\n");
  }
  const nlohmann::json asked = whole.is_null() ? nlohmann::json{{"contents", contents}} : whole;
  const auto parsed = parse_request(asked.dump(), JobKind::generate);
  if (!parsed) return error_answer(400, "Invalid JSON payload received. " + parsed.error().why);
  if (parsed.value().is_invalid) return error_answer(400, "Request contains an invalid argument.");
  const std::uint64_t tokens = estimated_tokens(parsed.value().text_bytes);
  nlohmann::ordered_json answer = {{"totalTokens", tokens}};
  answer["promptTokensDetails"].push_back({{"modality", "TEXT"}, {"tokenCount", tokens}});
  return json_answer(answer);
}

}  // namespace batchctl::sandbox
