#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "scenarios/table.hpp"

namespace batchctl::scenarios {

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The numbers that names of tests in this folder begin with: TEST_CASE("12: …
std::set<int> numbers_of_tests() {
  std::set<int> numbers;
  const std::string opening = "TEST_CASE(\"";
  for (const auto& entry : std::filesystem::directory_iterator(BATCHCTL_SOURCE_DIR "/tests/scenarios")) {
    if (entry.path().extension() != ".cpp") continue;
    const std::string text = text_of(entry.path());
    for (std::size_t at = text.find(opening); at != text.npos; at = text.find(opening, at + 1)) {
      const std::size_t begin = at + opening.size();
      const std::size_t end = text.find_first_not_of("0123456789", begin);
      if (end > begin && text.compare(end, 2, ": ") == 0) numbers.insert(std::stoi(text.substr(begin, end - begin)));
    }
  }
  return numbers;
}

}  // namespace

TEST_CASE("every row of the table has a test of its number, or says why not") {
  const std::set<int> tested = numbers_of_tests();
  int number = 0;
  for (const Row& row : kTable) {
    CHECK(row.number == ++number);
    const bool has_test = tested.count(row.number) > 0;
    CHECK_MESSAGE(has_test == (row.not_ours == nullptr), row.number << ": " << row.problem);
  }
  for (const int test : tested) CHECK_MESSAGE((test >= 1 && test <= 31), test);
}

TEST_CASE("the contract lists as many problems as the table") {
  const std::string contract = text_of(BATCHCTL_SOURCE_DIR "/../shared/gemini-api/CONTRACT.md");
  if (contract.empty()) {
    fmt::print("SKIPPED: ../shared is not there, so the table is not held against the contract\n");
    const char* ci = std::getenv("CI");
    CHECK_MESSAGE((ci == nullptr || std::string(ci) != "true"), "never skipped in CI");
    return;
  }
  const std::size_t begin = contract.find("\n## 9.");
  REQUIRE(begin != contract.npos);
  const std::string section = contract.substr(begin, contract.find("\n## 10.") - begin);
  int rows = 0;
  while (section.find(fmt::format("\n| {} |", rows + 1)) != section.npos) ++rows;
  CHECK(rows == static_cast<int>(kTable.size()));
}

}  // namespace batchctl::scenarios
