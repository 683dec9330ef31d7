#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "sandbox/input_scan.hpp"
#include "sandbox/replies.hpp"
#include "sandbox/request_body.hpp"
#include "sandbox/service.hpp"

namespace batchctl::sandbox {
namespace {

constexpr std::size_t kFilesPageDefault = 10;
constexpr std::size_t kFilesPageMax = 100;
constexpr const char* kOutputPrefix = "batch-";

Answer no_such_output() { return error_answer(404, "Requested entity was not found."); }

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
  const auto output = output_of(project, id.substr(6));
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
  if (id.compare(0, 6, kOutputPrefix) != 0) return error_answer(400, "Only generated files can be downloaded.");
  if (request.query_or_empty("alt") != "media") return error_answer(400, "Downloads need alt=media.");
  const auto output = output_of(project, id.substr(6));
  if (!output) return no_such_output();
  Answer answer;
  answer.content_type = "application/octet-stream";
  answer.file = std::make_shared<OpenFile>(*output, OpenFile::Mode::read);
  return answer;
}

/// The path of a job's output, made when it is not there yet; nullopt when the job has none.
std::optional<std::string> Service::output_of(const std::string& project, const std::string& id) {
  Job job;
  std::string input;
  std::string output;
  {
    const std::lock_guard lock(mutex_);
    const Job* found = state_.find_job(project, id);
    if (found == nullptr || view_of(*found, now()).state != JobState::succeeded) return std::nullopt;
    job = *found;
    input = state_.input_path(job.id);
    output = state_.output_path(job.id);
  }
  const std::lock_guard lock(output_mutex_);
  if (!std::filesystem::exists(output)) {
    if (!std::filesystem::exists(input)) return std::nullopt;  // the batch was deleted just now
    write_output(job, input, output);
  }
  return output;
}

}  // namespace batchctl::sandbox
