// All that is wrong with an input, told at once: the first few with their places, and a count of the rest.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "records/line_fault.hpp"

namespace batchctl {

/// Memory for `kShown` problems, however many there are.
class Problems {
 public:
  static constexpr std::size_t kShown = 20;

  /// `place` is `file:line`.
  void add(const std::string& place, const LineFault& fault);

  bool any() const { return count_ > 0; }
  std::int64_t count() const { return count_; }

  /// Fatal{failed, "bad_input"}: a line a problem, `place: what is wrong`, the first one first, then how many more.
  Fatal fatal() const;

 private:
  std::vector<std::string> shown_;
  std::string last_;  // what the line before says
  std::string next_;  // what to do about the first
  bool same_next_ = true, by_schema_ = false;
  std::int64_t count_ = 0;
};

}  // namespace batchctl
