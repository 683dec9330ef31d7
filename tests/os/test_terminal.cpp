#include "os/terminal.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

using namespace batchctl::os;

TEST_CASE("a pipe is no terminal and has the usual size") {
  int ends[2] = {-1, -1};
  REQUIRE(::pipe(ends) == 0);
  CHECK_FALSE(is_terminal(ends[1]));
  CHECK(terminal_size(ends[1]).columns == 80);
  ::close(ends[0]);
  ::close(ends[1]);
  CHECK_FALSE(is_terminal(-1));
}
