// A template, a zero byte, a record: read, walked, rendered the same every time.
#include <simdjson.h>

#include "base/error.hpp"
#include "fuzz/input.hpp"
#include "records/prompt_template.hpp"

using namespace batchctl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::Input input(bytes, size);
  const std::string_view text = input.word();
  const fuzz::Padded line(input.rest());
  static simdjson::dom::parser parser;
  simdjson::dom::object record;
  if (parser.parse(line.text().data(), line.text().size(), false).get(record) != simdjson::SUCCESS) return 0;
  try {
    PromptTemplate prompt(text);
    std::string once, again;
    const bool bad = prompt.render(record, line.text(), once).has_value();
    const bool bad_again = prompt.render(record, line.text(), again).has_value();
    fuzz::must(bad == bad_again && (bad || once == again), "the same text on every call");
    (void)prompt.name_never_found();
  } catch (const Fatal& refused) {
    fuzz::must(refused.code() == "bad_template", "a template is refused by its name");
  }
  return 0;
}
