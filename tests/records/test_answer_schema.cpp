#include "records/answer_schema.hpp"

#include "fixture.hpp"
#include "output_lines.hpp"
#include "records/result_line.hpp"
#include "records/results.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

constexpr const char* kSchema = R"({"type":"object","required":["answer"],
  "properties":{"answer":{"type":"string","pattern":"^[a-z]+$"},"more":{"$ref":"#"}}})";

bool follows(const AnswerSchema& schema, const std::string& answer) { return !schema.fault_of(answer); }

std::string nested(std::size_t deep) {
  std::string json;
  for (std::size_t i = 0; i < deep; ++i) json += R"({"answer":"a","more":)";
  json += R"({"answer":"a"})";
  return json + std::string(deep, '}');
}

}  // namespace

TEST_CASE("an answer follows the schema or is told what is wrong, in a sentence") {
  const AnswerSchema schema(kSchema);
  CHECK(follows(schema, R"( {"answer":"paris"} )"));
  CHECK(schema.fault_of("paris") == "the answer is no JSON");
  CHECK(schema.fault_of("```json\n{\"answer\":\"paris\"}\n```") == "the answer is no JSON");
  CHECK(schema.fault_of("") == "the answer is no JSON");
  CHECK(contains(schema.fault_of("{}").value(), "answer"));
  CHECK(contains(schema.fault_of(R"({"answer":7})").value(), "does not follow the schema"));
  CHECK_FALSE(follows(schema, R"({"answer":"Paris"})"));
  CHECK(schema.fault_of(R"({"answer":7})") == schema.fault_of(R"({"answer":7})"));
}

TEST_CASE("neither a long answer nor a deep one is too much for the machinery") {
  const AnswerSchema schema(kSchema);
  CHECK(follows(schema, R"({"answer":")" + std::string(1'000'000, 'a') + R"("})"));
  CHECK_FALSE(follows(schema, R"({"answer":)" + std::string(1'000'000, ' ') + "7}"));
  CHECK(follows(schema, nested(150)));
  CHECK(contains(schema.fault_of(nested(100'000)).value(), "deep"));
  CHECK_FALSE(follows(schema, std::string(1'000'000, '[')));
}

TEST_CASE("what is no schema is refused, with a reason") {
  for (const char* text :
       {"", "[]", "{\"type\":", R"({"type":"no such type"})", R"({"$ref":"http://example.org/x"})"}) {
    CAPTURE(text);
    const Fatal fatal = fatal_of([&] { AnswerSchema schema(text); });
    CHECK(fatal.exit() == ExitCode::usage);
    CHECK(fatal.code() == "bad_schema");
  }
}

TEST_CASE("an ok answer that does not follow the schema is invalid, wherever it is read; other outcomes stay") {
  const auto schema = compiled_schema(std::string(kSchema));
  ResultLineParser parser(schema);
  const auto judged = [&](const std::string& line) {
    const Padded padded(line);
    return parser.parse(padded).status;
  };
  CHECK(judged(answered(0, R"({\"answer\":\"a\"})")) == RecordStatus::ok);
  CHECK(judged(answered(0, "plain")) == RecordStatus::invalid);
  CHECK(judged(answered(0, "plain", "MAX_TOKENS")) == RecordStatus::truncated);
  CHECK(judged(answered(0, "", "STOP")) == RecordStatus::empty);
  CHECK(judged(R"({"response":{"embedding":{"values":[1]}},"key":"r0"})") == RecordStatus::ok);

  const TempDir dir;
  const ReadResult result =
      read_result(dir.write("raw", answered(0, "plain") + "\n" + answered(1, R"({\"answer\":\"a\"})") + "\n"),
                  {records_span(0, 2)}, {}, schema);
  REQUIRE(result.problems.size() == 1);
  CHECK(result.problems[0].status == RecordStatus::invalid);
  CHECK(result.problems[0].message == "the answer is no JSON");
  CHECK(result.summary.tokens_wasted == 52);
}
