// THE one place where a status and a body become meaning: a Failure, what a create's answer means, the kind of a 429.
//
// Judged by the status first, because a body may be empty, an HTML page, or words that nobody promised. The service's
// own words are kept on one line, bounded and without secrets.
#pragma once

#include <string>

#include "gemini/wire.hpp"
#include "http/client.hpp"
#include "ports/batch_service.hpp"

namespace batchctl::gemini {

constexpr bool is_success(int status) { return status >= 200 && status < 300; }

/// What a call was about, which decides what a 403 or 404 means.
enum class About {
  file,     // a file by name: missing, expired and foreign ones are answered with 403
  job,      // a job by name
  output,   // a job's output
  model,    // a model by name
  nothing,  // no single thing: the list, an upload's beginning
};

/// What an answer that is no success means; also of no answer at all.
Failure failure_of(const http::Response& response, About about);

/// Whether an upload is refused for the type that was given for its bytes: another type may be taken.
bool refuses_mime(const http::Response& response);

/// A success that cannot be read.
Failure unreadable(const http::Response& response, const std::string& what);

/// A create's answer (core/create_answer.hpp has what follows from it).
CreateOutcome create_outcome(const http::Response& response, const CreateJob& job);

/// The kind of a 429 and when to come back. Of several violations the slowest counts.
Refusal refusal_of(const ErrorBody& error, const http::Response& response);

/// Retry-After, as seconds or as a date; saturated; nullopt when it is not there or cannot be read.
std::optional<Duration> retry_after_of(const http::Response& response);

/// One line for people: the service's words, or what came instead of words.
std::string words_of(const ErrorBody& error, int status);

}  // namespace batchctl::gemini
