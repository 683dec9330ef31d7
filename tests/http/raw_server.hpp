// A loopback server whose every byte is the test's: it accepts, hands each connection to a script, and counts what
// came.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace batchctl::tests {

struct RawRequest {
  std::string head;  // request line and headers
  std::string body;

  std::string first_line() const { return head.substr(0, head.find("\r\n")); }
};

/// One accepted connection; closed at the end of its script.
class RawConnection {
 public:
  explicit RawConnection(int socket) : socket_(socket) {}
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  /// nullopt when the other side closed.
  std::optional<RawRequest> read();
  void send(const std::string& bytes) const;
  /// A whole 200 that keeps the connection.
  void answer(const std::string& body, const std::string& headers = "") const;

 private:
  int socket_;
  std::string pending_;
};

class RawServer {
 public:
  /// Called on a thread of its own for each connection; `number` counts connections from 1.
  using Script = std::function<void(RawConnection& connection, int number)>;

  explicit RawServer(Script script);
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  std::string url(const std::string& path = "/") const;
  int connections() const { return connections_; }

 private:
  void accept_all();

  Script script_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

/// A loopback port that nobody listens on.
int closed_port();

}  // namespace batchctl::tests
