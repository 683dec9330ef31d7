#include "sandbox/inline_jobs.hpp"

#include <nlohmann/json.hpp>

#include "sandbox/input_lines.hpp"
#include "sandbox/replies.hpp"

namespace batchctl::sandbox {
namespace {

std::string list_of_lines(const std::string& path) {
  std::string list = "[";
  LineReader lines(path);
  while (const auto line = lines.next()) {
    if (list.size() > 1) list += ',';
    list += *line;
  }
  return list + ']';
}

}  // namespace

// The rows are JSON already, and may be many: they are put into the text instead of being read again.
Answer operation_with_responses(const Job& job, Instant now, const std::string& output) {
  const std::string place = "responses of " + job.id;
  Answer answer = json_answer(operation_of(job, now, place));
  const std::string list = list_of_lines(output);
  const std::string quoted = '"' + place + '"';
  for (std::size_t at = 0; (at = answer.body.find(quoted, at)) != std::string::npos; at += list.size()) {
    answer.body.replace(at, quoted.size(), list);
  }
  return answer;
}

}  // namespace batchctl::sandbox
