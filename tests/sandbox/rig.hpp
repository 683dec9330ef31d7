// A sandbox in this process with a clock that only the test moves, and the few calls every test makes.
#pragma once

#include <httplib.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "sandbox/sandbox.hpp"

namespace batchctl::sandbox {

using Json = nlohmann::json;

struct Reply {
  int status = 0;  // 0 = the connection ended without an answer
  std::string body;
  httplib::Headers headers;

  Json json() const { return Json::parse(body); }
  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

/// A line as batchctl sends it.
inline std::string line(const std::string& key, const std::string& question) {
  return Json{{"key", key}, {"request", {{"contents", {{{"role", "user"}, {"parts", {{{"text", question}}}}}}}}}}
             .dump() +
         "\n";
}

class Rig {
 public:
  explicit Rig(Options options = {}) {
    options.now = [this] { return from_unix_ms(now_ms.load()); };
    server = std::make_unique<Server>(options);
    server->start();
    client = std::make_unique<httplib::Client>("127.0.0.1", server->port());
    client->set_keep_alive(true);
    client->set_tcp_nodelay(true);
    client->set_read_timeout(60);
  }

  void pass(Duration length) { now_ms += length.count(); }

  Reply get(const std::string& path) { return reply(client->Get(path, key_header())); }
  Reply remove(const std::string& path) { return reply(client->Delete(path, key_header())); }
  Reply post(const std::string& path, const std::string& body) {
    return reply(client->Post(path, key_header(), body, "application/json"));
  }

  Reply start_upload(const Json& file, std::uint64_t size_bytes, const std::string& mime_type = "application/jsonl") {
    httplib::Headers headers = key_header();
    headers.emplace("X-Goog-Upload-Protocol", "resumable");
    headers.emplace("X-Goog-Upload-Command", "start");
    headers.emplace("X-Goog-Upload-Header-Content-Length", std::to_string(size_bytes));
    headers.emplace("X-Goog-Upload-Header-Content-Type", mime_type);
    return reply(client->Post("/upload/v1beta/files", headers, Json{{"file", file}}.dump(), "application/json"));
  }

  /// The path and query of the upload URL that a start answer gives.
  std::string upload_target(const Reply& start) const {
    const std::string url = start.header("x-goog-upload-url");
    const std::string base = server->base_url();
    return url.compare(0, base.size(), base) == 0 ? url.substr(base.size()) : "not on " + base + ": " + url;
  }

  /// One request of an upload in progress; it carries no key.
  Reply piece(const std::string& target, const std::string& command, std::uint64_t offset, const std::string& bytes) {
    const httplib::Headers headers = {{"X-Goog-Upload-Command", command},
                                      {"X-Goog-Upload-Offset", std::to_string(offset)}};
    return reply(client->Post(target, headers, bytes, "application/octet-stream"));
  }

  Reply query(const std::string& target) {
    return reply(client->Post(target, {{"X-Goog-Upload-Command", "query"}}, "", "text/plain"));
  }

  /// A whole file in one piece.
  Reply upload(const std::string& name, const std::string& bytes, const std::string& mime_type = "application/jsonl") {
    const Json file = name.empty() ? Json::object() : Json{{"name", "files/" + name}};
    const Reply start = start_upload(file, bytes.size(), mime_type);
    return start.status == 200 ? piece(upload_target(start), "upload, finalize", 0, bytes) : start;
  }

  Reply create(const std::string& file_id, const std::string& display_name, const std::string& model = "gemini-x") {
    const Json body = {{"batch", {{"displayName", display_name}, {"inputConfig", {{"fileName", "files/" + file_id}}}}}};
    return post("/v1beta/models/" + model + ":batchGenerateContent", body.dump());
  }

  /// A request with headers of its own; the key is among them.
  Reply send(const std::string& path, httplib::Headers headers, const std::string& body, const std::string& type) {
    headers.merge(key_header());
    return reply(client->Post(path, headers, body, type));
  }

  /// The same without a Content-Length: Transfer-Encoding: chunked.
  Reply send_chunked(const std::string& path, httplib::Headers headers, const std::string& body,
                     const std::string& type, std::size_t chunk_bytes = 100000) {
    headers.merge(key_header());
    const auto provider = [&](std::size_t offset, httplib::DataSink& sink) {
      if (offset == body.size()) return sink.done(), true;
      return sink.write(body.data() + offset, std::min(chunk_bytes, body.size() - offset));
    };
    return reply(client->Post(path, headers, provider, type));
  }

  /// The job's name, `batches/...`.
  std::string create_job(const std::string& file_id, const std::string& display_name) {
    return create(file_id, display_name).json().at("name");
  }

  std::string state_of(const std::string& job) { return get("/v1beta/" + job).json()["metadata"]["state"]; }

  Reply download(const std::string& job) {
    return get("/download/v1beta/files/batch-" + job.substr(std::string("batches/").size()) + ":download?alt=media");
  }

  std::string key = "key";
  std::atomic<std::int64_t> now_ms{to_unix_ms(*parse_rfc3339("2026-11-22T10:00:00Z"))};
  std::unique_ptr<Server> server;
  std::unique_ptr<httplib::Client> client;

 private:
  httplib::Headers key_header() const {
    return key.empty() ? httplib::Headers{} : httplib::Headers{{"x-goog-api-key", key}};
  }

  static Reply reply(const httplib::Result& result) {
    if (!result) return {};
    return {result->status, result->body, result->headers};
  }
};

/// A directory that goes with its owner.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "test-sandbox-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~ScratchDirectory() { std::filesystem::remove_all(path_); }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace batchctl::sandbox
