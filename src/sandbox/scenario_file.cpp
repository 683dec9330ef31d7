#include "sandbox/scenario_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/error.hpp"

namespace batchctl::sandbox {

ScenarioFile::ScenarioFile(std::string path, Scenario base)
    : path_(std::move(path)), base_(std::move(base)), seen_(stamp()), scenario_(base_) {
  if (path_.empty()) return;
  auto read_now = read();
  if (!read_now) {
    throw Fatal(ExitCode::usage, "sandbox_scenario", fmt::format("sandbox: {}: {}", path_, read_now.error()),
                "Correct the file; batchctl sandbox --help shows what a scenario holds.");
  }
  scenario_ = std::move(read_now).value();
}

bool ScenarioFile::has_changed() {
  if (path_.empty()) return false;
  const Stamp found = stamp();
  if (found == std::exchange(seen_, found)) return false;
  auto read_now = read();
  if (!read_now) {
    fmt::print(stderr, "sandbox: {}: {}\nThe scenario stays as it was before this change.\n", path_, read_now.error());
    return false;
  }
  scenario_ = std::move(read_now).value();
  fmt::print(stderr, "sandbox: {} has changed and holds from now on\n", path_);
  return true;
}

ScenarioFile::Stamp ScenarioFile::stamp() const {
  struct stat found {};
  if (path_.empty() || ::stat(path_.c_str(), &found) != 0) return {};
  return {found.st_mtim.tv_sec, found.st_mtim.tv_nsec, static_cast<std::uint64_t>(found.st_size), found.st_ino};
}

Result<Scenario, std::string> ScenarioFile::read() const {
  std::ifstream file(path_, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return std::string("it cannot be read");
  return parse_scenario(text, base_);
}

}  // namespace batchctl::sandbox
