// Keys and upload URLs are told to nobody. Every desk of this suite looks for its own (process.hpp); here is what no
// other test says aloud, and the proof that a desk does notice.
#include <doctest/doctest.h>

#include <fstream>

#include "e2e/process.hpp"

namespace batchctl::e2e {

namespace {

// For every test of this program.
[[maybe_unused]] const bool kSecretsFail = [] {
  on_secret_told() = [](const std::string& said) { FAIL_CHECK(said); };
  return true;
}();

}  // namespace

TEST_CASE("a desk notices a key in a file" * doctest::should_fail()) {
  Desk desk;
  desk.environment["GEMINI_API_KEY"] = "canary-of-a-desk";
  std::ofstream(desk.path("told")) << "a log with canary-of-a-desk in it";
}

TEST_CASE("a desk notices a part of an upload URL in what a command says" * doctest::should_fail()) {
  const Desk desk;
  desk.run({"status", "upload_id=17"});
}

TEST_CASE("with all talk switched on, through refusals and lost answers, no key and no upload URL is told") {
  const Sandbox sandbox({"--time-scale", "2000", "--pending", "1m", "--running", "1m"});
  const Desk desk(sandbox, "canary-key-that-nobody-may-read");
  for (const Json& order :
       {Json{{"on", "start"}, {"nth", 1}, {"do", "status"}, {"status", 500}},
        Json{{"on", "upload"}, {"nth", 1}, {"do", "drop-before"}},
        Json{{"on", "create"}, {"nth", 1}, {"do", "status"}, {"status", 503}},
        Json{{"on", "create"}, {"nth", 2}, {"do", "drop-after"}}, Json{{"on", "download"}, {"nth", 1}, {"do", "cut"}}})
    sandbox.order(order);
  desk.write("qa.jsonl", questions(20));
  CHECK(desk.run({"-v", "submit", "qa.jsonl", "--chunk-records", "5", "--group-delay", "0s", "--wait", "--status-file",
                  "status.json", "--remote-cleanup", "all"})
            .exit == 0);
  for (const Words& words :
       {Words{"-v", "status", "qa", "--chunks"}, Words{"-v", "explain", "qa", "0"}, Words{"-v", "runs"},
        Words{"-v", "report", "qa", "--as", "md"}, Words{"-v", "export", "qa", "--output", "qa.db"},
        Words{"-v", "download", "qa", "--raw", "raw"}, Words{"-v", "clean", "qa", "--yes"}})
    CHECK_MESSAGE(desk.run(words).exit == 0, words.at(1));
}

}  // namespace batchctl::e2e
