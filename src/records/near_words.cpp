#include "records/near_words.hpp"

#include <string>

#include "base/edit_distance.hpp"

namespace batchctl {

namespace {

constexpr std::size_t kMostDistance = 2, kLongest = 64;

std::string plain(std::string_view word) {
  std::string out;
  for (const char c : word.substr(0, kLongest + 1))
    if (c != '_' && c != '-') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

}  // namespace

NearestWord::NearestWord(std::string_view misspelt) : misspelt_(misspelt), distance_(kMostDistance + 1) {}

void NearestWord::look_at(std::string_view word) {
  if (misspelt_.size() > kLongest) return;
  const std::string wanted = plain(misspelt_), one = plain(word);
  const std::size_t apart = edit_distance(wanted, one);
  if (apart >= distance_ || apart * 3 > one.size()) return;
  distance_ = apart;
  best_ = word;
}

std::optional<std::string_view> NearestWord::found() const {
  if (best_.empty()) return std::nullopt;
  return best_;
}

}  // namespace batchctl
