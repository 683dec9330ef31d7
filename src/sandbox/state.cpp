#include "sandbox/state.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.hpp"
#include "sandbox/hashing.hpp"
#include "sandbox/input_lines.hpp"

namespace batchctl::sandbox {
namespace {

namespace fs = std::filesystem;

std::string made(const std::string& directory) {
  std::error_code problem;
  for (const char* inner : {"uploads", "inputs", "outputs"})
    fs::create_directories(fs::path(directory) / inner, problem);
  if (problem) {
    throw Fatal(ExitCode::failed, "sandbox_dir",
                fmt::format("sandbox: cannot make {}: {}", directory, problem.message()));
  }
  return directory;
}

void remove_path(const std::string& path) {
  std::error_code ignored;  // a byte file that stays is a stray, removed at the next start
  fs::remove(path, ignored);
}

std::string seeded_name(std::uint64_t seed, const char* what, std::uint64_t serial, std::size_t length) {
  return name_of(mixed(hash_on(mixed(seed), what) + serial), length);
}

}  // namespace

State::State(const std::string& directory, std::uint64_t seed)
    : directory_(made(directory)),
      seed_(seed),
      lock_(directory_ + "/lock", OpenFile::Mode::read_write),
      journal_(directory_ + "/journal.jsonl", OpenFile::Mode::append) {
  if (!lock_.lock()) {
    throw Fatal(ExitCode::failed, "sandbox_dir", fmt::format("sandbox: another sandbox uses {}", directory_),
                "Stop it, or choose another --dir.");
  }
  replay();
  settle_uploads();
  remove_strays();
}

std::string State::upload_path(const std::string& upload_id) const { return directory_ + "/uploads/" + upload_id; }
std::string State::input_path(const std::string& job_id) const { return directory_ + "/inputs/" + job_id; }
std::string State::output_path(const std::string& job_id) const { return directory_ + "/outputs/" + job_id; }
std::string State::scratch_path() { return fmt::format("{}/inputs/scratch-{}", directory_, next_scratch_++); }

void State::write(const nlohmann::json& entry) { journal_.append(entry.dump() + "\n"); }

void State::replay() {
  LineReader lines(directory_ + "/journal.jsonl");
  std::uint64_t whole_bytes = 0;
  while (const auto line = lines.next()) {
    const auto entry = nlohmann::json::parse(*line, nullptr, false);
    if (entry.is_discarded()) break;  // the last write of a killed process
    apply(entry);
    whole_bytes += line->size() + 1;
  }
  if (whole_bytes < journal_.size_bytes()) {
    journal_.truncate(whole_bytes);
  } else if (whole_bytes > journal_.size_bytes()) {
    journal_.append("\n");
  }
}

void State::apply(const nlohmann::json& entry) {
  const std::string event = entry.at("event");
  if (event == "upload") {
    Upload upload = upload_from_journal(entry);
    ++next_upload_;
    uploads_in_order_.push_back(upload.id);
    uploads_.emplace(upload.id, std::move(upload));
  } else if (event == "upload_end") {
    uploads_.at(entry.at("id")).state = entry.at("cancelled") ? UploadState::cancelled : UploadState::final;
  } else if (event == "file") {
    StoredFile file = file_from_journal(entry);
    next_file_ = file.serial + 1;
    auto& upload = uploads_.at(file.upload_id);
    upload.state = UploadState::final;
    upload.received_bytes = file.size_bytes;
    ledger.file_stored("files/" + file.id, file.size_bytes);
    insert(std::move(file));
  } else if (event == "file_gone") {
    erase_file({entry.at("project"), entry.at("id")});
  } else if (event == "job") {
    Job job = job_from_journal(entry);
    next_job_ = job.serial + 1;
    ledger.job_made(job.display_name, AcceptedKeys::from_journal(entry.at("keys")), job.requests,
                    entry.at("active").get<std::uint64_t>());
    insert(std::move(job));
  } else if (event == "cancel") {
    Job& job = job_at(entry.at("id"));
    job.cancelled = cancel_from_journal(entry);
    usage.update(job);
  } else if (event == "job_update") {
    Job& job = job_at(entry.at("id"));
    entry.at("priority").get_to(job.priority);
    entry.at("display_name").get_to(job.display_name);
  } else if (event == "output") {
    const auto found = jobs_by_id_.find(entry.at("id"));
    if (found != jobs_by_id_.end()) found->second->is_counted = true;
    ledger.output_made(entry.at("display_name"), token_counts_from(entry));
  } else if (event == "job_gone") {
    const Job& job = job_at(entry.at("id"));
    forget(job, from_unix_ms(entry.value("at", to_unix_ms(job.created))));
  }
}

// A cut upload goes on from the last whole unit that reached the disk.
void State::settle_uploads() {
  for (auto& [id, upload] : uploads_) {
    if (upload.state != UploadState::active || !fs::exists(upload_path(id))) continue;
    OpenFile bytes(upload_path(id), OpenFile::Mode::read_write);
    const std::uint64_t size = bytes.size_bytes();
    upload.received_bytes = size == upload.declared_bytes ? size : size - size % kUploadGranularity;
    bytes.truncate(upload.received_bytes);
  }
}

void State::remove_strays() const {
  std::vector<std::string> strays;
  std::set<std::string> wanted;
  for (const auto& [id, upload] : uploads_) {
    if (upload.state == UploadState::active) wanted.insert(id);
  }
  for (const auto& [key, file] : files_) wanted.insert(file.upload_id);
  for (const auto& found : fs::directory_iterator(directory_ + "/uploads")) {
    if (wanted.count(found.path().filename()) == 0) strays.push_back(found.path());
  }
  for (const char* inner : {"/inputs", "/outputs"}) {
    for (const auto& found : fs::directory_iterator(directory_ + inner)) {
      if (jobs_by_id_.count(found.path().filename()) == 0) strays.push_back(found.path());
    }
  }
  for (const auto& path : strays) remove_path(path);
}

Upload& State::begin_upload(const std::string& project, const FileDescription& file,
                            std::optional<std::uint64_t> declared_bytes, Instant now) {
  drop_expired_uploads(now);
  Upload upload;
  upload.id = seeded_name(seed_, "upload", next_upload_, 40);
  upload.project = project;
  upload.file = file;
  upload.declared_bytes = declared_bytes;
  upload.started = now;
  upload.hash.emplace();
  write(to_journal(upload));
  ++next_upload_;
  const OpenFile empty(upload_path(upload.id), OpenFile::Mode::read_write);
  uploads_in_order_.push_back(upload.id);
  return uploads_.emplace(upload.id, std::move(upload)).first->second;
}

Upload* State::find_upload(const std::string& id, Instant now) {
  const auto found = uploads_.find(id);
  return found == uploads_.end() || is_expired(found->second, now) ? nullptr : &found->second;
}

void State::end_upload(Upload& upload, UploadState state) {
  write({{"event", "upload_end"}, {"id", upload.id}, {"cancelled", state == UploadState::cancelled}});
  upload.state = state;
  upload.hash.reset();
  remove_path(upload_path(upload.id));
}

void State::drop_expired_uploads(Instant now) {
  for (; !uploads_in_order_.empty(); uploads_in_order_.pop_front()) {
    Upload& oldest = uploads_.at(uploads_in_order_.front());
    if (oldest.state != UploadState::active) continue;
    if (oldest.busy || !is_expired(oldest, now)) break;
    end_upload(oldest, UploadState::cancelled);
  }
}

const StoredFile& State::store_file(Upload& upload, const std::string& sha256_hex, Duration processing, Instant now) {
  if (find_file(upload.project, upload.file.id, now) != nullptr) remove_file(upload.project, upload.file.id);
  StoredFile file;
  file.id = upload.file.id;
  file.serial = next_file_++;
  if (file.id.empty()) file.id = seeded_name(seed_, "file", file.serial, 12);
  file.project = upload.project;
  file.display_name = upload.file.display_name;
  file.mime_type = upload.file.mime_type;
  file.upload_id = upload.id;
  file.size_bytes = upload.received_bytes;
  file.sha256_hex = sha256_hex;
  file.created = now;
  file.processed = now + processing;
  file.fate = upload.file.fate;
  write(to_journal(file));
  upload.state = UploadState::final;
  upload.hash.reset();
  ledger.file_stored("files/" + file.id, file.size_bytes);
  const FileKey key{file.project, file.id};
  insert(std::move(file));
  return files_.at(key);
}

void State::insert(StoredFile file) {
  const FileKey key{file.project, file.id};
  stored_bytes_[file.project] += file.size_bytes;
  files_by_serial_[file.serial] = key;
  files_[key] = std::move(file);
}

void State::erase_file(const FileKey& key) {
  const auto found = files_.find(key);
  stored_bytes_[key.first] -= found->second.size_bytes;
  files_by_serial_.erase(found->second.serial);
  files_.erase(found);
}

const StoredFile* State::find_file(const std::string& project, const std::string& id, Instant now) const {
  const auto found = files_.find({project, id});
  return found == files_.end() || is_expired(found->second, now) ? nullptr : &found->second;
}

void State::remove_file(const std::string& project, const std::string& id) {
  write({{"event", "file_gone"}, {"project", project}, {"id", id}});
  remove_path(upload_path(files_.at({project, id}).upload_id));
  erase_file({project, id});
}

void State::remove_expired_files(Instant now) {
  while (!files_by_serial_.empty()) {
    const FileKey oldest = files_by_serial_.begin()->second;
    if (!is_expired(files_.at(oldest), now)) break;
    remove_file(oldest.first, oldest.second);
  }
}

std::uint64_t State::stored_bytes(const std::string& project) const {
  const auto found = stored_bytes_.find(project);
  return found == stored_bytes_.end() ? 0 : found->second;
}

std::vector<const StoredFile*> State::list_files(const std::string& project, Instant now, std::uint64_t below,
                                                 std::size_t limit) const {
  std::vector<const StoredFile*> found;
  for (auto at = files_by_serial_.lower_bound(below); at != files_by_serial_.begin() && found.size() < limit;) {
    const StoredFile& file = files_.at((--at)->second);
    if (file.project == project && !is_expired(file, now)) found.push_back(&file);
  }
  return found;
}

const Job& State::insert(Job job) {
  usage.add(job);
  const JobKey key{job.project, job.serial};
  Job& place = jobs_.emplace(key, std::move(job)).first->second;
  jobs_by_id_[place.id] = &place;
  return place;
}

void State::forget(const Job& job, Instant now) {
  usage.remove(job, now);
  jobs_by_id_.erase(job.id);
  jobs_.erase(JobKey{job.project, job.serial});
}

const Job& State::add_job(Job job, const AcceptedKeys& keys, const std::string& input_copy, Instant now) {
  job.serial = next_job_;
  job.id = seeded_name(seed_, "job", job.serial, 36);
  const std::uint64_t active = usage.active_jobs(job.project, "", now, {}) + 1;
  fs::rename(input_copy, input_path(job.id));
  auto entry = to_journal(job);
  entry["keys"] = keys.to_journal();
  entry["active"] = active;
  write(entry);
  ++next_job_;
  ledger.job_made(job.display_name, keys, job.requests, active);
  return insert(std::move(job));
}

const Job* State::find_job(const std::string& project, const std::string& id) const {
  const auto found = jobs_by_id_.find(id);
  return found == jobs_by_id_.end() || found->second->project != project ? nullptr : found->second;
}

void State::cancel_job(const std::string& id, const Cancel& cancel) {
  auto entry = to_journal(cancel);
  entry["id"] = id;
  write(entry);
  Job& job = job_at(id);
  job.cancelled = cancel;
  usage.update(job);
}

void State::update_job(const Job& changed) {
  write({{"event", "job_update"},
         {"id", changed.id},
         {"priority", changed.priority},
         {"display_name", changed.display_name}});
  Job& job = job_at(changed.id);
  job.priority = changed.priority;
  job.display_name = changed.display_name;
}

void State::remove_job(const std::string& id, Instant now) {
  write({{"event", "job_gone"}, {"id", id}, {"at", to_unix_ms(now)}});
  forget(job_at(id), now);
  remove_path(input_path(id));
  remove_path(output_path(id));
}

void State::count_output(const std::string& id, const TokenCounts& counts) {
  const auto found = jobs_by_id_.find(id);
  if (found == jobs_by_id_.end() || found->second->is_counted) return;
  auto entry = to_json_with_rows(counts);
  entry["event"] = "output";
  entry["id"] = id;
  entry["display_name"] = found->second->display_name;
  write(entry);
  found->second->is_counted = true;
  ledger.output_made(found->second->display_name, counts);
}

std::vector<const Job*> State::list_jobs(const std::string& project, std::uint64_t below, std::size_t limit,
                                         Instant now) const {
  std::vector<const Job*> found;
  for (auto at = jobs_.lower_bound({project, below}); at != jobs_.begin() && found.size() < limit;) {
    --at;
    if (at->first.first != project) break;
    if (is_listed(at->second, now)) found.push_back(&at->second);
  }
  return found;
}

}  // namespace batchctl::sandbox
