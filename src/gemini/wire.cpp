#include "gemini/wire.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/text.hpp"

namespace batchctl::gemini {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kSha256Hex = 64;
constexpr std::size_t kSha256Bytes = 32;

/// A member that may be absent, or not what it should be.
const Json& member(const Json& object, const char* name) {
  static const Json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(name);
  return found == object.end() ? kNothing : *found;
}

std::string text(const Json& object, const char* name) {
  const Json& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::optional<Instant> instant(const Json& object, const char* name) { return parse_rfc3339(text(object, name)); }

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::optional<std::string> hex_digits(std::string digits) {
  if (digits.size() != kSha256Hex) return std::nullopt;
  for (char& c : digits) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return std::nullopt;
  }
  return digits;
}

/// The words of a Status inside of an operation or a file: no envelope, small codes.
std::string status_words(const Json& status) {
  std::string words = text(status, "message");
  if (!words.empty()) return words;
  const auto code = int64_of(member(status, "code"));
  return code ? "code " + std::to_string(*code) : "an error without words";
}

void read_detail(const Json& detail, ErrorBody& error) {
  const std::string type = text(detail, "@type");
  if (type.ends_with("ErrorInfo")) {
    error.reasons.push_back(text(detail, "reason"));
  } else if (type.ends_with("QuotaFailure")) {
    for (const Json& violation : member(detail, "violations")) {
      error.violations.push_back(
          {text(violation, "quotaMetric"), text(violation, "quotaId"), int64_of(member(violation, "quotaValue"))});
    }
  } else if (type.ends_with("RetryInfo")) {
    const auto delay = duration_of(text(detail, "retryDelay"));
    if (delay) error.retry_delay = std::max(*delay, error.retry_delay.value_or(Duration::zero()));
  }
}

/// An empty list is `{}`. Any other object without its entries is not this list, and must not prove an absence.
bool is_page_of(const Json& page, const char* entries) {
  const bool is_list = page.empty() || page.contains(entries) || page.contains("nextPageToken");
  const bool token_is_text = !page.contains("nextPageToken") || page["nextPageToken"].is_string();
  const bool has_entries = !page.contains(entries) || page[entries].is_array();
  return is_list && token_is_text && has_entries && !page.contains("error");
}

}  // namespace

std::string create_body(const CreateJob& job) {
  return dump(
      {{"batch",
        {{"displayName", job.display_name}, {"inputConfig", {{"fileName", full_file_name(job.input.value)}}}}}});
}

std::string count_body(const CountTokens& count) {
  auto request = read_object(count.request);
  if (!request) throw Bug("the tokens of something are to be counted that is no request");
  (*request)["model"] = "models/" + bare_model(count.model);
  return dump({{"generateContentRequest", std::move(*request)}});
}

std::string upload_start_body(const UploadFile& file, const std::string& mime) {
  return dump(
      {{"file", {{"name", full_file_name(file.id.value)}, {"displayName", file.display_name}, {"mimeType", mime}}}});
}

std::string full_file_name(const std::string& name) { return name.starts_with("files/") ? name : "files/" + name; }

std::string bare_model(std::string_view model) {
  constexpr std::string_view kPrefix = "models/";
  return std::string(model.starts_with(kPrefix) ? model.substr(kPrefix.size()) : model);
}

std::optional<Json> read_object(std::string_view body) {
  Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

std::optional<std::int64_t> int64_of(const Json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (std::trunc(number) != number || std::abs(number) >= 0x1.0p63) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (!value.is_string()) return std::nullopt;
  const auto& digits = value.get_ref<const std::string&>();
  std::int64_t number = 0;
  const char* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

std::optional<std::string> sha256_of(const std::string& text) {
  if (auto digits = hex_digits(text)) return digits;  // also valid base64, but of 48 bytes
  const auto decoded = from_base64(text);
  if (!decoded) return std::nullopt;
  if (decoded->size() == kSha256Bytes) {
    return to_hex({reinterpret_cast<const unsigned char*>(decoded->data()), decoded->size()});
  }
  return hex_digits(*decoded);
}

std::optional<Duration> duration_of(std::string_view text) {
  if (text.size() < 2 || text.back() != 's') return std::nullopt;
  text.remove_suffix(1);
  const std::size_t dot = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, dot);
  const std::string_view fraction = dot < text.size() ? text.substr(dot + 1) : std::string_view();
  const auto is_digits = [](std::string_view part) { return part.find_first_not_of("0123456789") == part.npos; };
  if (whole.empty() || !is_digits(whole) || !is_digits(fraction) || (dot < text.size() && fraction.empty())) {
    return std::nullopt;
  }
  std::int64_t ms = 0;
  const auto add_digit = [&ms](char digit) {
    const std::int64_t value = digit - '0';
    const bool fits = ms <= (std::numeric_limits<std::int64_t>::max() - value) / 10;
    ms = fits ? ms * 10 + value : std::numeric_limits<std::int64_t>::max();
    return fits;
  };
  for (const char digit : whole)
    if (!add_digit(digit)) return Duration::max();
  for (std::size_t i = 0; i < 3; ++i)
    if (!add_digit(i < fraction.size() ? fraction[i] : '0')) return Duration::max();
  return Duration{ms};
}

std::optional<FileFacts> file_facts(const Json& file) {
  FileFacts facts;
  facts.name = RemoteFileName{text(file, "name")};
  if (facts.name.empty()) return std::nullopt;
  facts.display_name = text(file, "displayName");
  facts.uri = text(file, "uri");
  facts.mime = text(file, "mimeType");
  facts.bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(int64_of(member(file, "sizeBytes")).value_or(0), 0));
  facts.sha256 = sha256_of(text(file, "sha256Hash"));
  facts.expires_at = instant(file, "expirationTime");
  const std::string state = text(file, "state");
  if (state == "PROCESSING") facts.state = FileFacts::State::processing;
  if (state == "FAILED") {
    facts.state = FileFacts::State::failed;
    facts.error = status_words(member(file, "error"));
  }
  return facts;
}

FilePage file_page(const Json& page) {
  FilePage read;
  read.complete = is_page_of(page, "files");
  for (const Json& file : member(page, "files")) {
    if (auto facts = file_facts(file))
      read.files.push_back(std::move(*facts));
    else
      read.complete = false;
  }
  read.next_page = text(page, "nextPageToken");
  return read;
}

std::optional<std::int64_t> token_count(const Json& answer) {
  const auto tokens = int64_of(member(answer, "totalTokens"));
  return tokens && *tokens > 0 ? tokens : std::nullopt;
}

JobState job_state(std::string_view word) {
  for (const std::string_view prefix : {"BATCH_STATE_", "JOB_STATE_"}) {
    if (!word.starts_with(prefix)) continue;
    word.remove_prefix(prefix.size());
    break;
  }
  if (word == "PENDING") return JobState::pending;
  if (word == "RUNNING") return JobState::running;
  if (word == "SUCCEEDED") return JobState::succeeded;
  if (word == "FAILED") return JobState::failed;
  if (word == "CANCELLED") return JobState::cancelled;
  if (word == "EXPIRED") return JobState::expired;
  return JobState::unknown;
}

std::optional<Observation> observation(const Json& operation) {
  const Json& batch = member(operation, "metadata");
  const Json& error = member(operation, "error");
  Observation seen;
  seen.name = JobName{text(operation, "name")};
  if (seen.name.empty()) seen.name = JobName{text(batch, "name")};
  if (seen.name.empty()) return std::nullopt;
  seen.display_name = text(batch, "displayName");
  seen.input = RemoteFileName{text(member(batch, "inputConfig"), "fileName")};
  seen.model = bare_model(text(batch, "model"));

  const Json& done = member(operation, "done");
  seen.state_word = text(batch, "state");
  seen.state = job_state(seen.state_word);
  seen.ended = (done.is_boolean() && done.get<bool>()) || is_terminal(seen.state);
  // Decided by the state alone: the code of `error` was seen to be wrong. Only without a state does the rest speak.
  if (seen.ended && seen.state_word.empty()) seen.state = error.is_object() ? JobState::failed : JobState::succeeded;

  for (const Json* place : {&member(batch, "output"), &member(operation, "response")}) {
    const std::string file = text(*place, "responsesFile");
    if (!file.empty() && !seen.output) seen.output = OutputRef{file};
  }
  if (seen.ended && error.is_object()) seen.error = status_words(error);

  const Json& stats = member(batch, "batchStats");
  if (stats.is_object()) {
    const auto count = [&stats](const char* name) { return int64_of(member(stats, name)).value_or(0); };
    seen.stats = {count("requestCount"), count("successfulRequestCount"), count("failedRequestCount"),
                  count("pendingRequestCount")};
  }
  seen.created_at = instant(batch, "createTime");
  seen.ended_at = instant(batch, "endTime");
  return seen;
}

JobPage job_page(const Json& page) {
  JobPage read;
  read.complete = is_page_of(page, "operations");
  for (const Json& operation : member(page, "operations")) {
    if (auto seen = observation(operation)) {
      // Without its display name a job cannot be told from one of ours.
      if (seen->display_name.empty()) read.complete = false;
      read.jobs.push_back(std::move(*seen));
    } else {
      read.complete = false;
    }
  }
  read.next_page = text(page, "nextPageToken");
  if (!member(page, "unreachable").empty()) read.complete = false;
  return read;
}

ErrorBody error_body(std::string_view body) {
  ErrorBody error;
  body = trimmed(body);
  if (body.empty()) return error;
  const auto json = read_object(body);
  if (!json) {
    error.form = body.front() == '<' ? ErrorBody::Form::html : ErrorBody::Form::other;
    if (error.form == ErrorBody::Form::other) error.message = body;
    return error;
  }
  error.form = ErrorBody::Form::json;
  const Json& envelope = member(*json, "error");
  const Json& status = envelope.is_object() ? envelope : *json;
  error.message = text(status, "message");
  error.status = text(status, "status");
  for (const Json& detail : member(status, "details")) read_detail(detail, error);
  return error;
}

}  // namespace batchctl::gemini
