// A JSON document with records in it, and the pointer to them: the same rows however the bytes come.
#include "base/error.hpp"
#include "fuzz/input.hpp"
#include "records/container.hpp"

using namespace batchctl;

namespace {

fuzz::Converted rows_of(const Settings& settings, std::string_view bytes, std::size_t piece) {
  fuzz::Converted converted;
  try {
    const auto rows = converter_for(Container::elements, settings, "document",
                                    [&](std::string_view some) { converted.rows += some; });
    for (std::size_t at = 0; at < bytes.size(); at += piece) rows->take(bytes.substr(at, piece));
    rows->finish();
  } catch (const Fatal&) {
    return {true, {}};
  }
  return converted;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::Input input(bytes, size);
  const std::size_t piece = 1 + input.choice(7);
  Settings settings;
  if (const std::string_view pointer = input.word(); !pointer.empty()) settings.records = std::string(pointer);
  fuzz::must(rows_of(settings, input.rest(), 1U << 20U) == rows_of(settings, input.rest(), piece),
             "the same rows however the bytes come");
  return 0;
}
