#include "sandbox/sandbox.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "base/error.hpp"
#include "base/exit_code.hpp"
#include "sandbox/clock.hpp"
#include "sandbox/service.hpp"
#include "sandbox/web_server.hpp"

namespace batchctl::sandbox {
namespace {

/// The directory that was asked for, or one of its own that goes with it.
class Home {
 public:
  explicit Home(const std::string& asked_for) : path_(asked_for), is_temporary_(asked_for.empty()) {
    if (!is_temporary_) return;
    path_ = (std::filesystem::temp_directory_path() / "batchctl-sandbox-XXXXXX").string();
    if (::mkdtemp(path_.data()) == nullptr) {
      throw Fatal(ExitCode::failed, "sandbox_dir",
                  fmt::format("sandbox: cannot make a temporary directory: {}", std::strerror(errno)));
    }
  }
  ~Home() {
    std::error_code ignored;  // nothing to be done about a leftover while ending
    if (is_temporary_) std::filesystem::remove_all(path_, ignored);
  }
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool is_temporary_;
};

ClockSetting clock_of(const Options& options) {
  if (options.epoch != Instant{}) return {options.time_scale, options.epoch};
  return {options.time_scale, std::chrono::floor<seconds>(std::chrono::system_clock::now())};
}

Options with_clock(Options options, const ClockSetting& clock) {
  if (!options.now) options.now = [clock] { return scaled_now(clock); };
  return options;
}

}  // namespace

struct Server::Parts {
  Home home;
  ClockSetting clock;
  Service service;
  WebServer web;

  explicit Parts(const Options& options)
      : home(options.dir),
        clock(clock_of(options)),
        service(with_clock(options, clock), home.path()),
        web(options.port, watched([this](Request& request) { return service.handle(request); }, options.on_exchange)) {}
};

Server::Server(const Options& options) : parts_(std::make_unique<Parts>(options)) {
  parts_->service.set_base_url(base_url());
}

Server::~Server() { stop(); }

int Server::port() const { return parts_->web.port(); }
std::string Server::base_url() const { return fmt::format("http://127.0.0.1:{}", port()); }
std::string Server::clock_text() const { return sandbox::clock_text(parts_->clock); }
void Server::start() { parts_->web.start(); }
void Server::stop() { parts_->web.stop(); }
Ledger Server::ledger() const { return parts_->service.ledger(); }
void Server::add_fault(const FaultOrder& order) { parts_->service.add_fault(order); }

int run(const Options& options, const std::function<bool()>& should_stop, std::FILE* out) {
  Server server(options);
  server.start();
  const nlohmann::ordered_json ready = {
      {"base_url", server.base_url()}, {"pid", ::getpid()}, {"clock", server.clock_text()}};
  fmt::print(out, "{}\n", ready.dump());
  std::fflush(out);
  while (!should_stop()) std::this_thread::sleep_for(milliseconds{50});
  server.stop();
  return static_cast<int>(ExitCode::done);
}

}  // namespace batchctl::sandbox
