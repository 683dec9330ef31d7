// What a repair chunk asks for otherwise than its run does: nothing, unless a person or the kind of failure says so.
#pragma once

#include <optional>
#include <string>

namespace batchctl {

struct Overrides {
  std::optional<std::string> model;
  std::optional<std::string> prompt;             // template, in place of the run's
  std::optional<std::string> system;             // in place of the run's and of what a record says itself
  std::optional<std::string> generation_config;  // JSON object; its members go before those of the request
  int output_factor = 1;                         // how many times larger the request's own maxOutputTokens becomes
  std::optional<std::string> note;               // a further message of the user, behind all others

  bool operator==(const Overrides&) const = default;
};

}  // namespace batchctl
