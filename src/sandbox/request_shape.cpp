#include "sandbox/request_shape.hpp"

#include <span>

namespace batchctl::sandbox {
namespace {

namespace dom = simdjson::dom;

enum class Form { any, text, object, list_of_objects };

struct Member {
  std::string_view name;  // camelCase
  Form form = Form::any;
  std::span<const Member> inner = {};  // of the object or of each in the list; empty = not looked at
};

// Discovery document v1beta of 2026-08-22.
constexpr Member kPart[] = {
    {"text", Form::text},
    {"inlineData", Form::object},
    {"fileData", Form::object},
    {"thought"},
    {"thoughtSignature", Form::text},
    {"functionCall", Form::object},
    {"functionResponse"},
    {"executableCode", Form::object},
    {"codeExecutionResult", Form::object},
    {"toolCall"},
    {"toolResponse"},
    {"videoMetadata", Form::object},
    {"mediaResolution"},
    {"mediaProcessing"},
    {"partMetadata", Form::object},
};
constexpr Member kContent[] = {{"role", Form::text}, {"parts", Form::list_of_objects, kPart}};
constexpr Member kGenerationConfig[] = {
    {"audioTranscriptionConfig"},
    {"candidateCount"},
    {"enableAffectiveDialog"},
    {"enableEnhancedCivicAnswers"},
    {"frequencyPenalty"},
    {"imageConfig"},
    {"logprobs"},
    {"maxOutputTokens"},
    {"mediaResolution"},
    {"presencePenalty"},
    {"responseFormat"},
    {"responseJsonSchema"},
    {"responseLogprobs"},
    {"responseMimeType"},
    {"responseModalities"},
    {"responseSchema"},
    {"seed"},
    {"speechConfig"},
    {"stopSequences"},
    {"temperature"},
    {"thinkingConfig"},
    {"topK"},
    {"topP"},
    {"translationConfig"},
};
constexpr Member kGenerate[] = {
    {"contents", Form::list_of_objects, kContent},
    {"systemInstruction", Form::object, kContent},
    {"generationConfig", Form::object, kGenerationConfig},
    {"tools", Form::list_of_objects},
    {"toolConfig", Form::object},
    {"safetySettings", Form::list_of_objects},
    {"cachedContent", Form::text},
    {"model", Form::text},
    {"store"},
    {"serviceTier"},
};
constexpr Member kEmbed[] = {
    {"content", Form::object, kContent},
    {"title", Form::text},
    {"embedContentConfig", Form::object},
    {"model", Form::text},
    {"taskType"},
    {"outputDimensionality"},
};

/// Whether `name` is the camelCase name, or the same in snake_case.
bool is_spelling(std::string_view name, std::string_view camel) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < name.size(); ++i, ++at) {
    char letter = name[i];
    if (letter == '_' && i + 1 < name.size()) {
      letter = name[++i];
      if (letter < 'a' || letter > 'z') return false;
      letter = static_cast<char>(letter - 'a' + 'A');
    }
    if (at == camel.size() || letter != camel[at]) return false;
  }
  return at == camel.size();
}

std::optional<ShapeFault> fault_in(dom::element value, Form form, std::span<const Member> members);

std::optional<ShapeFault> fault_in_object(dom::object object, std::span<const Member> members) {
  if (members.empty()) return std::nullopt;
  for (const auto& [name, value] : object) {
    const Member* known = nullptr;
    for (const Member& member : members) {
      if (is_spelling(name, member.name)) known = &member;
    }
    if (known == nullptr) return ShapeFault{"", std::string(name)};
    auto fault = fault_in(value, known->form, known->inner);
    if (!fault) continue;
    fault->pointer.insert(0, "/" + std::string(name));
    return fault;
  }
  return std::nullopt;
}

std::optional<ShapeFault> fault_in(dom::element value, Form form, std::span<const Member> members) {
  if (value.is_null()) return std::nullopt;
  switch (form) {
    case Form::any:
      return std::nullopt;
    case Form::text:
      return value.is_string() ? std::nullopt : std::optional(ShapeFault{"", "", '"'});
    case Form::object:
      if (!value.is_object()) return ShapeFault{"", "", '{'};
      return fault_in_object(dom::object(value), members);
    case Form::list_of_objects:
      break;
  }
  if (!value.is_array()) return ShapeFault{"", "", '['};
  std::size_t index = 0;
  for (const dom::element one : dom::array(value)) {
    if (auto fault = fault_in(one, Form::object, members)) {
      fault->pointer.insert(0, "/" + std::to_string(index));
      return fault;
    }
    ++index;
  }
  return std::nullopt;
}

}  // namespace

std::optional<ShapeFault> shape_fault(dom::element request, JobKind kind) {
  switch (kind) {
    case JobKind::generate:
      return fault_in(request, Form::object, kGenerate);
    case JobKind::embed:
      return fault_in(request, Form::object, kEmbed);
  }
  return std::nullopt;
}

std::optional<dom::element> member_of(dom::object object, std::string_view camel) {
  for (const auto& [name, value] : object) {
    if (is_spelling(name, camel) && !value.is_null()) return value;
  }
  return std::nullopt;
}

}  // namespace batchctl::sandbox
