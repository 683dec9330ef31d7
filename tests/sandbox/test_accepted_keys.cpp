#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "sandbox/accepted_keys.hpp"

namespace batchctl::sandbox {
namespace {

std::map<std::string, std::uint32_t> expanded(const AcceptedKeys& keys) {
  std::map<std::string, std::uint32_t> all;
  for (const CountedKeys& one : keys.counted()) {
    for (std::uint64_t i = 0; i < one.count; ++i) CHECK(all.emplace(one.key(i), one.times).second);
  }
  return all;
}

}  // namespace

TEST_CASE("keys are counted one by one, and again after a restart") {
  AcceptedKeys keys;
  std::map<std::string, std::uint32_t> wanted;
  for (const char* key :
       {"r5", "r6", "r7", "r6", "r0", "r00", "r", "", "x", "r5", "x", "r99999999999999999999", "r1x"}) {
    keys.add(key);
    ++wanted[key];
  }
  CHECK(expanded(keys) == wanted);
  CHECK(expanded(AcceptedKeys::from_journal(keys.to_journal())) == wanted);
}

TEST_CASE("numbered keys in rising order take no memory each") {
  AcceptedKeys keys;
  for (int i = 1000; i < 300000; ++i) keys.add("r" + std::to_string(i));
  CHECK(keys.counted().size() == 1);
  CHECK(keys.to_journal().dump() == R"({"numbers":[[1000,300000]]})");
}

TEST_CASE("keys past the first thousand lose their names and not their counts") {
  AcceptedKeys keys;
  for (int i = 0; i < 1500; ++i) keys.add("key " + std::to_string(i));
  AcceptedKeys again = AcceptedKeys::from_journal(keys.to_journal());
  again.add(keys);
  const auto all = expanded(again);
  CHECK(all.size() == 1500);
  CHECK(all.at("key 999") == 2);
  CHECK(all.count("key 1000") == 0);
  for (const auto& [key, times] : all) CHECK(times == 2);
}

TEST_CASE("the list of keys of an old journal is read") {
  CHECK(expanded(AcceptedKeys::from_journal({"r0", "r1", "x"})).size() == 3);
}

}  // namespace batchctl::sandbox
