#include "records/render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "records/input_line.hpp"
#include "records/record_renderer.hpp"
#include "records/span_reader.hpp"

namespace batchctl {

namespace {

class BodySource : public ByteSource {
 public:
  BodySource(std::vector<Span> spans, std::vector<Input> inputs, const Settings& settings, LineFormat format)
      : renderer_(settings, format), lines_(std::move(inputs), settings), spans_(std::move(spans)) {}

  std::size_t read(std::span<char> buffer) override {
    while (given_ == ready_.size())
      if (!render_more()) return 0;
    const std::size_t size = std::min(buffer.size(), ready_.size() - given_);
    std::memcpy(buffer.data(), ready_.data() + given_, size);
    given_ += size;
    return size;
  }

 private:
  /// Some 64 KiB of lines at once, or one that is longer.
  bool render_more() {
    constexpr std::size_t kEnough = 1U << 16U;
    ready_.clear();
    given_ = 0;
    while (ready_.size() < kEnough && advance())
      if (auto wrong = renderer_.append(ready_, lines_.parse(line_, renderer_.format()), record_))
        throw lines_.changed(line_, *wrong);
    return !ready_.empty();
  }

  bool advance() {
    for (;;) {
      if (lines_.next(line_, record_)) return true;
      if (next_span_ == spans_.size()) return false;
      lines_.open(spans_[next_span_++]);
    }
  }

  RecordRenderer renderer_;
  SpanReader lines_;
  std::vector<Span> spans_;
  std::size_t next_span_ = 0;
  Line line_;
  std::int64_t record_ = 0;
  std::string ready_;  // rendered, of which given_ bytes were taken
  std::size_t given_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> open_body(std::vector<Span> spans, std::vector<Input> inputs, const Settings& settings) {
  const auto format = format_in(settings);
  if (!format) throw Bug("a body of a format that is not known");
  return std::make_unique<BodySource>(std::move(spans), std::move(inputs), settings, *format);
}

}  // namespace batchctl
