#include "sandbox/web_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <httplib.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <list>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "base/error.hpp"
#include "base/time.hpp"

namespace batchctl::sandbox {
namespace {

constexpr std::size_t kKeepAliveRequests = 100000;
constexpr seconds kKeepAlive{60};
constexpr seconds kPatience{60};  // with a client that stops in the middle of a request or an answer
constexpr int kWaitingConnections = 1024;
constexpr std::uint64_t kSlicesPerSecond = 10;  // in which a slow body comes

/// A thread for each connection: idle keep-alive connections must not keep others waiting.
class ThreadPerConnection : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> work) override {
    std::list<std::thread> over;
    {
      const std::lock_guard lock(mutex_);
      over.swap(over_);
      const auto place = running_.emplace(running_.end());
      try {
        *place = std::thread([this, place, work] {
          work();
          const std::lock_guard relock(mutex_);
          over_.splice(over_.end(), running_, place);
          ended_.notify_all();
        });
        work = nullptr;
      } catch (const std::system_error&) {
        running_.erase(place);
      }
    }
    join(over);
    if (work) work();  // there are no more threads: the others wait meanwhile
  }

  void shutdown() override {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return running_.empty(); });
    std::list<std::thread> over = std::move(over_);
    lock.unlock();
    join(over);
  }

 private:
  static void join(std::list<std::thread>& threads) {
    for (std::thread& thread : threads) thread.join();
  }

  std::mutex mutex_;
  std::condition_variable ended_;
  std::list<std::thread> running_;
  std::list<std::thread> over_;
};

/// Tells everybody who waits for a connection that the server stops: its descriptor has hung up from then on.
class StopSign {
 public:
  StopSign() {
    if (::pipe(ends_.data()) != 0) throw Fatal(ExitCode::failed, "sandbox_port", "sandbox: there is no pipe to be had");
  }
  ~StopSign() {
    raise();
    ::close(ends_[0]);
  }
  StopSign(const StopSign&) = delete;
  StopSign& operator=(const StopSign&) = delete;

  void raise() {
    if (ends_[1] >= 0) ::close(std::exchange(ends_[1], -1));
  }
  int descriptor() const { return ends_[0]; }

 private:
  std::array<int, 2> ends_{-1, -1};
};

/// One accepted socket. Once it is over every later write fails without sending, which the library's own stream cannot
/// do.
class Connection : public httplib::Stream {
 public:
  Connection(int descriptor, int stop) : descriptor_(descriptor), stop_(stop) {}

  bool next_request() {
    part_ = Part::none;
    return begin_ < end_ || wait(POLLIN, kKeepAlive);
  }

  /// To be called before the answer is written; waits as it says.
  void begin_answer(const Answer& answer) {
    if (answer.ending == Ending::stall) {
      wait(POLLRDHUP, answer.delay > Duration{} ? std::optional(answer.delay) : std::nullopt);
    } else if (answer.delay > Duration{}) {
      wait(0, answer.delay);
    }
    if (answer.ending != Ending::answer) cut_ = true;
    resets_ = answer.ending == Ending::reset;
    last_ = last_ || answer.cut_after.has_value();
    body_left_ = answer.cut_after;
    bytes_per_second_ = answer.bytes_per_second;
    part_ = Part::head;
  }

  void end_after_answer() { last_ = true; }
  bool is_over() const { return cut_ || last_; }

  void close() {
    const linger at_once{1, 0};
    if (resets_) {
      ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    } else {
      ::shutdown(descriptor_, SHUT_RDWR);
    }
    ::close(descriptor_);
  }

  bool is_readable() const override { return begin_ < end_ || wait(POLLIN, kPatience); }
  bool is_writable() const override { return !cut_ && wait(POLLOUT, kPatience); }

  ssize_t read(char* into, size_t size) override {
    if (begin_ == end_) {
      if (!wait(POLLIN, kPatience)) return -1;
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

  // Writes all or fails: the library does not look at short counts everywhere. It writes the head of an answer in one
  // piece, and then the body.
  ssize_t write(const char* bytes, size_t size) override {
    if (cut_) return -1;
    const bool is_body = part_ == Part::body;
    if (part_ == Part::head) part_ = Part::body;
    return (is_body ? send_body({bytes, size}) : send_all({bytes, size})) ? static_cast<ssize_t>(size) : -1;
  }

  void get_remote_ip_and_port(std::string& ip, int& port) const override { name(::getpeername, ip, port); }
  void get_local_ip_and_port(std::string& ip, int& port) const override { name(::getsockname, ip, port); }
  socket_t socket() const override { return descriptor_; }

 private:
  enum class Part { none, head, body };

  /// True once one of the events is there; false after so long, or when the server stops.
  bool wait(short events, std::optional<Duration> at_most) const {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + at_most.value_or(Duration{});
    for (;;) {
      const auto left = std::clamp<Duration>(std::chrono::ceil<milliseconds>(end - Clock::now()), {}, hours{1});
      std::array<pollfd, 2> both{{{descriptor_, events, 0}, {stop_, POLLIN, 0}}};
      const int ready = ::poll(both.data(), both.size(), at_most ? static_cast<int>(left.count()) : -1);
      if (both[1].revents != 0) return false;
      if (ready > 0) return true;
      if (ready < 0 && errno != EINTR) return false;
      if (ready == 0 && left == Duration{}) return false;
    }
  }

  bool send_all(std::string_view bytes) const {
    while (!bytes.empty()) {
      if (!wait(POLLOUT, kPatience)) return false;
      const ssize_t put = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (put < 0 && errno != EAGAIN) return false;
      bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(put, 0)));
    }
    return true;
  }

  /// No more than may be sent, and no faster.
  bool send_body(std::string_view bytes) {
    const std::string_view allowed = bytes.substr(0, body_left_.value_or(bytes.size()));
    if (body_left_) *body_left_ -= allowed.size();
    if (!send_at_pace(allowed)) return false;
    cut_ = allowed.size() < bytes.size();
    return !cut_;
  }

  bool send_at_pace(std::string_view bytes) const {
    if (bytes_per_second_ == 0) return send_all(bytes);
    const std::uint64_t slice = std::max<std::uint64_t>(1, bytes_per_second_ / kSlicesPerSecond);
    while (!bytes.empty()) {
      const std::string_view piece = bytes.substr(0, slice);
      if (!send_all(piece)) return false;
      bytes.remove_prefix(piece.size());
      wait(0, milliseconds{1000 * piece.size() / bytes_per_second_});
    }
    return true;
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
  int stop_;
  bool cut_ = false;
  bool last_ = false;
  bool resets_ = false;
  Part part_ = Part::none;  // of an answer that is written next
  std::optional<std::uint64_t> body_left_;
  std::uint64_t bytes_per_second_ = 0;
  std::array<char, 65536> buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

thread_local Connection* this_connection = nullptr;

/// The library's server with the loop over one connection's requests replaced, so that a handler can end it.
class CuttingServer : public httplib::Server {
 public:
  StopSign stop_sign;

  /// The library lets five wait to be accepted.
  void lengthen_queue() { ::listen(svr_sock_, kWaitingConnections); }

 private:
  bool process_and_close_socket(socket_t socket) override {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const auto connection = std::make_unique<Connection>(socket, stop_sign.descriptor());
    this_connection = connection.get();
    bool fine = true;
    for (std::size_t left = kKeepAliveRequests; left > 0 && fine && connection->next_request(); --left) {
      bool closed = false;
      fine = process_request(*connection, left == 1, closed, nullptr) && !closed && !connection->is_over();
    }
    this_connection = nullptr;
    connection->close();
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
  this_connection->begin_answer(answer);
  if (answer.ending != Ending::answer) {
    response.status = 500;  // goes nowhere
    return;
  }
  // The library cuts any body by the request's Range, makes 206 of a status that is not set, and looks at no bounds.
  auto& asked = const_cast<httplib::Request&>(request);
  asked.ranges.clear();
  if (answer.cut_after) asked.headers.erase("Accept-Encoding");  // it would count bytes that it packed
  if (answer.status != 200) response.status = answer.status;
  for (const auto& [name, value] : answer.headers) response.set_header(name, value);
  const std::uint64_t size = answer.body_bytes();
  if (answer.file != nullptr && size > 0) {
    response.set_content_provider(size, answer.content_type,
                                  [file = answer.file, begin = answer.file_offset](
                                      std::size_t offset, std::size_t length, httplib::DataSink& sink) {
                                    std::vector<char> piece(std::min<std::size_t>(length, 262144));
                                    const std::size_t got = file->read_at(begin + offset, piece.data(), piece.size());
                                    return got > 0 && sink.write(piece.data(), got);
                                  });
  } else if (answer.file != nullptr || size > 0) {
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
  server.set_keep_alive_timeout(kKeepAlive.count());
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
  server.Patch(".*", with_body);
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
  parts_->server.lengthen_queue();
  parts_->listener = std::thread([this] { parts_->server.listen_after_bind(); });
  while (!parts_->server.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds{1});
}

void WebServer::stop() {
  if (!parts_->listener.joinable()) return;
  parts_->server.stop_sign.raise();
  parts_->server.stop();
  parts_->listener.join();
}

}  // namespace batchctl::sandbox
