#include "records/background_sha256.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/sha256.hpp"

namespace batchctl {

namespace {

constexpr std::uint64_t kWorthAThread = 1U << 20U;
constexpr std::size_t kPieceBytes = 1U << 18U;
constexpr std::size_t kQueued = 8;  // pieces

struct Piece {
  std::string bytes;
  std::vector<std::size_t> ends;  // where in them a stream ends, rising
};

}  // namespace

struct BackgroundSha256::State {
  // The caller's.
  Piece filling;
  std::uint64_t given = 0;  // bytes
  std::size_t untold = 0;   // streams that ended and were not told
  // The thread's, once it runs.
  Sha256 hash;
  std::thread thread;
  // Everybody's, under the mutex.
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Piece> waiting;
  std::vector<std::string> spare;
  std::deque<std::string> digests;
  bool stopping = false;
  std::exception_ptr failure;

  void give();
  std::vector<std::string> take(const Piece& piece);
  void run();
  void stop();
};

/// Hands on what has been filled.
void BackgroundSha256::State::give() {
  given += filling.bytes.size();
  if (!thread.joinable() && given >= kWorthAThread) {
    try {
      thread = std::thread([this] { run(); });
    } catch (const std::system_error&) {
      // Without a second thread the caller does the work.
    }
  }
  if (!thread.joinable()) {
    for (std::string& digest : take(filling)) digests.push_back(std::move(digest));
    filling.bytes.clear();
    filling.ends.clear();
    return;
  }
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return waiting.size() < kQueued || failure; });
    if (failure) std::rethrow_exception(failure);
    waiting.push_back(std::exchange(filling, {}));
    if (!spare.empty()) {
      filling.bytes = std::move(spare.back());
      spare.pop_back();
      filling.bytes.clear();
    }
  }
  changed.notify_all();
}

/// The digests of the streams that end in the piece.
std::vector<std::string> BackgroundSha256::State::take(const Piece& piece) {
  std::vector<std::string> ended;
  const std::string_view bytes = piece.bytes;
  std::size_t from = 0;
  for (const std::size_t end : piece.ends) {
    hash.update(bytes.substr(from, end - from));
    ended.push_back(std::exchange(hash, Sha256()).hex());
    from = end;
  }
  hash.update(bytes.substr(from));
  return ended;
}

void BackgroundSha256::State::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [&] { return stopping || !waiting.empty(); });
    if (stopping) return;
    Piece piece = std::move(waiting.front());
    waiting.pop_front();
    lock.unlock();
    std::vector<std::string> ended;
    std::exception_ptr caught;
    try {
      ended = take(piece);
    } catch (...) {
      caught = std::current_exception();
    }
    lock.lock();
    for (std::string& digest : ended) digests.push_back(std::move(digest));
    spare.push_back(std::move(piece.bytes));
    if (caught) failure = caught;
    changed.notify_all();
    if (failure) return;
  }
}

void BackgroundSha256::State::stop() {
  if (!thread.joinable()) return;
  {
    const std::lock_guard lock(mutex);
    stopping = true;
  }
  changed.notify_all();
  thread.join();
}

BackgroundSha256::BackgroundSha256() : state_(std::make_unique<State>()) {}

BackgroundSha256::~BackgroundSha256() { state_->stop(); }

void BackgroundSha256::update(std::string_view bytes) {
  std::string& filling = state_->filling.bytes;
  while (!bytes.empty()) {
    const std::size_t fits = std::min(bytes.size(), kPieceBytes - filling.size());
    filling += bytes.substr(0, fits);
    bytes.remove_prefix(fits);
    if (filling.size() == kPieceBytes) state_->give();
  }
}

void BackgroundSha256::end() {
  state_->filling.ends.push_back(state_->filling.bytes.size());
  ++state_->untold;
}

std::optional<std::string> BackgroundSha256::next(Wait wait) {
  State& state = *state_;
  if (state.untold == 0) return std::nullopt;
  if (wait == Wait::yes && !state.filling.ends.empty()) state.give();
  std::unique_lock lock(state.mutex);
  if (wait == Wait::yes) state.changed.wait(lock, [&] { return !state.digests.empty() || state.failure; });
  if (state.digests.empty() && state.failure) std::rethrow_exception(state.failure);
  if (state.digests.empty()) return std::nullopt;
  std::string digest = std::move(state.digests.front());
  state.digests.pop_front();
  --state.untold;
  return digest;
}

std::string BackgroundSha256::hex() {
  end();
  if (auto digest = next(Wait::yes)) return *std::move(digest);
  throw Bug("a stream that ended has no hash");
}

}  // namespace batchctl
