#include "cli/config_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/whole_file.hpp"

namespace batchctl::cli {

namespace {

using Kind = ConfigSetting::Kind;

std::string option_name(std::string_view key) {
  std::string name(key);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

int line_of(const toml::source_region& place) { return static_cast<int>(place.begin.line); }

/// The value as it would be typed; Kind::other when no option takes its like (dates, tables).
Kind spell(const toml::node& node, std::string& word) {
  if (const auto text = node.value_exact<std::string>()) {
    word = *text;
    return Kind::text;
  }
  if (const auto whole = node.value_exact<std::int64_t>()) {
    word = std::to_string(*whole);
    return Kind::number;
  }
  if (const auto fraction = node.value_exact<double>()) {
    word = fmt::format("{}", *fraction);
    return Kind::number;
  }
  if (const auto truth = node.value_exact<bool>()) {
    word = *truth ? "true" : "false";
    return Kind::truth;
  }
  return Kind::other;
}

ConfigSetting setting_of(const std::string& section, const toml::key& key, const toml::node& node) {
  ConfigSetting setting{section, option_name(key.str()), Kind::other, {}, line_of(key.source()), false};
  if (const toml::array* list = node.as_array()) {
    setting.kind = Kind::list;
    for (const toml::node& element : *list) {
      setting.words.emplace_back();
      if (spell(element, setting.words.back()) != Kind::text) setting.kind = Kind::other;
    }
    return setting;
  }
  setting.words.emplace_back();
  setting.kind = spell(node, setting.words.back());
  return setting;
}

}  // namespace

std::vector<ConfigSetting> config_of(std::string_view toml, const std::string& path) {
  toml::table document;
  try {
    document = toml::parse(toml, path);
  } catch (const toml::parse_error& problem) {
    throw Fatal(
        ExitCode::usage, "config_file",
        fmt::format("{}:{}: not TOML: {}", path, line_of(problem.source()), one_line(problem.description(), 200)),
        "mend the file, or name another with --config");
  }
  std::vector<ConfigSetting> settings;
  for (const auto& [key, node] : document) {
    const toml::table* section = node.as_table();
    if (section == nullptr) {
      settings.push_back(setting_of("", key, node));
      continue;
    }
    const std::string name = option_name(key.str());
    settings.push_back({name, "", Kind::other, {}, line_of(key.source()), true});
    for (const auto& [inner, value] : *section) settings.push_back(setting_of(name, inner, value));
  }
  std::stable_sort(settings.begin(), settings.end(),
                   [](const ConfigSetting& one, const ConfigSetting& other) { return one.line < other.line; });
  return settings;
}

std::vector<ConfigSetting> read_config_file(const std::string& path) {
  const Result<std::string, Unread> text = read_whole(path);
  if (!text)
    throw Fatal(ExitCode::usage, "config_file",
                fmt::format("the configuration file {} cannot be read{}", path, text.error().why),
                "name another with --config");
  return config_of(text.value(), path);
}

}  // namespace batchctl::cli
