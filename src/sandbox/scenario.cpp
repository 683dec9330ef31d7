#include "sandbox/scenario.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sandbox/json_reader.hpp"

namespace batchctl::sandbox {
namespace {

using Json = nlohmann::json;
using Limit = QuotaRule::Limit;

constexpr Word<JobRules::CancelEnd> kCancelEnds[] = {{"cancelled", JobRules::CancelEnd::cancelled},
                                                     {"partial", JobRules::CancelEnd::partial},
                                                     {"succeeds", JobRules::CancelEnd::succeeds}};
constexpr Word<FileRules::Taken> kTaken[] = {{"409", FileRules::Taken::conflict},
                                             {"400", FileRules::Taken::bad_request},
                                             {"replaces", FileRules::Taken::replaces}};
constexpr Word<DownloadRules::Redirect> kRedirects[] = {{"none", DownloadRules::Redirect::none},
                                                        {"here", DownloadRules::Redirect::here},
                                                        {"elsewhere", DownloadRules::Redirect::elsewhere}};
constexpr Word<DownloadRules::Paths> kPaths[] = {{"both", DownloadRules::Paths::both},
                                                 {"download", DownloadRules::Paths::download},
                                                 {"bare", DownloadRules::Paths::bare}};

using Fault = std::optional<std::string>;

Fault read(const Json& json, const std::string& place, QuotaRule& rule) {
  JsonReader reader(json, place);
  reader.word("limit", rule.limit, kQuotaLimits);
  reader.count("most", rule.most);
  reader.text("model", rule.model);
  reader.duration("per", rule.per);
  reader.duration("release_after", rule.release_after);
  reader.duration("hint", rule.hint);
  reader.word("form", rule.form, kQuotaForms);
  for (const char* needed : {"limit", "most"}) {
    if (reader.member(needed) == nullptr) reader.fault(needed, "is missing");
  }
  return reader.end();
}

Fault read(const Json& json, JobRules& jobs) {
  JsonReader reader(json, "jobs");
  reader.duration("pending", jobs.pending);
  reader.duration("running", jobs.running);
  reader.share("failed", jobs.failed);
  reader.share("expired", jobs.expired);
  reader.word("cancel", jobs.cancel, kCancelEnds);
  reader.duration("output_after", jobs.output_after);
  reader.duration("listed_after", jobs.listed_after);
  return reader.end();
}

Fault read(const Json& json, RowRules& rows) {
  JsonReader reader(json, "rows");
  double sum = 0;
  const auto share = [&](const char* name, double& into) {
    reader.share(name, into);
    sum += into;
  };
  share("error", rows.error);
  share("status", rows.status);
  share("missing", rows.missing);
  share("duplicate", rows.duplicate);
  share("keyless", rows.keyless);
  share("truncated", rows.truncated);
  share("blocked", rows.blocked);
  share("blocked_prompt", rows.blocked_prompt);
  share("empty", rows.empty);
  share("garbled", rows.garbled);
  reader.integer("code", rows.code, 1, 16);
  reader.flag("shuffled", rows.shuffled);
  if (sum > 1) reader.take_fault(fmt::format("the shares of rows add up to {}; together they are at most 1", sum));
  return reader.end();
}

Fault read(const Json& json, FileRules& files) {
  JsonReader reader(json, "files");
  reader.texts("refused_types", files.refused_types);
  reader.duration("processing", files.processing);
  reader.word("taken", files.taken, kTaken);
  reader.flag("outputs_readable", files.outputs_readable);
  return reader.end();
}

Fault read(const Json& json, ListRules& lists) {
  JsonReader reader(json, "lists");
  reader.count("page", lists.page, 1);
  reader.flag("short", lists.is_short);
  return reader.end();
}

Fault read(const Json& json, DownloadRules& downloads) {
  JsonReader reader(json, "downloads");
  reader.flag("ranges", downloads.ranges);
  reader.word("redirect", downloads.redirect, kRedirects);
  reader.word("paths", downloads.paths, kPaths);
  return reader.end();
}

/// Each element of a list member, with the place of its own in messages.
template <class ReadOne>
void read_list(JsonReader& reader, const char* name, ReadOne read_one) {
  const Json* list = reader.member(name);
  if (list == nullptr) return;
  if (!list->is_array()) return reader.fault(name, "is not a list");
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (Fault fault = read_one((*list)[i], fmt::format("{}[{}]", name, i))) reader.take_fault(*std::move(fault));
  }
}

template <class Rules>
void read_rules(JsonReader& reader, const char* name, Rules& rules) {
  const Json* json = reader.member(name);
  if (json == nullptr) return;
  if (Fault fault = read(*json, rules)) reader.take_fault(*std::move(fault));
}

}  // namespace

std::vector<QuotaRule> Scenario::default_quotas() {
  return {{.limit = Limit::jobs, .most = 100, .model = {}},
          {.limit = Limit::storage, .most = 21474836480, .model = {}}};
}

Result<Scenario, std::string> parse_scenario(std::string_view text, const Scenario& base) {
  Scenario scenario = base;
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& problem) {
    return "it is not JSON: " + std::string(problem.what());
  }
  JsonReader reader(json, "the scenario");
  if (const Json* tier = reader.member("tier"); tier != nullptr && tier->is_null()) {
    scenario.tier.reset();
  } else if (tier != nullptr) {
    int number = 1;
    reader.integer("tier", number, 1, 3);
    scenario.tier = number;
  }
  if (reader.member("quotas") != nullptr) scenario.quotas.clear();
  read_list(reader, "quotas", [&](const Json& one, const std::string& place) {
    return read(one, place, scenario.quotas.emplace_back());
  });
  read_rules(reader, "jobs", scenario.jobs);
  read_rules(reader, "rows", scenario.rows);
  read_rules(reader, "files", scenario.files);
  read_rules(reader, "lists", scenario.lists);
  read_rules(reader, "downloads", scenario.downloads);
  if (reader.member("faults") != nullptr) scenario.faults.clear();
  read_list(reader, "faults", [&](const Json& one, const std::string& place) -> Fault {
    auto order = fault_of(one);
    if (!order) return place + ": " + order.error();
    scenario.faults.push_back(order.value());
    return std::nullopt;
  });
  if (Fault fault = reader.end()) return *std::move(fault);
  return scenario;
}

QuotaRule& quota_of(Scenario& scenario, QuotaRule::Limit limit, const std::string& model) {
  for (QuotaRule& rule : scenario.quotas) {
    if (rule.limit == limit && rule.model == model) return rule;
  }
  QuotaRule& made = scenario.quotas.emplace_back();
  made.limit = limit;
  made.model = model;
  return made;
}

}  // namespace batchctl::sandbox
