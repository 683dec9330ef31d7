// Every recorded exchange and every recorded line, against the discovery document: where the two sources disagree, the
// exception is written down.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "beside.hpp"
#include "discovery/exchanges.hpp"

using namespace batchctl;
using namespace batchctl::discovery;
using Json = nlohmann::json;

namespace {

/// What is of another surface, or no exchange of one request.
const std::map<std::string, const char*> kElsewhere = {
    {"openai_compat_batch.json", "the OpenAI-compatible surface has no discovery document"},
    {"vertex_job_succeeded.json", "Vertex AI has a discovery document of its own"},
    {"vertex_output_lines.json", "Vertex AI has a discovery document of its own"},
    {"output_lines.json", "lines, judged below"},
};

/// Users have told the answer and not the request's body: it is judged as if it were right.
const std::map<std::string, const char*> kBodies = {
    {"error_429_quota_failure_retry_info.json", R"({"contents":[]})"},
};

std::string without_host_and_query(const std::string& url) {
  const std::size_t begin = url.find('/', url.find("://") + 3);
  return url.substr(begin, url.find('?') - begin);
}

std::string text_of(const Json& recorded, const char* member) {
  const auto found = recorded.find(member);
  if (found == recorded.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

sandbox::Exchange exchange_of(const std::string& name, const Json& recorded) {
  const Json& request = recorded.at("request");
  sandbox::Exchange exchange;
  exchange.method = request.at("method");
  exchange.path = without_host_and_query(request.at("url"));
  const Json headers = request.value("headers", Json::object());
  exchange.upload_command = headers.value("X-Goog-Upload-Command", "");
  if (const std::string body = text_of(request, "body"); body.compare(0, 1, "{") == 0) exchange.request_body = body;
  if (const auto untold = kBodies.find(name); untold != kBodies.end()) exchange.request_body = untold->second;
  exchange.status = recorded.at("status");
  exchange.answer_body = text_of(recorded, "body");
  exchange.content_type = "application/json";
  return exchange;
}

}  // namespace

TEST_CASE("every recorded exchange is as the document says") {
  const Discovery* document = Discovery::beside_the_project();
  const auto examples = beside("gemini-api/examples", "the recorded exchanges against the document");
  if (document == nullptr || !examples) return;
  int judged = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*examples)) {
    const std::string name = entry.path().filename();
    if (entry.path().extension() != ".json" || kElsewhere.contains(name)) continue;
    CAPTURE(name);
    CHECK(exchange_faults(*document, exchange_of(name, Json::parse(std::ifstream(entry.path())))) == "");
    ++judged;
  }
  CHECK(judged > 35);
}

TEST_CASE("every recorded line of input and of output is as the document says") {
  const Discovery* document = Discovery::beside_the_project();
  const auto examples = beside("gemini-api/examples", "the recorded lines against the document");
  if (document == nullptr || !examples) return;
  int judged = 0;
  std::ifstream input(*examples + "/input_sample.jsonl"), output(*examples + "/output_sample.jsonl");
  for (std::string line; std::getline(input, line); ++judged) CHECK(input_line_faults(*document, line) == "");
  for (std::string line; std::getline(output, line); ++judged) CHECK(output_line_faults(*document, line) == "");
  const Json kinds = Json::parse(std::ifstream(*examples + "/output_lines.json"));
  for (const Json& one : kinds.at("lines")) {
    CHECK(output_line_faults(*document, one.at("line").dump()) == "");
    ++judged;
  }
  CHECK(judged == 3 + 9 + 12);
}
