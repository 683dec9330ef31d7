#include "http/transfer.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/crash_point.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "http/content_range.hpp"
#include "http/url.hpp"

namespace batchctl::http {
namespace {

// A page of a list is below 1 MiB; more than this is no answer of a service that we know.
constexpr std::size_t kLongestBody = std::size_t{64} << 20U;
// libcurl's default is 64 KiB; larger pieces cost less processor time (measured on plain loopback, libcurl 7.88.1).
constexpr long kUploadBuffer = 512L * 1024;
// With libcurl's 16 KiB a call a fetch takes a third more processor time (same libcurl, 500 MB, hashing included).
constexpr long kDownloadBuffer = 512L * 1024;
constexpr std::size_t kLargeBody = 64U * 1024;

bool may_be_written_again(const std::string& method) {
  return method == "GET" || method == "HEAD" || method == "DELETE";
}

}  // namespace

const std::string* Response::header(std::string_view name) const {
  for (const Header& header : headers)
    if (header.name == name) return &header.value;
  return nullptr;
}

Response not_sent(RequestId id, std::string message) {
  Response response;
  response.id = id;
  response.message = std::move(message);
  return response;
}

Transfer::Transfer(RequestId id, Request request, const Config& config)
    : id_(id), request_(std::move(request)), config_(config), easy_(curl().easy_init()) {
  if (!easy_) throw Fatal(ExitCode::failed, "curl", "libcurl could not make a handle");
  set_up();
}

template <class Value>
void Transfer::set(CURLoption option, Value value) {
  const CURLcode result = curl().easy_setopt(easy_.get(), option, value);
  if (result != CURLE_OK) {
    throw Bug(
        fmt::format("libcurl does not take option {}: {}", static_cast<int>(option), curl().easy_strerror(result)));
  }
}

void Transfer::set_up() {
  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_ERRORBUFFER, &words_[0]);
  set(CURLOPT_USERAGENT, config_.user_agent.c_str());
  if (const auto origin = origin_of(request_.url); origin && is_loopback(origin->host)) set(CURLOPT_PROXY, "");

  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(config_.connect_timeout.count()));
  if (request_.timeout) set(CURLOPT_TIMEOUT_MS, static_cast<long>(request_.timeout->count()));
  if (request_.stall > Duration::zero()) {
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(std::chrono::ceil<seconds>(request_.stall).count()));
  }
  if (request_.connection == Connection::fresh) {
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
  }

  bool has_type = false;
  const auto add = [this](const std::string& line) {
    curl_slist* longer = curl().slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(headers_.release());
    headers_.reset(longer);
  };
  for (const Header& header : request_.headers) {
    std::string name = header.name;
    name = to_lower(name);
    has_type = has_type || name == "content-type";
    add(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  add("Expect:");
  if (!has_type) add("Content-Type:");  // none, instead of the one of a form
  set(CURLOPT_HTTPHEADER, headers_.get());

  if (request_.body || request_.method == "POST") {
    const std::size_t size = request_.body ? request_.body->size() : 0;
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(size));
    set(CURLOPT_POSTFIELDS, request_.body ? request_.body->data() : "");
    if (size > kLargeBody) set(CURLOPT_UPLOAD_BUFFERSIZE, kUploadBuffer);
    if (request_.method != "POST") set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  } else if (request_.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (request_.method != "GET") {
    set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }

  if (request_.sink) set(CURLOPT_BUFFERSIZE, kDownloadBuffer);

  set(CURLOPT_PREREQFUNCTION, &Transfer::on_prereq);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(CURLOPT_WRITEDATA, this);
}

// ---- called by libcurl: nothing may be thrown through it ----------------------------------------------------------

int Transfer::on_prereq(void* self, char*, char*, int, int) {
  auto& transfer = *static_cast<Transfer*>(self);
  try {
    if (transfer.writes_ > 0 && !may_be_written_again(transfer.request_.method)) return CURL_PREREQFUNC_ABORT;
    if (!transfer.is_in_time()) return CURL_PREREQFUNC_ABORT;
    ++transfer.writes_;
    return CURL_PREREQFUNC_OK;
  } catch (const std::exception&) {
    return CURL_PREREQFUNC_ABORT;
  }
}

std::size_t Transfer::on_header(char* bytes, std::size_t size, std::size_t count, void* self) {
  try {
    static_cast<Transfer*>(self)->take_header({bytes, size * count});
    return size * count;
  } catch (const std::exception&) {
    return 0;
  }
}

std::size_t Transfer::on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
  try {
    return static_cast<Transfer*>(self)->take_body({bytes, size * count}) ? size * count : 0;
  } catch (const std::exception&) {
    return 0;
  }
}

bool Transfer::is_written_once() const {
  long bytes = 0;
  curl().easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &bytes);
  return request_.connection == Connection::fresh && bytes > 0;
}

bool Transfer::is_in_time() {
  if (!request_.send_before || config_.boot_now() <= *request_.send_before) return true;
  too_late_ = "too late: the request was not written";
  return false;
}

void Transfer::take_header(std::string_view line) {
  if (line.starts_with("HTTP/")) {
    response_.headers.clear();  // those of an interim answer
    head_ended_ = false;
  }
  if (trimmed(line).empty()) head_ended_ = true;
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string name(trimmed(line.substr(0, colon)));
  name = to_lower(name);
  response_.headers.push_back({std::move(name), std::string(trimmed(line.substr(colon + 1)))});
}

bool Transfer::take_body(std::string_view bytes) {
  long status = 0;
  curl().easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  if (request_.sink && status >= 200 && status < 300) {
    if (!sink_ && !open_sink()) return false;
    if (std::fwrite(bytes.data(), 1, bytes.size(), sink_.get()) != bytes.size()) {
      disk_words_ = fmt::format("cannot write {}: {}", *request_.sink, std::strerror(errno));
      return false;
    }
    response_.sink_bytes += bytes.size();
    crash_point(CrashPoint::download_begun);
    return true;
  }
  if (response_.body.size() + bytes.size() > kLongestBody) return false;
  response_.body.append(bytes);
  return true;
}

/// A part was asked for and this is its answer, whichever part it brings.
bool Transfer::continues_sink() const {
  long status = 0;
  curl().easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  return request_.sink_from > 0 && status == 206;
}

bool Transfer::open_sink() {
  if (continues_sink()) {
    const std::string* header = response_.header("content-range");
    const auto range = header == nullptr ? std::nullopt : parse_content_range(*header);
    if (!range || range->first != request_.sink_from) {
      wrong_part_ = "another part came than was asked for";
      return false;
    }
    return reopen_sink();
  }
  sink_.reset(std::fopen(request_.sink->c_str(), "wb"));
  if (!sink_) {
    disk_words_ = fmt::format("cannot make {}: {}", *request_.sink, std::strerror(errno));
    return false;
  }
  // Answers are the user's own; where the mode cannot be set the private directory has to do.
  std::error_code ignored;
  using std::filesystem::perms;
  if (std::filesystem::is_regular_file(*request_.sink, ignored)) {  // a device keeps its mode
    std::filesystem::permissions(*request_.sink, perms::owner_read | perms::owner_write, ignored);
  }
  return true;
}

/// What came before the part must still lie there; what lies behind its beginning goes.
bool Transfer::reopen_sink() {
  std::error_code failed;
  const std::uint64_t there = std::filesystem::file_size(*request_.sink, failed);
  if (!failed && there >= request_.sink_from) {
    std::filesystem::resize_file(*request_.sink, request_.sink_from, failed);
    if (!failed) sink_.reset(std::fopen(request_.sink->c_str(), "ab"));
  }
  if (!sink_) {
    disk_words_ = fmt::format("cannot go on at byte {} of {}", request_.sink_from, *request_.sink);
    return false;
  }
  response_.sink_bytes = request_.sink_from;
  return true;
}

bool Transfer::close_sink() {
  if (!sink_ || std::fclose(sink_.release()) == 0) return true;
  disk_words_ = fmt::format("cannot write {}: {}", *request_.sink, std::strerror(errno));
  return false;
}

// ---- the end ------------------------------------------------------------------------------------------------------

Response Transfer::finish(CURLcode result) {
  long status = 0;
  curl().easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  response_.id = id_;
  response_.status = static_cast<int>(status);
  bool sink_agrees = true;
  if (result == CURLE_OK && request_.sink && status >= 200 && status < 300 && !sink_) sink_agrees = open_sink();
  close_sink();

  if (!disk_words_.empty()) {
    response_.kind = ResponseKind::local;
    response_.message = disk_words_;
  } else if (result == CURLE_OK && status > 0 && head_ended_ && sink_agrees) {
    response_.kind = ResponseKind::answered;
  } else {
    response_.kind = writes_ > 0 ? ResponseKind::cut : ResponseKind::not_sent;
    if (!too_late_.empty() || !wrong_part_.empty()) {
      response_.message = too_late_ + wrong_part_;
    } else if (result == CURLE_ABORTED_BY_CALLBACK || result == CURLE_OK) {
      response_.message = "the connection died without a whole answer";
    } else {
      response_.message = words_[0] != '\0' ? &words_[0] : curl().easy_strerror(result);
    }
    response_.message = one_line(redacted(response_.message));
  }
  // Without the query: an upload's holds the right to write.
  log(LogLevel::debug, "{} {}: {} {}", request_.method, request_.url.substr(0, request_.url.find('?')),
      response_.status, response_.message);
  return std::move(response_);
}

}  // namespace batchctl::http
