#include "records/line_fault.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/text.hpp"

namespace batchctl {

LineFault line_fault(std::string what, std::string next) { return {std::move(what), std::move(next)}; }

std::string Place::spelled() const {
  const std::string before = outer != nullptr ? outer->spelled() : std::string{};
  if (index != kNoIndex) return fmt::format("{}[{}]", before, index);
  return fmt::format("{}{}\"{}\"", before, before.empty() ? "" : ".", one_line(member, 40));
}

}  // namespace batchctl
