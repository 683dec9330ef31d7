#include "gemini/jobs.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "gemini/meaning.hpp"
#include "gemini/wire.hpp"

namespace batchctl::gemini {
namespace {

// The service parses the whole file during the call; how long that takes is not published.
constexpr std::uint64_t kBytesPerExtraSecond = 2ULL << 20U;
constexpr int kPageSize = 100;

std::unique_ptr<Task> one_call(http::Request request, OneCall::Read read) {
  return std::make_unique<OneCall>(std::move(request), std::move(read));
}

bool is_answer(const http::Response& response) {
  return response.kind == http::ResponseKind::answered && is_success(response.status);
}

/// The body of a success as a value, or why not.
template <class Read>
Answer read_body(const http::Response& response, About about, const char* what, Read read) {
  if (!is_answer(response)) return failure_of(response, about);
  const auto body = read_object(response.body);
  if (!body) return unreadable(response, what);
  return read(*body);
}

OneCall::Read done_or_failure(About about) {
  return [about](const http::Response& response) -> Answer {
    if (!is_answer(response)) return failure_of(response, about);
    return Done{};
  };
}

std::string path_of(const JobName& name) { return "/v1beta/" + escaped_name(name.value); }
std::string path_of(const RemoteFileName& name) { return "/v1beta/" + escaped_name(full_file_name(name.value)); }

/// Of a list, behind the page that gave the token; the first without one.
std::string path_of_page(std::string_view list, const std::string& token) {
  std::string path = fmt::format("/v1beta/{}?pageSize={}", list, kPageSize);
  if (!token.empty()) path += "&pageToken=" + escaped(token);
  return path;
}

}  // namespace

std::unique_ptr<Task> create_job(const Endpoint& endpoint, const CreateTiming& timing, CreateJob job) {
  http::Request request = endpoint.post_json(
      fmt::format("/v1beta/models/{}:batchGenerateContent", escaped(bare_model(job.model))), create_body(job));
  request.connection = http::Connection::fresh;
  request.send_before = job.send_before;
  request.timeout = timing.create + seconds{job.input_bytes / kBytesPerExtraSecond};
  return one_call(std::move(request), [job = std::move(job)](const http::Response& response) -> Answer {
    return create_outcome(response, job);
  });
}

std::unique_ptr<Task> list_jobs(const Endpoint& endpoint, const ListJobs& list) {
  return one_call(endpoint.get(path_of_page("batches", list.page)), [](const http::Response& response) {
    return read_body(response, About::nothing, "a list of jobs",
                     [](const nlohmann::json& body) -> Answer { return job_page(body); });
  });
}

std::unique_ptr<Task> get_job(const Endpoint& endpoint, const GetJob& get) {
  return one_call(endpoint.get(path_of(get.name)), [](const http::Response& response) {
    return read_body(response, About::job, "a job", [&response](const nlohmann::json& body) -> Answer {
      if (auto seen = observation(body)) return std::move(*seen);
      return unreadable(response, "a job");
    });
  });
}

std::unique_ptr<Task> cancel_job(const Endpoint& endpoint, const CancelJob& cancel) {
  return one_call(endpoint.post_json(path_of(cancel.name) + ":cancel", "{}"), done_or_failure(About::job));
}

std::unique_ptr<Task> delete_job(const Endpoint& endpoint, const DeleteJob& remove) {
  return one_call(endpoint.remove(path_of(remove.name)), done_or_failure(About::job));
}

std::unique_ptr<Task> count_tokens(const Endpoint& endpoint, const CountTokens& count) {
  http::Request request = endpoint.post_json(
      fmt::format("/v1beta/models/{}:countTokens", escaped(bare_model(count.model))), count_body(count));
  return one_call(std::move(request), [](const http::Response& response) {
    return read_body(response, About::model, "a count of tokens", [&response](const nlohmann::json& body) -> Answer {
      if (const auto tokens = token_count(body)) return TokenCount{*tokens};
      return unreadable(response, "a count of tokens");
    });
  });
}

std::unique_ptr<Task> find_file(const Endpoint& endpoint, const FindFile& find) {
  return one_call(endpoint.get(path_of(find.name)), [](const http::Response& response) {
    return read_body(response, About::file, "a file", [&response](const nlohmann::json& body) -> Answer {
      if (auto facts = file_facts(body)) return std::move(*facts);
      return unreadable(response, "a file");
    });
  });
}

std::unique_ptr<Task> list_files(const Endpoint& endpoint, const ListFiles& list) {
  return one_call(endpoint.get(path_of_page("files", list.page)), [](const http::Response& response) {
    return read_body(response, About::nothing, "a list of files",
                     [](const nlohmann::json& body) -> Answer { return file_page(body); });
  });
}

std::unique_ptr<Task> delete_file(const Endpoint& endpoint, const DeleteFile& remove) {
  return one_call(endpoint.remove(path_of(remove.name)), done_or_failure(About::file));
}

std::string how_to_cancel(const Endpoint& endpoint, const JobName& job) {
  return fmt::format("curl -X POST -H \"x-goog-api-key: $GEMINI_API_KEY\" '{}:cancel'", endpoint.url(path_of(job)));
}

}  // namespace batchctl::gemini
