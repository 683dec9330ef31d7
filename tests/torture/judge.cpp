#include "torture/judge.hpp"

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace batchctl::torture {

namespace {

using e2e::Json;

constexpr int kCancelledCode = 1;  // google.rpc.Code

struct ServiceJob {
  std::string name, display_name, state;
  int chunk = 0, attempt = 0;
  Instant created;
  std::optional<Instant> ended;
};

std::optional<Instant> time_in(const Json& json, const char* name) {
  if (!json.contains(name)) return std::nullopt;
  return parse_rfc3339(json.at(name).get<std::string>());
}

/// bc/<run>/<chunk>/a<attempt>/<hash>
void read_display_name(ServiceJob& job) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= job.display_name.size();) {
    const std::size_t slash = std::min(job.display_name.find('/', at), job.display_name.size());
    parts.push_back(job.display_name.substr(at, slash - at));
    at = slash + 1;
  }
  if (parts.size() != 5 || !parts[3].starts_with('a')) throw std::runtime_error("a job is called " + job.display_name);
  job.chunk = std::stoi(parts[2]);
  job.attempt = std::stoi(parts[3].substr(1));
}

/// One page of the job list; orders to fail that are left may befall it.
Json read_page(const e2e::Sandbox& sandbox, const std::string& key, const std::string& token) {
  const std::string path = "/v1beta/batches?pageSize=100" + (token.empty() ? "" : "&pageToken=" + token);
  for (int tries = 0; tries < 20; ++tries) {
    httplib::Client client(sandbox.base_url());
    const auto answer = client.Get(path, {{"x-goog-api-key", key}});
    Json page = answer && answer->status == 200 ? Json::parse(answer->body, nullptr, false) : Json();
    if (page.is_object()) return page;
  }
  throw std::runtime_error("the sandbox does not list its jobs");
}

std::vector<ServiceJob> read_list(const e2e::Sandbox& sandbox, const std::string& key) {
  std::vector<ServiceJob> jobs;
  std::string token;
  do {
    const Json page = read_page(sandbox, key, token);
    for (const Json& one : page.value("operations", Json::array())) {
      const Json& facts = one.at("metadata");
      ServiceJob job{one.at("name"), facts.at("displayName"), facts.at("state"), 0, 0, {}, time_in(facts, "endTime")};
      job.created = time_in(facts, "createTime").value();
      read_display_name(job);
      jobs.push_back(std::move(job));
    }
    token = page.value("nextPageToken", "");
  } while (!token.empty());
  return jobs;
}

class Judge {
 public:
  Judge(const StateFile& state, bool cancelled) : state_(state), cancelled_(cancelled) {}

  void look_at_ledger(const Json& ledger) {
    verdict_.faults = ledger.at("faults");
    verdict_.jobs = ledger.at("creates");
    for (const auto& [name, count] : ledger.at("jobs_by_display_name").items()) {
      if (count != 1) twice(count.get<std::int64_t>() - 1, fmt::format("{} jobs are called {}", count.dump(), name));
      ServiceJob job{"", name, "", 0, 0, {}, {}};
      read_display_name(job);
      look_at_records(job, ledger.at("accepted").at(name));
    }
  }

  void look_at_jobs(std::vector<ServiceJob> jobs) {
    if (std::cmp_not_equal(jobs.size(), verdict_.jobs))
      wrong(fmt::format("{} jobs are listed, {} were made", jobs.size(), verdict_.jobs));
    std::sort(jobs.begin(), jobs.end(), [](const ServiceJob& one, const ServiceJob& other) {
      return std::pair(one.chunk, one.created) < std::pair(other.chunk, other.created);
    });
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      const ServiceJob& job = jobs[i];
      const auto known = state_.jobs.find(job.name);
      if (known == state_.jobs.end() || known->second != job.display_name)
        wrong(fmt::format("{} ({}) is not known to the state file", job.name, job.display_name));
      if (!job.ended) wrong(fmt::format("{} is still {}", job.display_name, job.state));
      by_name_[job.name] = job;
      if (i == 0 || jobs[i - 1].chunk != job.chunk) continue;
      const ServiceJob& before = jobs[i - 1];
      if (!before.ended || *before.ended > job.created)
        twice(1, fmt::format("{} was made while {} was alive", job.display_name, before.display_name));
      if (before.state != "BATCH_STATE_FAILED" && before.state != "BATCH_STATE_EXPIRED")
        twice(1, fmt::format("{} was made although {} was {}", job.display_name, before.display_name, before.state));
    }
  }

  void look_at_results(const std::string& input, const std::string& results) {
    const std::vector<std::string> questions = e2e::lines_of(input), lines = e2e::lines_of(results);
    if (lines.size() != questions.size())
      wrong(fmt::format("{} lines of results for {} records", lines.size(), questions.size()));
    for (std::size_t i = 0; i < questions.size(); ++i) {
      const std::string fault = i < lines.size() ? fault_of(lines[i], questions[i], i) : "no line";
      if (fault.empty()) continue;
      ++verdict_.lost;
      wrong(fmt::format("record {}: {}", i, fault));
    }
  }

  void look_at_state() {
    if (!state_.wrong.empty()) wrong(state_.wrong);
    if (state_.holds != 0) wrong(fmt::format("{} jobs still hold quota", state_.holds));
    for (const ChunkRow& chunk : state_.chunks)
      if (chunk.state != "done" && chunk.state != "cancelled" && chunk.state != "failed")
        wrong(fmt::format("chunk {} is {}", chunk.index, chunk.state));
  }

  Verdict verdict() const { return verdict_; }

 private:
  void wrong(const std::string& line) { verdict_.wrong += line + "\n"; }
  void twice(std::int64_t times, const std::string& line) {
    verdict_.duplicates += times;
    wrong(line);
  }

  /// Each record of the chunk once, and no other.
  void look_at_records(const ServiceJob& job, const Json& accepted) {
    if (job.chunk < 0 || std::cmp_greater_equal(job.chunk, state_.chunks.size()))
      return wrong(fmt::format("{} is of no chunk", job.display_name));
    const ChunkRow& chunk = state_.chunks[static_cast<std::size_t>(job.chunk)];
    for (const std::int64_t record : chunk.records) {
      const auto times = accepted.value(fmt::format("r{}", record), std::int64_t{0});
      if (times > 1) twice(times - 1, fmt::format("{} took record {} {} times", job.display_name, record, times));
      if (times == 0) wrong(fmt::format("{} lacks record {}", job.display_name, record));
      if (chunk.is_repair && !had_failed_before(record, chunk.index))
        twice(1, fmt::format("{} asks again for record {}, which had not failed", job.display_name, record));
    }
    if (accepted.size() != chunk.records.size())
      wrong(fmt::format("{} holds {} records instead of {}", job.display_name, accepted.size(), chunk.records.size()));
  }

  bool had_failed_before(std::int64_t record, int chunk) const {
    return std::any_of(state_.not_ok.begin(), state_.not_ok.lower_bound(chunk),
                       [&](const auto& one) { return one.second.contains(record); });
  }

  std::string fault_of(const std::string& line, const std::string& input_line, std::size_t index) const {
    const Json result = Json::parse(line, nullptr, false), input = Json::parse(input_line);
    if (result.is_discarded()) return "not JSON: " + line;
    if (result.at("index") != index) return "not in input order: " + line;
    if (result.at("key") != input.at("id") || !line.ends_with(",\"input\":" + input_line + "}"))
      return "another record's line: " + line;
    const bool is_ok = result.at("status") == "ok";
    if (is_ok &&
        result.at("answer").get<std::string>().find(input.at("question").get<std::string>()) == std::string::npos)
      return "the answer to another question: " + line;
    if (is_ok && !is_of_its_chunk(result, index)) return "the answer of another chunk's job: " + line;
    if (is_ok || (cancelled_ && (is_cut_short(result) || !has_succeeded(index)))) return {};
    return "no answer: " + line;
  }

  bool is_in(const ServiceJob& job, std::size_t index) const {
    const ChunkRow& chunk = state_.chunks.at(static_cast<std::size_t>(job.chunk));
    return chunk.records.contains(static_cast<std::int64_t>(index));
  }
  bool is_of_its_chunk(const Json& result, std::size_t index) const {
    const auto job = by_name_.find(result.at("job"));
    return job != by_name_.end() && is_in(job->second, index);
  }
  /// A job that was cancelled answers its last records so, and may be called SUCCEEDED all the same.
  static bool is_cut_short(const Json& result) {
    return result.at("status") == "error" && result.at("error").at("code") == kCancelledCode;
  }
  bool has_succeeded(std::size_t index) const {
    return std::any_of(by_name_.begin(), by_name_.end(), [&](const auto& one) {
      return one.second.state == "BATCH_STATE_SUCCEEDED" && is_in(one.second, index);
    });
  }

  const StateFile& state_;
  bool cancelled_;
  std::map<std::string, ServiceJob> by_name_;
  Verdict verdict_;
};

}  // namespace

Verdict judge(const e2e::Sandbox& sandbox, const std::string& key, const StateFile& state, const std::string& input,
              const std::string& results, bool cancelled) {
  Judge judge(state, cancelled);
  const Json ledger = sandbox.ledger(true);
  judge.look_at_ledger(ledger);
  // A job that was made just now may not be listed yet.
  std::vector<ServiceJob> jobs = read_list(sandbox, key);
  for (int i = 0; i < 20 && jobs.size() < ledger.at("creates").get<std::size_t>(); ++i) {
    std::this_thread::sleep_for(milliseconds{100});
    jobs = read_list(sandbox, key);
  }
  judge.look_at_jobs(std::move(jobs));
  judge.look_at_results(input, results);
  judge.look_at_state();
  return judge.verdict();
}

}  // namespace batchctl::torture
