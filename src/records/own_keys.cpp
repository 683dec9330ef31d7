#include "records/own_keys.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "records/line_format.hpp"
#include "records/span_reader.hpp"

namespace batchctl {

namespace {

/// A JSON text as the characters it stands for, a number as its digits.
std::string characters_of(std::string_view raw) {
  if (raw.empty() || raw.front() != '"') return std::string(raw);
  const nlohmann::json text = nlohmann::json::parse(raw, nullptr, /*allow_exceptions=*/false);
  return text.is_string() ? text.get<std::string>() : std::string();
}

}  // namespace

OwnKeys::OwnKeys(const std::vector<Span>& spans, const std::vector<Input>& inputs, const Settings& settings) {
  SpanReader lines(inputs, settings);
  const bool is_native = line_format_named(settings.format) == LineFormat::gemini;
  Line line;
  std::int64_t record = 0;
  for (const Span& span : spans) {
    lines.open(span);
    while (lines.next(line, record)) {
      const std::string key = characters_of(is_native ? lines.raw_line_key(line) : lines.raw_key(line));
      if (fault_) continue;
      if (key.empty())
        fault_ = fmt::format("record {} has no key", record);
      else if (const auto [known, is_new] = records_.emplace(key, record); !is_new)
        fault_ = fmt::format("records {} and {} have the same key \"{}\"", known->second, record, one_line(key, 40));
    }
  }
}

std::optional<std::int64_t> OwnKeys::record_of(std::string_view key) const {
  const auto found = records_.find(key);
  return found == records_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace batchctl
