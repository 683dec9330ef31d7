// Would the service read this request? One bad line fails a whole file there, after everything was uploaded.
//
// The rules: a member the service does not list is refused (so does the service: CONTRACT of 2026-11, "unknown
// member"), types and enums as ProtoJSON takes them, names in camelCase or snake_case, words of enums in any case, null
// as if absent. Roles of `contents` are user and model; contents and parts are not empty; a part holds exactly one
// thing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "records/line_fault.hpp"
#include "records/request_schema.hpp"

namespace simdjson::dom {
class element;
class object;
}  // namespace simdjson::dom

namespace batchctl {

/// A request for answers (`contents`) or embeddings (`content`). `line` is the whole text the request was parsed from
/// and `place` its way into it (nullptr: it is the line): a fault tells the column in bytes, from 1.
std::optional<LineFault> check_request(const simdjson::dom::object& request, const Place* place, std::string_view line);

/// An object of a schema; for settings, where no column helps.
std::optional<LineFault> check_message(MessageId message, const simdjson::dom::element& value, const Place& place);

/// The camelCase spelling of a member's name; `name` itself when it is none in snake_case.
std::string camel_case(std::string_view name);

}  // namespace batchctl
