#include "records/result_shape.hpp"

#include "fixture.hpp"
#include "output_lines.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

/// One row of a record whose input and result line are these; an empty result: there was none.
std::string row(const OutputForm& form, const std::string& input, const std::string& result,
                const std::string& key = "", bool with_head = false) {
  ResultShape shape(form);
  if (form.needs_columns()) shape.add_columns(input);
  ResultLineParser parser;
  const Padded padded(result);
  JoinedLine line;
  line.index = 7;
  line.raw_key = key;
  line.file = "in.jsonl";
  line.line = 8;
  line.raw_input = input;
  line.job = "batches/b";
  line.attempt = 1;
  if (!result.empty()) {
    line.raw_result = padded;
    line.result = &parser.parse(padded);
    line.status = line.result->status;
  } else {
    line.has_error = true;
    line.message = "nothing came";
  }
  std::string out;
  if (with_head) shape.begin(out);
  shape.append(out, line);
  return out;
}

OutputForm a_form(Shape shape, OutputFormat format = OutputFormat::jsonl) { return {shape, format, "answer"}; }

}  // namespace

TEST_CASE("native lines hold what the service gave, byte for byte, under the user's key") {
  const OutputForm native = a_form(Shape::native);
  const std::string response = R"({ "candidates": [ {"content":{"parts":[{"text":"\u00e9"}]},"finishReason":"STOP"}]})";
  CHECK(row(native, "{}", R"({"response": )" + response + R"( ,"key":"r7"})", "\"q-7\"") ==
        R"({"key":"q-7","response":)" + response + "}\n");
  CHECK(row(native, "{}", failed(7, 13, "internal")) == R"({"key":"r7","error":{"code":13,"message":"internal"}})"
                                                        "\n");
  CHECK(row(native, "{}", R"({"status":{"code":8,"message":"later"},"key":"r7"})", "42") ==
        R"({"key":42,"error":{"code":8,"message":"later"}})"
        "\n");
  CHECK(row(native, "{}", R"({"status":"it broke","key":"r7"})") ==
        R"({"key":"r7","error":{"code":null,"message":"it broke"}})"
        "\n");
  CHECK(row(native, "{}", "") == R"({"key":"r7","error":{"code":null,"message":"nothing came"}})"
                                 "\n");
  // A response beside an error that says something is an error, as in the joined line.
  CHECK(contains(row(native, "{}", R"({"response":{},"error":{"code":3,"message":"no"},"key":"r7"})"),
                 "\"error\":{\"code\":3"));
  CHECK(contains(row(native, "{}", answered(7, "cut", "MAX_TOKENS")), "\"response\":{"));
}

TEST_CASE("answers are the input with its answer, and an input's own member keeps its name") {
  const OutputForm answers = a_form(Shape::answers);
  CHECK(row(answers, R"({"id": 1 , "question":"q"})", answered(7, "a")) == R"({"id": 1 , "question":"q","answer":"a"})"
                                                                           "\n");
  CHECK(row(answers, R"({"question":"q","answer":"right"})", answered(7, "a")) ==
        R"({"question":"q","answer":"right","model_answer":"a"})"
        "\n");
  CHECK(row(answers, R"({"\u0061nswer":"right"})", answered(7, "a")) == R"({"\u0061nswer":"right","model_answer":"a"})"
                                                                        "\n");
  CHECK(row(answers, R"({"answer":1,"model_answer":2})", answered(7, "a")) ==
        R"({"answer":1,"model_answer":2,"model_answer_2":"a"})"
        "\n");
  CHECK(row(answers, "{ }", answered(7, "a")) == "{\"answer\":\"a\"}\n");
  CHECK(row(answers, R"({"question":"q"})", "") == R"({"question":"q","answer":null})"
                                                   "\n");
  CHECK(row(answers, R"({"question":"q"})", answered(7, "half", "MAX_TOKENS")) == R"({"question":"q","answer":"half"})"
                                                                                  "\n");
  CHECK(row({Shape::answers, OutputFormat::jsonl, "reply"}, R"({"answer":"right"})", answered(7, "a")) ==
        R"({"answer":"right","reply":"a"})"
        "\n");
}

TEST_CASE("CSV quotes what it must, and no cell begins like a formula") {
  const OutputForm csv = a_form(Shape::answers, OutputFormat::csv);
  CHECK(row(csv, R"({"id":-1,"question":"a, \"b\"\nc","x":{"y":[1]},"n":null})", answered(7, "=1+1"), "", true) ==
        "id,question,x,n,answer\r\n'-1,\"a, \"\"b\"\"\nc\",\"{\"\"y\"\":[1]}\",,'=1+1\r\n");
  for (const char* text : {"=x", "+x", "-x", "@x", "\\tx", "\\rx"}) {
    CAPTURE(text);
    const std::string cells = row(csv, R"({"q":"q"})", answered(7, text));
    CHECK((cells.starts_with("q,'") || cells.starts_with("q,\"'")));
  }
  CHECK(row(csv, R"({"q":"x=1"})", answered(7, "1-1")) == "x=1,1-1\r\n");
}

TEST_CASE("CSV of answers has the members of all records as columns") {
  ResultShape shape(a_form(Shape::answers, OutputFormat::csv));
  shape.add_columns(R"({"b":1,"a":2})");
  shape.add_columns(R"({"a":1,"answer":3,"\u0063":4})");
  std::string out;
  shape.begin(out);
  JoinedLine line;
  line.raw_input = R"({"c":"see","a":true})";
  shape.append(out, line);
  CHECK(out == "b,a,answer,c,model_answer\r\n,true,,see,\r\n");
}

TEST_CASE("joined and native rows in CSV are flat") {
  CHECK(row(a_form(Shape::joined, OutputFormat::csv), R"({"q":"x"})", answered(7, "a"), "\"k\"", true) ==
        "index,key,file,line,status,answer,finish_reason,error_code,error_message,input_tokens,output_tokens,"
        "thinking_tokens,cached_tokens,total_tokens,model_version,job,attempt,input\r\n"
        "7,k,in.jsonl,8,ok,a,STOP,,,12,40,0,0,52,gemini-2.5-flash,batches/b,1,\"{\"\"q\"\":\"\"x\"\"}\"\r\n");
  CHECK(row(a_form(Shape::joined, OutputFormat::csv), "{}", failed(7, 13, "internal")) ==
        "7,,in.jsonl,8,error,,,13,internal,,,,,,,batches/b,1,{}\r\n");
  CHECK(row(a_form(Shape::native, OutputFormat::csv), "{}", failed(7, 13, "internal"), "", true) ==
        "key,response,error\r\nr7,,\"{\"\"code\"\":13,\"\"message\"\":\"\"internal\"\"}\"\r\n");
}
