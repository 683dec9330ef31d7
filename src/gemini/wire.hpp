// The service's JSON as values, and the three bodies that we send. Nothing here judges an answer: see meaning.hpp.
//
// Members that are zero, empty or false are absent on the wire; int64 travels as text or as a number; unknown members
// and words are never fatal (Protocol Buffers, ProtoJSON format; Gemini API, Batch API reference, 2026-08).
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ports/batch_service.hpp"

namespace batchctl::gemini {

// ---- what we send

std::string create_body(const CreateJob& job);
/// Throws Bug when the request is no JSON object.
std::string count_body(const CountTokens& count);
std::string upload_start_body(const UploadFile& file, const std::string& mime);

/// `files/…`, whether or not the prefix is there already.
std::string full_file_name(const std::string& name);
/// Without `models/`.
std::string bare_model(std::string_view model);

// ---- what we read

/// nullopt when the body is not one JSON object.
std::optional<nlohmann::json> read_object(std::string_view body);

/// From text or a number; nullopt when it is neither or does not fit.
std::optional<std::int64_t> int64_of(const nlohmann::json& value);

/// The 64 lower-case hex digits that a `sha256Hash` stands for: base64 of those digits (what the service sends), the
/// digits themselves, or base64 of the 32 bytes (what its documentation says). nullopt when it is none of these.
std::optional<std::string> sha256_of(const std::string& text);

/// `28s`, `2.5s`; what is too long for a Duration becomes the longest one. nullopt when not of that form.
std::optional<Duration> duration_of(std::string_view text);

/// nullopt without a name.
std::optional<FileFacts> file_facts(const nlohmann::json& file);
/// A page with an entry that cannot be read is not complete.
FilePage file_page(const nlohmann::json& page);
/// An Operation; nullopt without a name.
std::optional<Observation> observation(const nlohmann::json& operation);
/// A page with an entry that cannot be read is not complete.
JobPage job_page(const nlohmann::json& page);

/// nullopt when it is not told: a request of no tokens at all is none that could be sent.
std::optional<std::int64_t> token_count(const nlohmann::json& answer);

/// `BATCH_STATE_…` or `JOB_STATE_…`, the prefix being of no importance; other words are `unknown`.
JobState job_state(std::string_view word);

struct Violation {
  std::string metric;
  std::string id;
  std::optional<std::int64_t> limit;
};

/// The body of an answer that is an error, as far as it can be read.
struct ErrorBody {
  enum class Form { empty, html, json, other } form = Form::empty;
  std::string message;               // as it came
  std::string status;                // INVALID_ARGUMENT, …
  std::vector<std::string> reasons;  // ErrorInfo.reason
  std::vector<Violation> violations;
  std::optional<Duration> retry_delay;  // the longest
};

ErrorBody error_body(std::string_view body);

}  // namespace batchctl::gemini
