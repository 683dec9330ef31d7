// SHA-256 of a long stream on the second core, beside the work on the same bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace batchctl {

class BackgroundSha256 {
 public:
  BackgroundSha256();
  ~BackgroundSha256();
  BackgroundSha256(const BackgroundSha256&) = delete;
  BackgroundSha256& operator=(const BackgroundSha256&) = delete;

  /// Copies the bytes, and waits when too much is queued. A stream that begins with a small piece is hashed at
  /// once by the caller: no thread is started for small files.
  void update(std::string_view bytes);
  /// Waits for the rest; 64 lower-case hex characters. Only one call.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace batchctl
