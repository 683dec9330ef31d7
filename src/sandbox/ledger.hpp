// What the sandbox has accepted and answered: the evidence that tests judge by.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace batchctl::sandbox {

using KeyCounts = std::unordered_map<std::string, std::uint32_t>;

struct Ledger {
  std::map<std::string, std::uint64_t> jobs_by_display_name;
  std::map<std::string, KeyCounts> accepted;  // display name, record key: how often a created job held it
  std::uint64_t records_accepted = 0;         // lines of created jobs, also those without a key
  std::uint64_t creates = 0;                  // jobs made
  std::uint64_t peak_active_jobs = 0;         // of one project, pending and running
  std::uint64_t uploads = 0;                  // finalized
  std::map<std::string, std::uint64_t> uploads_by_name;
  std::uint64_t bytes = 0;  // of finalized uploads

  // These begin anew with the process.
  std::uint64_t bytes_received = 0;  // of upload pieces, also those that came twice
  std::uint64_t create_requests = 0;
  std::uint64_t refusals = 0;  // creates answered with 4xx by the rules, not by a fault order
  std::map<std::string, std::uint64_t> refusals_by_status;
  std::map<std::string, std::uint64_t> refusals_by_limit;  // by which quota; creates, and uploads past `storage`
  std::uint64_t faults = 0;                                // requests that fell under a fault order
  std::uint64_t keys_leaked = 0;                  // requests with a key at the other host that a download led to
  std::map<std::string, std::uint64_t> requests;  // by kind

  void job_made(const std::string& display_name, const std::vector<std::string>& keys, std::uint64_t records,
                std::uint64_t active_jobs);
  void file_stored(const std::string& name, std::uint64_t size_bytes);
  void create_refused(int status);
};

/// One record accepted more than once within a run.
struct DoubleRecord {
  std::string run;
  std::string key;
  std::uint32_t times = 0;
};

struct AcceptedTwice {
  std::uint32_t max_of_display_name = 0;  // most often that one display name had one key accepted
  std::uint32_t max_of_run = 0;           // the same over all display names of a run
  std::vector<DoubleRecord> examples;     // at most 20
};

/// Counts per run: display names `bc/<run id>/...` are put together by run id, any other name stands for itself.
AcceptedTwice accepted_twice(const Ledger& ledger);

enum class LedgerDetail { summary, full };

/// The JSON text of `GET /__sandbox/ledger`.
std::string ledger_json(const Ledger& ledger, LedgerDetail detail);

}  // namespace batchctl::sandbox
