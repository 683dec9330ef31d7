// SHA-256 of long streams, one after another, on another core beside the work on the same bytes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace batchctl {

class BackgroundSha256 {
 public:
  BackgroundSha256();
  ~BackgroundSha256();
  BackgroundSha256(const BackgroundSha256&) = delete;
  BackgroundSha256& operator=(const BackgroundSha256&) = delete;

  /// Copies the bytes, and waits when too much is queued. The first MiB is hashed by the caller: no thread is started
  /// for so little.
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
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace batchctl
