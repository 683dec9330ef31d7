#include "http/date.hpp"

#include "http/curl.hpp"

namespace batchctl::http {

std::optional<Instant> parse_date(const std::string& text) {
  const std::time_t at = curl().getdate(text.c_str(), nullptr);
  if (at == -1) return std::nullopt;
  return Instant{seconds{at}};
}

}  // namespace batchctl::http
