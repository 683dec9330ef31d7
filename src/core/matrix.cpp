#include "core/matrix.hpp"

#include <fmt/format.h>

namespace batchctl {

std::string_view name_of(HoldEffect effect) {
  switch (effect) {
    case HoldEffect::none:
      return "";
    case HoldEffect::take:
      return "taken";
    case HoldEffect::doubt:
      return "kept, in doubt";
    case HoldEffect::keep:
      return "kept";
    case HoldEffect::release:
      return "released";
  }
  return "";
}

std::string_view name_of(CreateAnswer answer) {
  switch (answer) {
    case CreateAnswer::created:
      return "2xx with a readable name";
    case CreateAnswer::unclear:
      return "2xx unreadable, 3xx, 408, 499, 5xx; time-out or cut after the first byte was sent; process found dead";
    case CreateAnswer::not_sent:
      return "no connection, or stopped before the first byte was sent";
    case CreateAnswer::refused:
      return "429";
    case CreateAnswer::stopped:
      return "400, 401, 403, 404 about key, permission, billing or model";
    case CreateAnswer::rejected:
      return "400 about what was sent: a line, the schema, the size";
    case CreateAnswer::lost_file:
      return "403 or 404 about the input file";
  }
  return "";
}

std::string_view name_of(RunEffect effect) {
  switch (effect) {
    case RunEffect::none:
      return "";
    case RunEffect::others_go_on:
      return "others go on; this chunk is looked up first";
    case RunEffect::outage_breaker:
      return "backs off, 5 s doubling to 5 min";
    case RunEffect::quota_breaker:
      return "waits by the kind of the refusal";
    case RunEffect::stop:
      return "stops, exit 4";
    case RunEffect::stop_if_second:
      return "goes on; two in a row: stops, exit 4";
    case RunEffect::next_generation:
      return "goes on; the file is sent again, at most 3 times";
  }
  return "";
}

std::string matrix_markdown() {
  std::string table = "| from | event | to | hold |\n|---|---|---|---|\n";
  for (const ChunkRow& row : kChunkTable)
    table += fmt::format("| {} | {} | {} | {} |\n", name_of(row.from), name_of(row.event), name_of(row.to),
                         name_of(row.hold));
  return table;
}

std::string answers_markdown() {
  std::string table = "| answer | event | chunk | hold | run |\n|---|---|---|---|---|\n";
  for (const CreateAnswerRow& row : kCreateAnswerTable) {
    const ChunkRow& move = *find_row(ChunkState::creating, row.event);
    table += fmt::format("| {} | {} | {} | {} | {} |\n", name_of(row.answer), name_of(row.event), name_of(move.to),
                         name_of(move.hold), name_of(row.run));
  }
  return table;
}

}  // namespace batchctl
