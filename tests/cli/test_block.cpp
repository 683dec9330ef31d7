#include "cli/block.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/columns.hpp"
#include "screens/screen.hpp"

using namespace batchctl;
using cli::ScreenSize;

namespace {

const Instant kNow = from_unix_ms(1'795'400'000'000);  // 02:13:20 UTC
using Lines = std::vector<std::string>;

std::int64_t& of(ChunkTally& tally, ChunkState state) { return tally[static_cast<std::size_t>(state)]; }

app::RunReport report_of(const std::string& name) {
  app::RunReport report;
  report.run.name = name;
  report.state = RunState::paused;
  report.records = {15'400, 3'000, 12, 12'388};
  of(report.chunks, ChunkState::done) = 30;
  of(report.chunks, ChunkState::submitted) = 21;
  of(report.chunks, ChunkState::uploaded) = 2;
  of(report.chunks, ChunkState::planned) = 101;
  report.jobs[static_cast<std::size_t>(JobState::pending)] = 21;
  report.usage.enqueued = 133'000;
  report.token_limit = 3'000'000;
  report.cost.actual = 1.2;
  report.cost.estimated = 9.98;
  report.pause = plan::Pause{"RESOURCE_EXHAUSTED", PauseKind::stock, std::nullopt, "full", kNow, kNow + minutes{12}};
  report.next_event = app::NextEvent{kNow + minutes{12}, "creating is tried again"};
  report.eta = kNow + hours{3};
  report.next = "batchctl resume " + name;
  return report;
}

std::string seen(const std::string& line) {
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i)
    if (line[i] == '\x1b')
      i = line.find('m', i);
    else
      text += line[i];
  return text;
}

std::string joined(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace

TEST_CASE("the block of a run answers how far it is, what it costs and what comes next") {
  const std::string block = joined(cli::block_lines({report_of("qa")}, {80, 24}, kNow));
  for (const char* part : {"qa  paused", "ends in 3 h", "19 %", "101 planned, 2 uploaded, 21 submitted, 30 done",
                           "21 pending", "3,000 of 15,400 answered, 12 failed", "133,000 in flight of 3,000,000",
                           "$1.20", "in 12 min (02:25): creating is tried again"})
    CHECK_MESSAGE(block.find(part) != std::string::npos, part, block);
}

TEST_CASE("no line of a block reaches the edge and no block fills the screen, however small it is") {
  std::vector<app::RunReport> many;
  for (const char* name :
       {"qa", "東京の質問", "a-very-long-name-that-a-person-gave-to-this-run-of-questions", "four", "five"})
    many.push_back(report_of(name));
  const std::vector<std::vector<app::RunReport>> cases = {{many[0]}, {many[1]}, {many[2]}, many};
  for (const auto& reports : cases)
    for (const int columns : {1, 2, 5, 9, 12, 20, 40, 80, 200})
      for (const int rows : {1, 2, 3, 5, 10, 24})
        for (const bool colour : {false, true}) {
          CAPTURE(columns);
          CAPTURE(rows);
          cli::Viewpoint view(kNow);
          view.colour = colour;
          const Lines lines = cli::block_lines(reports, {columns, rows}, view);
          CHECK(lines.size() <= static_cast<std::size_t>(std::max(rows - 1, 1)));
          CHECK(!lines.empty());
          for (const std::string& line : lines)
            CHECK(cli::columns(seen(line)) <= static_cast<std::size_t>(std::max(columns - 1, 1)));
        }
}

TEST_CASE("what matters least is left out first where the screen is low") {
  const std::string low = joined(cli::block_lines({report_of("qa")}, {80, 4}, kNow));
  CHECK(low.find("qa  paused") != std::string::npos);
  CHECK(low.find("19 %") != std::string::npos);
  CHECK(low.find("creating is tried again") != std::string::npos);
  CHECK(low.find("tokens") == std::string::npos);
}

TEST_CASE("every state that has a chunk has a place in the bar") {
  app::RunReport report = report_of("qa");
  report.chunks = {};
  of(report.chunks, ChunkState::done) = 100'000;
  of(report.chunks, ChunkState::submitted) = 1;
  of(report.chunks, ChunkState::failed) = 1;
  of(report.chunks, ChunkState::planned) = 1;
  const std::string bar = cli::block_lines({report}, {40, 24}, kNow).at(1);
  for (const char mark : {'#', '=', '!', '.'}) CHECK_MESSAGE(bar.find(mark) != std::string::npos, bar);
}

TEST_CASE("a run is done to a hundred only when no record is missing") {
  app::RunReport report = report_of("qa");
  report.records = {1'000'000, 999'999, 0, 1};
  CHECK(cli::block_lines({report}, {80, 24}, kNow).at(1).find(" 99 %") != std::string::npos);
  report.records = {1'000'000, 999'999, 1, 0};
  CHECK(cli::block_lines({report}, {80, 24}, kNow).at(1).find("100 %") != std::string::npos);
}

TEST_CASE("colours are only where they are wanted, and change no letter") {
  cli::Viewpoint view(kNow);
  const Lines plain = cli::block_lines({report_of("qa")}, {80, 24}, view);
  CHECK(joined(plain).find('\x1b') == std::string::npos);
  view.colour = true;
  const Lines coloured = cli::block_lines({report_of("qa")}, {80, 24}, view);
  CHECK(joined(coloured).find("\x1b[33mpaused\x1b[0m") != std::string::npos);
  REQUIRE(coloured.size() == plain.size());
  for (std::size_t i = 0; i < plain.size(); ++i) CHECK(seen(coloured[i]) == plain[i]);
}

TEST_CASE("a block is drawn over itself, and leaves nothing when it is taken away") {
  Screen screen(40, 6);
  screen.write("before\r\n");
  ScreenSize size{40, 6};
  cli::Block block([&](const std::string& text) { screen.write(text); }, [&] { return size; });
  block.draw({"one", "two", "three"});
  CHECK(screen.text() == "before\none\ntwo\nthree\n");
  block.draw({"uno", "dos"});
  CHECK(screen.text() == "before\nuno\ndos\n");
  block.erase();
  screen.write("a remark\r\n");
  block.draw({"uno", "dos"});
  CHECK(screen.text() == "before\na remark\nuno\ndos\n");
  block.erase();
  CHECK(screen.text() == "before\na remark\n");
}

TEST_CASE("a terminal that became narrower and has wrapped the block shows it once all the same") {
  Screen screen(40, 8);
  ScreenSize size{40, 8};
  cli::Block block([&](const std::string& text) { screen.write(text); }, [&] { return size; });
  screen.write("before\r\n");
  block.draw({"a line of thirty characters...", "a second line of that length.."});
  size = {20, 8};
  screen.resize(20, 8);
  block.draw({"short", "lines"});
  CHECK(screen.text() == "before\nshort\nlines\n");
  size = {60, 8};
  screen.resize(60, 8);
  block.draw({"a line of thirty characters...", "a second line of that length.."});
  CHECK(screen.text() == "before\na line of thirty characters...\na second line of that length..\n");
}
