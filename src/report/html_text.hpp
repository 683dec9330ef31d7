// Foreign words inside of HTML: nothing in them is markup, a command, or able to turn the text around it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace batchctl::report {

/// On one line, at most about `limit` bytes long, for element text and quoted attributes. Control characters become
/// spaces; bytes that are not UTF-8 become "?"; marks that change the direction of text or hide become U+FFFD.
std::string html_text(std::string_view text, std::size_t limit = 2000);

/// The same in an element of its own, so that right-to-left words do not move what stands beside them.
std::string html_words(std::string_view text, std::size_t limit = 2000);

}  // namespace batchctl::report
