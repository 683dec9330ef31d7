#include "records/tokens.hpp"

namespace batchctl {

std::int64_t estimate_tokens(std::string_view text) {
  // In twelfths of a token, so that it stays whole numbers; first bytes of UTF-8 sequences tell the kind.
  std::int64_t ascii = 0, two = 0, three = 0, four = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    ascii += byte < 0x80 ? 1 : 0;
    two += byte >= 0xc0 && byte < 0xe0 ? 1 : 0;
    three += byte >= 0xe0 && byte < 0xf0 ? 1 : 0;
    four += byte >= 0xf0 ? 1 : 0;
  }
  return (ascii * 3 + two * 6 + three * 8 + four * 24 + 11) / 12;
}

}  // namespace batchctl
