#include "os/signals.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "child.hpp"

using batchctl::os::StopSignal;

namespace {

int exit_status(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }
int killed_by(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }

}  // namespace

TEST_CASE("without a signal none is received") {
  Child process([](const ChildTalk&) {
    StopSignal::install();
    return StopSignal::received();
  });
  CHECK(exit_status(process.ended()) == 0);
}

TEST_CASE("the first stop signal is only noted") {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    CAPTURE(number);
    Child process([&](const ChildTalk&) {
      StopSignal::install();
      ::raise(number);
      return StopSignal::received();
    });
    CHECK(exit_status(process.ended()) == number);
  }
}

TEST_CASE("a waiting call ends when a stop signal comes") {
  Child process([](const ChildTalk& talk) {
    StopSignal::install();
    // Blocked until the wait has begun, so that the signal cannot slip in before it.
    sigset_t stop, none;
    ::sigemptyset(&none);
    ::sigemptyset(&stop);
    ::sigaddset(&stop, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &stop, nullptr);
    talk.say('r');
    const bool cut_short = ::ppoll(nullptr, 0, nullptr, &none) == -1 && errno == EINTR;
    return cut_short ? StopSignal::received() : 1;
  });
  REQUIRE(process.hear() == 'r');
  process.send(SIGTERM);
  CHECK(exit_status(process.ended()) == SIGTERM);
}

TEST_CASE("the second stop signal ends the process by itself") {
  Child process([](const ChildTalk&) {
    StopSignal::install();
    ::raise(SIGINT);
    ::raise(SIGTERM);
    return 0;
  });
  CHECK(killed_by(process.ended()) == SIGTERM);
}

TEST_CASE("a hang-up that was ignored from the start stays ignored") {
  Child process([](const ChildTalk&) {
    ::signal(SIGHUP, SIG_IGN);
    StopSignal::install();
    ::raise(SIGHUP);
    ::raise(SIGHUP);
    return StopSignal::received();
  });
  CHECK(exit_status(process.ended()) == 0);
}

TEST_CASE("a pipe that nobody reads is a failed write, not an end") {
  Child process([](const ChildTalk&) {
    StopSignal::install();
    int ends[2] = {-1, -1};
    if (::pipe(ends) != 0) return 1;
    ::close(ends[0]);
    return ::write(ends[1], "x", 1) == -1 && errno == EPIPE ? 7 : 1;
  });
  CHECK(exit_status(process.ended()) == 7);
}
