#include "store/fixture.hpp"

using namespace batchctl;

namespace {

std::vector<int> indexes(const std::vector<Chunk>& chunks) {
  std::vector<int> all;
  for (const Chunk& chunk : chunks) all.push_back(chunk.index);
  return all;
}

}  // namespace

TEST_CASE("a chunk and its spans come back as they were added") {
  Fixture fixture;
  NewChunk repair = base_chunk(7, 3, 4);
  repair.kind = ChunkKind::repair;
  repair.label = "again";
  repair.body_bytes = 5'000'000'000;
  repair.spans = {Span{3, 1, 4, 0, 150, 50}, Span{22, 3, 23, 1, 6'000'000'000, 99}};
  fixture.store->write([&] { fixture.store->add_chunks(fixture.run, std::vector{repair}, 0); });
  const Chunk chunk = fixture.store->chunk_at(fixture.run, 7).value();
  CHECK(chunk.run == fixture.run);
  CHECK(chunk.kind == ChunkKind::repair);
  CHECK(chunk.label == "again");
  CHECK(chunk.records == 4);
  CHECK(chunk.first_record == 3);
  CHECK(chunk.body_bytes == 5'000'000'000);
  CHECK(chunk.body_sha256 == std::string(64, 'a'));
  CHECK(chunk.tokens == 40);
  CHECK(chunk.state == ChunkState::planned);
  CHECK_FALSE(chunk.not_before.has_value());
  CHECK_FALSE(chunk.error.has_value());
  const std::vector<Span> spans = fixture.store->spans(chunk.key);
  REQUIRE(spans.size() == 2);
  CHECK(spans[1].first_record == 22);
  CHECK(spans[1].records == 3);
  CHECK(spans[1].first_line == 23);
  CHECK(spans[1].input == 1);
  CHECK(spans[1].offset == 6'000'000'000);
  CHECK(spans[1].bytes == 99);
  CHECK(fixture.store->run(fixture.run).scan_records == 30);  // the scan had ended
}

TEST_CASE("chunks are found by row, by index and by a range of indexes, in their own run only") {
  Fixture fixture;
  const RunKey first = fixture.run;
  const RunKey second = fixture.add_run("two", {1, 2});
  CHECK(fixture.store->chunk_at(second, 1)->records == 2);
  CHECK_FALSE(fixture.store->chunk_at(second, 2).has_value());
  CHECK_FALSE(fixture.store->chunk(ChunkKey{99}).has_value());
  CHECK(indexes(fixture.store->chunks(first, 1, 5)) == std::vector{1, 2});
  CHECK(indexes(fixture.store->chunks(second, 0, 0)) == std::vector{0});
}

TEST_CASE("chunks of a state come by index, only the ready ones when asked, and not more than wanted") {
  Fixture fixture({1, 1, 1, 1});
  fixture.store->write([&] {
    for (const int index : {3, 0, 2}) {
      ChunkMove move = fixture.a_move(fixture.chunk(index), ChunkEvent::upload_started);
      if (index == 2) move.not_before = at(100);
      if (index == 3) move.not_before = at(50);
      fixture.store->move(move);
    }
  });
  const auto in = [&](std::optional<Instant> ready_at, int limit) {
    return indexes(fixture.store->chunks_in(fixture.run, ChunkState::uploading, ready_at, limit));
  };
  CHECK(in(std::nullopt, 10) == std::vector{0, 2, 3});
  CHECK(in(std::nullopt, 2) == std::vector{0, 2});
  CHECK(in(at(10), 10) == std::vector{0});
  CHECK(in(at(50), 10) == std::vector{0, 3});
  CHECK(in(at(100), 10) == std::vector{0, 2, 3});
  CHECK(indexes(fixture.store->chunks_in(fixture.run, ChunkState::planned, at(0), 10)) == std::vector{1});

  const auto next = [&](std::int64_t now) {
    return fixture.store->next_ready(fixture.run, ChunkState::uploading, at(now));
  };
  CHECK(next(0) == at(50));
  CHECK(next(50) == at(100));
  CHECK_FALSE(next(100).has_value());
  CHECK_FALSE(fixture.store->next_ready(fixture.run, ChunkState::planned, at(0)).has_value());
}

TEST_CASE("the tally counts the chunks of one run by state") {
  Fixture fixture;
  const RunKey first = fixture.run;
  fixture.store->write([&] { fixture.finish(fixture.chunk(1)); });
  fixture.add_run("two", {1});
  const ChunkTally tally = fixture.store->chunk_tally(first);
  CHECK(tally[static_cast<std::size_t>(ChunkState::planned)] == 2);
  CHECK(tally[static_cast<std::size_t>(ChunkState::done)] == 1);
  std::int64_t sum = 0;
  for (const std::int64_t n : tally) sum += n;
  CHECK(sum == 3);

  fixture.store->write([&] { fixture.move(fixture.chunk(0), ChunkEvent::upload_started); });
  const ChunkTally active = fixture.store->active_tally(first);
  CHECK(active[static_cast<std::size_t>(ChunkState::planned)] == 1);
  CHECK(active[static_cast<std::size_t>(ChunkState::uploading)] == 1);
  CHECK(active[static_cast<std::size_t>(ChunkState::done)] == 0);
  CHECK(fixture.store->active_tally(RunKey{99}) == ChunkTally{});
}

TEST_CASE("the largest body is that of one run, and nothing without chunks") {
  Fixture fixture({10, 30, 20});
  NewChunk repair = base_chunk(3, 0, 1);
  repair.kind = ChunkKind::repair;
  repair.body_bytes = 5'000'000'000;
  CHECK(fixture.store->largest_body(fixture.run) == 3000);
  CHECK(fixture.store->largest_body(fixture.add_run("two", {1})) == 100);
  fixture.store->write([&] { fixture.store->add_chunks(fixture.run, std::vector{repair}, 0); });
  CHECK(fixture.store->largest_body(fixture.run) == 5'000'000'000);
  CHECK(fixture.store->largest_body(RunKey{99}) == 0);
}
