// What is wrong with a line of input, and where in it.
#pragma once

#include <string>
#include <string_view>

namespace batchctl {

/// In words that follow `file:line: `.
struct LineFault {
  std::string what;
  std::string next;  // what to do about it
};

LineFault line_fault(std::string what, std::string next = "Correct the line and submit again.");

/// A member or an element on the way from the line to what is looked at. Kept as views: only a fault spells it.
struct Place {
  static constexpr std::size_t kNoIndex = static_cast<std::size_t>(-1);

  const Place* outer = nullptr;
  std::string_view member;       // of an object; used without an index
  std::size_t index = kNoIndex;  // in an array, from 0

  Place of(std::string_view name) const { return {this, name, kNoIndex}; }
  Place at(std::size_t i) const { return {this, {}, i}; }
  /// `"body"."messages"[2]."content"`
  std::string spelled() const;
};

}  // namespace batchctl
