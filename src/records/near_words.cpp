#include "records/near_words.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

namespace batchctl {

namespace {

constexpr std::size_t kMostDistance = 2, kLongest = 64;

std::string plain(std::string_view word) {
  std::string out;
  for (const char c : word.substr(0, kLongest + 1))
    if (c != '_' && c != '-') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

/// Letters to insert, remove or replace (Levenshtein).
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

NearestWord::NearestWord(std::string_view misspelt) : misspelt_(misspelt), distance_(kMostDistance + 1) {}

void NearestWord::look_at(std::string_view word) {
  if (misspelt_.size() > kLongest) return;
  const std::string wanted = plain(misspelt_), one = plain(word);
  const std::size_t apart = distance(wanted, one);
  if (apart >= distance_ || apart * 3 > one.size()) return;
  distance_ = apart;
  best_ = word;
}

std::optional<std::string_view> NearestWord::found() const {
  if (best_.empty()) return std::nullopt;
  return best_;
}

}  // namespace batchctl
