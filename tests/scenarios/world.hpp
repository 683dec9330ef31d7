// The whole program but its command line, against the sandbox over real sockets, on a clock that jumps: the verbs, the
// driver, SQLite, the service's room and HTTP are the real ones. What goes wrong is written as a scenario.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/context.hpp"
#include "app/download.hpp"
#include "app/report.hpp"
#include "app/resume.hpp"
#include "app/submit.hpp"
#include "fakes/shared_clock.hpp"
#include "gemini/service.hpp"
#include "os/files.hpp"
#include "os/temporary_directory.hpp"
#include "sandbox/sandbox.hpp"
#include "store/open.hpp"

namespace batchctl::scenarios {

/// What was asked of the service, in order.
struct Asked {
  Instant at;
  Request request;
};

/// The real service; a wait with nothing under way moves the clock instead.
class Leaping : public BatchService {
 public:
  Leaping(std::unique_ptr<BatchService> service, fakes::SharedClock& clock)
      : service_(std::move(service)), clock_(clock) {}
  Capabilities capabilities() const override { return service_->capabilities(); }
  void start(Ticket ticket, Request request) override;
  std::vector<Completion> wait(Instant wake_at) override;
  void abandon() override;
  std::optional<Duration> clock_skew() const override { return service_->clock_skew(); }
  std::string how_to_cancel(const JobName& job) const override { return service_->how_to_cancel(job); }

  /// Done when the clock comes there, by who shapes the world.
  std::multimap<Instant, std::function<void()>> planned;
  std::vector<Asked> asked;
  template <class Wanted>
  std::vector<Instant> times_of() const {
    std::vector<Instant> times;
    for (const Asked& one : asked)
      if (std::holds_alternative<Wanted>(one.request)) times.push_back(one.at);
    return times;
  }

 private:
  std::unique_ptr<BatchService> service_;
  fakes::SharedClock& clock_;
  Instant patience_ends_ = clock_.now() + hours{24 * 60};
  int under_way_ = 0;
};

/// What was told to the person, as lines.
struct Witness : Observer {
  std::vector<std::string> lines;
  void moved(const Move& move) override;
  void says(const Run&, const std::string& line) override { lines.push_back(line); }
  bool heard(const std::string& part) const;
};

class World {
 public:
  /// `scenario` as `batchctl sandbox --scenario` reads it.
  explicit World(const std::string& scenario = "{}");

  /// `n` questions, two a chunk.
  void ask(int n);
  void ask_text(const std::string& lines);
  /// As `submit --wait`: until nothing is left or a person must act.
  ExitCode submit();
  ExitCode submit_without_waiting();
  ExitCode resume();  // with --wait
  ExitCode download();
  void change(const std::string& scenario);
  /// The same, so long from now, while a verb waits.
  void change_in(Duration length, const std::string& scenario);
  /// Jobs of somebody else in the same project, not by batchctl.
  void others_create(int jobs);
  /// Another key of the same project, or of another one.
  void use_key(const std::string& key);

  Run run() { return store->run_named("qa").value(); }
  app::RunReport report() { return app::report_run(*context, run().key); }
  Chunk chunk(int index) { return store->chunk_at(run().key, index).value(); }
  Job job(int index) { return store->newest_job(chunk(index).key).value(); }
  std::int64_t count(ChunkState state) { return store->chunk_tally(run().key)[static_cast<std::size_t>(state)]; }
  /// The lines of the results, in order.
  std::vector<nlohmann::json> results() const;
  std::vector<std::string> statuses() const;
  sandbox::Ledger ledger() const { return server->ledger(); }
  std::uint64_t requests(const std::string& kind) const;

  /// No display name has two jobs: an attempt was paid for once.
  void check_no_attempt_twice() const;
  /// And no record was accepted twice: no attempt was needed again either.
  void check_nothing_twice() const;
  /// One line a record, in order, each beside its own question, each answer to it.
  void check_results(int records) const;

  fakes::SharedClock clock;
  TemporaryDirectory directory;
  std::unique_ptr<sandbox::Server> server;
  std::unique_ptr<Store> store = open_store_in_memory();
  std::unique_ptr<Leaping> service;
  Witness witness;
  app::SubmitRequest request;
  std::unique_ptr<app::Context> context;

 private:
  void post(const std::string& path, const std::string& body);
  ExitCode exit_of(const std::function<ExitCode()>& verb);

  os::DiskFiles files_;
  Random random_{1};
};

}  // namespace batchctl::scenarios
