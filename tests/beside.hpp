// What lies beside the project and may not be there: recorded answers, the discovery document, data sets.
#pragma once

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

namespace batchctl {

/// The path of `../shared/<name>`. When it is not there, says loudly and once that `untested` is not tested, and gives
/// nullopt; with CI=true it fails the test.
inline std::optional<std::string> beside(const std::string& name, const std::string& untested) {
  const std::string path = std::string(BATCHCTL_SOURCE_DIR) + "/../shared/" + name;
  if (std::filesystem::exists(path)) return path;
  const char* ci = std::getenv("CI");
  static std::set<std::string> said;
  if (ci != nullptr && std::string(ci) == "true") {
    FAIL_CHECK(path << " is not there: " << untested);
  } else if (said.insert(name + untested).second) {
    std::fprintf(stderr, "\n*** SKIPPED: %s: %s is not there ***\n\n", untested.c_str(), path.c_str());
  }
  return std::nullopt;
}

}  // namespace batchctl
