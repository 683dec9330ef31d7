#include "sandbox/related_parts.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace batchctl::sandbox {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadersEnd = "\r\n\r\n";
constexpr std::size_t kHeaderBytesMax = 16384;

std::string content_type_of(std::string_view headers) {
  while (!headers.empty()) {
    const std::size_t end = std::min(headers.find(kLineEnd), headers.size());
    const std::string_view line = headers.substr(0, end);
    const std::size_t colon = std::min(line.find(':'), line.size());
    if (to_lower(trimmed(line.substr(0, colon))) == "content-type") {
      return std::string(trimmed(line.substr(std::min(colon + 1, line.size()))));
    }
    headers.remove_prefix(std::min(end + kLineEnd.size(), headers.size()));
  }
  return "";
}

}  // namespace

std::string boundary_of(std::string_view content_type) {
  const std::size_t found = to_lower(content_type).find("boundary=");
  if (found == std::string::npos) return "";
  std::string_view value = content_type.substr(found + std::string_view("boundary=").size());
  if (!value.empty() && value.front() == '"') {
    value.remove_prefix(1);
    return std::string(value.substr(0, value.find('"')));
  }
  return std::string(trimmed(value.substr(0, value.find(';'))));
}

RelatedParts::RelatedParts(const std::string& boundary, Handler handler)
    : handler_(std::move(handler)),
      delimiter_("\r\n--" + boundary),
      waiting_(kLineEnd) {}  // the first has no line before

void RelatedParts::take(std::string_view bytes) {
  if (place_ == Place::after || place_ == Place::lost) return;
  waiting_ += bytes;
  while (step()) continue;
}

/// Whether there may be more to understand.
bool RelatedParts::step() {
  switch (place_) {
    case Place::before:
    case Place::content:
      return step_in_text();
    case Place::headers:
      return step_in_headers();
    case Place::after:
    case Place::lost:
      return false;
  }
  return false;
}

bool RelatedParts::step_in_text() {
  const std::size_t found = waiting_.find(delimiter_);
  // Without a delimiter all is text, but for what may be the beginning of one.
  const std::size_t text = found != std::string::npos            ? found
                           : waiting_.size() < delimiter_.size() ? 0
                                                                 : waiting_.size() - delimiter_.size() + 1;
  if (place_ == Place::content && text > 0) handler_.bytes(std::string_view(waiting_).substr(0, text));
  waiting_.erase(0, found == std::string::npos ? text : found + delimiter_.size());
  if (found == std::string::npos) return false;
  place_ = Place::headers;
  return true;
}

bool RelatedParts::step_in_headers() {
  if (waiting_.size() < 2) return false;
  if (waiting_.compare(0, 2, "--") == 0) {
    place_ = Place::after;
    waiting_.clear();
    return false;
  }
  const std::size_t found = waiting_.find(kHeadersEnd);
  if (found == std::string::npos) {
    if (waiting_.size() > kHeaderBytesMax) place_ = Place::lost;
    return false;
  }
  handler_.begin(content_type_of(std::string_view(waiting_).substr(0, found)));
  waiting_.erase(0, found + kHeadersEnd.size());
  place_ = Place::content;
  return true;
}

}  // namespace batchctl::sandbox
