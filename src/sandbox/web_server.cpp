#include "sandbox/web_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <httplib.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/error.hpp"

namespace batchctl::sandbox {
namespace {

constexpr std::size_t kKeepAliveRequests = 100000;
constexpr int kKeepAliveSeconds = 60;
constexpr int kReadSeconds = 60;
constexpr int kSliceMs = 50;  // how soon a waiting connection notices that the server stops

/// A thread for each connection: idle keep-alive connections must not keep others waiting.
class ThreadPerConnection : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> work) override {
    {
      const std::lock_guard lock(mutex_);
      ++busy_;
    }
    std::thread([this, work = std::move(work)] {
      work();
      const std::lock_guard lock(mutex_);
      --busy_;
      ended_.notify_all();
    }).detach();
  }

  void shutdown() override {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return busy_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  int busy_ = 0;
};

/// One accepted socket. `cut` makes every later write fail without sending, which the library's own stream cannot do.
class Connection : public httplib::Stream {
 public:
  Connection(int descriptor, const std::atomic<bool>& stopping) : descriptor_(descriptor), stopping_(stopping) {}

  void cut() { cut_ = true; }
  void end_after_answer() { last_ = true; }
  bool is_over() const { return cut_ || last_; }
  bool wait_for_request() const { return begin_ < end_ || wait(POLLIN, kKeepAliveSeconds); }

  bool is_readable() const override { return begin_ < end_ || wait(POLLIN, kReadSeconds); }
  bool is_writable() const override { return !cut_ && wait(POLLOUT, kReadSeconds); }

  ssize_t read(char* into, size_t size) override {
    if (begin_ == end_) {
      if (!wait(POLLIN, kReadSeconds)) return -1;
      const ssize_t got = ::recv(descriptor_, buffer_.data(), buffer_.size(), 0);
      if (got <= 0) return got;
      begin_ = 0;
      end_ = static_cast<std::size_t>(got);
    }
    const std::size_t length = std::min(size, end_ - begin_);
    std::memcpy(into, buffer_.data() + begin_, length);
    begin_ += length;
    return static_cast<ssize_t>(length);
  }

  // Writes all or fails: the library does not look at short counts everywhere.
  ssize_t write(const char* bytes, size_t size) override {
    for (std::size_t done = 0; done < size;) {
      if (!is_writable()) return -1;
      const ssize_t put = ::send(descriptor_, bytes + done, size - done, MSG_NOSIGNAL);
      if (put < 0) return -1;
      done += static_cast<std::size_t>(put);
    }
    return static_cast<ssize_t>(size);
  }

  void get_remote_ip_and_port(std::string& ip, int& port) const override { name(::getpeername, ip, port); }
  void get_local_ip_and_port(std::string& ip, int& port) const override { name(::getsockname, ip, port); }
  socket_t socket() const override { return descriptor_; }

 private:
  bool wait(short events, int for_seconds) const {
    for (int waited = 0; waited < for_seconds * 1000; waited += kSliceMs) {
      if (stopping_) return false;
      pollfd one{descriptor_, events, 0};
      const int ready = ::poll(&one, 1, kSliceMs);
      if (ready > 0) return true;
      if (ready < 0 && errno != EINTR) return false;
    }
    return false;
  }

  template <class Ask>
  void name(Ask ask, std::string& ip, int& port) const {
    sockaddr_in address{};
    socklen_t length = sizeof address;
    char text[INET_ADDRSTRLEN] = {};
    if (ask(descriptor_, reinterpret_cast<sockaddr*>(&address), &length) != 0) return;
    ::inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
    ip = text;
    port = ntohs(address.sin_port);
  }

  int descriptor_;
  const std::atomic<bool>& stopping_;
  bool cut_ = false;
  bool last_ = false;
  std::array<char, 65536> buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

thread_local Connection* this_connection = nullptr;

/// The library's server with the loop over one connection's requests replaced, so that a handler can cut it.
class CuttingServer : public httplib::Server {
 public:
  std::atomic<bool> stopping{false};

 private:
  bool process_and_close_socket(socket_t socket) override {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const auto connection = std::make_unique<Connection>(socket, stopping);
    this_connection = connection.get();
    bool fine = true;
    for (std::size_t left = kKeepAliveRequests; left > 0 && fine && connection->wait_for_request(); --left) {
      bool closed = false;
      fine = process_request(*connection, left == 1, closed, nullptr) && !closed && !connection->is_over();
    }
    this_connection = nullptr;
    ::shutdown(socket, SHUT_RDWR);
    ::close(socket);
    return fine;
  }
};

bool has_body(const httplib::Request& request) {
  // Without either header the library would read until the connection ends.
  return request.has_header("Content-Length") || request.has_header("Transfer-Encoding");
}

Request request_of(const httplib::Request& from) {
  Request request;
  request.method = from.method;
  request.path = from.path;
  for (const auto& [name, value] : from.params) request.query.emplace(name, value);
  request.header = [&from](const char* name) -> std::optional<std::string> {
    if (!from.has_header(name)) return std::nullopt;
    return from.get_header_value(name);
  };
  request.read_body = [](const auto&) { return true; };
  return request;
}

void put(const Answer& answer, const httplib::Request& request, httplib::Response& response) {
  if (answer.drop) {
    this_connection->cut();
    response.status = 500;
    return;
  }
  // The library makes 206 of a status that is not set, and cuts any body by the request's Range: only files want that.
  if (answer.file == nullptr) const_cast<httplib::Request&>(request).ranges.clear();
  if (answer.status != 200) response.status = answer.status;
  for (const auto& [name, value] : answer.headers) response.set_header(name, value);
  if (answer.file != nullptr) {
    const auto file = answer.file;
    const auto size = file->size_bytes();
    if (size == 0) return response.set_content("", answer.content_type);
    response.set_content_provider(size, answer.content_type,
                                  [file](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
                                    std::vector<char> piece(std::min<std::size_t>(length, 262144));
                                    const std::size_t got = file->read_at(offset, piece.data(), piece.size());
                                    return got > 0 && sink.write(piece.data(), got);
                                  });
  } else if (!answer.body.empty()) {
    response.set_content(answer.body, answer.content_type);
  }
}

}  // namespace

struct WebServer::Parts {
  Handler handler;
  CuttingServer server;
  int port = 0;
  std::thread listener;

  Answer guarded(Request& request) {
    try {
      return handler(request);
    } catch (const std::exception& problem) {
      std::fprintf(stderr, "sandbox: %s %s: %s\n", request.method.c_str(), request.path.c_str(), problem.what());
      Answer answer;
      answer.status = 500;
      return answer;
    }
  }

  void answer_without_body(const httplib::Request& from, httplib::Response& response) {
    Request request = request_of(from);
    put(guarded(request), from, response);
  }

  void answer_with_body(const httplib::Request& from, httplib::Response& response,
                        const httplib::ContentReader& reader) {
    Request request = request_of(from);
    bool has_more = has_body(from);
    if (has_more) {
      request.read_body = [&](const std::function<bool(std::string_view)>& sink) {
        if (!has_more) return true;
        has_more = false;
        return reader([&](const char* bytes, std::size_t length) { return sink({bytes, length}); });
      };
    }
    const Answer answer = guarded(request);
    if (has_more) request.read_body([](std::string_view) { return true; });
    put(answer, from, response);
  }
};

WebServer::WebServer(int port, Handler handler) : parts_(std::make_unique<Parts>()) {
  parts_->handler = std::move(handler);
  auto& server = parts_->server;
  // Not the library's default, which lets two servers share a port in silence.
  server.set_socket_options([](int socket) {
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  });
  server.new_task_queue = [] { return new ThreadPerConnection; };
  server.set_keep_alive_max_count(kKeepAliveRequests);
  server.set_keep_alive_timeout(kKeepAliveSeconds);
  server.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    if (request.method != "GET" && request.method != "DELETE") return httplib::Server::HandlerResponse::Unhandled;
    if (has_body(request)) this_connection->end_after_answer();  // nobody reads it
    parts_->answer_without_body(request, response);
    return httplib::Server::HandlerResponse::Handled;
  });
  const auto with_body = [this](const httplib::Request& request, httplib::Response& response,
                                const httplib::ContentReader& reader) {
    parts_->answer_with_body(request, response, reader);
  };
  server.Post(".*", with_body);
  server.Put(".*", with_body);
  if (port == 0) {
    parts_->port = server.bind_to_any_port("127.0.0.1");
  } else if (server.bind_to_port("127.0.0.1", port)) {
    parts_->port = port;
  }
  if (parts_->port <= 0) {
    throw Fatal(ExitCode::failed, "sandbox_port", fmt::format("sandbox: cannot listen on 127.0.0.1:{}", port),
                "Choose another port, or 0 for any free one.");
  }
}

WebServer::~WebServer() { stop(); }

int WebServer::port() const { return parts_->port; }

void WebServer::start() {
  parts_->listener = std::thread([this] { parts_->server.listen_after_bind(); });
  while (!parts_->server.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds{1});
}

void WebServer::stop() {
  if (!parts_->listener.joinable()) return;
  parts_->server.stopping = true;
  parts_->server.stop();
  parts_->listener.join();
}

}  // namespace batchctl::sandbox
