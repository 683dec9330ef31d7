// A client whose every byte is the test's, and that sees how a connection ends.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string>

namespace batchctl::sandbox {

class RawClient {
 public:
  enum class Ended { closed, reset, not_yet };

  explicit RawClient(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool is_connected() const { return is_connected_; }

  void send(const std::string& bytes) const { (void)::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

  /// A request with the key "key"; `extra` are header lines.
  void ask(const std::string& method, const std::string& target, const std::string& body = "",
           const std::string& extra = "") const {
    send(method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nx-goog-api-key: key\r\n" + extra +
         (method == "GET" ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") + "\r\n" + body);
  }

  /// Reads until the connection ends or nothing comes for so long.
  Ended read(std::chrono::milliseconds patience = std::chrono::seconds{60}) {
    const timeval limit{patience.count() / 1000, (patience.count() % 1000) * 1000};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    for (std::array<char, 65536> piece{};;) {
      const ssize_t got = ::recv(socket_, piece.data(), piece.size(), 0);
      if (got == 0) return Ended::closed;
      if (got < 0) return errno == ECONNRESET ? Ended::reset : Ended::not_yet;
      answer_.append(piece.data(), static_cast<std::size_t>(got));
    }
  }

  /// What was read.
  const std::string& answer() const { return answer_; }
  std::string body() const {
    const std::size_t end = answer_.find("\r\n\r\n");
    return end == std::string::npos ? "" : answer_.substr(end + 4);
  }
  std::uint64_t content_length() const {
    const std::string name = "Content-Length: ";
    const std::size_t at = answer_.find(name);
    return at == std::string::npos ? 0 : std::stoull(answer_.substr(at + name.size()));
  }

 private:
  int socket_;
  bool is_connected_ = false;
  std::string answer_;
};

}  // namespace batchctl::sandbox
