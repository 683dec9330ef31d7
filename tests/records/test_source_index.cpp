#include "records/source_index.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "fixture.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

/// The lines that count, each judged, as "record status".
std::vector<std::string> index_of(const std::vector<std::string>& lines) {
  const TempDir home;
  std::string bytes;
  for (const std::string& line : lines) bytes += line + '\n';
  const std::string path = home.write("raw.jsonl", bytes);
  ResultLineParser parser;
  LineFetcher fetcher(path);
  std::vector<std::string> counted;
  for (IndexedLine line : index_result_lines(path, parser)) {
    if (!line.judged && !judge(line, parser.parse(fetcher.fetch(line)))) continue;
    counted.push_back(std::to_string(line.record) + " " + std::string(name_of(line.status)));
  }
  return counted;
}

std::string response(const std::string& text) {
  return R"("response":{"candidates":[{"content":{"parts":[{"text":")" + text + R"("}]},"finishReason":"STOP"}]})";
}
const std::string kOk = response("yes");
const std::string kError = R"("error":{"code":13,"message":"internal"})";

}  // namespace

TEST_CASE("a line is found by its key wherever the key stands") {
  CHECK(index_of({"{" + kOk + R"(,"key":"r2"})", R"({"key":"r0",)" + kOk + "}",
                  R"({"x":1,"key":"r1",)" + kError + "}"}) == std::vector<std::string>{"0 ok", "1 error", "2 ok"});
  CHECK(index_of({" { \"key\" : \"r0\" , " + kOk + " } \r", "{" + kOk + " , \"key\" : \"r1\" } "}) ==
        std::vector<std::string>{"0 ok", "1 ok"});
}

TEST_CASE("what only looks like the line's key is none") {
  const std::vector<std::string> looks = {
      R"({"response":{"key":"r1"}})",       // another object's
      R"({"a":{"key":"r1"},"key":"q-7"})",  // not one of ours
      R"({"a":"\"key\":\"r1\"}"})",         // a text
      R"({"x\"key":"r1"})",                 // the end of another name
      R"({"key":"r01"})",
      R"({"key":"r1x",)" + kOk + "}",  // no key of ours
      R"({"key":"r1",)" + kOk,         // cut
      "{" + kOk + R"(,"key":"r1"}})",  // no JSON
      R"("key":"r1"})",
      R"(,"key":"r1"})",
      R"({"key":1})",
      R"({"key":"r1"})" + std::string(1, '\1'),
  };
  for (const std::string& line : looks) {
    CAPTURE(line);
    CHECK(index_of({line}).empty());
  }
  CHECK(index_of({response(R"(\"key\":\"r5\"})"), R"({"a":{"key":"r5"},)" + kOk + R"(,"key":"r1"})"}) ==
        std::vector<std::string>{"1 ok"});
}

TEST_CASE("of rivals the usable line counts, and a broken one is no rival") {
  const std::string ok = R"({"key":"r3",)" + kOk + "}", error = "{" + kError + R"(,"key":"r3"})",
                    broken = R"({"key":"r3",)";
  for (const auto& lines : std::vector<std::vector<std::string>>{
           {ok, error}, {error, ok}, {broken, ok}, {error, broken, ok}, {ok, broken, error}}) {
    CHECK(index_of(lines) == std::vector<std::string>{"3 ok"});
  }
  CHECK(index_of({broken, error}) == std::vector<std::string>{"3 error"});
  CHECK(index_of({broken, broken}).empty());
}
