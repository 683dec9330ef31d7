#include "os/paths.hpp"

#include "base/error.hpp"

namespace batchctl::os {

namespace {

bool is_absolute(const std::optional<std::string>& path) { return path && !path->empty() && path->front() == '/'; }

std::optional<std::string> in_config_home(const Environment& lookup, const std::string& place) {
  const auto config_home = lookup("XDG_CONFIG_HOME");
  if (is_absolute(config_home)) return *config_home + place;
  const auto home = lookup("HOME");
  if (is_absolute(home)) return *home + "/.config" + place;
  return std::nullopt;
}

}  // namespace

std::string default_state_path(const Environment& lookup) {
  constexpr const char* kPlace = "/batchctl/state.db";
  const auto state_home = lookup("XDG_STATE_HOME");
  if (is_absolute(state_home)) return *state_home + kPlace;
  const auto home = lookup("HOME");
  if (is_absolute(home)) return *home + "/.local/state" + kPlace;
  throw Fatal(ExitCode::usage, "usage", "no place for the state: neither XDG_STATE_HOME nor HOME is an absolute path",
              "set HOME, or use --state FILE");
}

std::optional<std::string> default_limits_path(const Environment& lookup) {
  return in_config_home(lookup, "/batchctl/limits.json");
}

std::optional<std::string> default_config_path(const Environment& lookup) {
  return in_config_home(lookup, "/batchctl/config.toml");
}

}  // namespace batchctl::os
