// The inputs under tests/data/formats: what a file holds, and what must come of it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "fixture.hpp"
#include "records/container.hpp"
#include "records/spool.hpp"

namespace batchctl::test {

/// All cases of the JSON files of a directory below tests/data/formats.
inline std::vector<nlohmann::json> format_cases(const std::string& kind) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(BATCHCTL_SOURCE_DIR "/tests/data/formats/" + kind))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<nlohmann::json> cases;
  for (const auto& file : files)
    for (const auto& one : nlohmann::json::parse(read_all(file.string()))) cases.push_back(one);
  return cases;
}

inline std::string bytes_of(const nlohmann::json& one) {
  return one.contains("base64") ? from_base64(one.at("base64").get<std::string>()).value()
                                : one.at("input").get<std::string>();
}

inline Settings settings_in(const nlohmann::json& one) {
  Settings settings;
  const nlohmann::json options = one.value("options", nlohmann::json::object());
  settings.input_format = options.value("input_format", "auto");
  const auto take = [&](const char* name, std::optional<std::string>& into) {
    if (options.contains(name)) into = options.at(name).get<std::string>();
  };
  take("records", settings.records);
  take("system", settings.system);
  take("generation_config", settings.generation_config);
  take("prompt", settings.prompt);
  take("schema", settings.schema);
  take("key_field", settings.key_field);
  return settings;
}

inline ChunkLimits limits_in(const nlohmann::json& one) {
  ChunkLimits limits{2, 1'000'000};
  limits.check_requests = one.value("options", nlohmann::json::object()).value("check_requests", true);
  return limits;
}

/// A file as `submit` sees it: spooled when it must be.
inline Input input_from(const TempDir& dir, const std::string& name, std::string_view bytes, const Settings& settings) {
  const ResolvedInput resolved{dir.write(name, bytes), name, name.ends_with(".gz")};
  Input input;
  input.path = resolved.path;
  input.shown_path = name;
  check_reading(settings);
  if (!needs_spool(resolved, settings)) return input;
  const Spooled copy = spool(resolved, settings, nullptr, dir.path("0.part"));
  input.spool_path = dir.path("0") + copy.suffix;
  std::filesystem::rename(dir.path("0.part"), input.spool_path);
  return input;
}

}  // namespace batchctl::test
