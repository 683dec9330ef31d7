#include "store/stored_json.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/text.hpp"

namespace batchctl::store {

namespace {

using Json = nlohmann::ordered_json;

bool is_utf8(const std::string& text) {
  try {
    (void)Json(text).dump();
    return true;
  } catch (const Json::exception&) {
    return false;
  }
}

Json json_of(std::int64_t value) { return value; }
Json json_of(int value) { return value; }
Json json_of(bool value) { return value; }
Json json_of(double value) { return value; }
Json json_of(Duration value) { return value.count(); }
Json json_of(const OutputRef& value) { return value.value; }
/// Text as it is; other bytes as {"base64":…}.
Json json_of(const std::string& value) {
  if (is_utf8(value)) return value;
  return Json{{"base64", to_base64(value)}};
}

void read(const Json& json, std::int64_t& value) { value = json.get<std::int64_t>(); }
void read(const Json& json, int& value) { value = json.get<int>(); }
void read(const Json& json, bool& value) { value = json.get<bool>(); }
void read(const Json& json, double& value) { value = json.get<double>(); }
void read(const Json& json, Duration& value) { value = Duration{json.get<std::int64_t>()}; }
void read(const Json& json, OutputRef& value) { value = OutputRef{json.get<std::string>()}; }
void read(const Json& json, std::string& value) {
  value = json.is_object() ? from_base64(json.at("base64").get<std::string>()).value_or("") : json.get<std::string>();
}

template <class Value>
void put(Json& json, const char* name, const Value& value) {
  json[name] = json_of(value);
}
template <class Value>
void put(Json& json, const char* name, const std::optional<Value>& value) {
  if (value) json[name] = json_of(*value);
}

template <class Value>
void take(const Json& json, const char* name, Value& value) {
  if (json.contains(name)) read(json.at(name), value);
}
template <class Value>
void take(const Json& json, const char* name, std::optional<Value>& value) {
  if (json.contains(name)) read(json.at(name), value.emplace());
}

std::string spelled(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

template <class Reader>
auto parsed(const std::string& text, Reader&& reader) {
  try {
    return reader(Json::parse(text));
  } catch (const Json::exception& problem) {
    throw Bug(fmt::format("stored JSON cannot be read: {}: {}", problem.what(), text));
  }
}

std::string word_in(const std::string& json, const char* name) {
  return parsed(json, [&](const Json& object) {
    std::string words;
    take(object, name, words);
    return words;
  });
}

// What is written and read, once for both, in the order of the text: of the settings a hash is stored.
template <class T, class Visit>
void each_setting(T& settings, Visit&& visit) {
  visit("model", settings.model);
  visit("input_format", settings.input_format);
  visit("format", settings.format);
  visit("records", settings.records);
  visit("key_field", settings.key_field);
  visit("prompt", settings.prompt);
  visit("system", settings.system);
  visit("generation_config", settings.generation_config);
  visit("schema", settings.schema);
  visit("chunk_records", settings.chunk_records);
  visit("chunk_tokens", settings.chunk_tokens);
  visit("chunk_bytes", settings.chunk_bytes);
  visit("chunk_per_file", settings.chunk_per_file);
  visit("pilot", settings.pilot);
  visit("skip_invalid", settings.skip_invalid);
  visit("dedupe", settings.dedupe);
}

template <class T, class Visit>
void each_option(T& options, Visit&& visit) {
  visit("group_size", options.group_size);
  visit("group_delay_ms", options.group_delay);
  visit("upload_ahead", options.upload_ahead);
  visit("tier", options.tier);
  visit("enqueued_tokens", options.enqueued_tokens);
  visit("max_jobs", options.max_jobs);
  visit("remote_cleanup", options.remote_cleanup);
  visit("max_cost", options.max_cost);
  visit("expect_output", options.expect_output);
  visit("usual_output", options.usual_output);
  visit("retry_attempts", options.retry_attempts);
  visit("weight", options.weight);
  visit("quota_share", options.quota_share);
  visit("yield", options.yield);
  visit("check_requests", options.check_requests);
  visit("paranoid", options.paranoid);
  visit("output", options.output);
  visit("status_file", options.status_file);
  visit("on_event", options.on_event);
  visit("token_factor", options.token_factor);
}

}  // namespace

std::string settings_json(const Settings& settings) {
  Json json = Json::object();
  each_setting(settings, [&](const char* name, const auto& value) { put(json, name, value); });
  return spelled(json);
}

Settings settings_of(const std::string& text) {
  return parsed(text, [](const Json& json) {
    Settings settings;
    each_setting(settings, [&](const char* name, auto& value) { take(json, name, value); });
    return settings;
  });
}

std::string overrides_json(const Overrides& overrides) {
  Json json = Json::object();
  put(json, "model", overrides.model);
  put(json, "prompt", overrides.prompt);
  put(json, "system", overrides.system);
  put(json, "generation_config", overrides.generation_config);
  if (overrides.output_factor != 1) put(json, "output_factor", overrides.output_factor);
  put(json, "note", overrides.note);
  return spelled(json);
}

Overrides overrides_of(const std::string& text) {
  return parsed(text, [](const Json& json) {
    Overrides overrides;
    take(json, "model", overrides.model);
    take(json, "prompt", overrides.prompt);
    take(json, "system", overrides.system);
    take(json, "generation_config", overrides.generation_config);
    take(json, "output_factor", overrides.output_factor);
    take(json, "note", overrides.note);
    return overrides;
  });
}

std::string options_json(const Options& options) {
  Json json = Json::object();
  each_option(options, [&](const char* name, const auto& value) { put(json, name, value); });
  return spelled(json);
}

Options options_of(const std::string& text) {
  return parsed(text, [](const Json& json) {
    Options options;
    each_option(options, [&](const char* name, auto& value) { take(json, name, value); });
    return options;
  });
}

std::string driver_json(const DriverMark& driver) {
  Json json = Json::object();
  put(json, "pid", driver.pid);
  put(json, "host", driver.host);
  put(json, "since", to_unix_ms(driver.since));
  return spelled(json);
}

DriverMark driver_of(const std::string& text) {
  return parsed(text, [](const Json& json) {
    DriverMark driver;
    std::int64_t since = 0;
    take(json, "pid", driver.pid);
    take(json, "host", driver.host);
    take(json, "since", since);
    driver.since = from_unix_ms(since);
    return driver;
  });
}

std::string error_json(const std::string& message) { return spelled(Json{{"message", message}}); }
std::string error_of(const std::string& json) { return word_in(json, "message"); }

std::string why_json(const std::string& why) { return spelled(Json{{"why", why}}); }
std::string why_of(const std::string& json) { return word_in(json, "why"); }

std::string seen_json(const SeenOfJob& seen) {
  Json json = Json::object();
  put(json, "word", seen.word);
  put(json, "output", seen.output);
  put(json, "error", seen.error);
  put(json, "requests", seen.stats.requests);
  put(json, "succeeded", seen.stats.succeeded);
  put(json, "failed", seen.stats.failed);
  put(json, "pending", seen.stats.pending);
  if (seen.deleted_at) put(json, "deleted_at", to_unix_ms(*seen.deleted_at));
  return spelled(json);
}

SeenOfJob seen_of(const std::string& text) {
  return parsed(text, [](const Json& json) {
    SeenOfJob seen;
    take(json, "word", seen.word);
    take(json, "output", seen.output);
    take(json, "error", seen.error);
    take(json, "requests", seen.stats.requests);
    take(json, "succeeded", seen.stats.succeeded);
    take(json, "failed", seen.stats.failed);
    take(json, "pending", seen.stats.pending);
    std::optional<std::int64_t> deleted_at;
    take(json, "deleted_at", deleted_at);
    if (deleted_at) seen.deleted_at = from_unix_ms(*deleted_at);
    return seen;
  });
}

std::string quota_events_json(const std::vector<QuotaEvent>& events) {
  Json json = Json::array();
  for (const QuotaEvent& event : events)
    json.push_back({to_unix_ms(event.at), name_of(event.what), event.tokens, event.jobs});
  return spelled(json);
}

std::vector<QuotaEvent> quota_events_of(const std::string& text) {
  return parsed(text, [](const Json& json) {
    std::vector<QuotaEvent> events;
    for (const Json& one : json) {
      QuotaEvent event;
      event.at = from_unix_ms(one.at(0).get<std::int64_t>());
      event.what = quota_event_named(one.at(1).get<std::string>());
      event.tokens = one.at(2).get<std::int64_t>();
      event.jobs = one.at(3).get<int>();
      events.push_back(event);
    }
    return events;
  });
}

}  // namespace batchctl::store
