// Reads the members of a JSON object that people wrote into fields: what is absent keeps its value, what is wrong or
// not known is told by its place, what it holds and what would be right. The first fault is kept.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace batchctl::sandbox {

/// A choice and its spelling.
template <class Choice>
struct Word {
  const char* text;
  Choice choice;
};

class JsonReader {
 public:
  /// `place` is how the object is called in messages.
  JsonReader(const nlohmann::json& object, std::string place);

  void text(const char* name, std::string& into);
  void texts(const char* name, std::vector<std::string>& into);
  void flag(const char* name, bool& into);
  void count(const char* name, std::uint64_t& into, std::uint64_t least = 0);
  void integer(const char* name, int& into, int least, int most);
  void share(const char* name, double& into);
  /// `"15m"`; ten years at most, so that instants can be reckoned with it.
  void duration(const char* name, Duration& into);
  /// The row of the table whose `text` the member is, or nullptr.
  template <class Row, std::size_t N>
  const Row* row(const char* name, const Row (&rows)[N]) {
    const std::string* text = text_at(name);
    if (text == nullptr) return nullptr;
    std::string all;
    for (const Row& row : rows) {
      if (*text == row.text) return &row;
      all += (all.empty() ? "" : ", ") + std::string(row.text);
    }
    fault(name, "is \"" + *text + "\"; it is one of " + all);
    return nullptr;
  }
  template <class Choice, std::size_t N>
  void word(const char* name, Choice& into, const Word<Choice> (&words)[N]) {
    if (const Word<Choice>* word = row(name, words)) into = word->choice;
  }
  /// The member, marked as known, or nullptr.
  const nlohmann::json* member(const char* name);

  void fault(const std::string& name, const std::string& what);
  void take_fault(std::string whole);
  bool has_fault() const { return fault_.has_value(); }
  /// The first fault, members that nobody asked for among them.
  std::optional<std::string> end();

 private:
  const std::string* text_at(const char* name);

  const nlohmann::json& object_;
  std::string place_;
  std::set<std::string> known_;
  std::optional<std::string> fault_;
};

}  // namespace batchctl::sandbox
