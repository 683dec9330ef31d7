#include "gemini/meaning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/log.hpp"
#include "base/text.hpp"

namespace batchctl::gemini {
namespace {

constexpr std::size_t kLongestWords = 1000;
constexpr std::size_t kLongestForeignWords = 200;  // of a body that is not the service's own form

bool has_reason(const ErrorBody& error, std::string_view prefix) {
  return std::any_of(error.reasons.begin(), error.reasons.end(),
                     [prefix](const std::string& reason) { return reason.starts_with(prefix); });
}

Failure failure(FailureKind kind, const http::Response& response, const ErrorBody& error, std::string reason = {}) {
  Failure made;
  made.kind = kind;
  made.http_status = response.status;
  made.message = words_of(error, response.status);
  made.reason = std::move(reason);
  made.retry_after = retry_after_of(response);
  return made;
}

Failure no_answer(const http::Response& response) {
  Failure made;
  made.kind = response.kind == http::ResponseKind::local ? FailureKind::local : FailureKind::unreachable;
  made.message = response.message;
  return made;
}

/// Why a person must act, when the error says so whatever the call was; empty otherwise. The reasons are those of
/// google.api.ErrorReason (googleapis, google/api/error_reason.proto, 2026-08).
std::string stop_reason(int status, const ErrorBody& error) {
  if (status == 401) return "key";
  if (status != 400 && status != 403) return {};
  if (has_reason(error, "BILLING_")) return "billing";
  if (has_reason(error, "API_KEY_")) return "key";
  const std::string words = to_lower(error.message);
  if (status == 400) return words.starts_with("api key") ? "key" : "";  // the words may quote a user's line
  if (mentions(words, "billing")) return "billing";
  if (mentions(words, "api key") || mentions(words, "unregistered callers")) return "key";
  if (has_reason(error, "SERVICE_DISABLED") || has_reason(error, "CONSUMER_") || has_reason(error, "ACCESS_TOKEN_") ||
      has_reason(error, "SECURITY_POLICY_") || has_reason(error, "LOCATION_POLICY_") ||
      mentions(words, "has not been used in project") || mentions(words, "suspended") ||
      mentions(words, "denied access")) {
    return "permission";
  }
  return {};
}

/// No billing account where there is no free tier. A call about one thing means another precondition: a job that ended
/// cannot be cancelled.
bool lacks_billing(int status, const ErrorBody& error) {
  return status == 400 && error.status == "FAILED_PRECONDITION";
}

/// A 403 about a file says the same for all of these (googleapis/python-genai issue 1218; captures of 2026-09), so all
/// of them are named.
constexpr const char* kWhyNoFile =
    "the service answers so when the file expired (48 h after its upload), was deleted, belongs to another project's "
    "key, was never there, or when billing is overdue";

Failure no_file(const http::Response& response, const ErrorBody& error) {
  Failure made = failure(FailureKind::not_found, response, error);
  if (response.status == 403) made.message += fmt::format(" ({})", kWhyNoFile);
  return made;
}

/// Repeating later may help; whether anything happened is not known.
bool is_transient(int status) { return status < 400 || status == 408 || status == 499 || status >= 500; }

bool names_file(const ErrorBody& error, const std::string& file) {
  constexpr std::string_view kPrefix = "files/";
  const std::string id = file.starts_with(kPrefix) ? file.substr(kPrefix.size()) : file;
  return !id.empty() && mentions(error.message, id);
}

}  // namespace

std::string words_of(const ErrorBody& error, int status) {
  switch (error.form) {
    case ErrorBody::Form::empty:
      return fmt::format("{} without a body", status);
    case ErrorBody::Form::html:
      return fmt::format("{} with an HTML page", status);
    case ErrorBody::Form::other:
      return fmt::format("{}: {}", status, one_line(redacted(error.message), kLongestForeignWords));
    case ErrorBody::Form::json:
      break;
  }
  std::string words;
  for (const char c : std::string(trimmed(error.message))) words += c == '\n' ? std::string("; ") : std::string(1, c);
  if (words.empty()) return fmt::format("{} {} without words", status, error.status.empty() ? "error" : error.status);
  return one_line(redacted(words), kLongestWords);
}

Failure unreadable(const http::Response& response, const std::string& what) {
  Failure made;
  made.kind = FailureKind::server;
  made.http_status = response.status;
  const ErrorBody body = error_body(response.body);
  const char* instead = body.form == ErrorBody::Form::empty  ? "without a body"
                        : body.form == ErrorBody::Form::html ? "with an HTML page"
                        : body.form == ErrorBody::Form::json ? "without what it should hold"
                                                             : "that cannot be read";
  made.message = fmt::format("{} for {}, {}", response.status, what, instead);
  if (body.form == ErrorBody::Form::json && !body.message.empty()) {
    made.message += ": " + words_of(body, response.status);
  }
  return made;
}

Failure failure_of(const http::Response& response, About about) {
  if (response.kind != http::ResponseKind::answered) return no_answer(response);
  const int status = response.status;
  const ErrorBody error = error_body(response.body);
  if (is_transient(status)) return failure(FailureKind::server, response, error);
  if (status == 429) {
    Failure made = failure(FailureKind::quota, response, error);
    made.refusal = refusal_of(error, response);
    made.retry_after = made.refusal->retry_after;
    return made;
  }
  if (std::string reason = stop_reason(status, error); !reason.empty()) {
    return failure(FailureKind::stopped, response, error, std::move(reason));
  }
  const bool is_wide = about == About::nothing || about == About::model;
  if (is_wide && lacks_billing(status, error)) {
    return failure(FailureKind::stopped, response, error, "billing");
  }
  if (status == 403) {
    if (about == About::file) return no_file(response, error);
    if (about == About::output) return failure(FailureKind::not_found, response, error);
    return failure(FailureKind::stopped, response, error, "permission");
  }
  if (status == 404 && about == About::model) return failure(FailureKind::stopped, response, error, "model");
  if (status == 404 && about != About::nothing) {
    // A front end's page says nothing about the thing itself.
    const bool is_page = error.form == ErrorBody::Form::html;
    return failure(is_page ? FailureKind::server : FailureKind::not_found, response, error);
  }
  return failure(FailureKind::rejected, response, error);
}

bool refuses_mime(const http::Response& response) {
  if (response.kind != http::ResponseKind::answered) return false;
  if (response.status == 415) return true;
  return failure_of(response, About::nothing).kind == FailureKind::rejected &&
         mentions(to_lower(error_body(response.body).message), "mime type");
}

CreateOutcome create_outcome(const http::Response& response, const CreateJob& job) {
  using http::ResponseKind;
  const auto failed = [&](CreateAnswer answer, Failure failure) {
    return CreateOutcome{answer, std::nullopt, std::move(failure)};
  };
  if (response.kind == ResponseKind::not_sent) return failed(CreateAnswer::not_sent, no_answer(response));
  if (response.kind != ResponseKind::answered) return failed(CreateAnswer::unclear, no_answer(response));

  const int status = response.status;
  if (is_success(status)) {
    const auto body = read_object(response.body);
    auto seen = body ? observation(*body) : std::nullopt;
    if (!seen) return failed(CreateAnswer::unclear, unreadable(response, "a create"));
    return CreateOutcome{CreateAnswer::created, std::move(seen), {}};
  }
  const ErrorBody error = error_body(response.body);
  if (is_transient(status)) return failed(CreateAnswer::unclear, failure(FailureKind::server, response, error));
  if (status == 429) return failed(CreateAnswer::refused, failure_of(response, About::nothing));

  const bool may_miss_file = status == 403 || status == 404;
  if (may_miss_file && names_file(error, job.input.value)) {
    return failed(CreateAnswer::lost_file, no_file(response, error));
  }
  if (std::string reason = stop_reason(status, error); !reason.empty()) {
    return failed(CreateAnswer::stopped, failure(FailureKind::stopped, response, error, std::move(reason)));
  }
  if (lacks_billing(status, error)) {
    return failed(CreateAnswer::stopped, failure(FailureKind::stopped, response, error, "billing"));
  }
  const bool names_model = mentions(to_lower(error.message), "model") || mentions(error.message, bare_model(job.model));
  if (may_miss_file && mentions(error.message, "File ") && !names_model) {
    return failed(CreateAnswer::lost_file, no_file(response, error));
  }
  // A 404 that names nothing is about the URL, and that names the model (or the wrong service): one look by a person
  // costs less than chunks that fail one after another.
  if (status == 404) return failed(CreateAnswer::stopped, failure(FailureKind::stopped, response, error, "model"));
  if (status == 403) return failed(CreateAnswer::stopped, failure(FailureKind::stopped, response, error, "permission"));
  return failed(CreateAnswer::rejected, failure(FailureKind::rejected, response, error));
}

}  // namespace batchctl::gemini
