// Chat messages, as OpenAI and the data sets of conversations write them, as Gemini's contents.
#pragma once

#include <simdjson.h>
#include <optional>
#include <string>

#include "records/line_fault.hpp"
#include "records/request_parts.hpp"

namespace batchctl {

/// openai: what is not known is refused, and the last message must be the user's. chat: a row of a data set; members
/// that say nothing to the model are left out, and a last message of the assistant is the known answer, not sent.
enum class Dialect { openai, chat };

/// `true or false`, `an array` …, for faults.
std::string_view spell(simdjson::dom::element_type type);

/// The names of an object's members, at most eight: `"a", "b"`.
std::string member_list(const simdjson::dom::object& object);

LineFault cannot_map(const Place& place, std::string_view why = {});

/// The first member that is not in `known` and not null is refused by name; so is one that is there twice.
std::optional<LineFault> only_members(const simdjson::dom::object& object, const Place& place,
                                      std::initializer_list<std::string_view> known);

/// A string that says something as one more text part of the list `out`.
std::optional<LineFault> add_text_part(const simdjson::dom::element& text, const Place& place, std::string& out,
                                       std::int64_t& tokens);

/// Roles: user, human; assistant, model, gpt, chatgpt, bot (`model`); system, developer (system instruction, only
/// before the first turn). Content: text, or parts of text, images by data: URL and audio. Whatever cannot be said in a
/// Gemini request is refused with its place, never left out.
std::optional<LineFault> add_messages(const simdjson::dom::element& messages, const Place& place, Dialect dialect,
                                      RequestParts& parts);

}  // namespace batchctl
