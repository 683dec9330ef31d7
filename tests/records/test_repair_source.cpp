#include "records/repair_source.hpp"

#include <sstream>

#include "base/sha256.hpp"
#include "fixture.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

template <class Fill>
Overrides made(Fill fill) {
  Overrides overrides;
  fill(overrides);
  return overrides;
}

std::string numbered(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i)
    lines += "{\"question\":\"q" + std::string(static_cast<std::size_t>(i), 'x') + "\"}\n";
  return lines;
}

/// The wire lines of these records among those of the whole.
std::string lines_of(const std::string& body, const std::vector<std::int64_t>& records) {
  std::istringstream all(body);
  std::string some, line;
  for (std::int64_t record = 0; std::getline(all, line); ++record)
    if (std::find(records.begin(), records.end(), record) != records.end()) some += line + "\n";
  return some;
}

}  // namespace

TEST_CASE("records found again render to the very lines that were sent before") {
  const TempDir dir;
  const std::vector<Input> inputs = inputs_of(dir, {numbered(20), numbered(9)});
  const Scanned scanned = scan_all(inputs, {}, {12, 1'000'000, 1'000'000});
  REQUIRE(scanned.chunks.size() == 3);
  const Settings settings = with_format({}, "qa");
  const std::string whole = bodies_of(inputs, scanned);
  const std::vector<std::int64_t> wanted = {0, 3, 4, 5, 11, 12, 19, 20, 21, 28};
  RepairSource source(inputs, settings, {});
  std::vector<Span> spans;
  std::int64_t tokens = 0;
  std::uint64_t bytes = 0;
  for (const PlannedChunk& chunk : scanned.chunks) {
    std::vector<std::int64_t> mine;
    for (const std::int64_t record : wanted)
      if (record >= chunk.first_record && record < chunk.first_record + chunk.records) mine.push_back(record);
    for (const FoundRecord& found : source.find(chunk.spans, chunk.body_sha256, mine)) {
      append_span(spans, found.span);
      tokens += found.tokens;
      bytes += found.bytes;
    }
  }
  CHECK(spans.size() == 6);  // 0, 3-5, 11-12, 19, 20-21 of the other file, 28
  const std::string expected = lines_of(whole, wanted);
  CHECK(read_all(*open_body(spans, inputs, settings)) == expected);
  const BodyFacts body = read_body(spans, inputs, settings, {});
  CHECK(body.bytes == expected.size());
  CHECK(body.sha256 == sha256_hex(expected));
  CHECK(bytes == expected.size());
  CHECK(tokens > 0);
}

TEST_CASE("a chunk whose input changed gives nothing to be sent again") {
  const TempDir dir;
  const std::vector<Input> inputs = inputs_of(dir, {numbered(4)});
  const Scanned scanned = scan_all(inputs);
  std::string changed = numbered(4);
  changed[changed.find("qx")] = 'Q';  // another record than the one that is wanted
  dir.write("0.jsonl", changed);
  RepairSource source(inputs, with_format({}, "qa"), {});
  const std::vector<std::int64_t> wanted = {3};
  const Fatal fatal = fatal_of([&] { source.find(scanned.chunks[0].spans, scanned.chunks[0].body_sha256, wanted); });
  CHECK(fatal.exit() == ExitCode::mismatch);
  CHECK(contains(fatal.what(), "0.jsonl"));
}

TEST_CASE("what is asked for otherwise is in the body, its size and its tokens") {
  const TempDir dir;
  const std::vector<Input> inputs = inputs_of(dir, {numbered(2)});
  const Scanned scanned = scan_all(inputs);
  const Settings settings = with_format({}, "qa");
  const std::vector<std::int64_t> wanted = {1};
  const auto find = [&](const Overrides& overrides) {
    return RepairSource(inputs, settings, overrides)
        .find(scanned.chunks[0].spans, scanned.chunks[0].body_sha256, wanted)[0];
  };
  const Overrides overrides = made([](Overrides& o) { o.note = std::string(400, 'n'); });
  const FoundRecord plain = find({}), noted = find(overrides);
  CHECK(noted.tokens >= plain.tokens + 50);
  const std::string body = read_all(*open_body({noted.span}, inputs, settings, overrides));
  CHECK(noted.bytes == body.size());
  CHECK(contains(body, std::string(400, 'n')));
}
