#include "sandbox/ledger.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

namespace batchctl::sandbox {
namespace {

constexpr std::size_t kExamples = 20;

std::string run_part(const std::string& display_name) {
  constexpr std::string_view kPrefix = "bc/";
  if (display_name.compare(0, kPrefix.size(), kPrefix) != 0) return display_name;
  const auto end = display_name.find('/', kPrefix.size());
  return end == std::string::npos ? display_name : display_name.substr(kPrefix.size(), end - kPrefix.size());
}

std::string dumped(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// `{"bc/run/0": {"r0": 1, …}, …}`, as text from the start: there may be millions of keys.
std::string accepted_json(const Ledger& ledger) {
  std::string text = "{";
  for (const auto& [display_name, keys] : ledger.accepted) {
    if (text.back() != '{') text += ',';
    text += dumped(display_name) + ":{";
    for (const CountedKeys& one : keys.counted()) {
      for (std::uint64_t i = 0; i < one.count; ++i) {
        if (text.back() != '{') text += ',';
        text += dumped(one.key(i)) + ':' + std::to_string(one.times);
      }
    }
    text += '}';
  }
  return text + '}';
}

}  // namespace

void Ledger::job_made(const std::string& display_name, const AcceptedKeys& keys, std::uint64_t records,
                      std::uint64_t active_jobs) {
  ++creates;
  ++jobs_by_display_name[display_name];
  accepted[display_name].add(keys);
  records_accepted += records;
  peak_active_jobs = std::max(peak_active_jobs, active_jobs);
}

void Ledger::output_made(const std::string& display_name, const TokenCounts& counts) {
  ++outputs;
  tokens += counts;
  tokens_by_display_name[display_name] += counts;
}

void Ledger::file_stored(const std::string& name, std::uint64_t size_bytes) {
  ++uploads;
  ++uploads_by_name[name];
  bytes += size_bytes;
}

void Ledger::create_refused(int status) {
  ++refusals;
  ++refusals_by_status[std::to_string(status)];
}

AcceptedTwice accepted_twice(const Ledger& ledger) {
  AcceptedTwice found;
  std::map<std::string, AcceptedKeys> by_run;
  for (const auto& [display_name, keys] : ledger.accepted) {
    by_run[run_part(display_name)].add(keys);
    for (const CountedKeys& one : keys.counted()) {
      found.max_of_display_name = std::max(found.max_of_display_name, one.times);
    }
  }
  for (const auto& [run, keys] : by_run) {
    for (const CountedKeys& one : keys.counted()) {
      found.max_of_run = std::max(found.max_of_run, one.times);
      for (std::uint64_t i = 0; one.times > 1 && i < one.count && found.examples.size() < kExamples; ++i) {
        found.examples.push_back({run, one.key(i), one.times});
      }
    }
  }
  return found;
}

std::string ledger_json(const Ledger& ledger, LedgerDetail detail) {
  const AcceptedTwice twice = accepted_twice(ledger);
  nlohmann::json examples = nlohmann::json::array();
  for (const auto& one : twice.examples) examples.push_back({{"run", one.run}, {"key", one.key}, {"times", one.times}});
  nlohmann::json tokens = to_json_with_rows(ledger.tokens);
  tokens["outputs"] = ledger.outputs;
  nlohmann::json json = {{"jobs_by_display_name", ledger.jobs_by_display_name},
                         {"creates", ledger.creates},
                         {"create_requests", ledger.create_requests},
                         {"refusals", ledger.refusals},
                         {"refusals_by_status", ledger.refusals_by_status},
                         {"refusals_by_limit", ledger.refusals_by_limit},
                         {"faults", ledger.faults},
                         {"keys_leaked", ledger.keys_leaked},
                         {"uploads", ledger.uploads},
                         {"uploads_by_name", ledger.uploads_by_name},
                         {"bytes", ledger.bytes},
                         {"bytes_received", ledger.bytes_received},
                         {"requests", ledger.requests},
                         {"peak_active_jobs", ledger.peak_active_jobs},
                         {"records_accepted", ledger.records_accepted},
                         {"max_accepted_per_key", twice.max_of_display_name},
                         {"records_by_key_max", twice.max_of_run},
                         {"accepted_twice", std::move(examples)},
                         {"tokens", std::move(tokens)}};
  if (detail == LedgerDetail::full) {
    json["tokens_by_display_name"] = nlohmann::json::object();
    for (const auto& [name, counts] : ledger.tokens_by_display_name) {
      json["tokens_by_display_name"][name] = to_json_with_rows(counts);
    }
  }
  std::string text = dumped(json);
  if (detail == LedgerDetail::full) text.insert(text.size() - 1, ",\"accepted\":" + accepted_json(ledger));
  return text;
}

}  // namespace batchctl::sandbox
