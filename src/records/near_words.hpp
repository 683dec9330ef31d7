// What a misspelt word was meant to be.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace batchctl {

/// The word that differs least, ignoring case, `_` and `-`: by at most two letters, and by less than a third of them.
class NearestWord {
 public:
  explicit NearestWord(std::string_view misspelt);
  void look_at(std::string_view word);
  std::optional<std::string_view> found() const;

 private:
  std::string_view misspelt_;
  std::string_view best_;
  std::size_t distance_;
};

}  // namespace batchctl
