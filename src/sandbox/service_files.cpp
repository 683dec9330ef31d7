#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/sha256.hpp"
#include "sandbox/replies.hpp"
#include "sandbox/request_body.hpp"
#include "sandbox/service.hpp"

namespace batchctl::sandbox {
namespace {

constexpr std::size_t kFilesPageDefault = 10;
constexpr std::size_t kFilesPageMax = 100;
constexpr const char* kOutputPrefix = "batch-";

Answer no_such_output() { return error_answer(404, "Requested entity was not found."); }

/// The address that the client used, or the other name of this machine.
std::string origin_of(const Request& request, bool other_name) {
  std::string host = request.header_or_empty("Host");
  const std::size_t port = std::min(host.rfind(':'), host.size());
  if (other_name) host.replace(0, port, host.compare(0, port, "localhost") == 0 ? "127.0.0.1" : "localhost");
  return "http://" + host;
}

struct Range {
  std::uint64_t first = 0, last = 0;
};

/// `bytes=A-B`, `A-` or `-LENGTH` of so many bytes; nullopt when it is not of this form, and a first byte behind the
/// last when there is nothing of it.
std::optional<Range> range_of(const std::string& text, std::uint64_t size) {
  const std::size_t dash = text.find('-');
  if (text.compare(0, 6, "bytes=") != 0 || dash == std::string::npos) return std::nullopt;
  const std::string from = text.substr(6, dash - 6);
  const std::string to = text.substr(dash + 1);
  const auto first = parse_number(from);
  const auto last = parse_number(to);
  if ((!from.empty() && !first) || (!to.empty() && !last) || (!first && !last)) return std::nullopt;
  if (first && last && *last < *first) return std::nullopt;
  if (size == 0 || (!first && *last == 0)) return Range{1, 0};
  if (!first) return Range{size - std::min(*last, size), size - 1};
  return Range{*first, std::min(last.value_or(size - 1), size - 1)};
}

/// Gives what the request's Range asks for: one range of bytes, anything else is answered whole. There is no validator
/// that an If-Range could match.
Answer ranged(const Request& request, Answer whole) {
  whole.headers.emplace_back("Accept-Ranges", "bytes");
  const std::uint64_t size = whole.body_bytes();
  const auto range = request.header("If-Range") ? std::nullopt : range_of(request.header_or_empty("Range"), size);
  if (!range) return whole;
  if (range->first > range->last) {
    Answer refusal = error_answer(416, "The range is not within the file.");
    refusal.headers.emplace_back("Content-Range", fmt::format("bytes */{}", size));
    return refusal;
  }
  whole.status = 206;
  whole.headers.emplace_back("Content-Range", fmt::format("bytes {}-{}/{}", range->first, range->last, size));
  whole.file_offset = range->first;
  whole.file_bytes = range->last - range->first + 1;
  return whole;
}

}  // namespace

Answer Service::get_file(const std::string& project, const std::string& id) {
  if (id.size() > kFileIdMax) return get_output(project, id);
  const std::lock_guard lock(mutex_);
  const StoredFile* file = state_.find_file(project, id, now());
  return file == nullptr ? no_access_to_file(id) : json_answer(resource_of(*file, base_url_, now()));
}

bool Service::are_outputs_readable() const {
  const std::lock_guard lock(mutex_);
  return options_.scenario.files.outputs_readable;
}

/// Of a generated file: users have seen both answers.
Answer Service::get_output(const std::string& project, const std::string& id) {
  if (id.compare(0, 6, kOutputPrefix) != 0 || !are_outputs_readable()) return file_id_too_long("GetFileRequest.name");
  const auto output = output_path_of(project, id.substr(6));
  if (!output) return no_access_to_file(id);
  const std::uint64_t size_bytes = OpenFile(*output, OpenFile::Mode::read).size_bytes();
  const std::lock_guard lock(mutex_);
  const Job* job = state_.find_job(project, id.substr(6));
  if (job == nullptr) return no_access_to_file(id);  // deleted just now
  return json_answer(resource_of_output(id, size_bytes, view_of(*job, now()).ended.value_or(now()), base_url_));
}

Answer Service::list_files(const Request& request, const std::string& project) const {
  const auto page = page_of(request, kFilesPageDefault, kFilesPageMax);
  if (!page) return error_answer(400, "Request contains an invalid argument.");
  const std::lock_guard lock(mutex_);
  auto files = state_.list_files(project, now(), page->below, page->limit + 1);
  nlohmann::ordered_json body = nlohmann::ordered_json::object();
  const bool has_more = files.size() > page->limit;
  if (has_more) files.pop_back();
  for (const StoredFile* file : files) body["files"].push_back(resource_of(*file, base_url_, now()));
  if (has_more) body["nextPageToken"] = page_token(files.back()->serial);
  return json_answer(body);
}

Answer Service::delete_file(const std::string& project, const std::string& id) {
  if (id.size() > kFileIdMax) return file_id_too_long("DeleteFileRequest.name");
  const std::lock_guard lock(mutex_);
  if (state_.find_file(project, id, now()) == nullptr) return no_access_to_file(id);
  state_.remove_file(project, id);
  return json_answer(nlohmann::ordered_json::object());
}

Answer Service::download(const Request& request, const std::string& project, const std::string& id) {
  DownloadRules rules;
  {
    const std::lock_guard lock(mutex_);
    rules = options_.scenario.downloads;
  }
  const bool has_prefix = request.path.compare(0, 10, "/download/") == 0;
  if (rules.paths == (has_prefix ? DownloadRules::Paths::bare : DownloadRules::Paths::download))
    return no_such_output();
  if (id.compare(0, 6, kOutputPrefix) != 0) return error_answer(400, "Only generated files can be downloaded.");
  if (request.query_or_empty("alt") != "media") return error_answer(400, "Downloads need alt=media.");
  Answer output = output_of(project, id);
  if (output.file == nullptr) return output;
  if (rules.redirect == DownloadRules::Redirect::none)
    return rules.ranges ? ranged(request, std::move(output)) : output;

  const bool is_elsewhere = rules.redirect == DownloadRules::Redirect::elsewhere;
  const std::string token = sha256_hex(fmt::format("{}/{}/{}/{}", options_.seed, project, id, is_elsewhere));
  Answer answer;
  answer.status = 302;
  answer.headers.emplace_back("Location", origin_of(request, is_elsewhere) + kRedirectedPath + token);
  const std::lock_guard lock(mutex_);
  redirected_[token] = {project, id, is_elsewhere};
  return answer;
}

Answer Service::redirected(const Request& request, const std::string& token) {
  Redirected to;
  bool ranges = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = redirected_.find(token);
    if (found == redirected_.end()) return no_such_output();
    to = found->second;
    ranges = options_.scenario.downloads.ranges;
    const bool has_key =
        request.header("x-goog-api-key") || request.header("Authorization") || request.query.count("key") > 0;
    if (to.is_elsewhere && has_key) ++state_.ledger.keys_leaked;
  }
  Answer output = output_of(to.project, to.id);
  return output.file != nullptr && ranges ? ranged(request, std::move(output)) : output;
}

/// A job's output by its file's id, or that there is none.
Answer Service::output_of(const std::string& project, const std::string& id) {
  const auto path = output_path_of(project, id.substr(std::string_view(kOutputPrefix).size()));
  if (!path) return no_such_output();
  Answer answer;
  answer.content_type = "application/octet-stream";
  answer.file = std::make_shared<OpenFile>(*path, OpenFile::Mode::read);
  return answer;
}

}  // namespace batchctl::sandbox
