// The real binary takes people's files as they are: a table, an array, an OpenAI batch file, a pipe.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>

#include "e2e/process.hpp"

namespace batchctl::e2e {

namespace {

const Words kQuick = {"--time-scale", "1000", "--pending", "1m", "--running", "1m"};

std::vector<Json> results_of(const Desk& desk, const std::string& name) {
  std::vector<Json> results;
  for (const std::string& line : lines_of(desk.read(name))) results.push_back(Json::parse(line));
  return results;
}

void submit_whole(const Desk& desk, const Words& input) {
  const Outcome done = desk.run(joined({"submit"}, joined(input, {"--wait", "--output", "out.jsonl"})));
  REQUIRE_MESSAGE(done.exit == 0, done.told());
}

}  // namespace

TEST_CASE("a table goes in, and every row comes back beside its answer on its own line") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  desk.write("faq.csv", "id;question;answer\r\nq1;\"Why is\r\nthe sky blue?\";x\r\n\r\nq2;Who, then?;\r\n");
  const Outcome plan = desk.run({"plan", "faq.csv"});
  CHECK(plan.out.find("format   qa (questions)") != std::string::npos);
  submit_whole(desk, {"faq.csv"});
  const std::vector<Json> results = results_of(desk, "out.jsonl");
  REQUIRE(results.size() == 2);
  CHECK(results[0].at("source") == Json({{"file", "faq.csv"}, {"line", 2}}));
  CHECK(results[1].at("source") == Json({{"file", "faq.csv"}, {"line", 5}}));
  CHECK(results[0].at("key") == "q1");
  CHECK(results[0].at("input") == Json({{"id", "q1"}, {"question", "Why is\r\nthe sky blue?"}, {"answer", "x"}}));
  CHECK(results[1].at("answer").get<std::string>().find("Who, then?") != std::string::npos);
  CHECK(desk.run({"submit", "faq.csv", "--output", "out.jsonl"}).exit == 0);  // the same again: nothing to do
  CHECK(sandbox.ledger().at("creates") == 1);
}

TEST_CASE("a plan of input that must be converted leaves nothing behind, good or bad") {
  Desk desk;
  const TemporaryDirectory scratch;
  desk.environment["TMPDIR"] = scratch.path();
  desk.write("good.csv", "question\nWhy?\n");
  desk.write("bad.csv", "question\nWhy?,2\n");
  CHECK(desk.run({"plan", "good.csv"}).exit == 0);
  CHECK(desk.run({"plan", "bad.csv"}).exit == 1);
  CHECK(std::filesystem::is_empty(scratch.path()));
}

TEST_CASE("an array goes in through a pipe, and nested records by their path") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  Start start = desk.start({"submit", "-", "--run", "piped", "--wait", "--output", "out.jsonl"});
  start.input = "[\n  {\"id\": 7, \"question\": \"One?\"},\n  {\"id\": 8, \"question\": \"Two?\"}\n]\n";
  const Outcome piped = run(start);
  REQUIRE_MESSAGE(piped.exit == 0, piped.told());
  const std::vector<Json> results = results_of(desk, "out.jsonl");
  REQUIRE(results.size() == 2);
  CHECK(results[1].at("key") == 8);
  CHECK(results[1].at("source").at("line") == 2);
  CHECK(results[1].at("input") == Json({{"id", 8}, {"question", "Two?"}}));

  desk.write("nested.json", R"({"data":[{"qa_pairs":[{"question":"A?"}]},{"qa_pairs":[{"question":"B?"}]}]})");
  submit_whole(desk, {"nested.json", "--records", "/data/*/qa_pairs"});
  CHECK(results_of(desk, "out.jsonl").at(1).at("answer").get<std::string>().find("B?") != std::string::npos);
}

TEST_CASE("an OpenAI batch file goes in, and what cannot be said to Gemini is refused before anything is spent") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  const std::string line =
      R"({{"custom_id":"req-{0}","method":"POST","url":"/v1/chat/completions","body":{{"model":"gpt-4o-mini",)"
      R"("messages":[{{"role":"system","content":"Be brief."}},{{"role":"user","content":"What is {0}?"}}],)"
      R"("max_tokens":50,"temperature":0.2{1}}}}})";
  desk.write("batch.jsonl",
             fmt::format(fmt::runtime(line), 0, "") + "\n" + fmt::format(fmt::runtime(line), 1, "") + "\n");
  submit_whole(desk, {"batch.jsonl"});
  const std::vector<Json> results = results_of(desk, "out.jsonl");
  REQUIRE(results.size() == 2);
  CHECK(results[1].at("key") == "req-1");
  CHECK(results[1].at("status") == "ok");
  CHECK(results[1].at("answer").get<std::string>().find("What is 1?") != std::string::npos);
  CHECK(results[1].at("input").at("body").at("model") == "gpt-4o-mini");

  desk.write("tools.jsonl",
             fmt::format(fmt::runtime(line), 0, "") + "\n" + fmt::format(fmt::runtime(line), 1, R"(,"tools":[{}])"));
  const Outcome refused = desk.run({"submit", "tools.jsonl"});
  CHECK(refused.exit == 1);
  CHECK(refused.err.find("tools.jsonl:2: \"body\".\"tools\" cannot be mapped") != std::string::npos);
  CHECK(sandbox.ledger().at("creates") == 1);
}

TEST_CASE("plain text is sent as prompts only when that is asked for, and hand-cut files stay chunks") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  desk.write("a.txt", "Why?\nHow?\n");
  desk.write("b.txt", "Who?\n");
  const Outcome guessed = desk.run({"submit", "a.txt"});
  CHECK(guessed.exit == 1);
  CHECK(guessed.err.find("--input-format lines") != std::string::npos);
  submit_whole(desk, {"a.txt", "b.txt", "--input-format", "lines", "--chunk-per-file"});
  CHECK(results_of(desk, "out.jsonl").size() == 3);
  const Json run = desk.status("a", {"--offline", "--chunks"});
  REQUIRE(run.at("chunk_list").size() == 2);
  CHECK(run.at("chunk_list").at(0).at("label") == "a");
  CHECK(run.at("chunk_list").at(1).at("label") == "b");
}

}  // namespace batchctl::e2e
