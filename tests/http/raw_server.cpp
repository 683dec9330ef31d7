#include "http/raw_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace batchctl::tests {
namespace {

int bound_socket(int& port) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (made < 0 || ::bind(made, generic, size) != 0 || ::getsockname(made, generic, &size) != 0) {
    throw std::runtime_error("no loopback port");
  }
  port = ntohs(address.sin_port);
  return made;
}

std::size_t content_length(const std::string& head) {
  std::string lower = head;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const std::size_t at = lower.find("\r\ncontent-length:");
  return at == std::string::npos ? 0 : std::stoul(lower.substr(at + 17));
}

}  // namespace

RawConnection::~RawConnection() { ::shutdown(socket_, SHUT_RDWR); }

std::optional<RawRequest> RawConnection::read() {
  const auto more = [this] {
    char buffer[65536];
    const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
    if (got > 0) pending_.append(buffer, static_cast<std::size_t>(got));
    return got > 0;
  };
  std::size_t end = std::string::npos;
  while ((end = pending_.find("\r\n\r\n")) == std::string::npos) {
    if (!more()) return std::nullopt;
  }
  RawRequest request{pending_.substr(0, end + 4), ""};
  pending_.erase(0, end + 4);
  const std::size_t length = content_length(request.head);
  while (pending_.size() < length) {
    if (!more()) return std::nullopt;
  }
  request.body = pending_.substr(0, length);
  pending_.erase(0, length);
  return request;
}

void RawConnection::send(const std::string& bytes) const {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t done = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (done <= 0) return;
    sent += static_cast<std::size_t>(done);
  }
}

void RawConnection::answer(const std::string& body, const std::string& headers) const {
  send("HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
}

RawServer::RawServer(Script script) : script_(std::move(script)) {
  listener_ = bound_socket(port_);
  if (::listen(listener_, 64) != 0) throw std::runtime_error("cannot listen");
  acceptor_ = std::thread([this] { accept_all(); });
}

RawServer::~RawServer() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int open : open_) ::shutdown(open, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
  for (const int open : open_) ::close(open);
  ::close(listener_);
}

std::string RawServer::url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }

void RawServer::accept_all() {
  for (;;) {
    const int accepted = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) return;
    const int number = ++connections_;
    const std::lock_guard lock(mutex_);
    open_.push_back(accepted);
    threads_.emplace_back([this, accepted, number] {
      RawConnection connection(accepted);
      script_(connection, number);
    });
  }
}

int closed_port() {
  int port = 0;
  ::close(bound_socket(port));
  return port;
}

}  // namespace batchctl::tests
