#include "os/background_command.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

using namespace batchctl::os;
using namespace std::chrono_literals;

namespace {

void wait_for(BackgroundCommand& command) {
  while (!command.is_over()) std::this_thread::sleep_for(5ms);
}

}  // namespace

TEST_CASE("a command in the background reads its input, and what it writes is kept") {
  BackgroundCommand command("read -r line; echo \"got $line\"; echo aside >&2", "an event\n", 60s);
  wait_for(command);
  CHECK(command.problem().empty());
  CHECK(command.output() == "got an event\naside\n");
}

TEST_CASE("a command in the background never sees an API key") {
  ::setenv("GEMINI_API_KEY", "canary-one", 1);
  ::setenv("GOOGLE_API_KEY", "canary-two", 1);
  ::setenv("BATCHCTL_TEST_OTHER", "is passed on", 1);
  BackgroundCommand command("env", "", 60s);
  wait_for(command);
  ::unsetenv("GEMINI_API_KEY");
  ::unsetenv("GOOGLE_API_KEY");
  CHECK(command.output().find("canary") == std::string::npos);
  CHECK(::getenv("PATH") != nullptr);
}

TEST_CASE("a command in the background that fails says how") {
  BackgroundCommand failed("echo why; exit 7", "", 60s);
  wait_for(failed);
  CHECK(failed.problem().find("7") != std::string::npos);
  CHECK(failed.output() == "why\n");
  BackgroundCommand killed("kill -9 $$", "", 60s);
  wait_for(killed);
  CHECK(killed.problem().find("signal 9") != std::string::npos);
}

TEST_CASE("a command in the background that takes too long is ended with all that it started") {
  BackgroundCommand command("sleep 1000 & sleep 1000; echo never", "", 0ms);
  wait_for(command);
  CHECK(command.problem().find("too long") != std::string::npos);
  CHECK(command.output().empty());
}

TEST_CASE("starting a command waits for nothing, not even for input that is never read") {
  const BackgroundCommand command("sleep 1000", std::string(50'000, 'x'), 60s);
  CHECK(command.problem().empty());
}
