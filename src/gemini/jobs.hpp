// Calls about jobs, the counting of tokens, and the small ones about files: one request, one answer.
#pragma once

#include <memory>

#include "gemini/endpoint.hpp"
#include "gemini/task.hpp"
#include "ports/clock.hpp"

namespace batchctl::gemini {

/// Written at most once, on a connection of its own, before `send_before` or never.
std::unique_ptr<Task> create_job(const Endpoint& endpoint, const CreateTiming& timing, CreateJob job);
std::unique_ptr<Task> list_jobs(const Endpoint& endpoint, const ListJobs& list);
std::unique_ptr<Task> get_job(const Endpoint& endpoint, const GetJob& get);
std::unique_ptr<Task> cancel_job(const Endpoint& endpoint, const CancelJob& cancel);
std::unique_ptr<Task> delete_job(const Endpoint& endpoint, const DeleteJob& remove);

/// Throws Bug when the request is no JSON object.
std::unique_ptr<Task> count_tokens(const Endpoint& endpoint, const CountTokens& count);

std::unique_ptr<Task> find_file(const Endpoint& endpoint, const FindFile& find);
std::unique_ptr<Task> list_files(const Endpoint& endpoint, const ListFiles& list);
std::unique_ptr<Task> delete_file(const Endpoint& endpoint, const DeleteFile& remove);

/// For a shell. The key stays in the environment.
std::string how_to_cancel(const Endpoint& endpoint, const JobName& job);

}  // namespace batchctl::gemini
