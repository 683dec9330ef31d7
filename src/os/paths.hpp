// Where things lie when nobody says so (XDG Base Directory Specification 0.8).
#pragma once

#include <optional>
#include <string>

#include "os/environment.hpp"

namespace batchctl::os {

/// `$XDG_STATE_HOME/batchctl/state.db`, else `~/.local/state/batchctl/state.db`. A relative XDG_STATE_HOME is ignored,
/// as the specification asks. Throws Fatal{usage} when HOME is needed and not set.
std::string default_state_path(const Environment& lookup = environment);

/// `$XDG_CONFIG_HOME/batchctl/limits.json`, else `~/.config/batchctl/limits.json`; nullopt without a home.
std::optional<std::string> default_limits_path(const Environment& lookup = environment);

/// `$XDG_CONFIG_HOME/batchctl/config.toml`, likewise.
std::optional<std::string> default_config_path(const Environment& lookup = environment);

}  // namespace batchctl::os
