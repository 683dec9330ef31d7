#include "records/sample.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include "base/error.hpp"
#include "records/json_text.hpp"
#include "records/line_reader.hpp"
#include "records/record_renderer.hpp"

namespace batchctl {

namespace {

constexpr std::size_t kSampleBytes = 8U << 10U;  // of contents; one longer record is a sample alone

const std::string& path_of(const Input& input) { return input.spool_path.empty() ? input.path : input.spool_path; }

std::uint64_t size_of(const Input& input) {
  std::error_code problem;
  const std::uintmax_t size = std::filesystem::file_size(path_of(input), problem);
  return problem ? 0 : size;
}

/// What stands between the brackets of `contents`; empty when the request has none (an embedding, say).
std::string_view contents_in(std::string_view request) {
  for (RawMembers member(request); member.next();)
    if (member.name() == "\"contents\"" && member.value().size() > 2)
      return without_outer_space(member.value().substr(1, member.value().size() - 2));
  return {};
}

class Sampler {
 public:
  Sampler(const Input& input, const Settings& settings)
      : settings_(settings),
        format_(format_in(settings)),
        reader_(path_of(input), input.shown_path),
        parser_(settings) {
    // Told by the contents alone.
    settings_.system.reset();
    settings_.generation_config.reset();
    settings_.schema.reset();
  }

  std::optional<Sample> at(std::uint64_t offset) {
    reader_.go_to(offset, LineReader::kToTheEnd, 1);
    Line line;
    if (offset > 0 && !reader_.next(line)) return std::nullopt;  // the rest of a line
    Sample sample;
    std::string contents;
    while (contents.size() < kSampleBytes && reader_.next(line)) {
      const std::string_view text = without_mark(line.text);
      if (is_blank(text)) continue;
      auto parsed = parser_.parse(text, format_);
      if (!parsed) break;
      format_ = parsed.value().format;
      RecordRenderer renderer(settings_, *format_);
      wire_line_.clear();
      if (renderer.append(wire_line_, parsed.value(), 0)) break;
      const std::string_view request = raw_member_value(wire_line_, 1);
      const std::string_view more = contents_in(request);
      if (more.empty()) break;
      contents += contents.empty() ? "" : ",";
      contents += more;
      sample.estimated += renderer.tokens(parsed.value(), parser_);
    }
    if (contents.empty()) return std::nullopt;
    sample.request = "{\"contents\":[" + contents + "]}";
    return sample;
  }

 private:
  static std::string_view without_mark(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    return text;
  }

  Settings settings_;
  std::optional<LineFormat> format_;
  LineReader reader_;
  InputLineParser parser_;
  std::string wire_line_;
};

}  // namespace

std::vector<Sample> take_samples(const std::vector<Input>& inputs, const Settings& settings, int most) {
  std::vector<Sample> samples;
  if (inputs.empty()) return samples;
  const auto largest = std::max_element(inputs.begin(), inputs.end(),
                                        [](const Input& a, const Input& b) { return size_of(a) < size_of(b); });
  const std::uint64_t size = size_of(*largest);
  const auto places = static_cast<std::uint64_t>(most);
  try {
    Sampler sampler(*largest, settings);
    for (std::uint64_t i = 0; i < places; ++i) {
      if (i > 0 && size < places * kSampleBytes) break;
      if (auto sample = sampler.at(size / places * i)) samples.push_back(*std::move(sample));
    }
  } catch (const Fatal&) {
    // Told by the scan, with its place.
  }
  return samples;
}

}  // namespace batchctl
