#include "records/problems.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace batchctl {

namespace {

constexpr std::size_t kTwice = 120;  // longer words are not said twice in a row

}  // namespace

void Problems::add(const std::string& place, const LineFault& fault) {
  if (count_ == 0) next_ = fault.next;
  by_schema_ = by_schema_ || mentions(fault.next, "--no-check-requests");
  same_next_ = same_next_ && next_ == fault.next;
  const bool told = fault.what.size() > kTwice && fault.what == last_;
  if (shown_.size() < kShown) shown_.push_back(fmt::format("{}: {}", place, told ? "the same" : fault.what));
  if (count_ < static_cast<std::int64_t>(kShown)) last_ = fault.what;
  ++count_;
}

Fatal Problems::fatal() const {
  if (!any()) throw Bug("an input without problems is refused");
  std::string text = fmt::format("{}", fmt::join(shown_, "\n"));
  const auto more = count_ - static_cast<std::int64_t>(shown_.size());
  if (more > 0)
    text += fmt::format("\nand {} more: {} in all", spell_count(static_cast<std::uint64_t>(more)),
                        spell_count(static_cast<std::uint64_t>(count_), "problem"));
  std::string next = same_next_ ? next_ : "Correct these lines and submit again.";
  if (!same_next_ && by_schema_) next += " What the service has learned since goes through with --no-check-requests.";
  return {ExitCode::failed, "bad_input", text, next};
}

}  // namespace batchctl
