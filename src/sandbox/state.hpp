// Everything the sandbox remembers: uploads, files, jobs and the ledger, kept in one directory.
//
// Every change is first appended as one JSON line to `journal.jsonl` and then made in memory; at start the journal is
// replayed, so a killed process loses nothing it answered for. Bytes lie beside it: `uploads/<upload id>` (also of
// finished files), `inputs/<job id>` (a job's own hard link, which survives the file), `outputs/<job id>`.
// Nothing here locks: the caller holds the one mutex. Throws Fatal when the disk says no.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "sandbox/accepted_keys.hpp"
#include "sandbox/files.hpp"
#include "sandbox/jobs.hpp"
#include "sandbox/ledger.hpp"
#include "sandbox/open_file.hpp"
#include "sandbox/usage.hpp"

namespace batchctl::sandbox {

class State {
 public:
  /// Throws Fatal also when another sandbox uses the directory.
  explicit State(const std::string& directory, std::uint64_t seed);

  Ledger ledger;
  Usage usage;  // of the quotas, by the jobs

  // Uploads stay known after their end, so that a late query is answered, until their URL expires.
  Upload& begin_upload(const std::string& project, const FileDescription& file,
                       std::optional<std::uint64_t> declared_bytes, Instant now);
  Upload* find_upload(const std::string& id, Instant now);  // the address stays good
  void end_upload(Upload& upload, UploadState state);

  /// Makes a file of an upload's bytes, in place of one that has its name, and ends the upload.
  const StoredFile& store_file(Upload& upload, const std::string& sha256_hex, Duration processing, Instant now);
  const StoredFile* find_file(const std::string& project, const std::string& id, Instant now) const;
  void remove_file(const std::string& project, const std::string& id);
  void remove_expired_files(Instant now);
  /// Of the files that have not been removed; expired ones go by `remove_expired_files`.
  std::uint64_t stored_bytes(const std::string& project) const;
  /// Newest first, with a serial below `below`, at most `limit`.
  std::vector<const StoredFile*> list_files(const std::string& project, Instant now, std::uint64_t below,
                                            std::size_t limit) const;

  /// Gives the job its id and serial. `input_copy` is a path that becomes the job's input.
  const Job& add_job(Job job, const AcceptedKeys& keys, const std::string& input_copy, Instant now);
  const Job* find_job(const std::string& project, const std::string& id) const;
  void cancel_job(const std::string& id, const Cancel& cancel);
  /// Changes what can be changed of a job that is there: its priority and its display name.
  void update_job(const Job& changed);
  void remove_job(const std::string& id, Instant now);
  /// Tells the ledger of a job's output, the first time; does nothing when the job is gone.
  void count_output(const std::string& id, const TokenCounts& counts);
  /// Newest first, with a serial below `below`, at most `limit`; without those that the list does not show yet.
  std::vector<const Job*> list_jobs(const std::string& project, std::uint64_t below, std::size_t limit,
                                    Instant now) const;

  std::string upload_path(const std::string& upload_id) const;
  std::string input_path(const std::string& job_id) const;
  std::string output_path(const std::string& job_id) const;
  /// A name for a file on its way to `input_path` or `upload_path`; never the same twice.
  std::string scratch_path();

 private:
  using FileKey = std::pair<std::string, std::string>;   // project, id
  using JobKey = std::pair<std::string, std::uint64_t>;  // project, serial

  void replay();
  void apply(const nlohmann::json& entry);
  void write(const nlohmann::json& entry);
  void insert(StoredFile file);
  void erase_file(const FileKey& key);
  void drop_expired_uploads(Instant now);
  const Job& insert(Job job);
  Job& job_at(const std::string& id) { return *jobs_by_id_.at(id); }
  void forget(const Job& job, Instant now);
  void settle_uploads();
  void remove_strays() const;

  std::string directory_;
  std::uint64_t seed_;
  OpenFile lock_;
  OpenFile journal_;
  std::map<std::string, Upload> uploads_;
  std::deque<std::string> uploads_in_order_;  // from the oldest active one on
  std::map<FileKey, StoredFile> files_;
  std::map<std::uint64_t, FileKey> files_by_serial_;
  std::map<std::string, std::uint64_t> stored_bytes_;  // by project
  std::map<JobKey, Job> jobs_;
  std::unordered_map<std::string, Job*> jobs_by_id_;
  std::uint64_t next_upload_ = 1;
  std::uint64_t next_file_ = 1;
  std::uint64_t next_job_ = 1;
  std::uint64_t next_scratch_ = 1;
};

}  // namespace batchctl::sandbox
