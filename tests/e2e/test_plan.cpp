// What a run will cost, before and while it does: the plan, the question at a terminal, --max-cost, the limits file.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "e2e/process.hpp"
#include "e2e/terminal.hpp"
#include "schemas/schema.hpp"

namespace batchctl::e2e {

namespace {

const Words kQuick = {"--time-scale", "1000", "--pending", "1m", "--running", "1m"};
const Words kSlow = {"--time-scale", "1000", "--pending", "100d", "--running", "100d"};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The line of the plan that begins with this word.
std::string row(const std::string& text, const std::string& word) {
  for (const std::string& line : lines_of(text))
    if (line.rfind("  " + word + " ", 0) == 0) return line;
  return "";
}

std::set<std::string> codes_in(const Json& run) {
  std::set<std::string> codes;
  for (const Json& warning : run.at("warnings")) codes.insert(warning.at("code").get<std::string>());
  return codes;
}

/// Nothing of any run is there, and the service has made nothing.
void nothing_was_submitted(const Desk& desk, const Sandbox& sandbox) {
  const Outcome runs = desk.run({"runs", "--json"});
  CHECK(runs.json().at("runs").empty());
  CHECK(sandbox.ledger(true).at("jobs_by_display_name").empty());
}

}  // namespace

TEST_CASE("a plan shows the figures and what they were worked out from") {
  Desk desk;
  desk.write("qa.jsonl", questions(300));
  const Outcome plan = desk.run({"plan", "qa.jsonl", "--chunk-records", "10", "--max-jobs", "7", "--model",
                                 "gemini-3.6-flash", "--expect-output", "1000", "--tier", "1"});
  CAPTURE(plan.told());
  REQUIRE(plan.exit == 0);
  CHECK(has(plan.out, "qa: 300 records in 30 chunks"));
  CHECK(has(row(plan.out, "chunks"), "30 of about 10 records"));
  CHECK(has(row(plan.out, "chunks"), "--chunk-records"));
  CHECK(has(plan.out, "recommended: "));
  CHECK(has(row(plan.out, "quota"),
            "3,000,000 tokens enqueued, tier 1 (ai.google.dev/gemini-api/docs/rate-limits, 2026-08-18)"));
  CHECK(has(plan.out, "at once 7 = the least of "));
  CHECK(has(plan.out, "job slots bind"));
  CHECK(has(row(plan.out, "waves"), "5 = 30 / 7, rounded up"));
  CHECK(has(row(plan.out, "end"), "24 h"));
  CHECK(has(row(plan.out, "output"), "300,000 = 300 x 1000"));
  CHECK(has(plan.out, "x $1.875 / 1,000,000"));
  CHECK(has(plan.out, "prices of gemini-3.6-flash: ai.google.dev/gemini-api/docs/pricing, 2026-09"));
  CHECK(has(row(plan.out, "storage"), "of 20 GB"));
}

TEST_CASE("the figures of plan --json can be worked out from each other, and fit the schema") {
  Desk desk;
  std::string lines = questions(100);
  lines += questions(100);  // once more
  for (int i = 0; i < 10; ++i) lines += R"({"question":"long )" + std::string(4000, 'x') + "\"}\n";
  desk.write("qa.jsonl", lines);
  const Outcome outcome =
      desk.run({"plan", "qa.jsonl", "--json", "--chunk-records", "10", "--model", "gemini-3.6-flash", "--max-cost",
                "0.01", "--generation-config", R"({"maxOutputTokens":100000})", "--expect-output", "200000"});
  CAPTURE(outcome.told());
  REQUIRE(schema_faults("plan", outcome.json()) == "");
  const Json run = outcome.json().at("runs").at(0);
  const Json& quota = run.at("quota");
  const Json& at_once = quota.at("at_once");
  CHECK(at_once.at("by_tokens") == quota.at("tokens").get<int>() / run.at("chunk_size").at("tokens").get<int>());
  CHECK(at_once.at("by_jobs") == quota.at("job_slots"));
  CHECK(run.at("jobs_planned") == 21);
  const Json& cost = run.at("cost_parts_usd");
  const Json& price = run.at("prices").at("batch");
  CHECK(cost.at("input").get<double>() ==
        doctest::Approx(run.at("tokens").at("estimated_input").get<double>() * price.at("input").get<double>() / 1e6));
  CHECK(cost.at("output").get<double>() == doctest::Approx(210 * 200'000.0 * price.at("output").get<double>() / 1e6));
  CHECK(cost.at("standard").get<double>() == doctest::Approx(2 * cost.at("batch").get<double>()));
  CHECK(run.at("cost_usd").at("estimated") == cost.at("batch"));
  CHECK(run.at("cost_usd").at("limit") == 0.01);
  CHECK(codes_in(run) == std::set<std::string>{"above_max_cost", "answers_above_model_limit", "answers_do_not_fit",
                                               "assumed_tier", "duplicate_records", "uneven_chunks"});
}

TEST_CASE("a plan knows what finished here, and that the input was submitted before") {
  const Sandbox sandbox(kQuick);
  Desk desk(sandbox);
  desk.write("qa.jsonl", questions(60));
  REQUIRE(desk.run({"submit", "qa.jsonl", "--chunk-records", "10", "--wait"}).exit == 0);
  const Outcome outcome = desk.run({"plan", "qa.jsonl", "--run", "again", "--chunk-records", "10", "--json"});
  CAPTURE(outcome.told());
  const Json run = outcome.json().at("runs").at(0);
  CHECK(codes_in(run).contains("already_submitted"));
  CHECK(run.at("quota").at("jobs_seen") == 6);
  CHECK(run.at("quota").at("job_seconds").get<double>() > 10);
  CHECK_FALSE(run.at("eta").is_null());
  CHECK_FALSE(run.at("token_spread").is_null());
  CHECK(run.at("token_samples") == 0);
}

TEST_CASE("at a terminal the plan is shown and asked about once when it is dear; a no leaves nothing") {
  const Sandbox sandbox(kSlow);
  Desk desk(sandbox);
  desk.write("qa.jsonl", questions(30));
  const Words dear = {"submit", "qa.jsonl", "--expect-output", "2000000"};
  for (const char* answer : {"n\n", "\n", "what\n", "\x04"}) {
    Terminal terminal(desk.start(dear));
    REQUIRE(terminal.shows("Submit it? [y/N] "));
    CHECK(sandbox.ledger(true).at("jobs_by_display_name").empty());
    terminal.type(answer);
    const Outcome outcome = terminal.wait();
    CAPTURE(outcome.told());
    CHECK(outcome.exit == 1);
    CHECK(has(outcome.out, "more than $20.00"));
    CHECK(has(outcome.out, "not submitted"));
    nothing_was_submitted(desk, sandbox);
  }
  Terminal terminal(desk.start(dear));
  REQUIRE(terminal.shows("Submit it? [y/N] "));
  terminal.type("\x03");
  CHECK(terminal.wait().exit == 130);
  nothing_was_submitted(desk, sandbox);
}

TEST_CASE("a yes submits, and --yes, a cheap run and a pipe are not asked") {
  const Sandbox sandbox(kSlow);
  Desk desk(sandbox);
  desk.write("qa.jsonl", questions(30));
  const Words dear = {"submit", "qa.jsonl", "--expect-output", "2000000"};
  {
    Terminal terminal(desk.start(joined(dear, {"--run", "asked"})));
    REQUIRE(terminal.shows("Submit it? [y/N] "));
    terminal.type("y\n");
    const Outcome outcome = terminal.wait();
    CAPTURE(outcome.told());
    CHECK(outcome.exit == 0);
  }
  {
    Terminal terminal(desk.start(joined(dear, {"--run", "told", "--yes"})));
    const Outcome outcome = terminal.wait();
    CAPTURE(outcome.told());
    CHECK(outcome.exit == 0);
    CHECK(has(outcome.out, "  waves "));
    CHECK_FALSE(has(outcome.out, "Submit it?"));
  }
  {
    Terminal terminal(desk.start({"submit", "qa.jsonl", "--run", "cheap"}));
    const Outcome outcome = terminal.wait();
    CAPTURE(outcome.told());
    CHECK(outcome.exit == 0);
    CHECK_FALSE(has(outcome.out, "Submit it?"));
  }
  const Outcome piped = desk.run(joined(dear, {"--run", "piped"}));
  CHECK(piped.exit == 0);
  CHECK_FALSE(has(piped.err, "Submit it?"));
  CHECK(desk.run({"runs", "--json"}).json().at("runs").size() == 4);
}

TEST_CASE("BATCHCTL_ASK_ABOVE_USD sets from where on is asked") {
  const Sandbox sandbox(kSlow);
  Desk desk(sandbox);
  desk.write("qa.jsonl", questions(30));
  desk.environment["BATCHCTL_ASK_ABOVE_USD"] = "0.0001";
  Terminal terminal(desk.start({"submit", "qa.jsonl"}));
  REQUIRE(terminal.shows("Submit it? [y/N] "));
  terminal.type("y\n");
  CHECK(terminal.wait().exit == 0);
  desk.environment["BATCHCTL_ASK_ABOVE_USD"] = "much";
  Terminal wrong(desk.start({"submit", "qa.jsonl", "--run", "other"}));
  CHECK(wrong.wait().exit == 2);
}

TEST_CASE("--max-cost stops with exit 4, says so everywhere, and goes on when it is raised") {
  const Sandbox sandbox(kSlow);
  Desk desk(sandbox);
  desk.write("qa.jsonl", questions(30));
  // A record's answer: 0.0125 USD and hardly any input; a job of ten: 0.125 USD.
  const Outcome stopped = desk.run({"submit", "qa.jsonl", "--chunk-records", "10", "--expect-output", "10000",
                                    "--max-cost", "0.26", "--model", "gemini-2.5-flash", "--json"});
  CAPTURE(stopped.told());
  CHECK(stopped.exit == 4);
  const Json run = desk.status("qa");
  CHECK(run.at("state") == "needs_attention");
  CHECK(run.at("pause").at("reason") == "COST_LIMIT");
  CHECK(run.at("pause").at("kind") == "cost");
  CHECK(run.at("chunks").at("submitted") == 2);
  CHECK(run.at("cost_usd").at("limit") == 0.26);
  CHECK(run.at("cost_usd").at("committed").get<double>() > 0.25);
  CHECK(run.at("cost_usd").at("committed").get<double>() <= 0.26);
  const std::string next = run.at("next");
  REQUIRE(has(next, "batchctl resume qa --max-cost "));
  CHECK(has(desk.run({"status", "--offline"}).out, "cost limit is reached"));
  const std::string amount = next.substr(next.rfind(' ') + 1);
  CHECK(desk.run({"resume", "qa", "--max-cost", amount}).exit == 75);  // all created, jobs run on
  CHECK(desk.status("qa").at("chunks").at("submitted") == 3);
}

TEST_CASE("a limits file in its place is read, one that is broken ends the command with exit 2") {
  Desk desk;
  desk.write("qa.jsonl", questions(3));
  const std::string home = desk.environment.at("HOME");
  std::filesystem::create_directories(home + "/.config/batchctl");
  const Words plan = {"plan", "qa.jsonl", "--model", "gemini-x", "--max-cost", "5"};
  CHECK(desk.run(plan).exit == 2);
  CHECK(has(desk.run(plan).err, home + "/.config/batchctl/limits.json"));
  std::filesystem::copy_file(
      desk.write("limits.json", R"({"models":{"gemini-x":{"batch_price_usd_per_1m":{"input":1,"output":2}}}})"),
      home + "/.config/batchctl/limits.json");
  const Outcome priced = desk.run(plan);
  CAPTURE(priced.told());
  CHECK(priced.exit == 0);
  CHECK(has(priced.out, "x $2 / 1,000,000"));
  desk.write("broken.json", R"({"models":{"gemini-x":{"batch_price":1}}})");
  const Outcome broken = desk.run(joined(plan, {"--limits-file", "broken.json"}));
  CHECK(broken.exit == 2);
  CHECK(has(broken.err, "broken.json"));
  CHECK(has(broken.err, "batch_price"));
  CHECK(desk.run(joined(plan, {"--limits-file", "nowhere.json"})).exit == 2);
}

}  // namespace batchctl::e2e
