#include "sandbox/accepted_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.hpp"
#include "sandbox/hashing.hpp"

namespace batchctl::sandbox {
namespace {

constexpr std::size_t kNamesMax = 1000;

/// The number of a key `r<n>` as it is written without leading zeros.
std::optional<std::uint64_t> number_of(std::string_view key) {
  if (key.size() < 2 || key.size() > 19 || key[0] != 'r' || (key[1] == '0' && key.size() > 2)) return std::nullopt;
  std::uint64_t number = 0;
  const char* end = key.data() + key.size();
  const auto [stop, problem] = std::from_chars(key.data() + 1, end, number);
  if (problem != std::errc{} || stop != end) return std::nullopt;
  return number;
}

std::string packed(const std::vector<std::uint64_t>& hashes) {
  std::string bytes(hashes.size() * sizeof(std::uint64_t), '\0');
  if (!hashes.empty()) std::memcpy(bytes.data(), hashes.data(), bytes.size());
  return to_base64(bytes);
}

std::vector<std::uint64_t> unpacked(const std::string& text) {
  const std::string bytes = from_base64(text).value_or("");
  std::vector<std::uint64_t> hashes(bytes.size() / sizeof(std::uint64_t));
  if (!hashes.empty()) std::memcpy(hashes.data(), bytes.data(), hashes.size() * sizeof(std::uint64_t));
  return hashes;
}

}  // namespace

std::string CountedKeys::key(std::uint64_t index) const { return name ? *name : fmt::format("r{}", number + index); }

void AcceptedKeys::add(std::string_view key) {
  if (const auto number = number_of(key)) {
    if (!stretches_.empty() && stretches_.back().end == *number) {
      ++stretches_.back().end;
    } else {
      stretches_.push_back({*number, *number + 1});
    }
    return;
  }
  const std::uint64_t hash = mixed(hash_on(0, key));
  if (names_.size() < kNamesMax) names_.emplace(hash, key);
  hashes_.push_back(hash);
}

void AcceptedKeys::add(const AcceptedKeys& other) {
  stretches_.insert(stretches_.end(), other.stretches_.begin(), other.stretches_.end());
  hashes_.insert(hashes_.end(), other.hashes_.begin(), other.hashes_.end());
  names_.insert(other.names_.begin(), other.names_.end());
}

void AcceptedKeys::count_numbers(std::vector<CountedKeys>& into) const {
  std::vector<std::pair<std::uint64_t, int>> borders;
  borders.reserve(2 * stretches_.size());
  for (const Stretch& one : stretches_) {
    borders.emplace_back(one.first, 1);
    borders.emplace_back(one.end, -1);
  }
  std::sort(borders.begin(), borders.end());
  std::int64_t times = 0;
  std::uint64_t from = 0;
  for (const auto& [at, change] : borders) {
    if (times > 0 && at > from) {
      into.push_back({std::nullopt, from, at - from, static_cast<std::uint32_t>(times)});
    }
    times += change;
    from = at;
  }
}

void AcceptedKeys::count_others(std::vector<CountedKeys>& into) const {
  std::vector<std::uint64_t> sorted = hashes_;
  std::sort(sorted.begin(), sorted.end());
  for (auto at = sorted.begin(); at != sorted.end();) {
    const auto end = std::upper_bound(at, sorted.end(), *at);
    const auto name = names_.find(*at);
    into.push_back({name == names_.end() ? fmt::format("hash {:016x}", *at) : name->second, 0, 1,
                    static_cast<std::uint32_t>(end - at)});
    at = end;
  }
}

std::vector<CountedKeys> AcceptedKeys::counted() const {
  std::vector<CountedKeys> found;
  count_numbers(found);
  count_others(found);
  return found;
}

nlohmann::json AcceptedKeys::to_journal() const {
  nlohmann::json json = nlohmann::json::object();
  for (const Stretch& one : stretches_) json["numbers"].push_back({one.first, one.end});
  std::vector<std::uint64_t> nameless;
  for (const std::uint64_t hash : hashes_) {
    const auto name = names_.find(hash);
    if (name == names_.end()) {
      nameless.push_back(hash);
    } else {
      json["names"].push_back(name->second);
    }
  }
  if (!nameless.empty()) json["hashes"] = packed(nameless);
  return json;
}

AcceptedKeys AcceptedKeys::from_journal(const nlohmann::json& json) {
  AcceptedKeys keys;
  const auto empty = nlohmann::json::array();
  for (const auto& key : json.is_array() ? json : json.value("names", empty)) keys.add(key.get<std::string>());
  if (json.is_array()) return keys;
  for (const auto& pair : json.value("numbers", empty)) {
    keys.stretches_.push_back({pair.at(0).get<std::uint64_t>(), pair.at(1).get<std::uint64_t>()});
  }
  const auto nameless = unpacked(json.value("hashes", ""));
  keys.hashes_.insert(keys.hashes_.end(), nameless.begin(), nameless.end());
  return keys;
}

}  // namespace batchctl::sandbox
