#include "sandbox/routes.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "base/error.hpp"
#include "base/text.hpp"

namespace batchctl::sandbox {
namespace {

/// What `path` has between a prefix and a suffix, if that is one path segment and not empty.
std::optional<std::string> between(std::string_view path, std::string_view prefix, std::string_view suffix) {
  if (path.size() <= prefix.size() + suffix.size()) return std::nullopt;
  if (path.substr(0, prefix.size()) != prefix || path.substr(path.size() - suffix.size()) != suffix)
    return std::nullopt;
  path = path.substr(prefix.size(), path.size() - prefix.size() - suffix.size());
  if (path.find('/') != std::string_view::npos) return std::nullopt;
  return std::string(path);
}

std::optional<Route> upload_route(const Request& request) {
  if (request.query.count("upload_id") == 0) return Route{Method::start_upload, ""};
  const UploadCommand command = upload_command_of(request);
  if (command.query) return Route{Method::query_upload, ""};
  if (command.cancel) return Route{Method::cancel_upload, ""};
  return Route{Method::upload_bytes, ""};
}

std::optional<Route> get_route(const std::string& path) {
  if (path == "/v1beta/files") return Route{Method::list_files, ""};
  if (path == "/v1beta/batches") return Route{Method::list_batches, ""};
  for (const char* prefix : {"/v1beta/files/", "/download/v1beta/files/"}) {
    if (auto id = between(path, prefix, ":download")) return Route{Method::download, *id};
  }
  if (auto token = between(path, kRedirectedPath, "")) return Route{Method::redirected, *token};
  if (auto id = between(path, "/v1beta/files/", "")) return Route{Method::get_file, *id};
  if (auto id = between(path, "/v1beta/batches/", "")) return Route{Method::get_batch, *id};
  return std::nullopt;
}

std::optional<Route> post_route(const std::string& path) {
  constexpr const char* kModels = "/v1beta/models/";
  if (path == "/v1beta/files") return Route{Method::describe_file, ""};
  if (auto model = between(path, kModels, ":batchGenerateContent")) return Route{Method::create, *model};
  if (auto model = between(path, kModels, ":asyncBatchEmbedContent")) return Route{Method::create_embeddings, *model};
  if (auto model = between(path, kModels, ":countTokens")) return Route{Method::count_tokens, *model};
  if (auto id = between(path, "/v1beta/batches/", ":cancel")) return Route{Method::cancel_batch, *id};
  return std::nullopt;
}

std::optional<Route> patch_route(const std::string& path) {
  constexpr const char* kBatches = "/v1beta/batches/";
  if (auto id = between(path, kBatches, ":updateGenerateContentBatch")) return Route{Method::update_batch, *id};
  if (auto id = between(path, kBatches, ":updateEmbedContentBatch")) return Route{Method::update_embeddings, *id};
  return std::nullopt;
}

}  // namespace

std::optional<Route> route_of(const Request& request) {
  const std::string& path = request.path;
  const bool is_post = request.method == "POST";
  if ((is_post || request.method == "PUT") && path == "/upload/v1beta/files") return upload_route(request);
  if (request.method == "GET") return get_route(path);
  if (is_post) return post_route(path);
  if (request.method == "PATCH") return patch_route(path);
  if (request.method == "DELETE") {
    if (auto id = between(path, "/v1beta/files/", "")) return Route{Method::delete_file, *id};
    if (auto id = between(path, "/v1beta/batches/", "")) return Route{Method::delete_batch, *id};
  }
  return std::nullopt;
}

const char* kind_of(Method method) {
  switch (method) {
    case Method::start_upload:
    case Method::describe_file:
      return "start";
    case Method::upload_bytes:
      return "upload";
    case Method::query_upload:
      return "query";
    case Method::cancel_upload:
      return "upload_cancel";
    case Method::get_file:
      return "file_get";
    case Method::list_files:
      return "file_list";
    case Method::delete_file:
      return "file_delete";
    case Method::download:
      return "download";
    case Method::redirected:
      return "redirected";
    case Method::create:
    case Method::create_embeddings:
      return "create";
    case Method::get_batch:
      return "get";
    case Method::list_batches:
      return "list";
    case Method::cancel_batch:
      return "cancel";
    case Method::delete_batch:
      return "delete";
    case Method::update_batch:
    case Method::update_embeddings:
      return "update";
    case Method::count_tokens:
      return "count_tokens";
  }
  throw Bug("method");
}

UploadCommand upload_command_of(const Request& request) {
  std::string text = request.header_or_empty("X-Goog-Upload-Command");
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  UploadCommand command;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view word = trimmed(rest.substr(0, comma));
    command.start |= word == "start";
    command.upload |= word == "upload";
    command.finalize |= word == "finalize";
    command.query |= word == "query";
    command.cancel |= word == "cancel";
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return command;
}

}  // namespace batchctl::sandbox
