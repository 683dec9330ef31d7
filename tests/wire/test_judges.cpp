// What Google's own client sent and was answered (scripts/judge, tests/judges), against the discovery document.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

#include "discovery/exchanges.hpp"

using namespace batchctl::discovery;
using Json = nlohmann::json;

TEST_CASE("what Google's client sends and is answered is as the document says") {
  const char* path = std::getenv("BATCHCTL_EXCHANGES");  // set by ctest, after the client has been at work
  const Discovery* document = Discovery::beside_the_project();
  if (path == nullptr || document == nullptr) return;
  std::ifstream lines(path);
  if (!lines) {
    const char* ci = std::getenv("CI");
    if (ci != nullptr && std::string(ci) == "true") FAIL_CHECK("there are no exchanges in " << path);
    MESSAGE("*** SKIPPED: Google's client has not been at work: there is no " << path << " ***");
    return;
  }
  int judged = 0;
  for (std::string line; std::getline(lines, line); ++judged) {
    const Json one = Json::parse(line);
    batchctl::sandbox::Exchange exchange;
    exchange.method = one.at("method");
    exchange.path = one.at("path");
    exchange.upload_command = one.at("upload_command");
    exchange.request_body = one.at("request_body");
    exchange.status = one.at("status");
    exchange.content_type = one.at("content_type");
    exchange.answer_body = one.at("answer_body");
    CHECK(exchange_faults(*document, exchange) == "");
  }
  CHECK(judged > 100);
}
