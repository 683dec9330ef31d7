#include "e2e/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <httplib.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/time.hpp"

namespace batchctl::e2e {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPause{2};

/// A file without a name: a child writes into it while the test reads.
int scratch_file() {
  std::string pattern = (std::filesystem::temp_directory_path() / "batchctl-e2e-XXXXXX").string();
  const int descriptor = ::mkostemp(pattern.data(), O_CLOEXEC);
  if (descriptor < 0) throw std::runtime_error("mkostemp failed");
  ::unlink(pattern.c_str());
  return descriptor;
}

std::string text_in(int descriptor) {
  std::string text;
  std::array<char, 65536> buffer{};
  for (off_t at = 0;;) {
    const ssize_t got = ::pread(descriptor, buffer.data(), buffer.size(), at);
    if (got <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    at += got;
  }
}

/// A descriptor to read `input` from. A pipe holds it all, so nobody has to feed it.
int source_of(const std::optional<std::string>& input) {
  if (!input) return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  std::array<int, 2> ends{};
  if (input->size() > 60000 || ::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  if (::write(ends[1], input->data(), input->size()) != static_cast<ssize_t>(input->size()))
    throw std::runtime_error("write to a pipe failed");
  ::close(ends[1]);
  return ends[0];
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

Json parsed(const std::string& text) { return Json::parse(text, nullptr, false); }

}  // namespace

std::string Outcome::told() const {
  return fmt::format("batchctl {}\nexit {} signal {}{}\nstdout: {}\nstderr: {}", words, exit, signal,
                     hung ? " (killed at the hang bound)" : "", out.substr(0, 4000), err.substr(0, 8000));
}

Json Outcome::json() const { return parsed(out); }

std::vector<Json> Outcome::events() const {
  std::vector<Json> list;
  for (const std::string& line : lines_of(out)) list.push_back(parsed(line));
  return list;
}

Json Outcome::last_event() const {
  const std::vector<std::string> lines = lines_of(out);
  return lines.empty() ? Json(Json::value_t::discarded) : parsed(lines.back());
}

Process::Process(const Start& start) : out_(scratch_file()), err_(scratch_file()) {
  std::vector<std::string> words = start.words;
  for (const std::string& word : words) words_ += (words_.empty() ? "" : " ") + word;
  words.insert(words.begin(), start.program);
  std::vector<std::string> settings;
  for (const auto& [name, value] : start.environment) settings.push_back(name + "=" + value);
  const std::vector<char*> argv = pointers(words), envp = pointers(settings);
  const int in = source_of(start.input);
  const int out = start.output_path.empty() ? out_ : ::open(start.output_path.c_str(), O_WRONLY | O_CLOEXEC);

  pid_ = ::fork();
  if (pid_ == 0) {  // only what is safe after fork
    const bool ready = ::dup2(in, 0) >= 0 && ::dup2(out, 1) >= 0 && ::dup2(err_, 2) >= 0 &&
                       (start.directory.empty() || ::chdir(start.directory.c_str()) == 0);
    if (ready) ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  ::close(in);
  if (out != out_) ::close(out);
  if (pid_ < 0) throw std::runtime_error("fork failed");
}

Process::~Process() {
  if (!ended_ && pid_ > 0) {
    send(SIGKILL);
    reap(true);
  }
  ::close(out_);
  ::close(err_);
}

bool Process::reap(bool block) {
  if (ended_) return true;
  rusage usage{};
  pid_t got = 0;
  do {
    got = ::wait4(pid_, &status_, block ? 0 : WNOHANG, &usage);
  } while (got < 0 && errno == EINTR);
  if (got != pid_) return false;
  ended_ = true;
  peak_kib_ = usage.ru_maxrss;
  return true;
}

bool Process::running() { return !reap(false); }

void Process::send(int signal) const {
  if (!ended_) ::kill(pid_, signal);
}

bool Process::comes_to_a_stop() {
  for (const auto until = Clock::now() + kHangBound; Clock::now() < until; std::this_thread::sleep_for(kPause)) {
    if (!running()) return false;
    // proc(5): the state stands behind the name in parentheses.
    const std::string stat = read_file(fmt::format("/proc/{}/stat", pid_));
    const std::size_t end_of_name = stat.rfind(") ");
    if (end_of_name != std::string::npos && stat.compare(end_of_name + 2, 1, "T") == 0) return true;
  }
  return false;
}

std::string Process::out_so_far() const { return text_in(out_); }
std::string Process::err_so_far() const { return text_in(err_); }

bool Process::wrote_to_stderr(const std::string& text) {
  for (const auto until = Clock::now() + kHangBound; Clock::now() < until; std::this_thread::sleep_for(kPause)) {
    const bool alive = running();
    if (err_so_far().find(text) != std::string::npos) return true;
    if (!alive) return false;
  }
  return false;
}

Outcome Process::wait() {
  Outcome outcome;
  const auto until = Clock::now() + kHangBound;
  while (!reap(false)) {
    if (Clock::now() >= until) {
      outcome.hung = true;
      send(SIGKILL);
      reap(true);
      break;
    }
    std::this_thread::sleep_for(kPause);
  }
  if (WIFEXITED(status_)) outcome.exit = WEXITSTATUS(status_);
  if (WIFSIGNALED(status_)) outcome.signal = WTERMSIG(status_);
  outcome.peak_kib = peak_kib_;
  outcome.words = words_;
  outcome.out = out_so_far();
  outcome.err = err_so_far();
  return outcome;
}

Outcome run(const Start& start) { return Process(start).wait(); }

Sandbox::Sandbox(const Words& options) {
  Start start;
  start.words = {"sandbox"};
  start.words.insert(start.words.end(), options.begin(), options.end());
  start.environment = {{"TMPDIR", home_.path()}, {"HOME", home_.path()}};
  process_.emplace(start);
  const auto until = Clock::now() + kHangBound;
  while (process_->out_so_far().find('\n') == std::string::npos) {
    if (!process_->running() || Clock::now() >= until)
      throw std::runtime_error("the sandbox does not start: " + process_->err_so_far());
    std::this_thread::sleep_for(kPause);
  }
  const Json ready = Json::parse(process_->out_so_far());
  base_url_ = ready.at("base_url");
  clock_ = ready.at("clock");
}

Sandbox::~Sandbox() { stop(); }

void Sandbox::stop() {
  if (!process_) return;
  process_->send(SIGTERM);
  const Outcome outcome = process_->wait();
  process_.reset();
  if (outcome.exit != 0) fmt::print(stderr, "a sandbox ended badly: {}\n", outcome.told());
}

Json Sandbox::ledger(bool whole) const {
  httplib::Client client(base_url_);
  client.set_read_timeout(60);
  const httplib::Result answer = client.Get(whole ? "/__sandbox/ledger" : "/__sandbox/ledger?summary=1");
  if (!answer) throw std::runtime_error("the sandbox shows no ledger");
  return Json::parse(answer->body);
}

void Sandbox::order(const Json& fault) const {
  httplib::Client client(base_url_);
  const httplib::Result answer = client.Post("/__sandbox/faults", fault.dump(), "application/json");
  if (!answer || answer->status != 200) throw std::runtime_error("the sandbox takes no order " + fault.dump());
}

Words clock_going_on(const Sandbox& sandbox, double scale) {
  const std::size_t sign = sandbox.clock().find('@');
  const double scale_now = std::stod(sandbox.clock().substr(0, sign));
  const Instant epoch = parse_rfc3339(sandbox.clock().substr(sign + 1)).value();
  const Instant wall = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  const Instant reads = epoch + scaled(wall - epoch, scale_now);
  return {"--time-scale", fmt::format("{}", scale), "--epoch",
          to_rfc3339(wall - scaled(reads - wall, 1 / (scale - 1)))};
}

Desk::Desk() {
  std::filesystem::create_directory(directory());
  environment = {{"PATH", "/usr/bin:/bin"},
                 {"HOME", home_.path()},
                 {"TMPDIR", home_ / "tmp"},
                 {"BATCHCTL_STATE", state_path()},
                 {"BATCHCTL_TIMING", kTiming}};
  std::filesystem::create_directory(home_ / "tmp");
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"})
    if (const char* value = std::getenv(name)) environment[name] = value;
}

Desk::Desk(const Sandbox& sandbox, const std::string& key) : Desk() {
  environment["GEMINI_API_KEY"] = key;
  talk_to(sandbox);
}

std::function<void(const std::string&)>& on_secret_told() {
  static std::function<void(const std::string&)> what = [](const std::string& said) {
    fmt::print(stderr, "{}\n", said);
    std::abort();
  };
  return what;
}

Desk::~Desk() {
  for (const std::string& name : files_below(home_.path())) {
    const std::string file = home_ / name;
    if (written_.contains(file)) continue;
    const std::string text = read_file(file);
    for (const std::string& secret : secrets())
      if (text.find(secret) != std::string::npos) on_secret_told()(name + " tells " + secret);
  }
}

std::vector<std::string> Desk::secrets() const {
  std::vector<std::string> secrets = {"upload_id="};
  for (const char* name : {"GEMINI_API_KEY", "GOOGLE_API_KEY"})
    if (const auto key = environment.find(name); key != environment.end() && key->second.size() > 7)
      secrets.push_back(key->second);
  return secrets;
}

void Desk::talk_to(const Sandbox& sandbox) {
  environment["GOOGLE_GEMINI_BASE_URL"] = sandbox.base_url();
  environment["BATCHCTL_CLOCK"] = sandbox.clock();
}

std::string Desk::write(const std::string& name, const std::string& text) const {
  std::ofstream(path(name), std::ios::binary) << text;
  written_.insert(path(name));
  return path(name);
}

std::string Desk::read(const std::string& name) const { return read_file(path(name)); }
bool Desk::has(const std::string& name) const { return std::filesystem::exists(path(name)); }

Start Desk::start(Words words) const {
  Start start;
  start.words = std::move(words);
  start.environment = environment;
  start.directory = directory();
  return start;
}

Outcome Desk::run(Words words) const {
  Outcome outcome = e2e::run(start(std::move(words)));
  for (const std::string& secret : secrets())
    for (const std::string* text : {&outcome.out, &outcome.err})
      if (text->find(secret) != std::string::npos)
        on_secret_told()("a command tells " + secret + ": " + outcome.told());
  return outcome;
}

Json Desk::status(const std::string& run_name, const Words& more) const {
  const Outcome outcome = run(joined({"status", run_name, "--json"}, more));
  const Json document = outcome.json();
  if (outcome.exit != 0 || document.is_discarded() || document.at("runs").size() != 1)
    throw std::runtime_error("status failed: " + outcome.told());
  return document.at("runs").at(0);
}

Words joined(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string questions(int n, const std::string& word) {
  std::string text;
  for (int i = 0; i < n; ++i)
    text += fmt::format("{{\"id\":\"{0}-{1}\",\"question\":\"What is {0} {1} about, \\u00e0 la carte?\"}}\n", word, i);
  return text;
}

std::vector<std::string> files_below(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code ignored;
  for (std::filesystem::recursive_directory_iterator at(directory, ignored), end; at != end; at.increment(ignored))
    if (!at->is_directory(ignored)) paths.push_back(std::filesystem::relative(at->path(), directory, ignored).string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string not_exactly_once(const Json& whole_ledger, const std::string& run_id, int records, int chunks) {
  const std::string ours = "bc/" + run_id + "/";
  std::string wrong;
  std::map<std::string, int> accepted;
  int jobs = 0;
  for (const auto& [name, count] : whole_ledger.at("jobs_by_display_name").items()) {
    if (name.rfind(ours, 0) != 0) continue;
    ++jobs;
    if (count != 1) wrong += fmt::format("{} jobs are called {}\n", count.get<int>(), name);
    for (const auto& [key, times] : whole_ledger.at("accepted").at(name).items()) accepted[key] += times.get<int>();
  }
  if (jobs != chunks) wrong += fmt::format("{} jobs for {} chunks\n", jobs, chunks);
  for (int i = 0; i < records; ++i) {
    const auto found = accepted.find(fmt::format("r{}", i));
    const int times = found == accepted.end() ? 0 : found->second;
    if (times != 1) wrong += fmt::format("record {} was accepted {} times\n", i, times);
  }
  if (accepted.size() > static_cast<std::size_t>(records)) wrong += "records were accepted that there are not\n";
  return wrong.substr(0, 2000);
}

void skipped(const std::string& what) {
  const std::string line = fmt::format("\n*** SKIPPED: {} ***\n\n", what);
  std::fputs(line.c_str(), stderr);
}

}  // namespace batchctl::e2e
