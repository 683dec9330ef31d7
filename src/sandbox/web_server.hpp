// The HTTP side: connections, threads, keep-alive. The only user of the HTTP library.
#pragma once

#include <functional>
#include <memory>

#include "sandbox/exchange.hpp"

namespace batchctl::sandbox {

/// Calls the handler for every request, from one thread per connection, and ends each as its answer says. A body that
/// the handler leaves unread is read and thrown away.
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
  void stop();  // ends what is under way, also answers that are slow or never come; no thread is left

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace batchctl::sandbox
