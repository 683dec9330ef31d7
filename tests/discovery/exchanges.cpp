#include "discovery/exchanges.hpp"

#include <fmt/format.h>

#include <regex>
#include <sstream>

namespace batchctl::discovery {
namespace {

using Json = nlohmann::json;
using sandbox::Exchange;

std::string body_faults(const Discovery& discovery, const std::string& schema, const std::string& body, Side side) {
  const Json value = Json::parse(body, nullptr, false);
  if (value.is_discarded()) return schema + ": is no JSON: " + body + "\n";
  return discovery.faults(schema, value, side);
}

/// Bodies of errors may be absent (1.4).
std::string error_faults(const Discovery& discovery, const Exchange& exchange) {
  if (exchange.answer_body.empty()) return {};
  std::string faults = body_faults(discovery, "ErrorEnvelope", exchange.answer_body, Side::answer);
  if (faults.empty() && Json::parse(exchange.answer_body)["error"]["code"] != exchange.status)
    faults = "ErrorEnvelope.error.code: is not the status of the answer\n";
  return faults;
}

std::string request_faults(const Discovery& discovery, const std::string& schema, const Exchange& exchange) {
  const Side side = exchange.method == "PATCH" ? Side::change : Side::request;
  if (!schema.empty()) return body_faults(discovery, schema, exchange.request_body, side);
  const bool says_nothing = exchange.request_body.empty() || exchange.request_body == "{}";
  return says_nothing ? "" : "the request has a body that the document does not know\n";
}

std::string answer_faults(const Discovery& discovery, const std::string& schema, const Exchange& exchange) {
  if (exchange.status >= 400) return error_faults(discovery, exchange);
  if (exchange.content_type.compare(0, 16, "application/json") != 0)
    return fmt::format("{}: is called {}\n", schema, exchange.content_type);
  return body_faults(discovery, schema, exchange.answer_body, Side::answer);
}

/// Uploads are not in the document's paths; what starts and ends them is in its schemas.
std::string upload_faults(const Discovery& discovery, const Exchange& exchange) {
  std::string faults;
  const bool starts = exchange.upload_command == "start";
  if (starts) faults += body_faults(discovery, "CreateFileRequest", exchange.request_body, Side::request);
  if (exchange.status >= 400) return faults + error_faults(discovery, exchange);
  if (!exchange.answer_body.empty())
    faults += starts ? "the start of an upload is answered with a body\n"
                     : body_faults(discovery, "CreateFileResponse", exchange.answer_body, Side::answer);
  return faults;
}

std::string download_faults(const Discovery& discovery, const Exchange& exchange) {
  if (exchange.status >= 400) return error_faults(discovery, exchange);
  std::string faults;
  std::istringstream rows(exchange.answer_body);
  for (std::string row; std::getline(rows, row);) faults += output_line_faults(discovery, row);
  return faults;
}

std::string faults_of(const Discovery& discovery, const Exchange& exchange) {
  static const std::regex download("(/download)?/v1beta/files/[^/:]+:download");
  if (exchange.path == "/upload/v1beta/files") return upload_faults(discovery, exchange);
  if (std::regex_match(exchange.path, download)) return download_faults(discovery, exchange);
  const Discovery::Method* method = discovery.method(exchange.method, exchange.path);
  if (method == nullptr) return "the document has no such method\n";
  return request_faults(discovery, method->request, exchange) + answer_faults(discovery, method->answer, exchange);
}

std::string indented(const std::string& lines, const std::string& heading) {
  return lines.empty() ? "" : heading + "\n  " + std::regex_replace(lines, std::regex("\n(?=.)"), "\n  ");
}

/// Faults of the members beside `key` when exactly one of `schemas` (member: schema) is there.
std::string line_faults(const Discovery& discovery, const std::string& line,
                        const std::vector<std::pair<std::string, std::string>>& schemas, Side side) {
  const Json row = Json::parse(line, nullptr, false);
  if (!row.is_object()) return "is no JSON object: " + line + "\n";
  std::string faults;
  int contents = 0;
  for (const auto& [name, value] : row.items()) {
    const auto found = std::find_if(schemas.begin(), schemas.end(), [&](const auto& one) { return one.first == name; });
    if (found != schemas.end()) {
      ++contents;
      faults += discovery.faults(found->second, value, side);
    } else if (name != "key" || !value.is_string()) {
      faults += name + ": is not of a line\n";
    }
  }
  if (contents != 1) faults += "there is not one content but " + std::to_string(contents) + "\n";
  return indented(faults, line);
}

}  // namespace

std::string exchange_faults(const Discovery& discovery, const Exchange& exchange) {
  if (exchange.path.compare(0, 11, "/__sandbox/") == 0) return {};  // the sandbox's own
  return indented(faults_of(discovery, exchange),
                  fmt::format("{} {}: {}", exchange.method, exchange.path, exchange.status));
}

std::string input_line_faults(const Discovery& discovery, const std::string& line) {
  return line_faults(discovery, line, {{"request", "GenerateContentRequest"}}, Side::request);
}

std::string output_line_faults(const Discovery& discovery, const std::string& line) {
  const bool is_embedding = line.find("\"embedding\"") != std::string::npos;
  return line_faults(discovery, line,
                     {{"response", is_embedding ? "EmbedContentResponse" : "GenerateContentResponse"},
                      {"error", "Status"},
                      {"status", "Status"}},
                     Side::answer);
}

std::function<void(const Exchange&)> Listener::ear() {
  const Discovery* discovery = Discovery::beside_the_project();
  if (discovery == nullptr) return {};
  return [this, discovery](const Exchange& exchange) {
    const std::string faults = exchange_faults(*discovery, exchange);
    const std::lock_guard lock(mutex_);
    faults_ += faults;
    ++heard_;
  };
}

std::string Listener::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

int Listener::heard() const {
  const std::lock_guard lock(mutex_);
  return heard_;
}

}  // namespace batchctl::discovery
