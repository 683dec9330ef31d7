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

#include "base/time.hpp"
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

/// What becomes of a request that was handled.
enum class Ending {
  answer,  // it is answered, and the connection goes on
  close,   // the connection is closed without a byte of answer
  reset,   // the same by a TCP reset
  stall,   // not a byte of answer until the client leaves, `delay` is over or the server stops; then closed
};

struct Answer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type = "application/json; charset=UTF-8";  // sent only with a body
  std::string body;
  std::shared_ptr<OpenFile> file;           // sent instead of `body`, from `file_offset` on
  std::uint64_t file_offset = 0;            // less than its size, unless both are 0
  std::optional<std::uint64_t> file_bytes;  // how much of it; nullopt: to its end

  Ending ending = Ending::answer;
  std::optional<std::uint64_t> cut_after;  // so many bytes of the body are sent, then the connection is closed
  std::uint64_t bytes_per_second = 0;      // of the body; 0 = as fast as it goes
  Duration delay{};                        // wall time before the first byte; of a stall: its length, 0 = without end

  std::uint64_t body_bytes() const {
    return file == nullptr ? body.size() : file_bytes.value_or(file->size_bytes() - file_offset);
  }
};

}  // namespace batchctl::sandbox
