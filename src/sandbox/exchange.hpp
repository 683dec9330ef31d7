// One request and its answer, free of the HTTP library.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sandbox/faults.hpp"
#include "sandbox/open_file.hpp"

namespace batchctl::sandbox {

struct Request {
  std::string method;
  std::string path;  // decoded, without the query
  std::map<std::string, std::string> query;
  std::function<std::optional<std::string>(const char* name)> header;  // any case of name
  /// Hands the body to `sink` piece by piece; false when the connection broke before its end or the sink said stop.
  std::function<bool(const std::function<bool(std::string_view)>& sink)> read_body;

  std::optional<FaultAction> fault;  // one that the method carries out

  std::string header_or_empty(const char* name) const { return header(name).value_or(""); }
  std::string query_or_empty(const std::string& name) const {
    const auto found = query.find(name);
    return found == query.end() ? "" : found->second;
  }
};

struct Answer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type = "application/json; charset=UTF-8";  // sent only with a body
  std::string body;
  std::shared_ptr<OpenFile> file;  // sent instead of `body`
  bool drop = false;               // close the connection without a byte of answer
};

}  // namespace batchctl::sandbox
