// SHA-256 of long streams, one after another, on other cores beside the work on the same bytes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace batchctl {

/// The threads that hash, for any number of streams at once. All those streams have one caller; when it would have to
/// wait for the threads, it hashes as well, so that no core stands idle.
class Sha256Workers {
 public:
  Sha256Workers();
  ~Sha256Workers();
  Sha256Workers(const Sha256Workers&) = delete;
  Sha256Workers& operator=(const Sha256Workers&) = delete;

 private:
  friend class BackgroundSha256;
  struct State;
  std::unique_ptr<State> state_;
};

class BackgroundSha256 {
 public:
  /// The workers outlive it.
  explicit BackgroundSha256(Sha256Workers& workers);
  ~BackgroundSha256();
  BackgroundSha256(const BackgroundSha256&) = delete;
  BackgroundSha256& operator=(const BackgroundSha256&) = delete;

  /// Copies the bytes. The first MiB is hashed by the caller: no thread is started for so little.
  void update(std::string_view bytes);
  /// Here the stream ends; the bytes that follow are another's.
  void end();

  enum class Wait { no, yes };
  /// The oldest stream that has ended and was not told yet: 64 lower-case hex characters. Nothing when there is none,
  /// or without waiting when it has not been hashed.
  std::optional<std::string> next(Wait wait);
  /// The end of an only stream, and what it came to.
  std::string hex();

 private:
  friend class Sha256Workers;
  struct Stream;
  Sha256Workers::State& workers_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace batchctl
