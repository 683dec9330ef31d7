// Where the records are in a JSON document: a JSON pointer (RFC 6901) in which `*` stands for every element or member.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace batchctl {

class RecordPointer {
 public:
  /// The whole document.
  RecordPointer() = default;
  /// `/data/*/qa_pairs`; `~1` is a slash, `~0` a tilde. Throws Fatal{usage} when it is none.
  explicit RecordPointer(std::string_view text);

  std::size_t size() const { return steps_.size(); }
  /// Whether step `i` goes to the member of that name, or to the element of that number.
  bool goes_to(std::size_t i, std::string_view member) const { return steps_[i].any || steps_[i].name == member; }
  bool goes_to(std::size_t i, std::size_t element) const;

 private:
  struct Step {
    std::string name;
    bool any = false;
  };
  std::vector<Step> steps_;
};

}  // namespace batchctl
