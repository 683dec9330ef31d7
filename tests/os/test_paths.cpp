#include "os/paths.hpp"

#include <doctest/doctest.h>

#include <map>

#include "base/error.hpp"

using namespace batchctl;

namespace {

os::Environment table(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

}  // namespace

TEST_CASE("the state lies in XDG_STATE_HOME when that is an absolute path") {
  CHECK(os::default_state_path(table({{"XDG_STATE_HOME", "/s"}, {"HOME", "/h"}})) == "/s/batchctl/state.db");
}

TEST_CASE("without a usable XDG_STATE_HOME the state lies below the home directory") {
  CHECK(os::default_state_path(table({{"HOME", "/h"}})) == "/h/.local/state/batchctl/state.db");
  CHECK(os::default_state_path(table({{"XDG_STATE_HOME", ""}, {"HOME", "/h"}})) == "/h/.local/state/batchctl/state.db");
  CHECK(os::default_state_path(table({{"XDG_STATE_HOME", "s"}, {"HOME", "/h"}})) ==
        "/h/.local/state/batchctl/state.db");
}

TEST_CASE("without any home the state has no place, and --state is named") {
  try {
    static_cast<void>(os::default_state_path(table({})));
    FAIL("no error");
  } catch (const Fatal& problem) {
    CHECK(problem.exit() == ExitCode::usage);
    CHECK(problem.next().find("--state") != std::string::npos);
  }
}

TEST_CASE("limits and configuration lie in XDG_CONFIG_HOME, else in ~/.config, else nowhere") {
  const os::Environment told = table({{"XDG_CONFIG_HOME", "/c"}, {"HOME", "/h"}}), home = table({{"HOME", "/h"}}),
                        relative = table({{"XDG_CONFIG_HOME", "c"}, {"HOME", "/h"}}), none = table({});
  CHECK(os::default_config_path(told) == "/c/batchctl/config.toml");
  CHECK(os::default_config_path(home) == "/h/.config/batchctl/config.toml");
  CHECK(os::default_config_path(relative) == "/h/.config/batchctl/config.toml");
  CHECK(os::default_limits_path(home) == "/h/.config/batchctl/limits.json");
  CHECK_FALSE(os::default_config_path(none).has_value());
}
