// A resumable upload: a start that names the file, then its bytes in pieces, the last of which makes it a file.
//
// No byte that was not planned becomes a file: what is read is hashed, and the last piece is held back until the hash
// and the length agree. A body of up to one piece is read and hashed before anything is sent. Otherwise the upload is
// cancelled. Memory: one piece.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/sha256.hpp"
#include "gemini/endpoint.hpp"
#include "gemini/task.hpp"

namespace batchctl::gemini {

/// 8 MiB, as Google's SDKs use: a multiple of any granularity that was ever published for this protocol.
inline constexpr std::uint64_t kPieceBytes = 8ULL << 20U;

/// Types for JSON lines, the best first; services refused some of them at times (python-genai issues 1547 and 1590).
inline constexpr std::array<const char*, 3> kMimeTypes = {"application/jsonl", "application/json", "text/plain"};

class Upload : public Task {
 public:
  Upload(const Endpoint& endpoint, UploadFile file);
  Step begin() override;
  Step go_on(http::Response response) override;

 private:
  enum class Stage { starting, sending, finishing, cancelling, comparing };

  Step start();
  Step started(const http::Response& response);
  Step send_piece();
  Step sent_piece(const http::Response& response);
  Step finished(const http::Response& response);
  Step compare_with_present(Failure refusal);
  Step compared(const http::Response& response);
  Step give_up(Failure failure);

  /// The next bytes, hashed; fewer than asked for at the end. The failure when the source cannot be read.
  std::optional<Failure> read(std::uint64_t bytes, std::string& piece);
  /// Reads what is left and settles whether the bytes are those that were planned.
  std::optional<Failure> read_last(std::uint64_t bytes, std::string& piece);
  bool is_ours(const FileFacts& facts) const;

  const Endpoint& endpoint_;
  UploadFile file_;
  std::unique_ptr<ByteSource> source_;
  Sha256 hash_;
  Stage stage_ = Stage::starting;
  std::size_t mime_ = 0;  // which of kMimeTypes
  std::uint64_t piece_bytes_ = kPieceBytes;
  std::uint64_t offset_ = 0;                  // of the piece under way
  std::shared_ptr<const std::string> piece_;  // under way, or read beforehand
  std::string url_;                           // a secret
  Failure failure_;                           // what to answer after cancelling or comparing
};

}  // namespace batchctl::gemini
