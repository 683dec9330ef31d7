#include "cli/config_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "cli/nearest.hpp"

namespace batchctl::cli {

namespace {

using Json = nlohmann::ordered_json;
using From = SettingOrigin::From;

std::vector<SettingOrigin> asked_for(const Arguments& arguments) {
  if (!arguments.topic) return arguments.setting_origins;
  std::vector<SettingOrigin> list;
  std::vector<std::string_view> sections;
  for (const SettingOrigin& origin : arguments.setting_origins) {
    if (origin.section == *arguments.topic) list.push_back(origin);
    if (!origin.section.empty() && (sections.empty() || sections.back() != origin.section))
      sections.push_back(origin.section);
  }
  if (list.empty())
    throw Fatal(ExitCode::usage, "usage",
                fmt::format("there is no command \"{}\" with settings of its own; {}", one_line(*arguments.topic, 40),
                            suggestion(*arguments.topic, sections)),
                "batchctl config");
  return list;
}

Json null_when_empty(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

const char* word_for(From from) {
  switch (from) {
    case From::flag:
      return "flag";
    case From::environment:
      return "environment";
    case From::config:
      return "config";
    case From::preset:
      return "default";
  }
  return "default";
}

std::string spelled(const SettingOrigin& origin, const std::string& file) {
  if (origin.from == From::environment) return "environment " + origin.variable;
  if (origin.from == From::config) return fmt::format("config {}:{}", file, origin.line);
  return word_for(origin.from);
}

}  // namespace

std::string config_text(const Arguments& arguments) {
  const std::string file = arguments.config_path.value_or("");
  std::string text = fmt::format("# {}\n", file.empty()            ? "no configuration file"
                                           : arguments.config_read ? file
                                                                   : file + " (not there)");
  std::string section;
  for (const SettingOrigin& origin : asked_for(arguments)) {
    if (origin.section != section) text += fmt::format("\n[{}]\n", origin.section);
    section = origin.section;
    const std::string value = origin.value.empty() ? "-" : one_line(redacted(origin.value), 60);
    text += fmt::format("{:<20} {:<28} {}\n", origin.name, value, spelled(origin, file));
  }
  return text;
}

Json config_document(const Arguments& arguments) {
  Json settings = Json::array();
  for (const SettingOrigin& origin : asked_for(arguments)) {
    const bool from_file = origin.from == From::config;
    settings.push_back({{"command", null_when_empty(origin.section)},
                        {"name", origin.name},
                        {"value", null_when_empty(redacted(origin.value))},
                        {"origin", word_for(origin.from)},
                        {"environment", origin.variable},
                        {"line", from_file ? Json(origin.line) : Json(nullptr)}});
  }
  return {{"schema", 1},
          {"config_file", null_when_empty(arguments.config_path.value_or(""))},
          {"config_file_read", arguments.config_read},
          {"settings", settings}};
}

}  // namespace batchctl::cli
