#include "records/scan.hpp"

#include "base/sha256.hpp"
#include "beside.hpp"
#include "fixture.hpp"
#include "random_lines.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

std::string questions(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) lines += "{\"question\":\"number " + std::to_string(i) + "\"}\n";
  return lines;
}

std::string refusal(const std::vector<std::string>& contents, const Settings& settings = {}) {
  const TempDir dir;
  const auto inputs = inputs_of(dir, contents);
  const Fatal fatal = fatal_of([&] { scan_all(inputs, settings); });
  CHECK(fatal.exit() == ExitCode::failed);
  CHECK(fatal.code() == "bad_input");
  CHECK(!fatal.next().empty());
  return fatal.what();
}

bool same(const PlannedChunk& a, const PlannedChunk& b) {
  const auto same_span = [](const Span& x, const Span& y) {
    return x.first_record == y.first_record && x.records == y.records && x.first_line == y.first_line &&
           x.input == y.input && x.offset == y.offset && x.bytes == y.bytes;
  };
  return a.index == b.index && a.records == b.records && a.first_record == b.first_record &&
         a.body_bytes == b.body_bytes && a.body_sha256 == b.body_sha256 && a.tokens == b.tokens &&
         std::equal(a.spans.begin(), a.spans.end(), b.spans.begin(), b.spans.end(), same_span);
}

}  // namespace

TEST_CASE("an input is counted, hashed and cut by records") {
  const TempDir dir;
  const std::string bytes = questions(250);
  const auto inputs = inputs_of(dir, {bytes});
  const Scanned scanned = scan_all(inputs);
  REQUIRE(scanned.chunks.size() == 3);
  CHECK(scanned.chunks[1].index == 1);
  CHECK(scanned.chunks[1].first_record == 100);
  CHECK(scanned.chunks[2].records == 50);
  CHECK(scanned.result.format == "qa");
  CHECK(scanned.result.records == 250);
  const Input& input = scanned.result.inputs.at(0);
  CHECK(input.bytes == bytes.size());
  CHECK(input.records == 250);
  CHECK(input.sha256 == sha256_hex(bytes));
}

TEST_CASE("a chunk ends before the record that exceeds its tokens or bytes; one that exceeds them alone stands alone") {
  const TempDir dir;
  const std::string small = "{\"question\":\"abcd\"}\n", large = "{\"question\":\"" + std::string(400, 'x') + "\"}\n";
  const auto inputs = inputs_of(dir, {small + small + large + small + small + small});
  const auto sizes = [&](const ChunkLimits& limits) {
    std::vector<std::int64_t> records;
    for (const PlannedChunk& chunk : scan_all(inputs, {}, limits).chunks) records.push_back(chunk.records);
    return records;
  };
  CHECK(sizes({100, 2, 1'000'000}) == std::vector<std::int64_t>{2, 1, 2, 1});
  CHECK(sizes({100, 89, 1'000'000}) == std::vector<std::int64_t>{3, 3});
  CHECK(sizes({2, 1'000'000, 1'000'000}) == std::vector<std::int64_t>{2, 2, 2});
  CHECK(sizes({100, 1'000'000, 200}) == std::vector<std::int64_t>{2, 1, 2, 1});
  CHECK(sizes({100, 1'000'000, 1}) == std::vector<std::int64_t>{1, 1, 1, 1, 1, 1});
}

TEST_CASE("a calibrated estimate counts when chunks are cut") {
  const TempDir dir;
  std::string lines;
  for (int i = 0; i < 8; ++i) lines += "{\"question\":\"abcd\"}\n";  // a token each
  const auto inputs = inputs_of(dir, {lines});
  ChunkLimits limits{100, 4, 1'000'000};
  CHECK(scan_all(inputs, {}, limits).chunks.size() == 2);
  limits.token_factor = 2.0;
  const Scanned scanned = scan_all(inputs, {}, limits);
  CHECK(scanned.chunks.size() == 4);
  CHECK(scanned.chunks[0].tokens == 4);
}

TEST_CASE("a chunk may end one input and begin the next") {
  const TempDir dir;
  const auto inputs = inputs_of(dir, {questions(3), questions(2) + "\n\n", questions(4)});
  const Scanned scanned = scan_all(inputs, {}, {8, 1000, 100'000});
  REQUIRE(scanned.chunks.size() == 2);
  const auto& spans = scanned.chunks[0].spans;
  REQUIRE(spans.size() == 3);
  CHECK(spans[1].first_record == 3);
  CHECK(spans[1].records == 2);
  CHECK(spans[1].input == 1);
  CHECK(spans[1].first_line == 1);
  CHECK(spans[1].bytes == questions(2).size());
  CHECK(spans[2].records == 3);
  CHECK(scanned.chunks[1].spans.at(0).first_line == 4);
  CHECK(scanned.result.inputs.at(1).records == 2);
}

TEST_CASE("a byte order mark, CRLF, empty lines at the end and a missing last newline change nothing that is sent") {
  const TempDir dir;
  const std::string a = "{\"question\":\"a\"}", b = "{\"question\":\"b\"}";
  const std::string sent =
      bodies_of(inputs_of(dir, {a + "\n" + b + "\n"}), scan_all(inputs_of(dir, {a + "\n" + b + "\n"})));
  for (const std::string& bytes : {"\xef\xbb\xbf" + a + "\n" + b, a + "\r\n" + b + "\r\n",
                                   a + "\n" + b + "\n\n  \n\r\n", "  " + a + " \n\t" + b}) {
    CAPTURE(bytes);
    const auto inputs = inputs_of(dir, {bytes});
    CHECK(bodies_of(inputs, scan_all(inputs)) == sent);
  }
}

TEST_CASE("the first bad line is named by file, line and column") {
  const std::string good = "{\"question\":\"q\"}\n";
  CHECK(refusal({good + good, good + "{\"question\":'x'}\n"}) ==
        "1.jsonl:2: not valid JSON: invalid literal (column 13)");
  CHECK(refusal({good + "\n" + good}) == "0.jsonl:2: an empty line in the middle");
  CHECK(refusal({"\n" + good}) == "0.jsonl:1: an empty line in the middle");
  CHECK(refusal({good + " \t\n\n" + good}) == "0.jsonl:2: an empty line in the middle");
  CHECK(refusal({good, ""}) == "1.jsonl: no records in it");
  CHECK(refusal({"\xef\xbb\xbf\n\n"}) == "0.jsonl: no records in it");
  CHECK(contains(refusal({good + "\xef\xbb\xbf" + good}), "0.jsonl:2: not valid JSON"));
  CHECK(contains(refusal({good, "{\"request\":{\"contents\":[]}}"}),
                 "1.jsonl:1: a gemini line (\"request\") among qa lines"));
  CHECK(contains(refusal({"{\"request\":{\"contents\":[]}}\n" + good}),
                 "0.jsonl:2: a qa line (\"question\") among gemini lines"));
  CHECK(contains(refusal({"{\"text\":1}"}), "0.jsonl:1: no known kind of record: found \"text\"; expected "));
}

TEST_CASE("after the first bad line nothing is planned, and the rest is read for what else is wrong") {
  const TempDir dir;
  const std::string bad = "{\"question\":1}\n";
  const auto inputs = inputs_of(dir, {questions(7) + bad + questions(20), questions(3) + bad});
  std::vector<PlannedChunk> chunks;
  const Fatal fatal = fatal_of([&] {
    scan(inputs, {}, {3, 1000, 100'000}, {}, [&](PlannedChunk chunk) { chunks.push_back(std::move(chunk)); });
  });
  CHECK(std::string(fatal.what()) ==
        "0.jsonl:8: \"question\" must be a string, found a number\n1.jsonl:4: \"question\" must be a string, found a "
        "number");
  CHECK(chunks.size() == 2);  // of the seven records before it
}

TEST_CASE("of many bad lines the first twenty are told and all are counted") {
  const TempDir dir;
  std::string bytes = questions(1);
  for (int i = 0; i < 12'345; ++i) bytes += "{\"question\":1}\n";
  const auto inputs = inputs_of(dir, {bytes});
  const std::string what = fatal_of([&] { scan_all(inputs); }).what();
  CHECK(std::count(what.begin(), what.end(), '\n') == 20);
  CHECK(contains(what, "\n0.jsonl:21: "));
  CHECK(!contains(what, "\n0.jsonl:22: "));
  CHECK(what.ends_with("\nand 12,325 more: 12,345 problems in all"));
}

TEST_CASE("who stops a scan that only looks for more bad lines is told those there are") {
  const TempDir dir;
  std::string bytes = "{\"question\":1}\n" + questions(5000) + "{\"question\":2}\n";
  const auto inputs = inputs_of(dir, {"{\"question\":\"q\"}\n" + bytes});
  int asked = 0;
  const Fatal fatal = fatal_of([&] {
    scan(inputs, {}, {}, {}, [](const PlannedChunk&) {}, {.watch = nullptr, .stopped = [&] { return ++asked == 2; }});
  });
  CHECK(asked == 2);
  CHECK(std::string(fatal.what()) == "0.jsonl:2: \"question\" must be a string, found a number");
}

TEST_CASE("a format that is asked for is not guessed") {
  Settings gemini;
  gemini.input_format = "gemini";
  CHECK(contains(refusal({"{\"question\":\"q\"}"}, gemini), "0.jsonl:1: a qa line (\"question\") among gemini lines"));
}

TEST_CASE("a spooled input is read from its spool and called by its name") {
  const TempDir dir;
  auto inputs = inputs_of(dir, {questions(1)});
  inputs[0].spool_path = inputs[0].path;
  inputs[0].path.clear();
  inputs[0].shown_path = "-";
  CHECK(scan_all(inputs).result.records == 1);
}

TEST_CASE("a scan that goes on after any chunk makes the same chunks") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    CAPTURE(seed);
    RandomLines random(seed);
    std::vector<std::string> contents(3);
    for (std::string& bytes : contents) {
      if (random.below(2) == 0) bytes = "\xef\xbb\xbf";
      for (std::size_t lines = 1 + random.below(20); lines > 0; --lines)
        bytes += (seed % 2 == 0 ? random.qa_line() : random.gemini_line()) + (lines == 1 ? "" : "\n");
    }
    const TempDir dir;
    const auto inputs = inputs_of(dir, contents);
    const ChunkLimits limits{static_cast<std::int64_t>(1 + random.below(6)), 1000, 2000};
    const Scanned whole = scan_all(inputs, {}, limits);
    for (std::size_t at = 0; at < whole.chunks.size(); ++at) {
      const PlannedChunk& last = whole.chunks[at];
      const Scanned rest = scan_all(inputs, {}, limits, scan_start_after(last.index, last.spans));
      REQUIRE(rest.chunks.size() == whole.chunks.size() - at - 1);
      for (std::size_t i = 0; i < rest.chunks.size(); ++i) CHECK(same(rest.chunks[i], whole.chunks[at + 1 + i]));
      CHECK(rest.result.format == whole.result.format);
      CHECK(rest.result.records == whole.result.records);
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        CHECK(rest.result.inputs[i].sha256 == whole.result.inputs[i].sha256);
        CHECK(rest.result.inputs[i].records == whole.result.inputs[i].records);
      }
    }
  }
}

TEST_CASE("a scan does not go on in an input whose lines have moved") {
  const TempDir dir;
  const auto inputs = inputs_of(dir, {questions(10)});
  const PlannedChunk first = scan_all(inputs, {}, {5, 1000, 10'000}).chunks.at(0);
  const ScanStart from = scan_start_after(first.index, first.spans);
  for (const std::string& changed : {"{\"question\":\"another\"}\n" + questions(9), questions(2),
                                     questions(4) + "{\"question\":\"12345678901234567890\"}\n"}) {
    CAPTURE(changed);
    dir.write("0.jsonl", changed);
    const Fatal fatal = fatal_of([&] { scan_all(inputs, {}, {5, 1000, 10'000}, from); });
    CHECK(fatal.exit() == ExitCode::mismatch);
    CHECK(contains(fatal.what(), "0.jsonl is no longer what it was"));
  }
}

TEST_CASE("what the sink throws ends the scan") {
  const TempDir dir;
  const auto inputs = inputs_of(dir, {questions(300)});
  int chunks = 0;
  CHECK_THROWS_AS(scan(inputs, {}, {}, {},
                       [&](const PlannedChunk&) {
                         if (++chunks == 2) throw std::runtime_error("stop");
                       }),
                  std::runtime_error);
  CHECK(chunks == 2);
}

TEST_CASE("the sample data sets are 100 records in one chunk each") {
  for (const char* name : {"sample-gsm8k-100.jsonl", "sample-nq-100.jsonl"}) {
    const auto path = beside(std::string("data/") + name, "a scan of the sample data");
    if (!path) continue;
    Input input;
    input.path = *path;
    input.shown_path = name;
    const Scanned scanned = scan_all({input});
    REQUIRE(scanned.chunks.size() == 1);
    CHECK(scanned.chunks[0].records == 100);
    CHECK(scanned.result.format == "qa");
    CHECK(sha256_hex(bodies_of({input}, scanned)) == scanned.chunks[0].body_sha256);
  }
}

TEST_CASE("chunk 0 is exactly the pilot's records, smaller or larger than any other chunk") {
  const TempDir dir;
  const auto inputs = inputs_of(dir, {questions(30), questions(30)});
  for (const std::int64_t pilot : {1, 7, 30, 45, 59}) {
    CAPTURE(pilot);
    ChunkLimits limits;
    limits.records = 10;
    limits.tokens = 40;
    const Scanned plain = scan_all(inputs, {}, limits);
    limits.pilot = pilot;
    const Scanned scanned = scan_all(inputs, {}, limits);
    REQUIRE(scanned.chunks.size() >= 2);
    CHECK(scanned.chunks[0].records == pilot);
    CHECK(scanned.chunks[1].first_record == pilot);
    CHECK(scanned.chunks[1].records <= 10);
    CHECK(bodies_of(inputs, scanned) == bodies_of(inputs, plain));

    const PlannedChunk& first = scanned.chunks[0];
    const ScanStart after = scan_start_after(0, first.spans);
    const Scanned rest = scan_all(inputs, {}, limits, after);
    REQUIRE(rest.chunks.size() + 1 == scanned.chunks.size());
    CHECK(same(rest.chunks[0], scanned.chunks[1]));
  }
  ChunkLimits limits;
  limits.records = 10;
  for (const std::int64_t pilot : {60, 61, 1000}) {
    limits.pilot = pilot;
    CHECK(scan_all(inputs, {}, limits).chunks.size() == 1);
  }
}
