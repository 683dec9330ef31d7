#include "sandbox/quotas.hpp"

#include <doctest/doctest.h>

#include "sandbox/rig.hpp"

namespace batchctl::sandbox {
namespace {

using Limit = QuotaRule::Limit;

/// A sandbox with one file of one request of 10 tokens, under these rules.
struct Quotas : Rig {
  explicit Quotas(const std::vector<QuotaRule>& rules, Options options = {}) : Rig(with(rules, std::move(options))) {
    upload("a", line("r0", std::string(40, 'x')));
  }

  static Options with(const std::vector<QuotaRule>& rules, Options options) {
    options.scenario.quotas = rules;
    return options;
  }

  int made(const std::string& model = "gemini-x") { return create("a", "bc/run/0", model).status; }
};

QuotaRule rule(Limit limit, std::uint64_t most, const std::string& model = {}) {
  QuotaRule made;
  made.limit = limit;
  made.most = most;
  made.model = model;
  return made;
}

}  // namespace

TEST_CASE("a quota of jobs is of the whole project, unless it names a model") {
  SUBCASE("of the project") {
    Quotas rig({rule(Limit::jobs, 2)});
    CHECK(rig.made("gemini-x") == 200);
    CHECK(rig.made("gemini-y") == 200);
    CHECK(rig.made("gemini-z") == 429);
  }
  SUBCASE("of a model") {
    Quotas rig({rule(Limit::jobs, 1, "gemini-x")});
    CHECK(rig.made("gemini-x") == 200);
    CHECK(rig.made("gemini-x") == 429);
    CHECK(rig.made("gemini-y") == 200);
    CHECK(rig.made("gemini-y") == 200);
  }
}

TEST_CASE("a quota of tokens is of each model by itself, or of the one it names alone") {
  SUBCASE("of each") {
    Quotas rig({rule(Limit::tokens, 15)});
    for (const char* model : {"gemini-x", "gemini-y"}) {
      CHECK(rig.made(model) == 200);
      CHECK(rig.made(model) == 429);
    }
  }
  SUBCASE("of one") {
    Quotas rig({rule(Limit::tokens, 15, "gemini-x")});
    CHECK(rig.made("gemini-x") == 200);
    CHECK(rig.made("gemini-x") == 429);
    CHECK(rig.made("gemini-y") == 200);
    CHECK(rig.made("gemini-y") == 200);
  }
}

TEST_CASE("capacity can come back late: an ended job counts for so much longer") {
  QuotaRule late = rule(Limit::jobs, 1);
  late.release_after = minutes{15};
  Quotas rig({late});
  const std::string job = rig.create_job("a", "bc/run/0");
  rig.pass(minutes{1});
  rig.post("/v1beta/" + job + ":cancel", "{}");
  rig.pass(minutes{15} - milliseconds{1});
  CHECK(rig.made() == 429);
  rig.pass(milliseconds{1});
  CHECK(rig.made() == 200);
}

TEST_CASE(
    "creates within a time are counted, also those of jobs that are gone, and the answer says when there is room") {
  QuotaRule paced = rule(Limit::creates, 2);
  paced.per = minutes{15};
  paced.form = QuotaForm::details;
  Quotas rig({paced});
  rig.remove("/v1beta/" + rig.create_job("a", "bc/run/0"));
  rig.pass(minutes{5});
  CHECK(rig.made() == 200);
  const Json error = rig.create("a", "bc/run/2").json()["error"];
  CHECK(error["details"][0]["violations"][0]["quotaId"] == "BatchCreateRequestsPerMinutePerProject");
  CHECK(error["details"][2]["retryDelay"] == "600s");
  rig.pass(minutes{10} - milliseconds{1});
  CHECK(rig.made() == 429);
  rig.pass(milliseconds{1});
  CHECK(rig.made() == 200);
  CHECK(rig.made() == 429);
}

TEST_CASE("a quota may hint at a time that is not the true one, as the service does") {
  QuotaRule daily = rule(Limit::requests_per_day, 1);
  daily.form = QuotaForm::details;
  daily.hint = seconds{5};
  Quotas rig({daily});
  CHECK(rig.made() == 200);
  CHECK(rig.create("a", "bc/run/2").json()["error"]["details"][2]["retryDelay"] == "5s");
  rig.pass(seconds{5});
  CHECK(rig.made() == 429);
}

TEST_CASE("a day's tokens and requests are used up until midnight in Los Angeles, and no delete gives them back") {
  QuotaRule daily;
  SUBCASE("tokens") { daily = rule(Limit::tokens_per_day, 25); }
  SUBCASE("requests") { daily = rule(Limit::requests_per_day, 2); }
  daily.form = QuotaForm::details;
  Quotas rig({daily});
  for (int i = 0; i < 2; ++i) rig.remove("/v1beta/" + rig.create_job("a", "bc/run/0"));
  const Json error = rig.create("a", "bc/run/2").json()["error"];
  const Json violation = error["details"][0]["violations"][0];
  CHECK(violation["quotaId"].get<std::string>().find("PerDayPerProjectPerModel") != std::string::npos);
  CHECK(violation["quotaDimensions"]["model"] == "gemini-x");
  CHECK(violation["quotaValue"] == std::to_string(daily.most));
  CHECK(error["details"][2]["retryDelay"] == "79200s");  // it is 10:00 UTC, the day ends at 8:00 UTC
  CHECK(rig.made("gemini-y") == 200);
  rig.pass(hours{22} - milliseconds{1});
  CHECK(rig.made() == 429);
  rig.pass(milliseconds{1});
  CHECK(rig.made() == 200);
}

TEST_CASE("the printed limit of a model at the project's tier is a quota too") {
  Options options;
  options.scenario.tier = 2;
  options.printed_tokens = [](const std::string& model, int tier) -> std::optional<std::int64_t> {
    if (model != "gemini-x") return std::nullopt;
    return tier == 2 ? 25 : 5;
  };
  Quotas rig({}, options);
  CHECK(rig.made() == 200);
  CHECK(rig.made() == 200);
  CHECK(rig.made() == 429);
  CHECK(rig.made("not-printed") == 200);
  CHECK(rig.made("not-printed") == 200);
  CHECK(rig.made("not-printed") == 200);
  rig.post("/__sandbox/scenario", R"({"tier": null})");
  CHECK(rig.made() == 200);
}

TEST_CASE("a refusal comes in the form of its rule, has no effect, and the ledger tells by which quota") {
  QuotaRule jobs = rule(Limit::jobs, 1), tokens = rule(Limit::tokens, 5, "gemini-y");
  jobs.form = QuotaForm::resource;
  tokens.form = QuotaForm::help;
  Quotas rig({tokens, jobs});
  CHECK(rig.made("gemini-x") == 200);
  CHECK(rig.create("a", "bc/run/1", "gemini-x").json()["error"]["message"] ==
        "Resource has been exhausted (e.g. check quota).");
  CHECK(rig.made("gemini-x") == 429);
  CHECK(rig.create("a", "bc/run/1", "gemini-y").json()["error"]["details"].size() == 1);
  CHECK(rig.get("/v1beta/batches").json()["operations"].size() == 1);
  const Json ledger = rig.get("/__sandbox/ledger").json();
  CHECK(ledger["refusals_by_limit"] == Json{{"jobs", 2}, {"tokens", 1}});
  CHECK(ledger["refusals"] == 3);
  CHECK(ledger["creates"] == 1);
}

TEST_CASE("what quotas count is there after a restart") {
  const ScratchDirectory home;
  Options options;
  options.dir = home.path();
  QuotaRule late = rule(Limit::jobs, 2);
  late.release_after = hours{1};
  const auto exhausted_by = [&](const std::vector<QuotaRule>& rules) {
    Quotas rig(rules, options);
    rig.pass(minutes{31});
    return rig.made() == 429;
  };
  {
    Quotas rig({}, options);
    const std::string cancelled = rig.create_job("a", "bc/run/0");
    const std::string deleted = rig.create_job("a", "bc/run/1");
    rig.pass(minutes{1});
    rig.post("/v1beta/" + cancelled + ":cancel", "{}");
    rig.remove("/v1beta/" + deleted);
  }
  CHECK(exhausted_by({rule(Limit::tokens_per_day, 29)}));
  CHECK(exhausted_by({rule(Limit::requests_per_day, 2)}));
  CHECK(exhausted_by({late}));
  CHECK_FALSE(exhausted_by({rule(Limit::jobs, 1)}));
}

TEST_CASE("keys of one project share quotas, files and jobs; another project has its own") {
  Quotas rig({rule(Limit::jobs, 1)});
  rig.key = "team.one";
  rig.upload("b", line("r0", "Why?"));
  const std::string job = rig.create_job("b", "bc/run/0");
  rig.key = "team.two";
  CHECK(rig.get("/v1beta/files/b").status == 200);
  CHECK(rig.get("/v1beta/" + job).status == 200);
  CHECK(rig.create("b", "bc/run/1").status == 429);
  CHECK(rig.upload("b", "four").status == 409);
  rig.key = "other.one";
  CHECK(rig.get("/v1beta/files/b").status == 403);
  CHECK(rig.get("/v1beta/" + job).status == 404);
  CHECK(rig.get("/v1beta/files").json() == Json::object());
  CHECK(rig.upload("b", line("r0", "Why?")).status == 200);
  CHECK(rig.create("b", "bc/run/1").status == 200);
  rig.key = "team";
  CHECK(rig.remove("/v1beta/files/b").status == 200);
}

TEST_CASE("storage is shared by the keys of a project alone") {
  Quotas rig({rule(Limit::storage, 200)});
  rig.key = "team.one";
  CHECK(rig.upload("x", std::string(150, 'x')).status == 200);
  rig.key = "team.two";
  CHECK(rig.upload("y", std::string(150, 'x')).status == 429);
  CHECK(rig.server->ledger().refusals_by_limit.at("storage") == 1);
  rig.key = "other.one";
  CHECK(rig.upload("y", std::string(150, 'x')).status == 200);
}

}  // namespace batchctl::sandbox
