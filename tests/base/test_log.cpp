#include "base/log.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>
#include <string>

using namespace batchctl;

namespace {

// The level and the secrets are of the whole process and never forgotten, so each test has secrets of its own, and what
// holds before the first `set_log_level` is asked before the first test.
const bool kLoudAtStart = log_enabled(LogLevel::error);

/// What is written to stderr from here to `text`.
class CapturedStderr {
 public:
  CapturedStderr() : file_(std::tmpfile()), before_(dup(STDERR_FILENO)) {
    if (file_ == nullptr || before_ < 0) throw std::runtime_error("cannot capture stderr");
    std::fflush(stderr);
    dup2(fileno(file_), STDERR_FILENO);
  }
  ~CapturedStderr() {
    release();
    std::fclose(file_);
  }
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;

  std::string text() {
    release();
    std::rewind(file_);
    std::string all;
    for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) all += static_cast<char>(c);
    return all;
  }

 private:
  void release() {
    if (before_ < 0) return;
    std::fflush(stderr);
    dup2(before_, STDERR_FILENO);
    close(before_);
    before_ = -1;
  }

  std::FILE* file_;
  int before_;
};

struct CountedSpelling {
  int* times;
};

}  // namespace

template <>
struct fmt::formatter<CountedSpelling> {
  constexpr auto parse(format_parse_context& context) { return context.begin(); }
  template <class Context>
  auto format(const CountedSpelling& counted, Context& context) const {
    ++*counted.times;
    return context.out();
  }
};

TEST_CASE("no level is enabled until one is asked for") { CHECK_FALSE(kLoudAtStart); }

TEST_CASE("a level enables itself and the graver ones") {
  set_log_level(LogLevel::info);
  CHECK(log_enabled(LogLevel::error));
  CHECK(log_enabled(LogLevel::warn));
  CHECK(log_enabled(LogLevel::info));
  CHECK_FALSE(log_enabled(LogLevel::debug));
  set_log_level(LogLevel::error);
  CHECK_FALSE(log_enabled(LogLevel::warn));
}

TEST_CASE("a log line goes to stderr with its level") {
  set_log_level(LogLevel::debug);
  CapturedStderr captured;
  log(LogLevel::info, "chunk {}/{}: submitted -> fetching", "qa", 3);
  log(LogLevel::error, "e");
  log_line(LogLevel::warn, "w {}");
  log_line(LogLevel::debug, "d");
  CHECK(captured.text() ==
        "batchctl: info: chunk qa/3: submitted -> fetching\nbatchctl: error: e\nbatchctl: warn: w {}\n"
        "batchctl: debug: d\n");
}

TEST_CASE("a level that is not enabled writes nothing and spells no argument") {
  set_log_level(LogLevel::warn);
  int spelled = 0;
  CapturedStderr captured;
  log(LogLevel::info, "{}", CountedSpelling{&spelled});
  log_line(LogLevel::debug, "not this");
  CHECK(captured.text().empty());
  CHECK(spelled == 0);
}

TEST_CASE("text with line breaks and escape sequences is one log line, however long") {
  set_log_level(LogLevel::error);
  CapturedStderr captured;
  log_line(LogLevel::error, "a\nbatchctl: error: forged\x1B[2J" + std::string(1'000, 'x'));
  CHECK(captured.text() == "batchctl: error: a batchctl: error: forged [2J" + std::string(1'000, 'x') + "\n");
}

TEST_CASE("a kept secret does not reach stderr") {
  set_log_level(LogLevel::error);
  keep_secret("AIza-sink-secret");
  CapturedStderr captured;
  log(LogLevel::error, "sent {} to GET /v1?key=other&x=1", "AIza-sink-secret");
  CHECK(captured.text() == "batchctl: error: sent *** to GET /v1?key=***&x=1\n");
}

TEST_CASE("a kept secret is hidden wherever it occurs, and nothing else is") {
  keep_secret("s3cr3t-one");
  keep_secret("s3cr3t-one");
  CHECK(redacted("s3cr3t-one") == "***");
  CHECK(redacted("as3cr3t-onez, s3cr3t-one") == "a***z, ***");
  CHECK(redacted("s3cr3t-on") == "s3cr3t-on");
  CHECK(redacted("S3CR3T-ONE") == "S3CR3T-ONE");
  CHECK(redacted("").empty());
}

TEST_CASE("a secret that begins with another one leaves no tail, in whatever order they are kept") {
  std::string name;
  SUBCASE("short one first") {
    name = "alpha-token";
    keep_secret(name);
    keep_secret(name + "-extended");
  }
  SUBCASE("long one first") {
    name = "gamma-token";
    keep_secret(name + "-extended");
    keep_secret(name);
  }
  CHECK(redacted("<" + name + "-extended>") == "<***>");
  CHECK(redacted("<" + name + ">") == "<***>");
  CHECK(redacted("<" + name + "-ext>") == "<***-ext>");
}

TEST_CASE("secrets that overlap leave nothing of each other") {
  keep_secret("omega-zeta");
  keep_secret("zeta-theta");
  CHECK(redacted("(omega-zeta-theta)") == "(***)");
  keep_secret("yoyoyo");
  CHECK(redacted("(yoyoyoyo)") == "(***)");
}

TEST_CASE("a secret shorter than 4 bytes is ignored, one of 4 bytes is not") {
  keep_secret("");
  keep_secret("q");
  keep_secret("qzq");
  CHECK(redacted("q qzq") == "q qzq");
  keep_secret("qzqz");
  CHECK(redacted("qzqz") == "***");
}

TEST_CASE("the values of key= and upload_id= are hidden up to the next part of the URL") {
  CHECK(redacted("https://host/v1/x?key=AbC-_1.2%20~&alt=sse") == "https://host/v1/x?key=***&alt=sse");
  CHECK(redacted("https://host/upload?upload_id=AB12&upload_protocol=resumable") ==
        "https://host/upload?upload_id=***&upload_protocol=resumable");
  CHECK(redacted("/x?a=1&key=k1&upload_id=u1#part") == "/x?a=1&key=***&upload_id=***#part");
  CHECK(redacted("GET /x?key=k1 failed") == "GET /x?key=*** failed");
  CHECK(redacted("{\"url\":\"/x?key=k1\"}") == "{\"url\":\"/x?key=***\"}");
  CHECK(redacted("/x?key=k1\\u0026y=2") == "/x?key=***\\u0026y=2");
  CHECK(redacted("/x?key=a,b;c=d)e") == "/x?key=***");
  CHECK(redacted("key=k1\nkey=k2") == "key=***\nkey=***");
}

TEST_CASE("a parameter is known in any case and as the end of a longer name, but not inside of a word") {
  CHECK(redacted("GEMINI_API_KEY=abc x") == "GEMINI_API_KEY=*** x");
  CHECK(redacted("?api-key=abc") == "?api-key=***");
  CHECK(redacted("monkey=banana") == "monkey=banana");
  CHECK(redacted("key: value, keys=2, key") == "key: value, keys=2, key");
}

TEST_CASE("a parameter without a value stays as it is") {
  CHECK(redacted("/x?key=") == "/x?key=");
  CHECK(redacted("/x?key=&a=1") == "/x?key=&a=1");
}

TEST_CASE("redacting twice is the same as once") {
  keep_secret("twice-told");
  const std::string once = redacted("twice-told /x?key=twice-told&upload_id=1 twice-told");
  CHECK(once == "*** /x?key=***&upload_id=*** ***");
  CHECK(redacted(once) == once);
}
