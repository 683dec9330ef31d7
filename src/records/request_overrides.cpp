#include "records/request_overrides.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "records/input_line.hpp"
#include "records/json_text.hpp"
#include "records/request_check.hpp"

namespace batchctl {

namespace {

/// `"max_output_tokens"` and `"maxOutputTokens"` are one member of proto3 JSON.
std::string member_of(std::string_view quoted) { return camel_case(quoted.substr(1, quoted.size() - 2)); }

/// Members of an object that is being written.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }
  void end() { out_ += '}'; }
  /// Takes the value next. `name` with its quotes.
  std::string& begin(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += name;
    out_ += ':';
    return out_;
  }

 private:
  std::string& out_;
  bool first_ = true;
};

/// Whole numbers come as numbers or as strings.
std::string larger(std::string_view raw, int factor) {
  std::string_view digits = raw;
  if (digits.size() > 1 && digits.front() == '"') digits = digits.substr(1, digits.size() - 2);
  std::int64_t tokens = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), tokens);
  const bool is_whole = problem == std::errc{} && end == digits.data() + digits.size();
  if (!is_whole || tokens <= 0 || tokens >= kMostOutputTokens) return std::string(raw);
  return std::to_string(std::min(tokens * factor, kMostOutputTokens));
}

}  // namespace

RequestOverrides::RequestOverrides(const Overrides& overrides)
    : drops_model_(overrides.model.has_value()),
      lays_config_(overrides.generation_config.has_value() || overrides.output_factor > 1),
      output_factor_(overrides.output_factor) {
  Overrides request = overrides;
  request.prompt.reset();
  nothing_ = request == Overrides{};
  if (overrides.system) {
    system_ = "{\"parts\":[{\"text\":";
    append_json_string(system_, *overrides.system);
    system_ += "}]}";
  }
  if (overrides.note) {
    note_ = "{\"role\":\"user\",\"parts\":[{\"text\":";
    append_json_string(note_, *overrides.note);
    note_ += "}]}";
  }
  if (!overrides.generation_config) return;
  const std::string config = checked_json_object(*overrides.generation_config, "--generation-config");
  for (RawMembers members(config); members.next();)
    config_.emplace_back(member_of(members.name()), std::string(members.value()));
}

void RequestOverrides::append(std::string& out, std::string_view wire_line) const {
  Members line(out);
  for (RawMembers members(without_outer_space(wire_line)); members.next();) {
    line.begin(members.name());
    if (members.name() == "\"request\"")
      append_request(out, members.value());
    else
      out += members.value();
  }
  line.end();
  out += '\n';
}

void RequestOverrides::append_request(std::string& out, std::string_view request) const {
  Members written(out);
  bool has_config = false;
  for (RawMembers members(request); members.next();) {
    const std::string name = member_of(members.name());
    if (name == "systemInstruction" && !system_.empty()) continue;
    if (name == "model" && drops_model_) continue;  // must be the job's, or absent
    written.begin(members.name());
    if (name == "contents" && !note_.empty()) {
      append_contents(out, members.value());
    } else if (name == "generationConfig" && lays_config_) {
      append_config(out, members.value());
      has_config = true;
    } else {
      out += members.value();
    }
  }
  if (!system_.empty()) written.begin("\"systemInstruction\"") += system_;
  if (!has_config && !config_.empty()) {
    written.begin("\"generationConfig\"");
    append_config(out, "{}");
  }
  written.end();
}

void RequestOverrides::append_contents(std::string& out, std::string_view contents) const {
  if (contents.size() < 2 || contents.front() != '[') {
    out += contents;
    return;
  }
  const std::string_view messages = without_outer_space(contents.substr(1, contents.size() - 2));
  out += '[';
  out += messages;
  if (!messages.empty()) out += ',';
  out += note_;
  out += ']';
}

void RequestOverrides::append_config(std::string& out, std::string_view config) const {
  Members written(out);
  if (!config.empty() && config.front() == '{')
    for (RawMembers members(config); members.next();) {
      const std::string name = member_of(members.name());
      const bool is_laid_over =
          std::any_of(config_.begin(), config_.end(), [&](const auto& member) { return member.first == name; });
      if (is_laid_over) continue;
      written.begin(members.name());
      if (name == "maxOutputTokens")
        out += larger(members.value(), output_factor_);
      else
        out += members.value();
    }
  for (const auto& [name, value] : config_) {
    std::string quoted;
    append_json_string(quoted, name);
    written.begin(quoted) += value;
  }
  written.end();
}

Overrides laid_over(Overrides fit, const Overrides& given) {
  if (given.model) fit.model = given.model;
  if (given.prompt) fit.prompt = given.prompt;
  if (given.system) fit.system = given.system;
  if (given.note) fit.note = given.note;
  if (!given.generation_config) return fit;
  const std::string over = checked_json_object(*given.generation_config, "--generation-config");
  const std::string under = fit.generation_config.value_or("{}");
  std::string config;
  Members written(config);
  std::vector<std::string> names;
  for (RawMembers members(over); members.next();) {
    names.push_back(member_of(members.name()));
    written.begin(members.name()) += members.value();
  }
  for (RawMembers members(under); members.next();)
    if (std::find(names.begin(), names.end(), member_of(members.name())) == names.end())
      written.begin(members.name()) += members.value();
  written.end();
  fit.generation_config = config;
  return fit;
}

}  // namespace batchctl
