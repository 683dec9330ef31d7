// A look at every request and its answer, for tests that judge what is said on both sides.
#pragma once

#include <functional>
#include <string>

namespace batchctl::sandbox {

struct Request;
struct Answer;

/// What was said. Bodies longer than 4 MiB are left out.
struct Exchange {
  std::string method;
  std::string path;            // decoded, without the query
  std::string upload_command;  // X-Goog-Upload-Command
  std::string request_body;    // only of a request that calls it JSON
  int status = 0;
  std::string content_type;  // of the answer; empty when it has no body
  std::string answer_body;   // of a download, too
};

/// `handler`, with `on_exchange` told of every answer before it is sent, from the threads that serve. Answers that are
/// dropped are not told. Without `on_exchange` it is `handler` itself.
std::function<Answer(Request&)> watched(std::function<Answer(Request&)> handler,
                                        std::function<void(const Exchange&)> on_exchange);

}  // namespace batchctl::sandbox
