// The parts of a multipart/related body, taken apart while it comes: memory for one piece of it and one part's headers.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace batchctl::sandbox {

/// The boundary of a Content-Type `multipart/…; boundary=…`, plain or quoted; empty when there is none.
std::string boundary_of(std::string_view content_type);

class RelatedParts {
 public:
  struct Handler {
    std::function<void(const std::string& content_type)> begin;  // of the next part; empty = it names none
    std::function<void(std::string_view bytes)> bytes;           // of that part, piece by piece
  };

  RelatedParts(const std::string& boundary, Handler handler);

  void take(std::string_view bytes);
  /// Whether the closing boundary has come.
  bool is_complete() const { return place_ == Place::after; }

 private:
  enum class Place { before, headers, content, after, lost };

  bool step();
  bool step_in_text();
  bool step_in_headers();

  Handler handler_;
  std::string delimiter_;
  std::string waiting_;  // not looked at, or too short to be understood
  Place place_ = Place::before;
};

}  // namespace batchctl::sandbox
