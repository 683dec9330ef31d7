#include "records/results.hpp"

#include "base/sha256.hpp"
#include "fixture.hpp"
#include "output_lines.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

ReadResult read(const std::string& bytes, const std::vector<Span>& expected) {
  const TempDir dir;
  return read_result(dir.write("raw", bytes), expected);
}

std::string statuses(const ReadResult& result) {
  std::string text;
  for (const Problem& problem : result.problems)
    text += (text.empty() ? "" : " ") + std::to_string(problem.record) + ":" + std::string(name_of(problem.status));
  return text;
}

}  // namespace

TEST_CASE("a result is counted, hashed and its problems listed by record") {
  const std::string bytes = answered(12, "c") + "\n" + failed(11, 13, "internal") + "\n" + answered(10, "a") + "\n" +
                            answered(14, "", "STOP") + "\n";
  const ReadResult result = read(bytes, {records_span(10, 5)});
  const ResultSummary& summary = result.summary;
  CHECK(summary.bytes == bytes.size());
  CHECK(summary.sha256 == sha256_hex(bytes));
  CHECK(summary.lines == 4);
  CHECK(summary.ok == 2);
  CHECK(summary.not_ok == 2);
  CHECK(summary.missing == 1);
  CHECK(summary.tokens_in == 36);
  CHECK(summary.tokens_out == 120);
  CHECK(summary.tokens_wasted == 52);  // of the empty answer
  CHECK(statuses(result) == "11:error 13:missing 14:empty");
  CHECK(result.problems[0].code == 13);
  CHECK(result.problems[0].message == "internal");
  CHECK(result.problems[2].tokens_out == 40);
  CHECK(!result.cut);
}

TEST_CASE("of several lines the first ok one counts, else the best, else the later") {
  const ReadResult result =
      read(answered(0, "first") + "\n" + answered(0, "second") + "\n" + failed(0, 13, "late") + "\n" +  //
               failed(1, 13, "x") + "\n" + answered(1, "good") + "\n" +                                 //
               answered(2, "cut", "MAX_TOKENS") + "\n" + failed(2, 13, "x") + "\n" +                    //
               failed(3, 13, "early") + "\n" + failed(3, 8, "later") + "\n",
           {records_span(0, 4)});
  CHECK(statuses(result) == "2:truncated 3:error");
  CHECK(result.problems[1].message == "later");
  CHECK(result.summary.duplicate_lines == 5);
  CHECK(result.summary.ok == 2);
  // One count a record, by the line that counts: two answers, and one that is cut off and so of no use.
  CHECK(result.summary.tokens_wasted == 52);
  CHECK(result.summary.tokens_in == 36);
}

TEST_CASE("keyless, foreign and malformed lines are nobody's and their records are missing") {
  const ReadResult result = read("{\"response\":{\"candidates\":[],\"usageMetadata\":{\"promptTokenCount\":9}}}\n" +
                                     answered(99, "x") + "\n{\"key\":\"r1\"\n\n" + answered(0, "a") + "\n",
                                 {records_span(0, 2)});
  CHECK(statuses(result) == "1:missing");
  CHECK(result.summary.lines == 4);
  CHECK(result.summary.unknown_keys == 3);
  CHECK(result.summary.missing == 1);
  CHECK(result.summary.tokens_wasted == 61);
  CHECK(!result.cut);
}

TEST_CASE("a keyed line that holds nothing leaves its record missing") {
  const ReadResult result = read("{" + output_key(0) + "\n", {records_span(0, 1)});
  CHECK(statuses(result) == "0:missing");
  CHECK(result.summary.missing == 1);
  CHECK(result.summary.unknown_keys == 0);
}

TEST_CASE("only a last line that is cut in two tells of a cut download") {
  const std::string line = answered(0, "a");
  CHECK(!read(line, {records_span(0, 1)}).cut);
  CHECK(!read(line + "\r\n", {records_span(0, 1)}).cut);
  CHECK(!read("", {records_span(0, 1)}).cut);
  CHECK(!read(line.substr(0, 40) + "\n", {records_span(0, 1)}).cut);
  for (std::size_t size = 1; size < line.size(); ++size) {
    CAPTURE(size);
    CHECK(read(answered(1, "b") + "\n" + line.substr(0, size), {records_span(0, 2)}).cut);
  }
}

TEST_CASE("a repair chunk's scattered records are told apart from the others") {
  const ReadResult result = read(answered(3, "x") + "\n" + answered(7, "x") + "\n" + answered(8, "x") + "\n",
                                 {records_span(7, 1), records_span(2, 2), records_span(100, 1)});
  CHECK(statuses(result) == "2:missing 100:missing");
  CHECK(result.summary.ok == 2);
  CHECK(result.summary.unknown_keys == 1);
}

TEST_CASE("a raw result that is gone is an error about the disk") {
  const Fatal fatal = fatal_of([] { read_result("/nowhere/raw", {}); });
  CHECK(fatal.code() == "disk");
  CHECK(contains(fatal.what(), "/nowhere/raw"));
}
