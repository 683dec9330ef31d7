// The body of a line of an OpenAI batch file as a Gemini request.
#pragma once

#include <simdjson.h>
#include <optional>
#include <string_view>

#include "records/line_fault.hpp"
#include "records/request_parts.hpp"

namespace batchctl {

/// Chat completions (`messages`) and responses (`input`, `instructions`). The model named in it is replaced by the
/// run's. Every member is translated, says what is the default anyway, or is refused by name; none is dropped. `url`
/// is the line's, or empty.
std::optional<LineFault> map_openai_body(const simdjson::dom::element& body, std::string_view url, RequestParts& parts);

}  // namespace batchctl
