// Text, numbers and words as the discovery document describes them, in the way of ProtoJSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace batchctl::discovery {

/// Why `value` is no text, number, truth value or word of this schema; empty when it is. A type or format that is not
/// known here is a reason.
std::string scalar_fault(const nlohmann::json& schema, const nlohmann::json& value);

}  // namespace batchctl::discovery
