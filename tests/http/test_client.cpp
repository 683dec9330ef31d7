#include "http/client.hpp"

#include <doctest/doctest.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "base/log.hpp"
#include "http/raw_server.hpp"
#include "os/temporary_directory.hpp"

using namespace batchctl;
using namespace batchctl::http;
using tests::RawConnection;
using tests::RawServer;

namespace {

using Steady = std::chrono::steady_clock;

std::chrono::nanoseconds boot_now() { return Steady::now().time_since_epoch(); }

Config config() {
  Config made;
  made.user_agent = "test/1";
  made.boot_now = boot_now;
  return made;
}

Response only_response(Client& client, Duration limit = seconds{20}) {
  const auto until = Steady::now() + limit;
  while (Steady::now() < until) {
    auto responses = client.wait(milliseconds{200});
    if (!responses.empty()) {
      REQUIRE(responses.size() == 1);
      return std::move(responses.front());
    }
  }
  FAIL("no response");
  return {};
}

Response ask(Client& client, Request request) {
  const RequestId id = client.start(std::move(request));
  Response response = only_response(client);
  CHECK(response.id == id);
  return response;
}

Request get(const std::string& url) {
  Request request;
  request.url = url;
  return request;
}

Request post(const std::string& url, std::string body, Connection connection = Connection::shared) {
  Request request;
  request.method = "POST";
  request.url = url;
  request.body = std::make_shared<const std::string>(std::move(body));
  request.connection = connection;
  return request;
}

void answer_everything(RawConnection& connection, int) {
  while (const auto request = connection.read()) connection.answer(request->first_line());
}

std::string scratch(const std::string& name) {
  static const TemporaryDirectory directory;
  return directory / name;
}

std::string content_of(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

/// Answers the first request of each connection and lets the connection die after reading the second.
struct DyingServer {
  std::atomic<int> posts = 0;
  std::atomic<int> gets = 0;
  RawServer server{[this](RawConnection& connection, int number) {
    for (int count = 1; const auto request = connection.read(); ++count) {
      if (request->head.starts_with("POST")) ++posts;
      if (request->head.starts_with("GET")) ++gets;
      if (number == 1 && count == 2) return;
      connection.answer("ok");
    }
  }};
};

}  // namespace

TEST_CASE("status, headers and body of an answer come back, header names in lower case") {
  RawServer server([](RawConnection& connection, int) {
    connection.read();
    connection.send(
        "HTTP/1.1 100 Continue\r\nX-Interim: yes\r\n\r\n"
        "HTTP/1.1 418 Teapot\r\nX-Upload-URL:  http://a/b?c=d \r\nContent-Length: 4\r\n\r\nbody");
  });
  Client client(config());
  const Response response = ask(client, get(server.url()));
  CHECK(response.kind == ResponseKind::answered);
  CHECK(response.status == 418);
  CHECK(response.body == "body");
  REQUIRE(response.header("x-upload-url") != nullptr);
  CHECK(*response.header("x-upload-url") == "http://a/b?c=d");
  CHECK(response.header("x-interim") == nullptr);
  CHECK(response.header("content-length") != nullptr);
}

TEST_CASE("a request carries its own headers, no Expect and no content type that nobody asked for") {
  std::string head;
  std::string body;
  RawServer server([&](RawConnection& connection, int) {
    const auto request = connection.read();
    head = request->head;
    body = request->body;
    connection.answer("");
  });
  Client client(config());
  Request request = post(server.url("/v1?a=b"), std::string(3 << 20, 'x'));
  request.headers.push_back({"X-Goog-Upload-Command", "upload, finalize"});
  CHECK(ask(client, std::move(request)).status == 200);
  CHECK(head.starts_with("POST /v1?a=b HTTP/1.1\r\n"));
  CHECK(head.find("X-Goog-Upload-Command: upload, finalize\r\n") != std::string::npos);
  CHECK(head.find("User-Agent: test/1\r\n") != std::string::npos);
  CHECK(head.find("Expect") == std::string::npos);
  CHECK(head.find("Content-Type") == std::string::npos);
  CHECK(head.find("Content-Length: 3145728\r\n") != std::string::npos);
  CHECK(body == std::string(3 << 20, 'x'));
}

TEST_CASE("a POST without a body says that its length is 0") {
  std::string head;
  RawServer server([&](RawConnection& connection, int) {
    head = connection.read()->head;
    connection.answer("");
  });
  Client client(config());
  Request request;
  request.method = "POST";
  request.url = server.url();
  CHECK(ask(client, std::move(request)).status == 200);
  CHECK(head.find("Content-Length: 0\r\n") != std::string::npos);
}

TEST_CASE("a redirect is an answer like any other") {
  RawServer server([](RawConnection& connection, int) {
    connection.read();
    connection.send("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
  });
  Client client(config());
  const Response response = ask(client, get(server.url()));
  CHECK(response.status == 302);
  CHECK(*response.header("location") == "/elsewhere");
  CHECK(server.connections() == 1);
}

TEST_CASE("libcurl writes a GET anew when the reused connection it was written to died without an answer") {
  DyingServer dying;
  Client client(config());
  REQUIRE(ask(client, get(dying.server.url())).status == 200);
  const Response response = ask(client, get(dying.server.url()));
  CHECK(response.kind == ResponseKind::answered);
  CHECK(dying.gets == 3);
}

TEST_CASE("a POST whose reused connection died without an answer is written once and comes back as cut") {
  DyingServer dying;
  Client client(config());
  REQUIRE(ask(client, get(dying.server.url())).status == 200);
  const Response response = ask(client, post(dying.server.url(), "{}"));
  CHECK(response.kind == ResponseKind::cut);
  CHECK(dying.posts == 1);
}

TEST_CASE("a request on a fresh connection is written exactly once when that connection dies after it") {
  std::atomic<int> posts = 0;
  RawServer server([&](RawConnection& connection, int) {
    while (const auto request = connection.read()) {
      if (request->head.starts_with("POST")) {
        ++posts;
        return;
      }
      connection.answer("ok");
    }
  });
  Client client(config());
  REQUIRE(ask(client, get(server.url())).status == 200);
  const Response response = ask(client, post(server.url(), "{}", Connection::fresh));
  CHECK(response.kind == ResponseKind::cut);
  CHECK(response.status == 0);
  client.wait(milliseconds{300});
  CHECK(posts == 1);
  CHECK(server.connections() == 2);
}

TEST_CASE("a fresh connection is neither an old one nor kept for the next request") {
  RawServer server(answer_everything);
  Client client(config());
  ask(client, get(server.url()));
  ask(client, post(server.url(), "{}", Connection::fresh));
  ask(client, post(server.url(), "{}", Connection::fresh));
  ask(client, get(server.url()));
  CHECK(server.connections() == 3);
}

TEST_CASE("2,000 requests one after another use one connection") {
  RawServer server(answer_everything);
  Client client(config());
  for (int i = 0; i < 2000; ++i) {
    client.start(get(server.url()));
    REQUIRE(only_response(client).status == 200);
  }
  CHECK(server.connections() == 1);
}

TEST_CASE("a request whose time to be sent has passed reaches nobody") {
  RawServer server(answer_everything);
  Client client(config());
  Request request = post(server.url(), "{}", Connection::fresh);
  request.send_before = boot_now() - std::chrono::milliseconds{1};
  const Response response = ask(client, std::move(request));
  CHECK(response.kind == ResponseKind::not_sent);
  CHECK(server.connections() == 0);
}

TEST_CASE("a request whose time passes while the connection is made is not written") {
  std::atomic<int> requests = 0;
  RawServer server([&](RawConnection& connection, int) {
    while (connection.read()) {
      ++requests;
      connection.answer("ok");
    }
  });
  Config late = config();
  std::chrono::nanoseconds now{0};
  late.boot_now = [&now] { return now += std::chrono::seconds{15}; };  // asked at the start and before the write
  Client client(std::move(late));
  Request request = post(server.url(), "{}", Connection::fresh);
  request.send_before = std::chrono::seconds{20};
  const Response response = ask(client, std::move(request));
  CHECK(response.kind == ResponseKind::not_sent);
  CHECK(response.message.find("too late") != std::string::npos);
  client.wait(milliseconds{100});
  CHECK(server.connections() == 1);
  CHECK(requests == 0);
}

TEST_CASE("what ends before the first byte of the request is not sent") {
  Client client(config());
  SUBCASE("connection refused") {
    CHECK(ask(client, get("http://127.0.0.1:" + std::to_string(tests::closed_port()))).kind == ResponseKind::not_sent);
  }
  SUBCASE("a name that no server has") {
    CHECK(ask(client, get("https://nothing.invalid/")).kind == ResponseKind::not_sent);
  }
  SUBCASE("no TLS on the other side") {
    std::atomic<bool> saw_request = false;
    RawServer server([&](RawConnection& connection, int) { saw_request = connection.read().has_value(); });
    std::string url = server.url();
    url.replace(0, 4, "https");
    Request request = get(url);
    request.timeout = milliseconds{500};
    CHECK(ask(client, std::move(request)).kind == ResponseKind::not_sent);
    CHECK_FALSE(saw_request);
  }
}

TEST_CASE("what ends after the first byte of the request without a whole answer is cut") {
  Client client(config());
  SUBCASE("the connection dies before the answer") {
    RawServer server([](RawConnection& connection, int) { connection.read(); });
    CHECK(ask(client, post(server.url(), "{}", Connection::fresh)).kind == ResponseKind::cut);
  }
  SUBCASE("the connection dies within the answer's head") {
    RawServer server([](RawConnection& connection, int) {
      connection.read();
      connection.send("HTTP/1.1 200 OK\r\nContent-");
    });
    CHECK(ask(client, post(server.url(), "{}", Connection::fresh)).kind == ResponseKind::cut);
  }
  SUBCASE("the connection dies within the answer's body") {
    RawServer server([](RawConnection& connection, int) {
      connection.read();
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    });
    CHECK(ask(client, post(server.url(), "{}", Connection::fresh)).kind == ResponseKind::cut);
  }
  SUBCASE("no answer in time") {
    RawServer server([](RawConnection& connection, int) {
      connection.read();
      connection.read();
    });
    Request request = post(server.url(), "{}", Connection::fresh);
    request.timeout = milliseconds{100};
    CHECK(ask(client, std::move(request)).kind == ResponseKind::cut);
  }
  SUBCASE("something else than HTTP") {
    RawServer server([](RawConnection& connection, int) {
      connection.read();
      connection.send("220 mail.example ESMTP\r\n");
    });
    CHECK(ask(client, post(server.url(), "{}", Connection::fresh)).kind == ResponseKind::cut);
  }
}

TEST_CASE("plain http to another machine is refused, and so is what is no http at all") {
  Client client(config());
  for (const char* url :
       {"http://example.com/", "http://128.0.0.1/", "http://127.0.0.1.example.com/", "http://0.0.0.0/", "http://[::2]/",
        "ftp://127.0.0.1/", "file:///etc/passwd", "127.0.0.1", "", "http://user:secret@127.0.0.1/"}) {
    CAPTURE(url);
    const Response response = ask(client, get(url));
    CHECK(response.kind == ResponseKind::not_sent);
    CHECK(response.message.find("secret") == std::string::npos);
  }
}

TEST_CASE("the environment's proxy is not asked for what goes to this machine") {
  RawServer server(answer_everything);
  ::setenv("http_proxy", ("http://127.0.0.1:" + std::to_string(tests::closed_port())).c_str(), 1);
  Client client(config());
  const Response response = ask(client, get(server.url()));
  ::unsetenv("http_proxy");
  CHECK(response.status == 200);
}

TEST_CASE("the body of a success goes to the disk, byte for byte") {
  std::string body;
  for (int i = 0; i < 300'000; ++i) body += std::to_string(i) + '\n';
  RawServer server([&](RawConnection& connection, int) {
    connection.read();
    connection.answer(body);
  });
  Client client(config());
  Request request = get(server.url());
  request.sink = scratch("download");
  std::ofstream(*request.sink) << "older and longer than nothing";
  const std::string path = *request.sink;
  const Response response = ask(client, std::move(request));
  CHECK(response.kind == ResponseKind::answered);
  CHECK(response.body.empty());
  CHECK(response.sink_bytes == body.size());
  CHECK(content_of(path) == body);
}

TEST_CASE("an empty success empties the file, and an error leaves it alone") {
  RawServer server([&](RawConnection& connection, int number) {
    connection.read();
    if (number == 1) connection.send("HTTP/1.1 404 Gone\r\nContent-Length: 4\r\nConnection: close\r\n\r\ngone");
    if (number == 2) connection.answer("");
  });
  Client client(config());
  const std::string path = scratch("kept");
  std::ofstream(path) << "kept";
  Request request = get(server.url());
  request.sink = path;
  Response response = ask(client, request);
  CHECK(response.status == 404);
  CHECK(response.body == "gone");
  CHECK(content_of(path) == "kept");
  response = ask(client, request);
  CHECK(response.status == 200);
  CHECK(content_of(path).empty());
}

TEST_CASE("a part goes on in the file where it was asked for, whatever lay behind, and what is no such part does not") {
  std::string answer;
  RawServer server([&](RawConnection& connection, int) {
    connection.read();
    connection.send("HTTP/1.1 " + answer);
  });
  Client client(config());
  const std::string path = scratch("parts");
  Request request = get(server.url());
  request.sink = path;
  request.sink_from = 5;
  const auto asked = [&](const std::string& there, const std::string& with) {
    std::ofstream(path) << there;
    answer = with;
    return ask(client, request);
  };
  SUBCASE("the part") {
    const Response response =
        asked("12345 and rest", "206 Partial\r\nContent-Range: bytes 5-7/8\r\nContent-Length: 3\r\n\r\n678");
    CHECK(response.kind == ResponseKind::answered);
    CHECK(response.status == 206);
    CHECK(response.sink_bytes == 8);
    CHECK(content_of(path) == "12345678");
  }
  SUBCASE("the part, cut") {
    const Response response =
        asked("12345", "206 Partial\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\n67");
    CHECK(response.kind == ResponseKind::cut);
    CHECK(response.status == 206);
    CHECK(response.sink_bytes == 7);
    CHECK(content_of(path) == "1234567");
  }
  SUBCASE("another part") {
    for (const char* range : {"Content-Range: bytes 4-7/8\r\n", "Content-Range: bytes */8\r\n", ""}) {
      CAPTURE(range);
      const Response response = asked("12345", std::string("206 Partial\r\n") + range + "Content-Length: 3\r\n\r\n678");
      CHECK(response.kind == ResponseKind::cut);
      CHECK(response.status == 206);
      CHECK(response.sink_bytes == 0);
      CHECK(content_of(path) == "12345");
    }
  }
  SUBCASE("the whole") {
    const Response response = asked("12345", "200 OK\r\nContent-Length: 3\r\n\r\nnew");
    CHECK(response.kind == ResponseKind::answered);
    CHECK(response.sink_bytes == 3);
    CHECK(content_of(path) == "new");
  }
  SUBCASE("a refusal") {
    const Response response = asked("12345", "416 No\r\nContent-Length: 0\r\n\r\n");
    CHECK(response.status == 416);
    CHECK(response.sink_bytes == 0);
    CHECK(content_of(path) == "12345");
  }
  SUBCASE("the part, and the file is not what it was") {
    const Response response =
        asked("1234", "206 Partial\r\nContent-Range: bytes 5-7/8\r\nContent-Length: 3\r\n\r\n678");
    CHECK(response.kind == ResponseKind::local);
    CHECK(content_of(path) == "1234");
  }
}

TEST_CASE("a delayed request is begun after its delay, while others come and go, and not at all once abandoned") {
  RawServer server(answer_everything);
  Client client(config());
  Request late = get(server.url("/late"));
  late.delay = seconds{1};
  const auto before = Steady::now();
  const RequestId id = client.start(late);
  CHECK(ask(client, get(server.url("/early"))).body == "GET /early HTTP/1.1");
  const Response response = only_response(client);
  CHECK(response.id == id);
  CHECK(response.body == "GET /late HTTP/1.1");
  CHECK(Steady::now() - before >= seconds{1});

  late.delay = milliseconds{1};
  client.start(late);
  client.abandon();
  CHECK(client.wait(milliseconds{100}).empty());
}

TEST_CASE("a delay counts against the time to be sent") {
  RawServer server(answer_everything);
  Client client(config());
  Request request = post(server.url(), "{}", Connection::fresh);
  request.delay = milliseconds{20};
  request.send_before = boot_now() + std::chrono::milliseconds{1};
  CHECK(ask(client, std::move(request)).kind == ResponseKind::not_sent);
  CHECK(server.connections() == 0);
}

TEST_CASE("a disk that refuses is told apart from the network") {
  RawServer server([](RawConnection& connection, int) {
    connection.read();
    connection.answer(std::string(100'000, 'x'));
  });
  Client client(config());
  Request request = get(server.url());
  SUBCASE("a directory that is not there") { request.sink = scratch("no") + "/such/directory"; }
  SUBCASE("a device that is full") { request.sink = "/dev/full"; }
  const Response response = ask(client, std::move(request));
  CHECK(response.kind == ResponseKind::local);
  CHECK_FALSE(response.message.empty());
}

TEST_CASE("messages hide secrets") {
  keep_secret("sesame-7f2");
  Client client(config());
  const Response response = ask(client, get("https://sesame-7f2.invalid/"));
  CHECK(response.kind == ResponseKind::not_sent);
  CHECK(response.message.find("sesame") == std::string::npos);
}

TEST_CASE("waiting ends at the time-out, with nothing") {
  Client client(config());
  const auto before = Steady::now();
  CHECK(client.wait(milliseconds{50}).empty());
  CHECK(Steady::now() - before >= milliseconds{50});
}

TEST_CASE("waiting ends early when it is woken, signalled or interrupted") {
  std::atomic<bool> stop = false;
  Config interruptible = config();
  interruptible.interrupted = [&stop] { return stop.load(); };
  Client client(std::move(interruptible));
  const auto before = Steady::now();
  SUBCASE("woken by another thread") {
    std::thread other([&client] {
      std::this_thread::sleep_for(milliseconds{50});
      client.wakeup();
    });
    CHECK(client.wait(seconds{30}).empty());
    other.join();
  }
  SUBCASE("signalled") {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    sigaction(SIGUSR1, &action, nullptr);
    const pthread_t waiting = pthread_self();
    std::thread other([waiting] {
      std::this_thread::sleep_for(milliseconds{50});
      pthread_kill(waiting, SIGUSR1);
    });
    CHECK(client.wait(seconds{30}).empty());
    other.join();
  }
  SUBCASE("interrupted before it began") {
    stop = true;
    CHECK(client.wait(seconds{30}).empty());
    // Said once: the last answers can be waited for.
    const auto again = Steady::now();
    client.wait(milliseconds{100});
    CHECK(Steady::now() - again >= milliseconds{100});
  }
  CHECK(Steady::now() - before < seconds{5});
}

TEST_CASE("nothing comes back for what was abandoned") {
  RawServer server([](RawConnection& connection, int) {
    connection.read();
    connection.read();
  });
  Client client(config());
  client.start(get(server.url()));
  client.wait(milliseconds{50});
  client.abandon();
  CHECK(client.wait(milliseconds{100}).empty());
}
