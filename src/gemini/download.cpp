#include "gemini/download.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.hpp"
#include "gemini/meaning.hpp"
#include "gemini/wire.hpp"
#include "http/content_range.hpp"
#include "http/url.hpp"

namespace batchctl::gemini {
namespace {

constexpr int kMostRedirects = 5;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::optional<http::ContentRange> range_of(const http::Response& response) {
  const std::string* header = response.header("content-range");
  return header == nullptr ? std::nullopt : http::parse_content_range(*header);
}

Failure no_way(const http::Response& response, const std::string& message) {
  Failure failure;
  failure.kind = FailureKind::server;
  failure.http_status = response.status;
  failure.message = message;
  return failure;
}

}  // namespace

Download::Download(const Endpoint& endpoint, FetchOutput fetch)
    : endpoint_(endpoint),
      fetch_(std::move(fetch)),
      path_(fmt::format("/v1beta/{}:download?alt=media", escaped_name(full_file_name(fetch_.output.value)))) {}

Step Download::begin() { return ask_at_home(); }

Step Download::ask_at_home(Duration delay) {
  redirects_ = 0;
  is_abroad_ = false;
  http::Request request = request_at(endpoint_.url(second_path_ ? path_ : "/download" + path_));
  request.delay = delay;
  return request;
}

http::Request Download::request_at(const std::string& url) {
  url_ = url;
  http::Request request = endpoint_.download(url, is_abroad_ ? KeyGoes::nowhere : KeyGoes::home);
  request.sink = fetch_.path;
  request.sink_from = from_;
  if (from_ > 0) {
    request.headers.push_back({"Range", fmt::format("bytes={}-", from_)});
    if (!validator_.empty()) request.headers.push_back({"If-Range", validator_});
  }
  return request;
}

Step Download::go_on(http::Response response) {
  if (response.kind != http::ResponseKind::answered) return resume(response, failure_of(response, About::output));
  if (is_redirect(response.status)) return redirected(response);
  if (response.status == 404 && !second_path_ && from_ == 0) {
    second_path_ = true;
    return ask_at_home();
  }
  if (from_ > 0 && response.status == 416) return resume(response, failure_of(response, About::output));
  const bool is_part = response.status == 206 && from_ > 0;
  if (response.status != 200 && !is_part) {
    // 206 was not asked for and would be a part.
    if (is_success(response.status)) return no_way(response, fmt::format("{} for a whole file", response.status));
    return failure_of(response, About::output);
  }
  if (!is_part) note_whole(response);
  if (is_part && !total_ && !is_wrong_part(response)) total_ = range_of(response)->total;
  if (is_wrong_part(response) || (total_ && *total_ != response.sink_bytes)) {
    Failure cut = no_way(response, fmt::format("cut: {} of {} bytes came", response.sink_bytes,
                                               total_ ? fmt::format("{}", *total_) : "unknown"));
    cut.kind = FailureKind::unreachable;
    return resume(response, std::move(cut));
  }
  return Fetched{response.sink_bytes};
}

Step Download::redirected(const http::Response& response) {
  const std::string* location = response.header("location");
  const auto next = location == nullptr ? std::nullopt : http::resolved(url_, *location);
  const auto origin = next ? http::origin_of(*next) : std::nullopt;
  if (!origin) return no_way(response, fmt::format("{} without a readable Location", response.status));
  if (!http::may_be_asked(*origin)) {
    return no_way(response, fmt::format("a redirect to {} without TLS is not followed", origin->host));
  }
  if (++redirects_ > kMostRedirects) return no_way(response, fmt::format("more than {} redirects", kMostRedirects));
  is_abroad_ = is_abroad_ || !endpoint_.is_home(*next);
  return request_at(*next);
}

/// What a whole answer says of itself, to be compared with the parts that may follow.
void Download::note_whole(const http::Response& response) {
  const std::string* length = response.header("content-length");
  const auto bytes = length == nullptr ? std::nullopt : int64_of(nlohmann::json(*length));
  total_ = bytes && *bytes >= 0 ? std::optional(static_cast<std::uint64_t>(*bytes)) : std::nullopt;
  const std::string* tag = response.header("etag");
  validator_ = tag != nullptr && tag->starts_with('"') ? *tag : "";  // a weak one does not vouch for bytes
  const std::string* ranges = response.header("accept-ranges");
  no_ranges_ = no_ranges_ || (ranges != nullptr && to_lower(*ranges) == "none");
}

/// A part that does not go on where the sink ended, or is one of another whole.
bool Download::is_wrong_part(const http::Response& response) const {
  if (response.status != 206) return false;
  const auto range = range_of(response);
  return !range || range->first != from_ || (total_ && range->total && *range->total != *total_);
}

/// Asks for the rest, or for the whole when parts do not fit; not when the last request brought nothing.
Step Download::resume(const http::Response& response, Failure otherwise) {
  if (response.kind == http::ResponseKind::local || resumes_ == kMostResumes) return otherwise;
  const bool parts_fail = from_ > 0 && (response.status == 416 || is_wrong_part(response));
  if (!parts_fail && response.sink_bytes <= (response.status == 206 ? from_ : 0)) return otherwise;
  if (parts_fail) no_ranges_ = true;
  if (!parts_fail && response.status == 200) note_whole(response);
  ++resumes_;
  from_ = no_ranges_ ? 0 : response.sink_bytes;
  return ask_at_home(delay_before(resumes_));
}

}  // namespace batchctl::gemini
