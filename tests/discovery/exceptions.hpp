// Where the service, by every capture or sample, is not what its discovery document says. All of it is here.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

namespace batchctl::discovery {

struct Exception {
  enum class Kind {
    unlisted,  // the document has no such member; its value is not judged
    omitted,   // "Required.", and may be absent from a request
    sent,      // "Output only.", and may be in a request
  };
  const char* schema;
  const char* member;
  Kind kind;
  const char* reason;
};

std::span<const Exception> exceptions();

/// Schemas in the document's own form of what it names and does not have: the envelope of errors, and the details of
/// google.rpc.
const nlohmann::json& supplement();

}  // namespace batchctl::discovery
