#include "records/scan_facts.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace batchctl {

namespace {

// Equal records are looked for among so many, and in so many bytes: on what is larger a look at everything would cost
// more than it tells.
constexpr std::int64_t kCompared = 1 << 16;
constexpr std::uint64_t kComparedBytes = 256U << 20U;
constexpr std::size_t kPlaces = 1 << 17;  // 1 MiB, half full at most

// All of the first records are looked at for a limit, then one of so many.
constexpr std::int64_t kAllOf = 1024;
constexpr std::int64_t kThenOneOf = 64;
constexpr std::int64_t kUsualOutput = 512;  // plan/money.hpp says why

constexpr std::array<std::string_view, 5> kFieldNames = {"context", "instruction", "question", "prompt", "input"};
constexpr std::array<std::string_view InputLine::*, 5> kFieldsOf = {
    &InputLine::context, &InputLine::instruction, &InputLine::question, &InputLine::prompt, &InputLine::input};

std::uint64_t word(const char* at) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, sizeof(value));
  return value;
}

/// Both halves of the product.
std::uint64_t folded(std::uint64_t one, std::uint64_t other) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(one) * other;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

/// Three lanes of folded products: 14 GB/s here, so that a record costs a small part of what its SHA-256 does. Not
/// against strangers who want two records to collide: it only counts for a warning.
std::uint64_t quick_hash(std::string_view text) {
  constexpr std::size_t kAtOnce = 48;
  std::uint64_t first = text.size() + 0x9e3779b97f4a7c15ULL, second = 0xd6e8feb86659fd93ULL,
                third = 0xa0761d6478bd642fULL;
  const auto mix = [&](const char* at) {
    first = folded(word(at) ^ 0xe7037ed1a0b428dbULL, word(at + 8) ^ first);
    second = folded(word(at + 16) ^ 0x8ebc6af09c88c6e3ULL, word(at + 24) ^ second);
    third = folded(word(at + 32) ^ 0x589965cc75374cc3ULL, word(at + 40) ^ third);
  };
  for (; text.size() >= kAtOnce; text.remove_prefix(kAtOnce)) mix(text.data());
  std::array<char, kAtOnce> rest{};
  std::memcpy(rest.data(), text.data(), text.size());
  mix(rest.data());
  return std::max<std::uint64_t>(folded(first ^ second, third ^ 0x9e3779b97f4a7c15ULL), 1);
}

/// The number that stands behind `"name":`, where the name is a member and not a part of a text.
std::optional<std::int64_t> number_behind(std::string_view json, std::string_view name) {
  for (std::size_t at = json.find(name); at != std::string_view::npos; at = json.find(name, at + 1)) {
    std::size_t next = at + name.size();
    const bool quoted =
        at > 0 && json[at - 1] == '"' && (at < 2 || json[at - 2] != '\\') && next < json.size() && json[next] == '"';
    if (!quoted) continue;
    next = json.find_first_not_of(" \t\r\n", next + 1);
    if (next == std::string_view::npos || json[next] != ':') continue;
    next = json.find_first_not_of(" \t\r\n\"", next + 1);  // an int64 may stand as a string
    if (next == std::string_view::npos) continue;
    std::int64_t number = 0;
    if (std::from_chars(json.data() + next, json.data() + json.size(), number).ec == std::errc{} && number > 0)
      return number;
  }
  return std::nullopt;
}

}  // namespace

ScanWatch::ScanWatch() : seen_(kPlaces, 0) {}

void ScanWatch::saw(const InputLine& line, const InputLineParser& parser, std::string_view wire_line,
                    std::int64_t tokens, const RecordPlace& place) {
  ++facts_.records;
  facts_.tokens += tokens;
  if (facts_.records == 1 || tokens > facts_.largest_tokens) {
    facts_.largest_tokens = tokens;
    facts_.largest_at = place;
  }
  constexpr std::string_view kRequest = "\"request\":";  // the key before it differs from record to record
  const std::size_t at = wire_line.find(kRequest);
  const std::string_view request = at == std::string_view::npos ? wire_line : wire_line.substr(at + kRequest.size());
  compare(request);
  if (line.format == LineFormat::qa && looks_at_fields_) look_at_fields(line, parser);
  if (facts_.records <= kAllOf || facts_.records % kThenOneOf == 0) look_at_limit(request);
}

void ScanWatch::compare(std::string_view request) {
  if (facts_.compared >= kCompared || hashed_bytes_ >= kComparedBytes) return;
  ++facts_.compared;
  hashed_bytes_ += request.size();
  const std::uint64_t hash = quick_hash(request);
  std::size_t place = hash % kPlaces;
  while (seen_[place] != 0 && seen_[place] != hash) place = (place + 1) % kPlaces;
  if (seen_[place] == hash) ++facts_.equal;
  seen_[place] = hash;
}

void ScanWatch::look_at_fields(const InputLine& line, const InputLineParser& parser) {
  for (std::size_t i = 0; i < kFields; ++i) {
    if (filled_[i]) continue;
    filled_[i] = !(line.*kFieldsOf[i]).empty();
    if (!filled_[i] && parser.has(kFieldNames[i])) ++there_[i];
  }
}

void ScanWatch::look_at_limit(std::string_view request) {
  ++facts_.looked_at;
  const std::optional<std::int64_t> limit = max_output_tokens(request);
  facts_.usual_output += std::min(limit.value_or(kUsualOutput), kUsualOutput);
  if (!limit) return;
  facts_.least_output = facts_.limited == 0 ? *limit : std::min(facts_.least_output, *limit);
  facts_.most_output = std::max(facts_.most_output, *limit);
  ++facts_.limited;
}

ScanFacts ScanWatch::facts() const {
  ScanFacts facts = facts_;
  for (std::size_t i = 0; i < kFields; ++i)
    if (!filled_[i] && there_[i] > 0) facts.empty_fields.push_back({std::string(kFieldNames[i]), there_[i]});
  return facts;
}

std::optional<std::int64_t> max_output_tokens(std::string_view request) {
  if (const auto limit = number_behind(request, "maxOutputTokens")) return limit;
  return number_behind(request, "max_output_tokens");
}

}  // namespace batchctl
