#include "records/merge.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "fixture.hpp"
#include "output_lines.hpp"
#include "records/results.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

struct Merged {
  std::string results, errors;
  MergeCounts counts{};
  std::int64_t count(RecordStatus status) const { return counts[static_cast<std::size_t>(status)]; }
};

Merged merge(const TempDir& dir, const std::vector<Input>& inputs, const std::vector<MergeChunk>& chunks,
             const std::string& format = "qa") {
  Merged merged;
  {
    const FileHandle results(std::fopen(dir.path("results").c_str(), "wb")),
        errors(std::fopen(dir.path("errors").c_str(), "wb"));
    Merger merger(inputs, with_format({}, format), results.get(), errors.get());
    for (const MergeChunk& chunk : chunks) merger.merge_chunk(chunk);
    merger.finish();
    merged.counts = merger.counts();
  }
  merged.results = read_all(dir.path("results"));
  merged.errors = read_all(dir.path("errors"));
  return merged;
}

/// A run of one input of qa lines, one chunk a `per_chunk` records, and raw results that tests add.
struct Case {
  TempDir dir;
  std::vector<Input> inputs;
  std::vector<MergeChunk> chunks;

  Case(const std::vector<std::string>& contents, std::int64_t per_chunk) : inputs(inputs_of(dir, contents)) {
    for (const PlannedChunk& planned : scan_all(inputs, {}, {per_chunk, 100'000'000, 100'000'000}).chunks)
      chunks.push_back({planned.first_record, planned.records, planned.spans, {}, false, {}, planned.body_sha256});
  }
  void add_result(std::size_t chunk, const std::string& bytes, const std::string& job, int attempt = 1) {
    const std::string raw = dir.write("raw/" + job, bytes);
    chunks[chunk].sources.push_back({raw, "batches/" + job, attempt, {}});
  }
  Merged merged() const { return merge(dir, inputs, chunks); }
};

std::vector<nlohmann::json> rows(const std::string& text) {
  std::vector<nlohmann::json> all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) all.push_back(nlohmann::json::parse(line));
  return all;
}

std::string numbered(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i)
    lines += "{\"id\":" + std::to_string(i) + ",\"question\":\"q" + std::to_string(i) + "\"}\n";
  return lines;
}

}  // namespace

TEST_CASE("an answered record's line has the promised members in the promised order") {
  Case run({"{\"id\": \"q-\\u0031\" , \"question\":\"Où?\"}\r\n"}, 10);
  run.add_result(0, answered(0, R"(Par\u00e9\"s\n)") + "\n", "b1");
  CHECK(
      run.merged().results ==
      R"({"index":0,"key":"q-\u0031","source":{"file":"0.jsonl","line":1},"status":"ok","answer":"Paré\"s\n",)"
      R"("finish_reason":"STOP","error":null,"usage":{"input":12,"output":40,"thinking":0,"cached":0,"total":52},)"
      R"("model_version":"gemini-2.5-flash","job":"batches/b1","attempt":1,"input":{"id": "q-\u0031" , "question":"Où?"}})"
      "\n");
  CHECK(run.merged().errors.empty());
}

TEST_CASE("a failed, a missing and an outstanding record say so in the same form") {
  Case run({"{\"question\":\"a\"}\n{\"id\":7,\"question\":\"b\"}\n", "{\"question\":\"c\"}\n"}, 2);
  run.add_result(0, failed(0, 13, "internal") + "\n", "b1", 2);
  run.chunks[1].outstanding = true;
  const Merged merged = run.merged();
  const std::string tail = R"("answer":null,"finish_reason":null,"error":)";
  CHECK(
      merged.results ==
      R"({"index":0,"key":null,"source":{"file":"0.jsonl","line":1},"status":"error",)" + tail +
          R"({"code":13,"message":"internal"},"usage":null,"model_version":null,"job":"batches/b1","attempt":2,"input":{"question":"a"}})"
          "\n"
          R"({"index":1,"key":7,"source":{"file":"0.jsonl","line":2},"status":"missing",)" +
          tail +
          R"({"code":null,"message":"the job's results have no line for this record"},"usage":null,"model_version":null,)"
          R"("job":"batches/b1","attempt":2,"input":{"id":7,"question":"b"}})"
          "\n"
          R"({"index":2,"key":null,"source":{"file":"1.jsonl","line":1},"status":"outstanding",)" +
          tail +
          R"(null,"usage":null,"model_version":null,"job":null,"attempt":null,"input":{"question":"c"}})"
          "\n");
  CHECK(merged.errors == merged.results);
  CHECK(merged.count(RecordStatus::error) == 1);
  CHECK(merged.count(RecordStatus::missing) == 1);
  CHECK(merged.count(RecordStatus::outstanding) == 1);
}

TEST_CASE("a chunk that ended without output gives its records its own outcome") {
  Case run({numbered(2)}, 10);
  run.chunks[0].problem = ChunkProblem{RecordStatus::error, 3, "line 2 is \"bad\"", "batches/x", 2};
  const auto lines = rows(run.merged().results);
  REQUIRE(lines.size() == 2);
  CHECK(lines[1].at("status") == "error");
  CHECK(lines[1].at("error") == nlohmann::json{{"code", 3}, {"message", "line 2 is \"bad\""}});
  CHECK(lines[1].at("job") == "batches/x");
  CHECK(lines[1].at("attempt") == 2);
}

TEST_CASE("truncated and blocked answers keep their text, and go to the errors too") {
  Case run({numbered(3)}, 10);
  run.add_result(
      0, answered(0, "part", "MAX_TOKENS") + "\n" + answered(1, "part", "SAFETY") + "\n" + answered(2, "all") + "\n",
      "b");
  const Merged merged = run.merged();
  const auto lines = rows(merged.errors);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].at("answer") == "part");
  CHECK(lines[0].at("finish_reason") == "MAX_TOKENS");
  CHECK(lines[1].at("status") == "blocked");
  CHECK(merged.results.starts_with(merged.errors));
}

TEST_CASE("the earliest ok wins; without one the best, equal the later") {
  Case run({numbered(5)}, 10);
  run.add_result(0,
                 answered(0, "one") + "\n" + failed(1, 13, "x") + "\n" + failed(2, 13, "early") + "\n" +
                     answered(3, "half", "MAX_TOKENS") + "\n",
                 "b1");
  run.add_result(
      0,
      answered(0, "two") + "\n" + answered(1, "two") + "\n" + failed(2, 8, "late") + "\n" + failed(3, 13, "x") + "\n",
      "b2");
  run.add_result(0, answered(0, "three") + "\n" + answered(1, "three") + "\n", "b3");
  run.chunks[0].sources[1].covers = {records_span(0, 4)};
  run.chunks[0].sources[2].covers = {records_span(1, 1)};
  const auto lines = rows(run.merged().results);
  REQUIRE(lines.size() == 5);
  CHECK(lines[0].at("answer") == "one");
  CHECK(lines[1].at("answer") == "two");
  CHECK(lines[1].at("job") == "batches/b2");
  CHECK(lines[2].at("error").at("message") == "late");
  CHECK(lines[3].at("status") == "truncated");
  CHECK(lines[4].at("job") == "batches/b1");  // the only one that was asked for it
}

TEST_CASE(
    "results in any order, with duplicates, gaps and lines of nobody, are joined in input order, the same each time") {
  for (std::uint64_t seed = 0; seed < 25; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    Case run({numbered(60), numbered(50)}, 20);
    std::vector<std::string> expected(110, "missing");
    for (std::size_t c = 0; c < run.chunks.size(); ++c) {
      std::vector<std::string> lines;
      for (std::int64_t r = run.chunks[c].first_record; r < run.chunks[c].first_record + run.chunks[c].records; ++r) {
        if (random() % 8 == 0) continue;
        const bool good = random() % 4 != 0;
        expected[static_cast<std::size_t>(r)] = good ? "ok" : "error";
        lines.push_back(good ? answered(r, "a" + std::to_string(r)) : failed(r, 13, "x"));
        if (random() % 6 == 0) lines.push_back(lines.back());
      }
      lines.push_back(answered(9999, "foreign"));
      lines.push_back("{\"response\":{}}");
      lines.push_back("not json");
      std::shuffle(lines.begin(), lines.end(), random);
      std::string bytes;
      for (const std::string& line : lines) bytes += line + "\n";
      run.add_result(c, bytes, "b" + std::to_string(c));
    }
    const Merged merged = run.merged();
    CHECK(run.merged().results == merged.results);
    const auto lines = rows(merged.results);
    REQUIRE(lines.size() == 110);
    for (std::size_t r = 0; r < lines.size(); ++r) {
      CHECK(lines[r].at("index") == r);
      CHECK(lines[r].at("status") == expected[r]);
      CHECK(lines[r].at("key") == (r < 60 ? r : r - 60));
      if (expected[r] == "ok") CHECK(lines[r].at("answer") == "a" + std::to_string(r));
    }
    CHECK(rows(merged.errors).size() == static_cast<std::size_t>(110 - merged.count(RecordStatus::ok)));
  }
}

TEST_CASE("the merge and the account of a result agree on every record") {
  Case run({numbered(4)}, 10);
  run.add_result(0,
                 "{" + output_key(0) + "\n" + failed(1, 13, "x") + "\n" + answered(1, "y", "MAX_TOKENS") + "\n" +
                     failed(2, 13, "x") + "\n" + answered(2, "z") + "\n",
                 "b");
  const auto lines = rows(run.merged().results);
  const ReadResult account = read_result(run.chunks[0].sources[0].raw_path, run.chunks[0].spans);
  std::vector<std::string> words(4, "ok");
  for (const Problem& problem : account.problems)
    words[static_cast<std::size_t>(problem.record)] = name_of(problem.status);
  for (std::size_t r = 0; r < 4; ++r) CHECK(lines[r].at("status") == words[r]);
}

TEST_CASE("a repair result that serves several chunks is used by each") {
  Case run({numbered(6)}, 2);
  for (std::size_t c = 0; c < 3; ++c)
    run.add_result(c, failed(static_cast<std::int64_t>(2 * c), 13, "x") + "\n", "b" + std::to_string(c));
  const std::vector<Span> covers = {records_span(0, 1), records_span(2, 1), records_span(4, 1)};
  const std::string raw =
      run.dir.write("raw/repair", answered(4, "e") + "\n" + answered(0, "a") + "\n" + answered(1, "no") + "\n");
  for (MergeChunk& chunk : run.chunks) chunk.sources.push_back({raw, "batches/repair", 1, covers});
  const auto lines = rows(run.merged().results);
  CHECK(lines[0].at("answer") == "a");
  CHECK(lines[1].at("status") == "missing");  // it was not asked for record 1
  CHECK(lines[2].at("status") == "error");
  CHECK(lines[4].at("answer") == "e");
}

TEST_CASE("gemini lines are joined with all their members") {
  const TempDir dir;
  const auto inputs =
      inputs_of(dir, {R"( {"custom_id":"c","request":{"contents":[{"parts":[{"text":"a"}]}]},"meta":[1, 2]} )"});
  MergeChunk chunk;
  chunk.records = 1;
  chunk.spans = scan_all(inputs).chunks.at(0).spans;
  const auto lines = rows(merge(dir, inputs, {chunk}, "gemini").results);
  CHECK(lines[0].at("key") == "c");
  CHECK(lines[0].at("input").at("meta") == nlohmann::json{1, 2});
}

TEST_CASE("answers and inputs of many megabytes are joined whole") {
  const std::string long_text(3'000'000, 'y');
  Case run({"{\"question\":\"" + long_text + "\"}\n{\"question\":\"b\"}\n"}, 10);
  run.add_result(0, answered(1, "small") + "\n" + answered(0, long_text) + "\n", "b");
  const auto lines = rows(run.merged().results);
  CHECK((lines[0].at("answer") == long_text));
  CHECK((lines[0].at("input").at("question") == long_text));
  CHECK(lines[1].at("answer") == "small");
}

TEST_CASE("an input that says something else than what was sent is not joined") {
  Case run({numbered(4)}, 2);
  std::string changed = numbered(4);
  changed[changed.size() - 4] = 'X';
  run.dir.write("0.jsonl", changed);
  const Fatal fatal = fatal_of([&] { run.merged(); });
  CHECK(fatal.exit() == ExitCode::mismatch);
  CHECK(std::string(fatal.what()) == "0.jsonl is no longer what was submitted (records 2 to 3)");
}

TEST_CASE("a raw result that is gone is an error about the disk, and a full disk too") {
  Case run({numbered(1)}, 2);
  run.chunks[0].sources.push_back({"/nowhere/raw", "batches/b", 1, {}});
  CHECK(fatal_of([&] { run.merged(); }).code() == "disk");
  run.chunks[0].sources.clear();
  if (!std::filesystem::exists("/dev/full")) return;
  const FileHandle full(std::fopen("/dev/full", "wb"));
  Merger merger(run.inputs, with_format({}, "qa"), full.get(), nullptr);
  merger.merge_chunk(run.chunks[0]);
  const Fatal fatal = fatal_of([&] { merger.finish(); });
  CHECK(fatal.code() == "disk");
  CHECK(contains(fatal.what(), "No space left on device"));
}

TEST_CASE("chunks must come in record order without a gap, else rows of the state file are lost") {
  Case run({numbered(4)}, 2);
  std::swap(run.chunks[0], run.chunks[1]);
  CHECK(fatal_of([&] { run.merged(); }).code() == "database_damaged");
}
