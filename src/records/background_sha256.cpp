#include "records/background_sha256.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/sha256.hpp"

namespace batchctl {

namespace {

constexpr std::size_t kWorthAThread = 1U << 20U;
constexpr std::size_t kQueued = 4;

}  // namespace

struct BackgroundSha256::State {
  Sha256 hash;  // the thread's, once it runs
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::vector<char>> waiting;
  std::vector<std::vector<char>> spare;
  bool ended = false;
  std::exception_ptr failure;
  std::thread thread;
  bool started = false;  // whether the first bytes came

  void run();
  void stop();
};

void BackgroundSha256::State::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [&] { return ended || !waiting.empty(); });
    if (waiting.empty()) return;
    std::vector<char> piece = std::move(waiting.front());
    waiting.pop_front();
    lock.unlock();
    std::exception_ptr caught;
    try {
      hash.update({piece.data(), piece.size()});
    } catch (...) {
      caught = std::current_exception();
    }
    lock.lock();
    if (caught) failure = caught;
    spare.push_back(std::move(piece));
    changed.notify_all();
  }
}

void BackgroundSha256::State::stop() {
  if (!thread.joinable()) return;
  {
    const std::lock_guard lock(mutex);
    ended = true;
  }
  changed.notify_all();
  thread.join();
}

BackgroundSha256::BackgroundSha256() : state_(std::make_unique<State>()) {}

BackgroundSha256::~BackgroundSha256() { state_->stop(); }

void BackgroundSha256::update(std::string_view bytes) {
  State& state = *state_;
  if (!state.started && bytes.size() >= kWorthAThread) {
    try {
      state.thread = std::thread([&state] { state.run(); });
    } catch (const std::system_error&) {
      // Without a second thread the caller does the work.
    }
  }
  state.started = true;
  if (!state.thread.joinable()) {
    state.hash.update(bytes);
    return;
  }
  std::unique_lock lock(state.mutex);
  state.changed.wait(lock, [&] { return state.waiting.size() < kQueued; });
  std::vector<char> piece;
  if (!state.spare.empty()) {
    piece = std::move(state.spare.back());
    state.spare.pop_back();
  }
  lock.unlock();
  piece.assign(bytes.begin(), bytes.end());
  lock.lock();
  state.waiting.push_back(std::move(piece));
  lock.unlock();
  state.changed.notify_all();
}

std::string BackgroundSha256::hex() {
  state_->stop();
  if (state_->failure) std::rethrow_exception(state_->failure);
  return state_->hash.hex();
}

}  // namespace batchctl
