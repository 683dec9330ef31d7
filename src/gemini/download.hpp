// Bringing a job's output home: two spellings of the path, redirects by hand, the bytes straight to the disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gemini/endpoint.hpp"
#include "gemini/task.hpp"

namespace batchctl::gemini {

/// Resumes of one download, each of which brought something; then it starts over, later.
inline constexpr int kMostResumes = 10;

/// Tries `/download/v1beta/…` and, when that is not found, the same path without `/download` (the documentation has the
/// first, Google's Python SDK the second). The file is complete only when the answer is Fetched.
///
/// A redirect is followed up to five times. The key goes to our own origin only (scheme, host and port), and nowhere
/// any more once the way has left it. A cut body is asked for again from where it broke off, on the whole way anew; the
/// service documents no ranges, so a part counts only when the answer says that it is the very part of the same whole.
class Download : public Task {
 public:
  Download(const Endpoint& endpoint, FetchOutput fetch);
  Step begin() override;
  Step go_on(http::Response response) override;

 private:
  Step ask_at_home(Duration delay = Duration::zero());
  http::Request request_at(const std::string& url);
  Step redirected(const http::Response& response);
  Step resume(const http::Response& response, Failure otherwise);
  bool is_wrong_part(const http::Response& response) const;
  void note_whole(const http::Response& response);

  const Endpoint& endpoint_;
  FetchOutput fetch_;
  std::string path_;
  std::string url_;
  bool second_path_ = false;
  bool is_abroad_ = false;  // a redirect has led to another origin
  int redirects_ = 0;
  int resumes_ = 0;
  std::uint64_t from_ = 0;              // the first byte asked for
  std::optional<std::uint64_t> total_;  // as the first answer told it
  std::string validator_;               // a strong ETag of the answer that the sink began with
  bool no_ranges_ = false;              // the service said so, or gave another part than asked for
};

}  // namespace batchctl::gemini
