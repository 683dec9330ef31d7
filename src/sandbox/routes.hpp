// Which of the API's methods a request means.
#pragma once

#include <optional>
#include <string>

#include "sandbox/exchange.hpp"

namespace batchctl::sandbox {

enum class Method {
  start_upload,
  describe_file,  // without bytes
  upload_bytes,
  query_upload,
  cancel_upload,
  get_file,
  list_files,
  delete_file,
  download,
  redirected,
  create,
  create_embeddings,
  get_batch,
  list_batches,
  cancel_batch,
  delete_batch,
  update_batch,
  update_embeddings,
  count_tokens,
};

struct Route {
  Method method = Method::list_batches;
  std::string id;  // of the file or the batch, or the model, or a redirect's token
};

std::optional<Route> route_of(const Request& request);

/// Where a redirected download leads, before its token.
inline constexpr const char* kRedirectedPath = "/redirected/";

/// The word of the ledger and of fault orders.
const char* kind_of(Method method);

/// The words of `X-Goog-Upload-Command`, lower case.
struct UploadCommand {
  bool start = false, upload = false, finalize = false, query = false, cancel = false;
};
UploadCommand upload_command_of(const Request& request);

}  // namespace batchctl::sandbox
