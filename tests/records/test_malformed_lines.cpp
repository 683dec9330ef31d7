// Lines that no service should write. None may end the program, and each is somebody's outcome or nobody's line.
#include <nlohmann/json.hpp>
#include <random>

#include "fixture.hpp"
#include "output_lines.hpp"
#include "records/joined_line.hpp"
#include "records/merge.hpp"
#include "records/result_line.hpp"
#include "records/results.hpp"
#include "records/source_index.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

constexpr int kLines = 10'000;
constexpr std::int64_t kRecords = 500;

/// The same lines anywhere: std::mt19937 is specified to the bit, its distributions are not.
class Malformer {
 public:
  explicit Malformer(unsigned seed) : dice_(seed) {}

  std::string line() {
    std::string line = sound();
    const unsigned times = 1 + below(2);
    for (unsigned i = 0; i < times; ++i) break_somewhere(line);
    std::erase(line, '\n');
    return line;
  }

 private:
  unsigned below(std::size_t n) { return static_cast<unsigned>(dice_() % n); }

  std::string sound() {
    const auto record = static_cast<std::int64_t>(below(kRecords + 20));
    switch (below(8)) {
      case 0:
        return failed(record, static_cast<int>(below(20)), "words");
      case 1:
        return R"({"status":{"code":8},)" + output_key(record);
      case 2:
        return R"({"response":{"promptFeedback":{"blockReason":"SAFETY"}},)" + output_key(record);
      case 3:
        return R"({"response":{"candidates":[{"content":{"parts":[{"text":"t","thought":true},{"text":"a"},{"text":"b"}]}}]},)" +
               output_key(record);
      case 4:
        return R"({"response":{"candidates":[]}})";
      case 5:
        return answered(record, R"(\ud83d\ude00 \ud800)", "MAX_TOKENS");
      default:
        return answered(record, R"({\"answer\":\"a\"})");
    }
  }

  void break_somewhere(std::string& line) {
    static const std::vector<std::string> kPieces = {"{",
                                                     "}",
                                                     "[",
                                                     "]",
                                                     "\"",
                                                     ":",
                                                     ",",
                                                     "null",
                                                     "true",
                                                     "-",
                                                     "1e999",
                                                     "18446744073709551616",
                                                     "\\u0000",
                                                     "\\ud800",
                                                     "\\",
                                                     "\xff",
                                                     "\xc3",
                                                     std::string(1, '\0'),
                                                     "\"key\":\"r1\",",
                                                     "\"key\":7,",
                                                     "\"response\":null,",
                                                     "\"usageMetadata\":{\"promptTokenCount\":-5},",
                                                     std::string(3000, '['),
                                                     std::string(70'000, ' ')};
    const std::size_t at = line.empty() ? 0 : below(line.size());
    switch (below(6)) {
      case 0:
        line.resize(at);
        break;
      case 1:
        if (!line.empty()) line[at] = static_cast<char>(below(256));
        break;
      case 2:
        line.erase(at, 1 + below(20));
        break;
      case 3:
        line.insert(at, line.substr(at / 2, below(60)));
        break;
      default:
        line.insert(at, kPieces[below(kPieces.size())]);
    }
  }

  std::mt19937 dice_;
};

}  // namespace

TEST_CASE("ten thousand malformed result lines: each is an outcome, and the same one wherever it is read") {
  const TempDir dir;
  Malformer malformer(20261122);
  const auto schema = compiled_schema(std::string(R"({"type":"object","required":["answer"]})"));
  ResultLineParser parser, strict(schema);
  std::string raw;
  int keyed = 0;
  for (int i = 0; i < kLines; ++i) {
    const std::string line = malformer.line();
    const Padded padded(line);
    const ResultLine& seen = parser.parse(padded);
    CHECK(seen.status != RecordStatus::outstanding);
    if (!seen.is_json) CHECK((!seen.record && seen.status == RecordStatus::missing));
    if (seen.status != RecordStatus::ok && seen.status != RecordStatus::missing && !seen.has_error)
      CHECK((seen.status == RecordStatus::truncated || seen.status == RecordStatus::empty ||
             seen.status == RecordStatus::blocked));
    keyed += seen.record ? 1 : 0;
    // Whatever it is, its joined line is JSON.
    JoinedLine joined;
    joined.result = &seen;
    joined.status = seen.status;
    joined.raw_input = "{}";
    std::string out;
    append_joined_line(out, joined);
    const auto json = nlohmann::json::parse(out, nullptr, false);
    CHECK_FALSE(json.is_discarded());
    const RecordStatus plain = seen.status;
    const RecordStatus judged = strict.parse(padded).status;
    CHECK((judged == plain || (plain == RecordStatus::ok && judged == RecordStatus::invalid)));
    raw += line + "\n";
  }
  CHECK(keyed > 500);
  CHECK(keyed < kLines - 1000);

  std::string questions;
  for (int i = 0; i < kRecords; ++i) questions += "{\"question\":\"q" + std::to_string(i) + "\"}\n";
  const std::vector<Input> inputs = inputs_of(dir, {questions});
  const std::string path = dir.write("raw", raw);
  for (const bool has_schema : {false, true}) {
    CAPTURE(has_schema);
    Settings settings = with_format({}, "qa");
    if (has_schema) settings.schema = R"({"type":"object","required":["answer"]})";
    const ReadResult result = read_result(path, {records_span(0, kRecords)}, {}, has_schema ? schema : nullptr);
    CHECK(result.summary.ok + result.summary.not_ok + result.summary.missing == kRecords);
    CHECK(std::ssize(result.problems) == result.summary.not_ok + result.summary.missing);
    CHECK(result.summary.unknown_keys > 0);

    const FileHandle results(std::fopen(dir.path("results").c_str(), "wb")),
        errors(std::fopen(dir.path("errors").c_str(), "wb"));
    Merger merger(inputs, settings, results.get(), errors.get());
    const Scanned scanned = scan_all(inputs, {}, {kRecords, 1'000'000, 1'000'000});
    REQUIRE(scanned.chunks.size() == 1);
    MergeChunk chunk;
    chunk.records = kRecords;
    chunk.spans = scanned.chunks[0].spans;
    chunk.sources.push_back({path, "batches/b", 1, {}});
    merger.merge_chunk(chunk);
    merger.finish();
    MergeCounts stored{};
    for (const Problem& problem : result.problems) ++stored[static_cast<std::size_t>(problem.status)];
    stored[static_cast<std::size_t>(RecordStatus::ok)] = result.summary.ok;
    CHECK((merger.counts() == stored));
  }
}
