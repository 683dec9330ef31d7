#include "records/record_pointer.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace batchctl {

namespace {

Fatal no_pointer(std::string_view text) {
  return {ExitCode::usage, "bad_option", fmt::format("--records: \"{}\" is no JSON pointer", one_line(text, 60)),
          "Give a path such as /data or /data/*/qa_pairs."};
}

}  // namespace

RecordPointer::RecordPointer(std::string_view text) {
  if (text.empty()) return;
  if (text.front() != '/') throw no_pointer(text);
  for (std::size_t at = 0; at < text.size();) {
    Step step;
    for (++at; at < text.size() && text[at] != '/'; ++at) {
      if (text[at] != '~') {
        step.name += text[at];
        continue;
      }
      if (++at == text.size() || (text[at] != '0' && text[at] != '1')) throw no_pointer(text);
      step.name += text[at] == '0' ? '~' : '/';
    }
    step.any = step.name == "*";
    steps_.push_back(std::move(step));
  }
}

bool RecordPointer::goes_to(std::size_t i, std::size_t element) const {
  return steps_[i].any || steps_[i].name == std::to_string(element);
}

}  // namespace batchctl
