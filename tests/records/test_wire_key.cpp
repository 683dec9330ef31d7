#include "records/wire_key.hpp"

#include <doctest/doctest.h>

using namespace batchctl;

TEST_CASE("a wire key is r and the record's index, and back") {
  for (const std::int64_t record :
       {std::int64_t{0}, std::int64_t{7}, std::int64_t{15399}, std::int64_t{9223372036854775807}}) {
    CAPTURE(record);
    CHECK(record_of_wire_key(wire_key(record)) == record);
  }
  CHECK(wire_key(0) == "r0");
  CHECK(wire_key(15399) == "r15399");
}

TEST_CASE("a key that wire_key never makes is nobody's") {
  for (const char* key : {"", "r", "r-1", "r+1", "r01", "r00", "r 1", "r1 ", "r1x", "R1", "1", "x1", "r0x1", "r1.0",
                          "r9223372036854775808", "r99999999999999999999999"}) {
    CAPTURE(key);
    CHECK(!record_of_wire_key(key));
  }
}
