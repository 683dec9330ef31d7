// The API itself: what each request does to the state and what it is answered. Knows nothing of sockets.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "sandbox/exchange.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/quotas.hpp"
#include "sandbox/routes.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/scenario_file.hpp"
#include "sandbox/state.hpp"

namespace batchctl::sandbox {

class Arrival;

/// Handles requests from many threads at once. One mutex guards the state; file contents are read, hashed and written
/// outside it.
class Service {
 public:
  /// `options.now` must be set.
  Service(Options options, const std::string& directory);

  void set_base_url(const std::string& base_url) { base_url_ = base_url; }
  Answer handle(Request& request);

  Ledger ledger() const;
  void add_fault(const FaultOrder& order);

 private:
  Answer answer(Request& request);
  Answer spoiled(Request& request, const Route& route, const FaultOrder& order);
  Answer served(Request& request, const Route& route);
  Answer dispatch(Request& request, const Route& route, const std::string& project);
  Instant now() const { return options_.now(); }
  void obey_scenario_file();
  bool is_revoked(const std::string& key) const;

  // service.cpp: the sandbox's own endpoints
  Answer show_ledger(const Request& request) const;
  Answer take_faults(Request& request);
  Answer take_scenario(Request& request);

  // service_uploads.cpp
  Answer start_upload(Request& request, const std::string& project);
  Answer start_resumable(Request& request, const std::string& project);
  Answer query_upload(const Request& request);
  Answer cancel_upload(const Request& request);
  Answer upload_bytes(Request& request);
  Answer finished(Upload& upload, const std::string& sha256_hex);
  std::optional<Answer> refused_name(const std::string& project, const std::string& id);
  std::optional<Answer> refused_storage(const std::string& project, std::uint64_t more_bytes);
  Upload* idle_upload(std::unique_lock<std::mutex>& lock, const std::string& id);
  std::optional<Answer> refused_piece(const Request& request, const Upload& upload, bool is_final);

  // service_whole_uploads.cpp: those of one request
  Answer upload_plain(Request& request, const std::string& project);
  Answer upload_related(Request& request, const std::string& project);
  std::optional<Answer> refused_whole(const std::string& project, const FileDescription& file, std::uint64_t bytes);
  Answer stored_whole(const std::string& project, const FileDescription& file, Arrival& arrival);
  std::string scratch_path();

  // service_files.cpp
  Answer get_file(const std::string& project, const std::string& id);
  Answer get_output(const std::string& project, const std::string& id);
  bool are_outputs_readable() const;
  Answer list_files(const Request& request, const std::string& project) const;
  Answer delete_file(const std::string& project, const std::string& id);
  Answer download(const Request& request, const std::string& project, const std::string& id);
  Answer redirected(const Request& request, const std::string& token);
  Answer output_of(const std::string& project, const std::string& id);

  // service_batches.cpp
  bool is_known_model(const std::string& model) const;
  Answer create(Request& request, const std::string& project, const std::string& model, JobKind kind);
  Answer created(Job job, const std::string& scratch, std::optional<FaultAction> order);
  std::optional<Answer> over_cap(const Job& job);
  Answer refused(const Breach& breach);
  Answer get_batch(const std::string& project, const std::string& id);
  Answer list_batches(const Request& request, const std::string& project) const;
  Answer cancel_batch(const std::string& project, const std::string& id);
  Answer delete_batch(const std::string& project, const std::string& id);

  // service_updates.cpp
  Answer update_batch(Request& request, const std::string& project, const std::string& id, JobKind kind);

  // service_tokens.cpp
  Answer count_tokens(Request& request, const std::string& model) const;

  // service_outputs.cpp
  std::optional<std::string> output_path_of(const std::string& project, const std::string& job_id);

  /// Where a redirect of a download leads: its token is all that is needed there.
  struct Redirected {
    std::string project, id;
    bool is_elsewhere = false;
  };

  Options options_;
  ScenarioFile scenario_file_;
  std::string base_url_;
  mutable std::mutex mutex_;
  std::condition_variable upload_idle_;
  State state_;
  Faults faults_;
  std::map<std::string, std::optional<Instant>> revoked_;  // hash of the key, until when
  std::map<std::string, Redirected> redirected_;           // by token
  std::mutex output_mutex_;                                // one output file is made at a time
};

}  // namespace batchctl::sandbox
