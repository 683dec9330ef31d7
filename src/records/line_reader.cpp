#include "records/line_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"

namespace batchctl {

namespace {

constexpr std::size_t kPadding = 64;  // simdjson reads ahead so far

Fatal unreadable(const std::string& shown_path, int reason) {
  return {ExitCode::failed, "unreadable", fmt::format("cannot read {}: {}", shown_path, std::strerror(reason)),
          "Check that the file is there and readable."};
}

}  // namespace

FileHandle open_for_reading(const std::string& path, const std::string& shown_path) {
  FileHandle file(std::fopen(path.c_str(), "rb"));
  if (!file) throw unreadable(shown_path, errno);
  std::setvbuf(file.get(), nullptr, _IONBF, 0);
  return file;
}

LineReader::LineReader(const std::string& path, std::string shown_path)
    : shown_path_(std::move(shown_path)), file_(open_for_reading(path, shown_path_)) {}

void LineReader::go_to(std::uint64_t offset, std::uint64_t bytes, std::int64_t line_number) {
  errno = 0;
  if (offset > static_cast<std::uint64_t>(std::numeric_limits<long>::max()) ||
      std::fseek(file_.get(), static_cast<long>(offset), SEEK_SET) != 0)
    throw unreadable(shown_path_, errno);
  begin_ = end_ = 0;
  offset_ = offset;
  left_ = bytes;
  number_ = line_number;
}

bool LineReader::fill() {
  if (left_ == 0) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(left_, kReadBytes));
  if (buffer_.size() < end_ + want + kPadding) buffer_.resize(std::max(end_ + want + kPadding, 2 * end_));
  errno = 0;
  const std::size_t got = std::fread(buffer_.data() + end_, 1, want, file_.get());
  if (got < want && std::ferror(file_.get()) != 0) throw unreadable(shown_path_, errno);
  if (got < want) left_ = 0;
  if (left_ != kToTheEnd && left_ != 0) left_ -= got;
  if (look_ && got > 0) look_({buffer_.data() + end_, got});
  end_ += got;
  return got > 0;
}

bool LineReader::next(Line& line) {
  std::size_t searched = begin_;
  const char* newline = nullptr;
  for (;;) {
    if (searched < end_)
      newline = static_cast<const char*>(std::memchr(buffer_.data() + searched, '\n', end_ - searched));
    if (newline != nullptr) break;
    const std::size_t pending = end_ - begin_;
    if (pending > kMaxLineBytes)
      throw Fatal(ExitCode::failed, "bad_input",
                  fmt::format("{}:{}: a line of more than {} bytes", shown_path_, number_, kMaxLineBytes),
                  "One record a line is expected: check the file's line endings.");
    if (!fill()) break;
    searched = begin_ + pending;
  }
  if (newline == nullptr && begin_ == end_) return false;
  const std::size_t end = newline != nullptr ? static_cast<std::size_t>(newline - buffer_.data()) : end_;
  const std::size_t next_begin = newline != nullptr ? end + 1 : end_;
  line.text = {buffer_.data() + begin_, end - begin_};
  line.ended = newline != nullptr;
  if (line.ended && !line.text.empty() && line.text.back() == '\r') line.text.remove_suffix(1);
  line.offset = offset_;
  line.bytes = next_begin - begin_;
  line.number = number_;
  offset_ += line.bytes;
  begin_ = next_begin;
  ++number_;
  return true;
}

bool is_blank(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
}

}  // namespace batchctl
