#include "gemini/download.hpp"

#include <fmt/format.h>

#include <utility>

#include "gemini/meaning.hpp"
#include "gemini/wire.hpp"
#include "http/url.hpp"

namespace batchctl::gemini {
namespace {

constexpr int kMostRedirects = 5;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
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

Step Download::begin() { return ask(endpoint_.url("/download" + path_)); }

Step Download::ask(const std::string& url) {
  url_ = url;
  http::Request request = endpoint_.download(url);
  request.sink = fetch_.path;
  return request;
}

Step Download::go_on(http::Response response) {
  if (response.kind != http::ResponseKind::answered) return failure_of(response, About::output);
  if (is_redirect(response.status)) {
    const std::string* location = response.header("location");
    const auto next = location == nullptr ? std::nullopt : http::resolved(url_, *location);
    if (!next) return no_way(response, fmt::format("{} without a readable Location", response.status));
    if (++redirects_ > kMostRedirects) return no_way(response, fmt::format("more than {} redirects", kMostRedirects));
    return ask(*next);
  }
  if (response.status == 404 && !second_path_) {
    second_path_ = true;
    redirects_ = 0;
    return ask(endpoint_.url(path_));
  }
  // 206 was not asked for and would be a part.
  if (response.status != 200) {
    if (is_success(response.status)) return no_way(response, fmt::format("{} for a whole file", response.status));
    return failure_of(response, About::output);
  }
  const std::string* length = response.header("content-length");
  if (length != nullptr && *length != fmt::format("{}", response.sink_bytes)) {
    Failure cut = no_way(response, fmt::format("cut: {} of {} bytes came", response.sink_bytes, *length));
    cut.kind = FailureKind::unreachable;
    return cut;
  }
  return Fetched{response.sink_bytes};
}

}  // namespace batchctl::gemini
