#include "http/client.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/crash_point.hpp"
#include "base/error.hpp"
#include "http/curl.hpp"
#include "http/transfer.hpp"
#include "http/url.hpp"

namespace batchctl::http {
namespace {

using Steady = std::chrono::steady_clock;

// How late an interruption can be noticed whose signal came between the question and the wait.
constexpr Duration kLongestPoll = milliseconds{500};

struct FreeMulti {
  void operator()(CURLM* multi) const { curl().multi_cleanup(multi); }
};

}  // namespace

struct Client::Parts {
  Config config;
  std::unique_ptr<CURLM, FreeMulti> multi;
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> transfers;
  std::multimap<Steady::time_point, std::pair<RequestId, Request>> delayed;
  std::vector<Response> refused;  // never begun
  RequestId last_id = 0;
  bool interrupted = false;

  ~Parts() { stop_all(); }

  void stop_all() {
    for (auto& [easy, _] : transfers) curl().multi_remove_handle(multi.get(), easy);
    transfers.clear();
    delayed.clear();
    refused.clear();
  }

  void must(CURLMcode result) const {
    if (result != CURLM_OK) throw Fatal(ExitCode::failed, "curl", curl().multi_strerror(result));
  }

  void begin(RequestId id, Request request) {
    if (request.send_before && config.boot_now() > *request.send_before) {
      refused.push_back(not_sent(id, "too late: the request was not written"));
      return;
    }
    auto transfer = std::make_unique<Transfer>(id, std::move(request), config);
    CURL* easy = transfer->easy();
    must(curl().multi_add_handle(multi.get(), easy));
    transfers.emplace(easy, std::move(transfer));
  }

  void begin_due() {
    while (!delayed.empty() && delayed.begin()->first <= Steady::now()) {
      auto [id, request] = std::move(delayed.begin()->second);
      delayed.erase(delayed.begin());
      begin(id, std::move(request));
    }
  }

  std::vector<Response> finished() {
    begin_due();
    std::vector<Response> responses = std::exchange(refused, {});
    int running = 0;
    must(curl().multi_perform(multi.get(), &running));
    if constexpr (kHasCrashPoints) {
      for (const auto& [easy, transfer] : transfers)
        if (transfer->is_written_once()) crash_point(CrashPoint::create_written);
    }
    int left = 0;
    while (CURLMsg* message = curl().multi_info_read(multi.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* easy = message->easy_handle;
      const CURLcode result = message->data.result;  // the message dies with the handle's removal
      const auto found = transfers.find(easy);
      if (found == transfers.end()) continue;
      curl().multi_remove_handle(multi.get(), easy);
      responses.push_back(found->second->finish(result));
      transfers.erase(found);
    }
    return responses;
  }

  bool newly_interrupted() {
    const bool before = std::exchange(interrupted, config.interrupted && config.interrupted());
    return interrupted && !before;
  }

  /// True when something other than its own timers or the network ended the wait.
  bool poll(Duration length) {
    long own_timer_ms = -1;
    curl().multi_timeout(multi.get(), &own_timer_ms);
    Duration expected = length;
    if (own_timer_ms >= 0) expected = std::min(expected, Duration{own_timer_ms});
    const auto before = Steady::now();
    int active = 0;
    must(curl().multi_poll(multi.get(), nullptr, 0, static_cast<int>(length.count()), &active));
    return active == 0 && Steady::now() - before + milliseconds{1} < expected;
  }
};

Client::Client(Config config) : parts_(std::make_unique<Parts>()) {
  parts_->config = std::move(config);
  parts_->multi.reset(curl().multi_init());
  if (!parts_->multi) throw Fatal(ExitCode::failed, "curl", "libcurl could not make a multi handle");
}

Client::~Client() = default;

RequestId Client::start(Request request) {
  const RequestId id = ++parts_->last_id;
  const auto origin = origin_of(request.url);
  if (!origin) {
    parts_->refused.push_back(not_sent(id, "not an http or https URL"));
  } else if (!may_be_asked(*origin)) {
    parts_->refused.push_back(not_sent(id, "plain http goes to this machine only; use https for " + origin->host));
  } else if (request.delay > Duration::zero()) {
    const auto due = Steady::now() + request.delay;
    parts_->delayed.emplace(due, std::pair(id, std::move(request)));
  } else {
    parts_->begin(id, std::move(request));
  }
  return id;
}

std::vector<Response> Client::wait(Duration timeout) {
  const auto until = Steady::now() + std::clamp(timeout, Duration::zero(), Duration{hours{24 * 365}});
  for (;;) {
    std::vector<Response> responses = parts_->finished();
    const auto left = std::chrono::ceil<Duration>(until - Steady::now());
    const bool interrupted = parts_->newly_interrupted();
    if (!responses.empty() || left <= Duration::zero() || interrupted) return responses;
    Duration longest = std::min(left, kLongestPoll);
    if (!parts_->delayed.empty()) {
      const auto due = std::chrono::ceil<Duration>(parts_->delayed.begin()->first - Steady::now());
      longest = std::clamp(due, Duration::zero(), longest);
    }
    if (parts_->poll(longest)) return parts_->finished();
  }
}

void Client::wakeup() { curl().multi_wakeup(parts_->multi.get()); }

void Client::abandon() { parts_->stop_all(); }

}  // namespace batchctl::http
