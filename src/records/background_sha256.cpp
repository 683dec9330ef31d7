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
constexpr std::size_t kPieceBytes = 1U << 17U;
// Pieces of a stream. Waking a thread costs as much as some kilobytes' hash, so it is done for several of them.
constexpr std::size_t kQueued = 8, kWorthWaking = 3;

struct Piece {
  std::string bytes;
  std::vector<std::size_t> ends;  // where in them a stream ends, rising
};

}  // namespace

struct BackgroundSha256::Stream {
  // The caller's.
  Piece filling;
  std::uint64_t given = 0;  // bytes
  std::size_t untold = 0;   // streams that ended and were not told
  // Of who has made it busy.
  Sha256 hash;
  // Everybody's, under the mutex.
  bool busy = false;
  std::deque<Piece> waiting;
  std::deque<std::string> digests;

  std::vector<std::string> take(const Piece& piece);
};

struct Sha256Workers::State {
  using Stream = BackgroundSha256::Stream;
  using Lock = std::unique_lock<std::mutex>;

  // The caller's.
  std::vector<std::thread> threads;
  const std::size_t cores = std::max(2U, std::thread::hardware_concurrency());
  // Everybody's, under the mutex.
  std::mutex mutex;
  std::condition_variable for_threads, for_caller;
  bool caller_waits = false, stopping = false;
  std::vector<Stream*> streams;
  std::vector<std::string> spare;
  std::exception_ptr failure;

  void start_thread();
  void give(Stream& stream);
  bool work(Lock& lock);
  template <typename Reached>
  void work_until(Lock& lock, Reached reached);
  void run();
};

/// The digests of the streams that end in the piece.
std::vector<std::string> BackgroundSha256::Stream::take(const Piece& piece) {
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

/// One a stream, and one core is left to the caller; where there is no thread to be had the caller does the work.
void Sha256Workers::State::start_thread() {
  if (threads.size() >= std::min(streams.size(), cores - 1)) return;
  try {
    threads.emplace_back([this] { run(); });
  } catch (const std::system_error&) {
  }
}

/// Hands on what has been filled.
void Sha256Workers::State::give(Stream& stream) {
  stream.given += stream.filling.bytes.size();
  if (stream.given >= kWorthAThread) start_thread();
  Lock lock(mutex);
  stream.waiting.push_back(std::exchange(stream.filling, {}));
  if (!spare.empty()) {
    stream.filling.bytes = std::move(spare.back());
    spare.pop_back();
    stream.filling.bytes.clear();
  }
  if (stream.waiting.size() >= kWorthWaking) for_threads.notify_one();
  const std::size_t allowed = threads.empty() ? 0 : kQueued;
  work_until(lock, [&] { return stream.waiting.size() <= allowed; });
}

/// Hashes one piece of the longest queue; false: there is none that nobody is at.
bool Sha256Workers::State::work(Lock& lock) {
  Stream* stream = nullptr;
  for (Stream* one : streams)
    if (!one->busy && !one->waiting.empty() && (stream == nullptr || one->waiting.size() > stream->waiting.size()))
      stream = one;
  if (stream == nullptr) return false;
  Piece piece = std::move(stream->waiting.front());
  stream->waiting.pop_front();
  stream->busy = true;
  lock.unlock();
  std::vector<std::string> ended;
  std::exception_ptr caught;
  try {
    ended = stream->take(piece);
  } catch (...) {
    caught = std::current_exception();
  }
  lock.lock();
  for (std::string& digest : ended) stream->digests.push_back(std::move(digest));
  stream->busy = false;
  spare.push_back(std::move(piece.bytes));
  if (caught) failure = caught;
  if (caller_waits) for_caller.notify_one();
  return true;
}

/// The caller's part: a hand where one is free, else waiting.
template <typename Reached>
void Sha256Workers::State::work_until(Lock& lock, Reached reached) {
  for (;;) {
    if (failure) std::rethrow_exception(failure);
    if (reached()) return;
    if (work(lock)) continue;
    caller_waits = true;
    for_caller.wait(lock);
    caller_waits = false;
  }
}

void Sha256Workers::State::run() {
  Lock lock(mutex);
  while (!stopping && !failure)
    if (!work(lock)) for_threads.wait(lock);
}

Sha256Workers::Sha256Workers() : state_(std::make_unique<State>()) {}

Sha256Workers::~Sha256Workers() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->for_threads.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

BackgroundSha256::BackgroundSha256(Sha256Workers& workers)
    : workers_(*workers.state_), stream_(std::make_unique<Stream>()) {
  const std::lock_guard lock(workers_.mutex);
  workers_.streams.push_back(stream_.get());
}

BackgroundSha256::~BackgroundSha256() {
  Sha256Workers::State::Lock lock(workers_.mutex);
  std::erase(workers_.streams, stream_.get());
  workers_.caller_waits = true;
  workers_.for_caller.wait(lock, [&] { return !stream_->busy; });
  workers_.caller_waits = false;
}

void BackgroundSha256::update(std::string_view bytes) {
  std::string& filling = stream_->filling.bytes;
  while (!bytes.empty()) {
    const std::size_t fits = std::min(bytes.size(), kPieceBytes - filling.size());
    filling += bytes.substr(0, fits);
    bytes.remove_prefix(fits);
    if (filling.size() == kPieceBytes) workers_.give(*stream_);
  }
}

void BackgroundSha256::end() {
  stream_->filling.ends.push_back(stream_->filling.bytes.size());
  ++stream_->untold;
}

std::optional<std::string> BackgroundSha256::next(Wait wait) {
  if (stream_->untold == 0) return std::nullopt;
  if (wait == Wait::yes && !stream_->filling.ends.empty()) workers_.give(*stream_);
  Sha256Workers::State::Lock lock(workers_.mutex);
  if (wait == Wait::yes) workers_.work_until(lock, [&] { return !stream_->digests.empty(); });
  if (stream_->digests.empty()) {
    if (workers_.failure) std::rethrow_exception(workers_.failure);
    return std::nullopt;
  }
  std::string digest = std::move(stream_->digests.front());
  stream_->digests.pop_front();
  --stream_->untold;
  return digest;
}

std::string BackgroundSha256::hex() {
  end();
  if (auto digest = next(Wait::yes)) return *std::move(digest);
  throw Bug("a stream that ended has no hash");
}

}  // namespace batchctl
