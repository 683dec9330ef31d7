// What the first request of an upload says: how the bytes come, and of what file.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "sandbox/exchange.hpp"
#include "sandbox/files.hpp"

namespace batchctl::sandbox {

enum class UploadForm {
  resumable,  // later, to a URL of their own
  plain,      // they are the body: `X-Goog-Upload-Protocol: raw`, `uploadType=media`, or neither
  related,    // in the second part of multipart/related, after the JSON
};

/// nullopt with the refusal in `refusal`.
std::optional<UploadForm> upload_form_of(const Request& request, Answer& refusal);

/// The file that `body` describes, by the member `file`; `mime_type` stands in when it names none. nullopt with the
/// refusal in `refusal`.
std::optional<FileDescription> description_of(const nlohmann::json& body, const std::string& mime_type,
                                              const std::optional<FaultAction>& fault, Answer& refusal);

}  // namespace batchctl::sandbox
