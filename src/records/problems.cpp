#include "records/problems.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace batchctl {

void Problems::add(const std::string& place, const LineFault& fault) {
  if (count_ == 0) next_ = fault.next;
  same_next_ = same_next_ && next_ == fault.next;
  if (shown_.size() < kShown) shown_.push_back(fmt::format("{}: {}", place, fault.what));
  ++count_;
}

Fatal Problems::fatal() const {
  if (!any()) throw Bug("an input without problems is refused");
  std::string text = fmt::format("{}", fmt::join(shown_, "\n"));
  const auto more = count_ - static_cast<std::int64_t>(shown_.size());
  if (more > 0)
    text += fmt::format("\nand {} more: {} in all", spell_count(static_cast<std::uint64_t>(more)),
                        spell_count(static_cast<std::uint64_t>(count_), "problem"));
  return {ExitCode::failed, "bad_input", text, same_next_ ? next_ : "Correct these lines and submit again."};
}

}  // namespace batchctl
