// Calls a local HTTP server from several keep-alive connections as fast as it answers, and prints calls per second.
//
//   http_load PORT CONNECTIONS CALLS METHOD [BODY] <paths
//
// The paths are taken in turn. An answer that is not 200, or none, is a failure. It does as little as it can for each
// call, so that the server is what is measured.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

class Connection {
 public:
  explicit Connection(int port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect");
    }
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~Connection() { ::close(descriptor_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void call(const std::string& request) {
    if (::send(descriptor_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
      throw std::runtime_error("a request could not be sent");
    }
    got_.clear();
    std::size_t head = std::string::npos;
    while ((head = got_.find("\r\n\r\n")) == std::string::npos) receive();
    const std::string_view status = std::string_view(got_).substr(0, got_.find("\r\n"));
    if (status.find(" 200 ") == std::string_view::npos) throw std::runtime_error("answered " + std::string(status));
    const std::size_t length = got_.find("Content-Length: ");
    if (length > head) throw std::runtime_error("an answer has no length");
    const std::size_t whole = head + 4 + std::strtoull(got_.c_str() + length + 16, nullptr, 10);
    while (got_.size() < whole) receive();
  }

 private:
  void receive() {
    char buffer[65536];
    const ssize_t got = ::recv(descriptor_, buffer, sizeof buffer, 0);
    if (got <= 0) throw std::runtime_error("the connection ended");
    got_.append(buffer, static_cast<std::size_t>(got));
  }

  int descriptor_;
  std::string got_;
};

std::vector<std::string> requests_of(const std::string& method, const std::string& body) {
  std::vector<std::string> requests;
  for (std::string path; std::getline(std::cin, path);) {
    std::string request = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nx-goog-api-key: bench.load\r\n";
    if (method == "POST") {
      request += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    }
    requests.push_back(request + "\r\n" + body);
  }
  return requests;
}

int run(int port, std::size_t connections, std::size_t calls, const std::string& method, const std::string& body) {
  const std::vector<std::string> requests = requests_of(method, body);
  if (requests.empty()) throw std::runtime_error("there are no paths");
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  const auto work = [&] {
    try {
      Connection connection(port);
      for (std::size_t call = next++; call < calls && !failed; call = next++) {
        connection.call(requests[call % requests.size()]);
      }
    } catch (const std::exception& problem) {
      std::fprintf(stderr, "http_load: %s\n", problem.what());
      failed = true;
    }
  };
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < connections; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (failed) return 1;
  std::printf("%.0f\n", static_cast<double>(calls) / took.count());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: http_load PORT CONNECTIONS CALLS METHOD [BODY] <paths\n");
    return 2;
  }
  try {
    return run(std::atoi(argv[1]), std::strtoull(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10), argv[4],
               argc > 5 ? argv[5] : "");
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "http_load: %s\n", problem.what());
    return 1;
  }
}
