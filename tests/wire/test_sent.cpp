// What batchctl sends, against the discovery document: the bodies of its calls and the lines of its files.
#include <doctest/doctest.h>

#include <sstream>

#include "discovery/exchanges.hpp"
#include "gemini/wire.hpp"
#include "records/fixture.hpp"
#include "records/format_cases.hpp"

using namespace batchctl;
using namespace batchctl::discovery;
using Json = nlohmann::json;

TEST_CASE("the body of a create is what the document says, whatever the name") {
  const Discovery* document = Discovery::beside_the_project();
  if (document == nullptr) return;
  CreateJob job;
  job.model = "models/gemini-2.5-flash";
  job.display_name = "bc/run \"1\"/0, à la carte";
  job.input = RemoteFileName{"files/bc-0001"};
  CHECK(document->faults("BatchGenerateContentRequest", Json::parse(gemini::create_body(job)), Side::request) == "");
}

TEST_CASE("the body that starts an upload is what the document says, for each type") {
  const Discovery* document = Discovery::beside_the_project();
  if (document == nullptr) return;
  UploadFile file;
  file.id = RemoteFileName{"bc-0001"};
  file.display_name = "bc/run/0";
  file.bytes = 1000;
  for (const char* mime : {"application/jsonl", "application/json", "text/plain"})
    CHECK(document->faults("CreateFileRequest", Json::parse(gemini::upload_start_body(file, mime)), Side::request) ==
          "");
}

namespace {

/// Faults of the lines that are sent for these records, which our own check does not look at here.
std::string faults_of_lines(const Discovery& document, const std::string& records, const Settings& settings = {}) {
  const test::TempDir dir;
  const auto inputs = test::inputs_of(dir, {records});
  ChunkLimits limits;
  limits.check_requests = false;
  std::istringstream body(test::bodies_of(inputs, test::scan_all(inputs, settings, limits), settings));
  std::string faults;
  int lines = 0;
  for (std::string line; std::getline(body, line); ++lines) faults += input_line_faults(document, line);
  CHECK(lines > 0);
  return faults;
}

}  // namespace

TEST_CASE("the line of a question is what the document says, with instruction and settings") {
  const Discovery* document = Discovery::beside_the_project();
  if (document == nullptr) return;
  const std::string questions = R"({"id":1,"question":"Où?","context":"C","answer":"no"})"
                                "\n"
                                R"({"instruction":"N","input":"I"})"
                                "\n"
                                R"({"prompt":"P"})"
                                "\n";
  CHECK(faults_of_lines(*document, questions) == "");
  Settings settings;
  settings.system = "Be \"brief\"";
  settings.generation_config =
      R"({"temperature":0.5,"topK":3,"maxOutputTokens":100,"stopSequences":["x"],"responseMimeType":"application/json",
          "responseSchema":{"type":"OBJECT","properties":{"answer":{"type":"STRING"}}},
          "thinkingConfig":{"thinkingBudget":0}})";
  CHECK(faults_of_lines(*document, questions, settings) == "");
  settings.generation_config = R"({"temperatur":0.5})";
  CHECK(faults_of_lines(*document, questions, settings) != "");
}

TEST_CASE("the line of a request that is sent as it stands is judged as it stands") {
  const Discovery* document = Discovery::beside_the_project();
  if (document == nullptr) return;
  CHECK(faults_of_lines(*document, R"({"key":"k","request":{"contents":[{"parts":[{"text":"Q"}]}]},"more":1})"
                                   "\n") == "");
  CHECK(faults_of_lines(*document, R"({"key":"k","request":{"contents":[{"parts":[{"text":"Q"}]}],"x":1}})"
                                   "\n") != "");
}

TEST_CASE("what is made of questions, OpenAI lines and conversations is what the document says") {
  const Discovery* document = Discovery::beside_the_project();
  if (document == nullptr) return;
  int judged = 0;
  for (const Json& one : test::format_cases("good")) {
    // Some say what ProtoJSON takes and the document does not, such as small letters.
    if (one.at("format") == "gemini") continue;
    for (const Json& record : one.at("records")) {
      const Json request = Json::parse(record.at("sent").get<std::string>());
      const std::string line = Json{{"key", "r0"}, {"request", request}}.dump();
      CHECK_MESSAGE(input_line_faults(*document, line) == "", one.at("name").get<std::string>());
      ++judged;
    }
  }
  CHECK(judged > 80);
}
