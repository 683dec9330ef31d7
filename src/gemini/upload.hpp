// A resumable upload: a start that names the file, then its bytes in pieces, the last of which makes it a file.
//
// No byte that was not planned becomes a file: what is read is hashed, and the last piece is held back until the hash
// and the length agree. A body of up to one piece is read and hashed before anything is sent. Otherwise the upload is
// cancelled.
//
// A piece whose answer did not come is asked about (`query`), and the upload goes on where the service stands, as long
// as the piece in memory covers that. A type that the service does not take is followed by the next one, from the
// first byte on. Memory: one piece, and for a moment the rest of it beside it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/sha256.hpp"
#include "gemini/endpoint.hpp"
#include "gemini/mime_types.hpp"
#include "gemini/task.hpp"

namespace batchctl::gemini {

/// 8 MiB, as Google's SDKs use: a multiple of any granularity that was ever published for this protocol.
inline constexpr std::uint64_t kPieceBytes = 8ULL << 20U;
/// Questions about one upload; then it starts over, later.
inline constexpr int kMostQueries = 10;

class Upload : public Task {
 public:
  /// `taken_mime` is the type that an upload of this process was last taken under, empty before the first; it is read
  /// when the upload begins and set when it was taken. It outlives the upload.
  Upload(const Endpoint& endpoint, UploadFile file, std::string& taken_mime);
  Step begin() override;
  Step go_on(http::Response response) override;

 private:
  enum class Stage { starting, sending, finishing, asking, cancelling, comparing, looking };

  Step start();
  Step started(const http::Response& response);
  Step send_piece();
  Step sent_piece(const http::Response& response);
  Step finished(const http::Response& response);
  Step judge(FileFacts facts, int http_status);

  Step ask(Failure why);
  Step told(const http::Response& response);
  Step next_mime(const http::Response& response);
  Step compare_with_present(Failure refusal);
  Step compared(const http::Response& response);
  Step name_is_taken();
  Step look_for_file(Failure otherwise);
  Step looked(const http::Response& response);
  Step find_by_name(Stage stage, Failure otherwise);
  Step give_up(Failure failure);

  /// The next bytes, hashed; fewer than asked for at the end. The failure when the source cannot be read.
  std::optional<Failure> read(std::uint64_t bytes, std::string& piece);
  /// Reads what is left and settles whether the bytes are those that were planned.
  std::optional<Failure> read_last(std::uint64_t bytes, std::string& piece);
  bool is_ours(const FileFacts& facts) const;

  const Endpoint& endpoint_;
  UploadFile file_;
  std::string& taken_mime_;
  std::vector<std::string> types_;  // to be tried, in this order
  std::size_t type_ = 0;            // which of them
  std::unique_ptr<ByteSource> source_;
  Sha256 hash_;
  Stage stage_ = Stage::starting;
  std::uint64_t piece_bytes_ = kPieceBytes;
  std::uint64_t offset_ = 0;                  // of the piece under way
  std::shared_ptr<const std::string> piece_;  // under way, or read beforehand
  std::string url_;                           // a secret
  int queries_ = 0;
  Failure failure_;  // what to answer after asking, cancelling, comparing or looking in vain
};

}  // namespace batchctl::gemini
