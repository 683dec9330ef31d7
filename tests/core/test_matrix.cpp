#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "core/matrix.hpp"

using namespace batchctl;

namespace {

const std::string kReadme = std::string(BATCHCTL_SOURCE_DIR) + "/README.md";

std::string read_readme() {
  std::ifstream file(kReadme, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Where the text between two markers lies.
struct Stretch {
  std::size_t from = 0, size = 0;
};

Stretch between(const std::string& text, const std::string& word) {
  const std::string opens = "<!-- " + word + " -->\n";
  const std::size_t open = text.find(opens);
  REQUIRE_MESSAGE(open != std::string::npos, "README.md has no marker ", opens);
  const std::size_t from = open + opens.size();
  const std::size_t end = text.find("<!-- /" + word + " -->", from);
  REQUIRE_MESSAGE(end != std::string::npos, "README.md does not close ", opens);
  return {from, end - from};
}

void compare(const std::string& word, const std::string& printed) {
  std::string readme = read_readme();
  const Stretch place = between(readme, word);
  if (std::getenv("BATCHCTL_UPDATE_README") != nullptr) {
    readme.replace(place.from, place.size, printed);
    std::ofstream(kReadme, std::ios::binary) << readme;
    return;
  }
  CHECK_MESSAGE(readme.substr(place.from, place.size) == printed,
                "README.md is not what the program runs on; write it anew with BATCHCTL_UPDATE_README=1 test_core");
}

}  // namespace

TEST_CASE("the README's matrix is the table that the program runs on") { compare("matrix", matrix_markdown()); }

TEST_CASE("the README's answers are the table that the program runs on") { compare("answers", answers_markdown()); }
