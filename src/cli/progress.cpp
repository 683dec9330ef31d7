#include "cli/progress.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/log.hpp"
#include "base/text.hpp"
#include "cli/documents.hpp"

namespace batchctl::cli {

namespace {

constexpr std::chrono::seconds kCalm{2};

void event_line(const nlohmann::ordered_json& event) {
  fmt::print("{}\n", to_line(event));
  std::fflush(stdout);
}

}  // namespace

void Progress::moved(const Move& move) {
  const auto from = name_of(move.chunk.state);
  log(LogLevel::info, "chunk {}/{}: {} -> {} ({}{}{})", move.run.name, move.chunk.index, from, name_of(move.to),
      name_of(move.event), move.why.empty() ? "" : ": ", move.why);
  if (json_)
    event_line({{"event", "moved"},
                {"run", move.run.name},
                {"chunk", move.chunk.index},
                {"from", std::string(from)},
                {"to", std::string(name_of(move.to))},
                {"cause", std::string(name_of(move.event))},
                {"why", move.why}});
  const auto now = std::chrono::steady_clock::now();
  if (quiet_ || !tally_ || now - last_line_ < kCalm) return;
  last_line_ = now;
  const ChunkTally tally = tally_(move.run.key);
  std::string line;
  for (std::size_t i = 0; i < kChunkStates; ++i)
    if (tally[i] > 0) line += fmt::format("{}{} {}", line.empty() ? "" : ", ", tally[i], kChunkStateNames[i]);
  fmt::print(stderr, "{}: {}\n", move.run.name, line);
}

void Progress::says(const Run& run, const std::string& line) {
  if (json_) event_line({{"event", "note"}, {"run", run.name}, {"message", redacted(line)}});
  if (!quiet_) fmt::print(stderr, "{}: {}\n", run.name, redacted(one_line(line)));
}

}  // namespace batchctl::cli
