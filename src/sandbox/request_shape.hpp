// The members that requests may have, as the service's JSON reader knows them: it refuses what it does not know, and
// what is of another type.
#pragma once

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>

#include "sandbox/job_kind.hpp"

namespace batchctl::sandbox {

/// The first thing that is wrong with a request.
struct ShapeFault {
  std::string pointer;   // JSON pointer below the request: the value, or the object that holds the unknown member
  std::string unknown;   // the unknown member; empty when the value is of a wrong type
  char expected = '\0';  // how a value of the right type begins
};

std::optional<ShapeFault> shape_fault(simdjson::dom::element request, JobKind kind);

/// A member in either spelling; nullopt also when it is null.
std::optional<simdjson::dom::element> member_of(simdjson::dom::object object, std::string_view camel);

}  // namespace batchctl::sandbox
