// The rows of converted input: one JSON record a line, each on the line of its own number.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace batchctl {

using ByteSink = std::function<void(std::string_view)>;

/// Turns bytes as they come into rows. Throws Fatal{failed, "bad_input"} naming file and line.
class Converter {
 public:
  virtual ~Converter() = default;
  virtual void take(std::string_view piece) = 0;
  /// There is no more.
  virtual void finish() = 0;
};

class RowWriter {
 public:
  explicit RowWriter(ByteSink sink) : sink_(std::move(sink)) {}

  /// Begins the row of that number, which is above all before; empty lines stand for the numbers between.
  void begin(std::int64_t number) {
    for (; next_ < number; ++next_) {
      out_ += '\n';
      write_when_full();
    }
  }
  /// Takes more of the row, which must hold no line feed.
  std::string& text() { return out_; }
  void end() {
    out_ += '\n';
    ++next_;
    write_when_full();
  }
  void write_when_full() {
    if (out_.size() >= kEnough) finish();
  }
  void finish() {
    sink_(out_);
    out_.clear();
  }

 private:
  static constexpr std::size_t kEnough = 1U << 20U;

  ByteSink sink_;
  std::string out_;
  std::int64_t next_ = 1;
};

}  // namespace batchctl
