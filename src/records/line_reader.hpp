// The lines of a file, or of a range of it, one after another: 256 KiB reads, any length of line.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace batchctl {

/// The longest line that is read; no body can hold a longer one.
inline constexpr std::uint64_t kMaxLineBytes = 2'000'000'000;

/// What some programs put before the first byte of a UTF-8 file.
inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FileHandle = std::unique_ptr<std::FILE, FileCloser>;

/// Opens for reading, unbuffered. Throws Fatal{failed, "unreadable"} naming `shown_path`, with the system's reason.
FileHandle open_for_reading(const std::string& path, const std::string& shown_path);

struct Line {
  std::string_view text;     // without its ending (LF or CRLF); good until the next call. 64 readable bytes follow it
  std::uint64_t offset = 0;  // of its first byte in the file
  std::uint64_t bytes = 0;   // with its ending
  std::int64_t number = 1;
  bool ended = true;  // false: the file ends without a line ending
};

class LineReader {
 public:
  static constexpr std::size_t kReadBytes = 1U << 18U;
  static constexpr std::uint64_t kToTheEnd = std::numeric_limits<std::uint64_t>::max();

  /// Throws Fatal{failed, "unreadable"} when it cannot be opened.
  LineReader(const std::string& path, std::string shown_path);

  /// Goes to a range of the file; its first byte begins the line of that number.
  void go_to(std::uint64_t offset, std::uint64_t bytes, std::int64_t line_number);
  /// Is shown all bytes as they are read, before the lines in them.
  void on_read(std::function<void(std::string_view)> look) { look_ = std::move(look); }

  /// False at the end. Throws Fatal{failed}: "unreadable" when reading fails, "bad_input" for a line above
  /// kMaxLineBytes.
  bool next(Line& line);

  const std::string& shown_path() const { return shown_path_; }

 private:
  bool fill();

  std::string shown_path_;
  FileHandle file_;
  std::function<void(std::string_view)> look_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;  // what is read and not yet given
  std::uint64_t offset_ = 0;         // of begin_ in the file
  std::uint64_t left_ = kToTheEnd;   // bytes of the range not yet read
  std::int64_t number_ = 1;
};

/// Blanks, tabs and carriage returns only.
bool is_blank(std::string_view text);

}  // namespace batchctl
