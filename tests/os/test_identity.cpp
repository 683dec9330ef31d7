#include "os/identity.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include "child.hpp"

using namespace batchctl::os;

TEST_CASE("a process is alive until it has ended") {
  CHECK(is_alive(process_id()));
  Child other([](const ChildTalk& talk) {
    talk.wait();
    return 0;
  });
  const int number = other.process();
  CHECK(is_alive(number));
  other.let_go_on();
  other.ended();
  CHECK_FALSE(is_alive(number));
}

TEST_CASE("a process of somebody else is alive too") { CHECK(is_alive(1)); }

TEST_CASE("no number that means a group of processes is a living process") {
  CHECK_FALSE(is_alive(0));
  CHECK_FALSE(is_alive(-1));
}

TEST_CASE("this machine has a name and this process its number") {
  CHECK_FALSE(host_name().empty());
  CHECK(process_id() == ::getpid());
}
