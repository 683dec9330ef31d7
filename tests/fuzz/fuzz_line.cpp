// A line of each format: read, checked, rendered. What is rendered is one line of JSON, the same on every call, and
// asks what the service's schema knows.
#include <simdjson.h>

#include <array>
#include <optional>

#include "base/error.hpp"
#include "fuzz/input.hpp"
#include "records/input_line.hpp"
#include "records/record_renderer.hpp"

using namespace batchctl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static constexpr std::array<std::optional<LineFormat>, 5> kFormats = {
      std::nullopt, LineFormat::qa, LineFormat::gemini, LineFormat::openai, LineFormat::chat};
  fuzz::Input input(bytes, size);
  const std::optional<LineFormat> format = kFormats[input.choice(kFormats.size())];
  Settings settings;
  if (input.choice(2) == 1) {
    settings.system = "Be brief.";
    settings.generation_config = R"({"temperature":0})";
  }
  const fuzz::Padded line(input.rest());
  if (line.text().find('\n') != std::string_view::npos) return 0;  // two lines
  InputLineParser parser(settings);
  const auto parsed = parser.parse(line.text(), format);
  if (!parsed) {
    fuzz::must(!parsed.error().what.empty(), "a bad line is told why");
    return 0;
  }
  (void)parser.raw_user_key();
  (void)parser.request_fault();
  RecordRenderer renderer(settings, parsed.value().format);
  std::string once, again;
  if (renderer.append(once, parsed.value(), 7)) return 0;
  fuzz::must(renderer.tokens(parsed.value(), parser) > 0, "a record has tokens");
  fuzz::must(!renderer.append(again, parsed.value(), 7) && once == again, "the same bytes on every call");
  fuzz::must(once.find('\n') == once.size() - 1, "one line");
  static simdjson::dom::parser judge;
  fuzz::must(judge.parse(once).error() == simdjson::SUCCESS, "what is rendered is JSON");
  return 0;
}
