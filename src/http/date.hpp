// The date form of HTTP headers (RFC 9110, section 5.6.7), also its two obsolete spellings.
#pragma once

#include <optional>
#include <string>

#include "base/time.hpp"

namespace batchctl::http {

std::optional<Instant> parse_date(const std::string& text);

}  // namespace batchctl::http
