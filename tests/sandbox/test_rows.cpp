#include <doctest/doctest.h>

#include <algorithm>

#include "sandbox/rows.hpp"

namespace batchctl::sandbox {
namespace {

constexpr int kRows = 40;

/// A job of kRows rows under these rules, ended; with a few questions that ask for JSON and many that do not.
struct Rows {
  Rig rig;
  std::string job;
  std::string output;

  explicit Rows(const RowRules& rules) : rig(with(rules)) {
    rig.upload("a", many_lines(kRows));
    job = rig.create_job("a", "bc/run/0");
    rig.pass(hours{1});
    output = rig.download(job).body;
  }

  Json stats() { return rig.get("/v1beta/" + job).json()["metadata"]["batchStats"]; }

  static Options with(const RowRules& rules) {
    Options options;
    options.scenario.rows = rules;
    return options;
  }
};

const Json kAllSuccessful = {{"requestCount", "40"}, {"successfulRequestCount", "40"}};
const Json kAllFailed = {{"requestCount", "40"}, {"failedRequestCount", "40"}};

}  // namespace

TEST_CASE("rows carry an error, or a status, with the code that was asked for") {
  RowRules rules;
  rules.code = 8;
  std::string name;
  SUBCASE("error") {
    name = "error";
    rules.error = 1;
  }
  SUBCASE("status") {
    name = "status";
    rules.status = 1;
  }
  Rows rows(rules);
  const auto lines = lines_of(rows.output);
  REQUIRE(lines.size() == kRows);
  CHECK(lines[7] ==
        Json{{name, {{"code", 8}, {"message", "Resource has been exhausted (e.g. check quota)."}}}, {"key", "r7"}});
  CHECK(rows.stats() == kAllFailed);
}

TEST_CASE("rows that are left out count as successful") {
  RowRules rules;
  rules.missing = 1;
  Rows rows(rules);
  CHECK(rows.output.empty());
  CHECK(rows.stats() == kAllSuccessful);
}

TEST_CASE("rows that are answered twice are the same both times") {
  RowRules rules;
  rules.duplicate = 1;
  Rows rows(rules);
  const auto lines = lines_of(rows.output);
  REQUIRE(lines.size() == 2 * kRows);
  CHECK(lines[6] == lines[7]);
  CHECK(lines[6]["key"] == "r3");
}

TEST_CASE("rows without a key are answered all the same") {
  RowRules rules;
  rules.keyless = 1;
  Rows rows(rules);
  const Json row = lines_of(rows.output).at(3);
  CHECK_FALSE(row.contains("key"));
  CHECK(part_text(row).substr(15) == " to: Question 3");
}

TEST_CASE("truncated rows have the beginning of their text") {
  Rows whole(RowRules{});
  RowRules rules;
  rules.truncated = 1;
  Rows rows(rules);
  const Json row = lines_of(rows.output).at(3);
  const std::string text = part_text(row);
  const std::string full = part_text(lines_of(whole.output).at(3));
  CHECK(row["response"]["candidates"][0]["finishReason"] == "MAX_TOKENS");
  CHECK(text.size() == full.size() / 2);
  CHECK(full.compare(0, text.size(), text) == 0);
  CHECK(rows.stats() == kAllSuccessful);
}

TEST_CASE("rows that are blocked or empty have no text") {
  RowRules rules;
  Json candidate;
  SUBCASE("blocked") {
    rules.blocked = 1;
    candidate = {{"finishReason", "SAFETY"}, {"index", 0}};
  }
  SUBCASE("empty") {
    rules.empty = 1;
    candidate = {{"content", {{"role", "model"}}}, {"finishReason", "STOP"}, {"index", 0}};
  }
  Rows rows(rules);
  for (const Json& row : lines_of(rows.output)) {
    CHECK(row["response"]["candidates"] == Json::array({candidate}));
    CHECK_FALSE(row["response"]["usageMetadata"].contains("candidatesTokenCount"));
  }
  CHECK(rows.stats() == kAllSuccessful);
}

TEST_CASE("a blocked prompt has no candidates and took its prompt only") {
  RowRules rules;
  rules.blocked_prompt = 1;
  Rows rows(rules);
  for (const Json& row : lines_of(rows.output)) {
    CHECK(row["response"]["promptFeedback"] == Json{{"blockReason", "SAFETY"}});
    CHECK_FALSE(row["response"].contains("candidates"));
    const Json usage = row["response"]["usageMetadata"];
    CHECK(usage["totalTokenCount"] == usage["promptTokenCount"]);
    CHECK_FALSE(usage.contains("thoughtsTokenCount"));
  }
}

TEST_CASE("garbled lines are not JSON") {
  RowRules rules;
  rules.garbled = 1;
  Rows rows(rules);
  std::istringstream lines(rows.output);
  int count = 0;
  for (std::string one; std::getline(lines, one); ++count) CHECK(Json::parse(one, nullptr, false).is_discarded());
  CHECK(count == kRows);
}

TEST_CASE("shuffled rows are the same rows in another order, and come again the same") {
  RowRules rules;
  rules.shuffled = true;
  Rows rows(rules);
  const auto plain = lines_of(Rows(RowRules{}).output);
  auto shuffled = lines_of(rows.output);
  CHECK(shuffled != plain);
  CHECK(Rows(rules).output == rows.output);
  const auto number = [](const Json& row) { return std::stoi(row["key"].get<std::string>().substr(1)); };
  std::sort(shuffled.begin(), shuffled.end(), [&](const Json& a, const Json& b) { return number(a) < number(b); });
  CHECK(shuffled == plain);
}

TEST_CASE("every share of rows holds, and no row falls under two") {
  RowRules rules;
  rules.error = rules.status = rules.missing = rules.duplicate = rules.keyless = 0.1;
  rules.truncated = rules.blocked = rules.blocked_prompt = rules.empty = 0.1;
  Options options;
  options.scenario.rows = rules;
  Rig rig(options);
  rig.upload("a", many_lines(1000));
  const std::string job = rig.create_job("a", "bc/run/0");
  rig.pass(hours{1});
  std::map<std::string, int> kinds;
  std::map<std::string, int> keys;
  for (const Json& row : lines_of(rig.download(job).body)) {
    if (row.contains("key") && ++keys[row["key"]] == 2) ++kinds["duplicate"];
    if (row.contains("error")) ++kinds["error"];
    if (row.contains("status")) ++kinds["status"];
    if (!row.contains("key")) ++kinds["keyless"];
    if (!row.contains("response")) continue;
    if (row["response"].contains("promptFeedback")) {
      ++kinds["blocked_prompt"];
    } else {
      const Json candidate = row["response"]["candidates"][0];
      ++kinds[candidate["finishReason"]];
      if (candidate["finishReason"] == "STOP" && !candidate["content"].contains("parts")) ++kinds["empty"];
    }
  }
  for (const char* kind :
       {"duplicate", "error", "status", "keyless", "blocked_prompt", "MAX_TOKENS", "SAFETY", "empty"}) {
    CAPTURE(kind);
    CHECK(kinds[kind] > 60);
    CHECK(kinds[kind] < 140);
  }
  const Json stats = rig.get("/v1beta/" + job).json()["metadata"]["batchStats"];
  CHECK(stats["failedRequestCount"] == std::to_string(kinds["error"] + kinds["status"]));
}

TEST_CASE("a request that parses and makes no sense fails as a row") {
  Rig rig;
  std::string bad;
  SUBCASE("no contents") { bad = R"({"key":"bad","request":{}})"; }
  SUBCASE("empty contents") { bad = R"({"key":"bad","request":{"contents":[]}})"; }
  SUBCASE("a role that is not there") {
    bad = R"({"key":"bad","request":{"contents":[{"role":"robot","parts":[{"text":"Q"}]}]}})";
  }
  SUBCASE("a thinking level that is not there") {
    bad = R"({"key":"bad","request":{"contents":[{"parts":[{"text":"Q"}]}],)"
          R"("generation_config":{"thinking_config":{"thinking_level":"SOME"}}}})";
  }
  rig.upload("a", line("good", "Why?") + bad + "\n");
  const std::string job = rig.create_job("a", "bc/run/0");
  rig.pass(hours{1});
  const Json ended = rig.get("/v1beta/" + job).json();
  CHECK(ended["metadata"]["state"] == "BATCH_STATE_SUCCEEDED");
  CHECK(ended["metadata"]["batchStats"] ==
        Json{{"requestCount", "2"}, {"successfulRequestCount", "1"}, {"failedRequestCount", "1"}});
  CHECK(lines_of(rig.download(job).body).at(1) ==
        Json{{"error", {{"code", 3}, {"message", "Request contains an invalid argument."}}}, {"key", "bad"}});
}

TEST_CASE("the ledger knows the tokens of every output, once") {
  RowRules rules;
  rules.error = rules.missing = rules.truncated = rules.blocked = rules.keyless = 0.1;
  Rows rows(rules);
  const Json sums = sum_of_tokens(lines_of(rows.output));
  CHECK(sums["thoughtsTokenCount"] > 0);
  CHECK(sums["cachedContentTokenCount"] > 0);
  CHECK(rows.rig.download(rows.job).body == rows.output);
  const Json ledger = rows.rig.get("/__sandbox/ledger").json();
  Json tokens = ledger["tokens"];
  CHECK(tokens["outputs"] == 1);
  tokens.erase("outputs");
  CHECK(tokens == sums);
  CHECK(ledger["tokens_by_display_name"] == Json{{"bc/run/0", sums}});
}

TEST_CASE("a request that is answered twice took its tokens once") {
  RowRules rules;
  rules.duplicate = 1;
  Rows rows(rules);
  CHECK(rows.rig.server->ledger().tokens.rows == kRows);
}

}  // namespace batchctl::sandbox
