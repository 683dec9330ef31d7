#include "records/result_line.hpp"

#include "fixture.hpp"
#include "output_lines.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

/// Everything a test may want of a judged line, by value.
struct Judged {
  bool is_json, has_answer, has_error;
  std::optional<std::int64_t> record, code;
  RecordStatus status;
  std::string answer, finish_reason, message, model_version;
  std::optional<LineUsage> usage;
};

Judged judged(const std::string& text) {
  ResultLineParser parser;
  const Padded padded(text);
  const ResultLine& line = parser.parse(padded);
  return {line.is_json,
          line.has_answer,
          line.has_error,
          line.record,
          line.code,
          line.status,
          std::string(line.answer),
          std::string(line.finish_reason),
          line.message,
          std::string(line.model_version),
          line.usage};
}

Judged response(const std::string& inside) { return judged("{\"response\":{" + inside + "}," + output_key(5)); }

Judged candidate(const std::string& inside) { return response("\"candidates\":[{" + inside + "}]"); }

}  // namespace

TEST_CASE("an answer is the text beside thoughts and signatures, with its usage and model") {
  const Judged line = response(
      R"("candidates":[{"content":{"parts":[{"text":"hm","thought":true},{"text":"Par"},{"text":"is","thought":false},)"
      R"({"thoughtSignature":"El4K"},{"text":"\u00e9\n"}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":)"
      R"({"totalTokenCount":848,"thoughtsTokenCount":829,"candidatesTokenCount":"11","promptTokenCount":8,)"
      R"("cachedContentTokenCount":3},"modelVersion":"m-1","responseId":"x")");
  CHECK(line.record == 5);
  CHECK(line.status == RecordStatus::ok);
  CHECK(line.answer == "Parisé\n");
  CHECK(line.finish_reason == "STOP");
  CHECK(line.model_version == "m-1");
  CHECK(!line.has_error);
  REQUIRE(line.usage);
  CHECK(line.usage->input == 8);
  CHECK(line.usage->output == 11);
  CHECK(line.usage->thinking == 829);
  CHECK(line.usage->cached == 3);
  CHECK(line.usage->total == 848);
}

TEST_CASE("text without a finish reason counts as an answer") {
  CHECK(candidate(R"("content":{"parts":[{"text":"a"}]})").status == RecordStatus::ok);
  CHECK(candidate(R"("content":{"parts":[{"text":"a"}]},"finishReason":"FINISH_REASON_UNSPECIFIED")").status ==
        RecordStatus::ok);
}

TEST_CASE("MAX_TOKENS is truncated, whether or not there is text") {
  const Judged some = judged(answered(5, "The capi", "MAX_TOKENS"));
  CHECK(some.status == RecordStatus::truncated);
  CHECK(some.answer == "The capi");
  const Judged none = candidate(R"("content":{"role":"model"},"finishReason":"MAX_TOKENS")");
  CHECK(none.status == RecordStatus::truncated);
  CHECK(!none.has_answer);
}

TEST_CASE("a blocked prompt and a blocked answer are blocked, with the service's word") {
  const Judged prompt =
      response(R"("promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":30})");
  CHECK(prompt.status == RecordStatus::blocked);
  CHECK(prompt.message == "the prompt was blocked: SAFETY");
  CHECK(prompt.usage->total == 30);
  for (const char* reason :
       {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "IMAGE_SAFETY"}) {
    CAPTURE(reason);
    const Judged answer = judged(answered(5, "partly", reason));
    CHECK(answer.status == RecordStatus::blocked);
    CHECK(answer.finish_reason == reason);
    CHECK(!answer.has_error);
  }
  CHECK(candidate(R"("finishReason":"RECITATION","finishMessage":"from a book")").message == "from a book");
}

TEST_CASE("no text is empty") {
  CHECK(candidate(R"("finishReason":"STOP")").status == RecordStatus::empty);
  CHECK(candidate(R"("content":{"parts":[]},"finishReason":"STOP")").status == RecordStatus::empty);
  CHECK(candidate(R"("content":{"parts":[{"text":"hm","thought":true}]},"finishReason":"STOP")").status ==
        RecordStatus::empty);
  CHECK(judged(answered(5, " \\n")).status == RecordStatus::empty);
  CHECK(response("").status == RecordStatus::empty);
  CHECK(response(R"("candidates":[])").status == RecordStatus::empty);
}

TEST_CASE("an error or status object is an error, with its code and words") {
  const Judged invalid = judged(failed(5, 3, "Request contains an invalid argument."));
  CHECK(invalid.status == RecordStatus::error);
  CHECK(invalid.code == 3);
  CHECK(invalid.message == "Request contains an invalid argument.");
  const Judged silent = judged(R"({"error":{"code":1},)" + output_key(5));
  CHECK(silent.status == RecordStatus::error);
  CHECK(silent.message == "the service gave no message");
  const Judged status = judged(R"({"status":{"code":"8","message":"Resource has been exhausted"},)" + output_key(5));
  CHECK(status.status == RecordStatus::error);
  CHECK(status.code == 8);
  CHECK(judged(R"({"error":"words",)" + output_key(5)).message == "words");
  CHECK(judged(R"({"error":{"code":13},"response":{"candidates":[]},)" + output_key(5)).status == RecordStatus::error);
}

TEST_CASE("an error that says nothing does not spoil an answer") {
  const std::string good = R"("response":{"candidates":[{"content":{"parts":[{"text":"a"}]}}]},)" + output_key(5);
  for (const char* member : {"\"error\":{},", "\"error\":null,", "\"status\":\"\",", "\"status\":{\"code\":0},"}) {
    CAPTURE(member);
    CHECK(judged("{" + std::string(member) + good).status == RecordStatus::ok);
  }
}

TEST_CASE("any other finish reason is an error with that word") {
  const Judged line = judged(answered(5, "some", "MALFORMED_FUNCTION_CALL"));
  CHECK(line.status == RecordStatus::error);
  CHECK(line.message == "finish reason MALFORMED_FUNCTION_CALL");
  CHECK(line.answer == "some");
  CHECK(candidate(R"("finishReason":"OTHER","finishMessage":"why")").message == "finish reason OTHER: why");
}

TEST_CASE("an embedding is ok without an answer") {
  const Judged line = response(R"("tokenCount":"1","embedding":{"values":[-0.03,0.002]})");
  CHECK(line.status == RecordStatus::ok);
  CHECK(!line.has_answer);
  CHECK(line.usage->input == 1);
}

TEST_CASE("a line without our key is nobody's; one that is no object is no JSON") {
  CHECK(!judged(R"({"response":{"candidates":[]}})").record);
  CHECK(!judged(R"({"response":{},"key":"q-1"})").record);
  CHECK(!judged(R"({"response":{},"key":5})").record);
  for (const char* text : {"", "{", "[]", "5", "{\"key\":\"r5\"", "{\"key\":\"r5\"} x", "\xff"}) {
    CAPTURE(text);
    CHECK(!judged(text).is_json);
  }
  const Judged hollow = judged("{" + output_key(5));
  CHECK(hollow.record == 5);
  CHECK(hollow.status == RecordStatus::missing);
}

TEST_CASE("half of a surrogate pair in an answer does not lose the answer") {
  const Judged line = judged(answered(5, R"(a\ud800b\udc00c\ud83d\ude00)"));
  CHECK(line.status == RecordStatus::ok);
  CHECK(line.answer ==
        "a\xef\xbf\xbd"
        "b\xef\xbf\xbd"
        "c\xf0\x9f\x98\x80");
}

TEST_CASE("counts that make no sense are nothing") {
  const Judged line =
      response(R"("usageMetadata":{"promptTokenCount":-5,"candidatesTokenCount":"x","thoughtsTokenCount":1e9,)"
               R"("cachedContentTokenCount":[]})");
  REQUIRE(line.usage);
  CHECK(line.usage->input == 0);
  CHECK(line.usage->output == 0);
  CHECK(line.usage->thinking == 0);
  CHECK(line.usage->total == 0);
}
