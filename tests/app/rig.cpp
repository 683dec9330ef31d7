#include "app/rig.hpp"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Database.h>
#include <algorithm>

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>

#include "app/runs.hpp"
#include "store/sqlite_store.hpp"

namespace batchctl::app {

namespace fs = std::filesystem;

TempDir::TempDir() {
  std::string name = (fs::temp_directory_path() / "batchctl-app-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw Bug("no temporary directory");
  root_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

// ---- files --------------------------------------------------------------------------------------------------------

void RigFiles::make_directory(const std::string& path) { fs::create_directories(path); }
void RigFiles::publish(const std::string& from, const std::string& to) {
  if (before_publish) before_publish();
  fs::rename(from, to);
}
bool RigFiles::exists(const std::string& path) const { return fs::exists(path); }
std::uint64_t RigFiles::size(const std::string& path) const { return fs::file_size(path); }
void RigFiles::remove(const std::string& path) { fs::remove(path); }
void RigFiles::remove_tree(const std::string& path) { fs::remove_all(path); }

std::unique_ptr<FileLock> RigFiles::try_lock(const std::string& path) {
  struct Lock : FileLock {
    std::shared_ptr<std::set<std::string>> locked;
    std::string path;
    ~Lock() override { locked->erase(path); }
  };
  if (!locked_->insert(path).second) return nullptr;
  auto lock = std::make_unique<Lock>();
  lock->locked = locked_;
  lock->path = path;
  return lock;
}

// ---- watching -----------------------------------------------------------------------------------------------------

void Witness::moved(const Move& move) {
  moves.push_back(fmt::format("{}/{}: {} -> {} ({})", move.run.name, move.chunk.index, name_of(move.chunk.state),
                              name_of(move.to), name_of(move.event)));
  if (on_move) on_move(move);
}

bool Witness::heard(const std::string& part) const {
  for (const std::string& line : words)
    if (line.find(part) != std::string::npos) return true;
  return false;
}

void Door::start(Ticket ticket, Request request) {
  if (before_start) before_start(request);
  service_.start(ticket, std::move(request));
  if (after_start) after_start();
}

std::vector<Completion> Door::wait(Instant wake_at) {
  if (before_wait) before_wait(wake_at);
  if (signal != nullptr && *signal != told_) {
    told_ = *signal;
    return {};
  }
  if (wake_at > patience_ends) throw Bug("the test has waited for months");
  return service_.wait(wake_at);
}

// ---- the rig ------------------------------------------------------------------------------------------------------

Rig::Rig(fakes::FakeOptions service_options)
    : service(clock, std::move(service_options)),
      store(open_store_in_memory([this] {
        if (before_commit) before_commit();
      })),
      context(make_context()) {
  door.signal = &signal;
  request.settings.model = "gemini-x";
  request.settings.chunk_records = 2;
  request.project = "project";
  request.choose = [this](Options& chosen) {
    if (options) options(chosen);
  };
}

Context Rig::make_context() {
  return {*store, clock, files, witness, random, {}, directory.path("state.db"), "rig", 7, [this] { return signal; },
          "key",  &door};
}

void Rig::close() { store.reset(); }

void Rig::reopen() {
  close();
  store = open_store(directory.path("state.db"), OpenMode::create);
  std::destroy_at(&context);  // it holds a reference to the store
  std::construct_at(&context, make_context());
}

void Rig::ask(int n, const std::string& name) {
  const std::string path = directory.path(name);
  std::ofstream input(path, std::ios::binary);
  for (int i = 0; i < n; ++i) input << fmt::format("{{\"id\":\"q-{0}\",\"question\":\"What is {0}?\"}}\n", i);
  request.inputs = {path};
}

Driven Rig::submit(const Stay& stay) {
  request.stay = stay;
  return app::submit(context, request, [](const Run&, bool) {});
}

std::string Rig::back_up() {
  const std::string path = directory.path(fmt::format("backup-{}.db", ++backups_));
  SQLite::Database copy(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  SQLite::Backup(copy, dynamic_cast<batchctl::store::SqliteStore&>(*store).connection().database()).executeStep();
  return path;
}

void Rig::restore(const std::string& backup) {
  SQLite::Database& database = dynamic_cast<batchctl::store::SqliteStore&>(*store).connection().database();
  SQLite::Database source(backup, SQLite::OPEN_READWRITE);
  SQLite::Backup(database, source).executeStep();
}

Driven Rig::resume(const Stay& stay, bool take_over) {
  const std::vector<Driven> driven = app::resume(context, {std::nullopt, request.choose, stay, take_over});
  if (driven.empty()) return {};
  REQUIRE(driven.size() == 1);
  return driven.front();
}

Downloaded Rig::download(bool partial) {
  DownloadRequest wanted;
  wanted.output = directory.path("results.jsonl");
  wanted.partial = partial;
  wanted.run_name = "qa";
  return app::download(context, wanted);
}

ExitCode Rig::exit_of(const std::function<Driven()>& verb) {
  try {
    return verb().exit;
  } catch (const Fatal& fatal) {
    return fatal.exit();
  }
}

Run Rig::run(const std::string& name) { return store->run_named(name).value(); }

Chunk Rig::chunk(int index, const std::string& name) { return store->chunk_at(run(name).key, index).value(); }

std::int64_t Rig::count(ChunkState state) {
  std::int64_t n = 0;
  for (const Run& one : store->runs()) n += store->chunk_tally(one.key)[static_cast<std::size_t>(state)];
  return n;
}

void Rig::each_run(const std::function<void(const Run&, const std::vector<Chunk>&)>& body) {
  for (const Run& one : store->runs()) body(one, store->chunks(one.key, 0, 1'000'000));
}

void Rig::check_rows() {
  int jobs = 0;
  std::int64_t tokens = 0;
  const auto hold_of = [](const std::optional<Job>& job) { return job ? job->hold : Hold::none; };
  each_run([&](const Run& one, const std::vector<Chunk>& chunks) {
    // store/jobs_of_run.hpp counts on it.
    CHECK(std::is_sorted(chunks.begin(), chunks.end(), [](const Chunk& a, const Chunk& b) { return a.key < b.key; }));
    for (const Chunk& chunk : chunks) {
      for (const Job& job : store->jobs_of(chunk.key)) {
        if (job.origin != JobOrigin::duplicate || job.hold == Hold::none) continue;
        ++jobs;
        if (job.model == one.settings.model) tokens += job.tokens;
      }
      const std::optional<Job> newest = store->newest_job(chunk.key);
      const Hold hold = hold_of(newest);
      bool right = hold == Hold::none;
      if (chunk.state == ChunkState::creating) right = hold == Hold::intent;
      if (chunk.state == ChunkState::reconciling) right = hold == Hold::unknown;
      // None, too: its end was seen, and its chunk is settled next.
      if (chunk.state == ChunkState::submitted || chunk.state == ChunkState::cancelling)
        right = newest.has_value() && newest->name.has_value() && (hold == Hold::live || hold == Hold::none);
      if (!right) FAIL(one.name << "/" << chunk.index << " is " << name_of(chunk.state) << " with the wrong hold");
      if (hold == Hold::none) continue;
      ++jobs;
      if (newest->model == one.settings.model) tokens += newest->tokens;
    }
  });
  const Held held = store->held("project", "gemini-x", clock.now());
  CHECK(held.jobs == jobs);
  CHECK(held.tokens == tokens);
}

void Rig::check_service() {
  CHECK(service.most_jobs_of_a_display_name() <= 1);
  std::map<std::string, int> live;
  for (const fakes::FakeJob& job : service.jobs()) {
    if (!job.display_name.starts_with("bc/") || service.look_at(job).ended) continue;
    const std::string chunk = chunk_in(job.display_name);
    if (++live[chunk] > 1) FAIL("two live jobs of " << chunk);
  }
}

void Rig::check_results(int records, const std::string& name) {
  DownloadRequest wanted;
  wanted.run_name = name;
  wanted.output = directory.path(name + ".results.jsonl");
  const Downloaded done = app::download(context, wanted);
  REQUIRE(done.written);
  std::ifstream file(done.results_path);
  int index = 0;
  for (std::string line; std::getline(file, line); ++index) {
    const auto json = nlohmann::json::parse(line);
    const std::string question = fmt::format("What is {}?", index);
    const bool right = json["index"] == index && json["key"] == fmt::format("q-{}", index) &&
                       json["input"]["question"] == question &&
                       (json["status"] != "ok" || json["answer"] == "answer to: " + question);
    if (!right) FAIL(line);
  }
  CHECK(index == records);
}

std::string chunk_in(const std::string& display_name) {
  return display_name.substr(0, display_name.rfind("/a", display_name.rfind('/') - 1));
}

int attempt_in(const std::string& display_name) {
  return std::stoi(display_name.substr(chunk_in(display_name).size() + 2));
}

std::vector<std::string> statuses_in(const std::string& path) {
  std::vector<std::string> words;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) words.push_back(nlohmann::json::parse(line)["status"]);
  return words;
}

}  // namespace batchctl::app
