// Bringing a job's output home: two spellings of the path, redirects by hand, the bytes straight to the disk.
#pragma once

#include <string>

#include "gemini/endpoint.hpp"
#include "gemini/task.hpp"

namespace batchctl::gemini {

/// Tries `/download/v1beta/…` and, when that is not found, the same path without `/download` (the documentation has the
/// first, Google's Python SDK the second). The file is complete only when the answer is Fetched.
class Download : public Task {
 public:
  Download(const Endpoint& endpoint, FetchOutput fetch);
  Step begin() override;
  Step go_on(http::Response response) override;

 private:
  Step ask(const std::string& url);

  const Endpoint& endpoint_;
  FetchOutput fetch_;
  std::string path_;
  std::string url_;
  bool second_path_ = false;
  int redirects_ = 0;
};

}  // namespace batchctl::gemini
