// The catalogue of errors against the code that makes them.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "cli/error_catalogue.hpp"

using namespace batchctl;

namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Every word that stands in the place of a code, in all sources.
std::set<std::string> codes_in_use() {
  const std::regex kMade(R"re(ExitCode::[a-z_]+,\s*"([a-z_]+)",|fail\("(d[a-z_]+)",|stop_for\(\s*"([a-z_]+)")re");
  std::set<std::string> codes;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(BATCHCTL_SOURCE_DIR "/src")) {
    if (entry.path().extension() != ".cpp") continue;
    const std::string text = read(entry.path());
    for (std::sregex_iterator found(text.begin(), text.end(), kMade), end; found != end; ++found)
      for (std::size_t group = 1; group < found->size(); ++group)
        if ((*found)[group].matched) codes.insert((*found)[group]);
  }
  return codes;
}

}  // namespace

TEST_CASE("every word that an error or a stop carries is in the catalogue") {
  const std::set<std::string> codes = codes_in_use();
  CHECK(codes.size() > 50);
  CHECK(codes.contains("stuck"));
  CHECK(codes.contains("database_locked"));
  for (const std::string& code : codes) CHECK_MESSAGE(cli::error_entry(code) != nullptr, code);
  // Those that come from the service's answers, and from what is caught in the end.
  for (const char* code : {"key", "permission", "billing", "model", "precondition", "interrupted", "terminated", "bug"})
    CHECK_MESSAGE(cli::error_entry(code) != nullptr, code);
  CHECK(cli::error_entry("frobnicated") == nullptr);
}

TEST_CASE("every entry says what its word means and what to do, in a form that prints well") {
  for (const cli::ErrorEntry& entry : cli::error_catalogue()) {
    CAPTURE(std::string(entry.code));
    CHECK(cli::error_entry(entry.code) == &entry);
    CHECK(entry.meaning.size() > 10);
    CHECK(entry.meaning.back() != '.');
    CHECK(!entry.next.empty());
    CHECK(entry.next.back() != '.');
    for (const std::string_view text : {entry.meaning, entry.next})
      CHECK(std::none_of(text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }));
    CHECK(entry.exit != ExitCode::done);
    CHECK(entry.exit != ExitCode::incomplete);
  }
}
