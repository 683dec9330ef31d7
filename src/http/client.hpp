// HTTP over one libcurl multi handle: requests are started, finished ones are waited for. The only room that sees curl.
//
// A status is an answer, whatever it is; no answer is told apart by whether a byte of the request may have left.
// Nothing is retried, redirects are not followed. libcurl 7.88 writes a request anew by itself when the reused
// connection it was written to died without an answer; here that happens to GET, HEAD and DELETE only: any other
// request is written once.
//
// TLS is always verified; plain http goes to this machine only, and never through a proxy. One thread, but for
// `wakeup`.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace batchctl::http {

struct Header {
  std::string name;
  std::string value;
};

enum class Connection {
  shared,  // kept alive and used again
  fresh,   // a new one for this request, closed after it
};

struct Request {
  std::string method = "GET";
  std::string url;
  std::vector<Header> headers;
  std::shared_ptr<const std::string> body;  // nullptr: none
  std::optional<std::string> sink;          // the body of a 2xx answer goes to this file, which begins empty
  /// Not 0: a part from this byte on was asked for, and the sink holds what comes before it. A 206 that begins there
  /// goes on in the sink, a 206 that does not is cut before its first byte is taken, any other 2xx begins the sink
  /// anew.
  std::uint64_t sink_from = 0;
  Connection connection = Connection::shared;
  /// On Config::boot_now. Checked when the connection stands (TLS included), just before the request is written.
  std::optional<std::chrono::nanoseconds> send_before;
  Duration delay{};                 // begun so much later, wall time; nobody waits for it meanwhile
  std::optional<Duration> timeout;  // of everything, wall time
  Duration stall = seconds{60};     // no byte in either direction for so long: cut; 0: no limit. Whole seconds
};

using RequestId = std::uint64_t;

enum class ResponseKind {
  answered,  // status, headers and the whole body are here
  not_sent,  // no byte of the request has left: DNS, refused, TLS, too late, not allowed
  cut,       // a byte may have left, and no whole answer came
  local,     // the local disk refused the sink
};

struct Response {
  RequestId id = 0;
  ResponseKind kind = ResponseKind::not_sent;
  int status = 0;                // 0: none came
  std::vector<Header> headers;   // names in lower case
  std::string body;              // empty when it went to the sink
  std::uint64_t sink_bytes = 0;  // that the sink holds since this answer; 0: it was not touched
  std::string message;           // unless answered: why, without secrets

  /// The first of that name (lower case); nullptr when there is none.
  const std::string* header(std::string_view name) const;
};

struct Config {
  std::string user_agent;
  std::function<std::chrono::nanoseconds()> boot_now;  // as Clock::boot_now; needed for `send_before`
  /// `wait` returns when this becomes true, once: the last answers can still be waited for. Asked twice a second.
  std::function<bool()> interrupted;
  Duration connect_timeout = seconds{20};
};

class Client {
 public:
  /// The first one initialises libcurl.
  explicit Client(Config config);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Begins. Never fails: what cannot be sent comes back from `wait` as not_sent.
  RequestId start(Request request);
  /// Those that have finished; waits for one until `timeout` (wall time) at most. Returns early, maybe with nothing, at
  /// a signal, at `wakeup`, or when interrupted.
  std::vector<Response> wait(Duration timeout);
  /// Ends the present or the next `wait`. From any thread.
  void wakeup();
  /// Stops everything under way; no responses come for it.
  void abandon();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace batchctl::http
