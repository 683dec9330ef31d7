// The HTTP side: connections, threads, keep-alive. The only user of the HTTP library.
#pragma once

#include <functional>
#include <memory>

#include "sandbox/exchange.hpp"

namespace batchctl::sandbox {

/// Calls the handler for every request, from one thread per connection. An answer marked `drop` closes the connection
/// without a status line. A body that the handler leaves unread is read and thrown away.
class WebServer {
 public:
  using Handler = std::function<Answer(Request&)>;

  /// Binds 127.0.0.1; port 0 means any free one. Throws Fatal when the port cannot be had.
  WebServer(int port, Handler handler);
  ~WebServer();
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  int port() const;
  void start();
  void stop();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace batchctl::sandbox
