// A chunk cut in two: the same lines, each half a body of its own.
#include "records/halves.hpp"

#include "base/sha256.hpp"
#include "fixture.hpp"
#include "random_lines.hpp"
#include "records/render.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

Chunk stored(const PlannedChunk& planned) {
  Chunk chunk;
  chunk.records = planned.records;
  chunk.first_record = planned.first_record;
  chunk.body_bytes = planned.body_bytes;
  chunk.body_sha256 = planned.body_sha256;
  chunk.tokens = planned.tokens;
  return chunk;
}

}  // namespace

TEST_CASE("two halves are the whole, whatever the lines and files") {
  const TempDir dir;
  std::string one, two;
  for (int i = 0; i < 7; ++i)
    one += "{\"question\":\"" + std::string(static_cast<std::size_t>(20 + 300 * (i % 3)), 'q') + "\"}\n";
  for (int i = 0; i < 4; ++i) two += "{\"question\":\"and " + std::to_string(i) + "?\"}\n";
  const auto inputs = inputs_of(dir, {one, two});
  const Settings settings;
  const Scanned planned = scan_all(inputs, settings);
  REQUIRE(planned.chunks.size() == 1);
  const Chunk whole = stored(planned.chunks[0]);
  Settings known = settings;
  known.format = "qa";
  const auto halves = cut_in_two(whole, planned.chunks[0].spans, inputs, known);
  CHECK(halves[0].first_record == 0);
  CHECK(halves[1].first_record == halves[0].records);
  CHECK(halves[0].records + halves[1].records == whole.records);
  CHECK(halves[0].body_bytes + halves[1].body_bytes == whole.body_bytes);
  CHECK(halves[0].tokens + halves[1].tokens == whole.tokens);
  CHECK(halves[0].tokens > 0);
  for (const PlannedChunk& half : halves) CHECK(half.body_bytes < whole.body_bytes * 3 / 4);
  std::string bodies;
  for (const PlannedChunk& half : halves) {
    const std::string body = read_all(*open_body(half.spans, inputs, known));
    Sha256 hash;
    hash.update(body);
    CHECK(hash.hex() == half.body_sha256);
    bodies += body;
  }
  CHECK(bodies == read_all(*open_body(planned.chunks[0].spans, inputs, known)));

  SUBCASE("a changed input is noticed") {
    dir.write(inputs[0].shown_path, one.replace(one.find("qq"), 2, "xx"));
    CHECK_THROWS_AS(cut_in_two(whole, planned.chunks[0].spans, inputs, known), Fatal);
  }
}
