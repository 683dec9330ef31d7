#include "base/harmless.hpp"

#include <fmt/format.h>

#include <cstdint>

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace batchctl {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Each character of the text, made valid, as `append(out, sequence)` puts it.
template <class Append>
std::string rewritten(std::string_view text, const Append& append) {
  const std::string valid = with_valid_utf8(text);
  std::string out;
  out.reserve(valid.size());
  for (std::string_view rest = valid; !rest.empty();) append(out, take_sequence(rest));
  return out;
}

}  // namespace

bool is_obeyed(std::string_view sequence) {
  const std::uint32_t c = code_point(sequence);
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

std::string harmless(std::string_view text) {
  return rewritten(text, [](std::string& out, std::string_view sequence) {
    if (sequence == "\n")
      out += '\n';
    else if (sequence == "\t")
      out += ' ';
    else
      out += is_obeyed(sequence) ? kReplacement : sequence;
  });
}

std::string harmless_json(std::string_view json) {
  return rewritten(json, [](std::string& out, std::string_view sequence) {
    // JSON has no control character in a string, so one that stands here stands between values.
    if (static_cast<unsigned char>(sequence.front()) < 0x20 || !is_obeyed(sequence))
      out += sequence;
    else
      out += fmt::format("\\u{:04x}", code_point(sequence));
  });
}

}  // namespace batchctl
