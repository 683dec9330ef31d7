#include "plan/adoption.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <limits>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/count.hpp"
#include "plan/schedule.hpp"

namespace batchctl::plan {

namespace {

using Places = std::vector<std::size_t>;  // among the chunks, ascending

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Without directories, `.gz` or `.zst`, and the last extension: how labels are made.
std::string_view stem_in(std::string_view path) {
  if (const std::size_t slash = path.rfind('/'); slash != std::string_view::npos) path.remove_prefix(slash + 1);
  for (const std::string_view packed : {".gz", ".zst"})
    if (path.ends_with(packed)) path.remove_suffix(packed.size());
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? path : path.substr(0, dot);
}

/// The digits at its end without leading zeros; empty without any.
std::string_view last_number(std::string_view text) {
  std::size_t from = text.size();
  while (from > 0 && is_digit(text[from - 1])) --from;
  while (from + 1 < text.size() && text[from] == '0') ++from;
  return text.substr(from);
}

void make_unique(Places& places) {
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
}

Places common_to(const Places& a, const Places& b) {
  Places both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

/// What a job or file was found to be.
struct Fit {
  std::size_t chunk = 0;
  Evidence evidence = Evidence::hash;
  LineKeys keys = LineKeys::wire;
  std::string why;
};
struct Unfit {
  LeftWhy reason = LeftWhy::unrelated;
  std::string why;
  std::optional<std::size_t> chunk{};
};
struct Judgement {
  std::optional<Fit> match;
  Unfit refusal;
};

Judgement refused(LeftWhy reason, std::string why, std::optional<std::size_t> chunk = std::nullopt) {
  return {std::nullopt, {reason, std::move(why), chunk}};
}

class Matcher {
 public:
  Matcher(const std::vector<AdoptableChunk>& chunks, const std::vector<SeenJob>& jobs,
          const std::vector<SeenFile>& files, Instant now)
      : chunks_(chunks), jobs_(jobs), files_(files), now_(now), refusals_(jobs.size()) {
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      for (const KnownBody& body : chunks[i].bodies) by_hash_[body.sha256].emplace_back(i, body.keys);
      for (const JobName& job : chunks[i].jobs) own_jobs_[job.value] = i;
      for (const RemoteFileName& file : chunks[i].files) own_files_[file.value] = i;
    }
    for (std::size_t i = 0; i < files.size(); ++i) file_at_.emplace(files[i].name.value, i);
  }

  Adoption take() {
    bind_jobs();
    bind_files();
    std::sort(result_.bound.begin(), result_.bound.end(),
              [](const Binding& a, const Binding& b) { return a.chunk < b.chunk; });
    return std::move(result_);
  }

 private:
  // ---- who could it be
  Places told_by(const Told& told) const {
    Places exact, numbered;
    for (const std::string& words : told.labels) {
      const bool is_number = !words.empty() && std::all_of(words.begin(), words.end(), is_digit);
      for (std::size_t i = 0; i < chunks_.size(); ++i) {
        if (!chunks_[i].label) continue;
        const std::string& label = *chunks_[i].label;
        if (words == label || stem_in(words) == label)
          exact.push_back(i);
        else if (is_number && last_number(words) == last_number(label))
          numbered.push_back(i);
      }
    }
    Places& found = exact.empty() ? numbered : exact;
    make_unique(found);
    return found;
  }

  /// The longest label wins: `part-1` is in `part-1-b`, and is not meant.
  Places named_in(std::initializer_list<std::string_view> texts) const {
    Places found;
    std::size_t longest = 0;
    for (const std::string_view text : texts)
      for (std::size_t i = 0; i < chunks_.size(); ++i) {
        if (!chunks_[i].label || chunks_[i].label->size() < longest || !names_label(text, *chunks_[i].label)) continue;
        if (chunks_[i].label->size() > longest) found.clear();
        longest = chunks_[i].label->size();
        found.push_back(i);
      }
    make_unique(found);
    return found;
  }

  Places labelled(const Told& told, std::initializer_list<std::string_view> names) const {
    Places found = told_by(told);
    return found.empty() ? named_in(names) : found;
  }

  const SeenFile* file_of(const Observation& seen) const {
    const auto found = file_at_.find(seen.input.value);
    return found == file_at_.end() || !files_[found->second].is_here ? nullptr : &files_[found->second];
  }

  /// Chunks whose body these bytes are.
  std::vector<std::pair<std::size_t, LineKeys>> with_bytes_of(const SeenFile& file) const {
    std::vector<std::pair<std::size_t, LineKeys>> found;
    if (!file.sha256) return found;
    const auto known = by_hash_.find(*file.sha256);
    if (known == by_hash_.end()) return found;
    for (const auto& [chunk, keys] : known->second)
      if (found.empty() || found.back().first != chunk) found.emplace_back(chunk, keys);
    return found;
  }

  /// By the hash alone, and by names where several chunks hold the same bytes.
  std::optional<Judgement> by_hash(const SeenFile& file, const Places& labels) const {
    auto hits = with_bytes_of(file);
    if (hits.empty()) return std::nullopt;
    if (hits.size() > 1) {
      Places same;
      for (const auto& [chunk, keys] : hits) same.push_back(chunk);
      const Places meant = common_to(same, labels);
      if (meant.size() != 1)
        return refused(LeftWhy::ambiguous, fmt::format("{} hold the same bytes", count_of(same)), same.front());
      std::erase_if(hits, [&](const auto& hit) { return hit.first != meant.front(); });
    }
    return Judgement{Fit{hits[0].first, Evidence::hash, hits[0].second, "its file has the chunk's SHA-256"}, {}};
  }

  /// Where no hash is told: the size, of a chunk that is named.
  std::optional<Judgement> by_size(const SeenFile& file, const Places& labels) const {
    if (file.sha256 || labels.size() != 1) return std::nullopt;
    for (const KnownBody& body : chunks_[labels[0]].bodies)
      if (body.bytes == file.bytes)
        return Judgement{
            Fit{labels[0], Evidence::size, body.keys,
                fmt::format("its file has the chunk's size ({} bytes) and name, and no hash is told for it",
                            count(static_cast<std::int64_t>(body.bytes)))},
            {}};
    return std::nullopt;
  }

  std::optional<Judgement> by_mark(const Observation& seen, const SeenFile* file) const {
    constexpr std::size_t kDigits = 12;
    const std::optional<JobMark> mark = job_mark_of(seen.display_name);
    if (!mark) return std::nullopt;
    const std::string_view name = seen.display_name;
    const std::string_view print = name.substr(name.size() - std::min(name.size(), kDigits));
    Places found;
    for (std::size_t i = 0; i < chunks_.size(); ++i)
      if (std::string_view(chunks_[i].body_sha256).substr(0, kDigits) == print) found.push_back(i);
    if (found.empty()) return std::nullopt;
    if (found.size() > 1) {
      std::erase_if(found, [&](std::size_t i) { return chunks_[i].index != mark->chunk_index; });
      if (found.size() != 1) return refused(LeftWhy::ambiguous, "several chunks have the body that its name tells");
    }
    if (file != nullptr && file->sha256 && *file->sha256 != chunks_[found[0]].body_sha256)
      return refused(LeftWhy::mismatch, "its name tells the chunk's body, and its file has another hash", found[0]);
    return Judgement{Fit{found[0], Evidence::mark, LineKeys::wire, "its display name ends with the hash of the body"},
                     {}};
  }

  Judgement by_count(const Observation& seen, const SeenFile* file, const Places& labels) const {
    if (labels.empty()) return refused(LeftWhy::unrelated, "nothing ties it to a chunk of this plan");
    if (labels.size() > 1)
      return refused(LeftWhy::ambiguous, fmt::format("its name fits {}", count_of(labels)), labels.front());
    const AdoptableChunk& chunk = chunks_[labels[0]];
    const bool is_comparable = std::any_of(chunk.bodies.begin(), chunk.bodies.end(),
                                           [](const KnownBody& body) { return body.keys == LineKeys::own; });
    if (is_comparable && file != nullptr && file->sha256)
      return refused(LeftWhy::mismatch, "its file does not hold the chunk's bytes: another SHA-256", labels[0]);
    if (!seen.stats.requests)
      return refused(LeftWhy::mismatch, "how many requests it has is not told, and its file cannot be compared",
                     labels[0]);
    if (*seen.stats.requests != chunk.records)
      return refused(LeftWhy::mismatch,
                     fmt::format("it has {}, the chunk {}", count(*seen.stats.requests, "request"),
                                 count(chunk.records, "record")),
                     labels[0]);
    return Judgement{Fit{labels[0], Evidence::count, LineKeys::own,
                         fmt::format("{} and the chunk's name; the questions were not compared",
                                     count(*seen.stats.requests, "request"))},
                     {}};
  }

  std::string count_of(const Places& places) const {
    std::string names;
    constexpr std::size_t kNamed = 3;
    for (std::size_t i = 0; i < std::min(places.size(), kNamed); ++i)
      names += (i == 0 ? "" : ", ") + std::to_string(chunks_[places[i]].index);
    if (places.size() > kNamed) names += fmt::format(" and {} more", places.size() - kNamed);
    return "chunks " + names;
  }

  // ---- jobs
  Judgement judge(const SeenJob& job) const {
    const Observation& seen = job.seen;
    if (!job.is_here)
      return refused(LeftWhy::not_found, "the service does not know it: deleted, too old, or another project's");
    const SeenFile* file = file_of(seen);
    const Places labels = labelled(job.told, {seen.display_name, file == nullptr ? "" : file->display_name});
    std::optional<Judgement> verdict = file == nullptr ? std::nullopt : by_hash(*file, labels);
    if (!verdict) verdict = by_mark(seen, file);
    if (!verdict && file != nullptr) verdict = by_size(*file, labels);
    if (!verdict) verdict = by_count(seen, file, labels);
    if (!verdict->match) return *std::move(verdict);
    const Fit& match = *verdict->match;
    const AdoptableChunk& chunk = chunks_[match.chunk];
    if (seen.model != chunk.model)
      return refused(LeftWhy::mismatch, fmt::format("it is for {}, the run for {}", seen.model, chunk.model),
                     match.chunk);
    if (match.keys == LineKeys::own && chunk.no_own_keys)
      return refused(LeftWhy::unjoinable,
                     fmt::format("its answers could not be joined to their questions: {}", *chunk.no_own_keys),
                     match.chunk);
    if (seen.input.empty())
      return refused(LeftWhy::unjoinable, "it was made without a file, and so answers without one", match.chunk);
    const bool ended_badly = seen.ended && seen.state != JobState::succeeded;
    if (ended_badly && !seen.output)
      return refused(LeftWhy::ended, fmt::format("it ended {} without an answer", name_of(seen.state)), match.chunk);
    if (chunk.busy) return refused(LeftWhy::duplicate, fmt::format("its chunk {}", *chunk.busy), match.chunk);
    return *std::move(verdict);
  }

  /// What is nearer to an answer goes first, then the older.
  static int nearness(const Observation& seen) {
    if (!seen.ended) return seen.state == JobState::running ? 1 : 2;
    return seen.state == JobState::succeeded ? 0 : 3;
  }

  void bind_jobs() {
    std::map<std::size_t, std::vector<std::pair<std::size_t, Fit>>> rivals;  // by chunk
    std::unordered_map<std::string, std::size_t> told;                       // a name that a note has twice
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      const std::string& name = jobs_[i].seen.name.value;
      if (!told.emplace(name, i).second) continue;
      if (own_jobs_.contains(name)) {
        ++result_.already;
        continue;
      }
      Judgement verdict = judge(jobs_[i]);
      if (verdict.match)
        rivals[verdict.match->chunk].emplace_back(i, *std::move(verdict.match));
      else
        leave_job(i, std::move(verdict.refusal));
    }
    for (auto& [chunk, all] : rivals) choose(chunk, all);
  }

  void choose(std::size_t chunk, std::vector<std::pair<std::size_t, Fit>>& all) {
    const auto rank = [&](const std::pair<std::size_t, Fit>& one) {
      const Observation& seen = jobs_[one.first].seen;
      return std::tuple(one.second.evidence, nearness(seen), seen.created_at.value_or(Instant::max()), one.first);
    };
    std::sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    if (all.size() > 1 && all[0].second.evidence == Evidence::count) {
      for (const auto& [job, match] : all)
        leave_job(job, {LeftWhy::ambiguous, fmt::format("{} jobs have its number of requests and its name", all.size()),
                        chunk});
      return;
    }
    auto& [best, match] = all.front();
    Binding binding{chunk, best, std::nullopt, match.evidence, match.keys, match.why};
    const auto file = file_at_.find(jobs_[best].seen.input.value);
    const bool is_compared = match.evidence == Evidence::hash || match.evidence == Evidence::size;
    if (is_compared && file != file_at_.end()) binding.file = file->second;
    taken_[chunk] = jobs_[best].seen.name.value;
    result_.bound.push_back(std::move(binding));
    for (std::size_t i = 1; i < all.size(); ++i)
      leave_job(all[i].first, {LeftWhy::duplicate, fmt::format("its chunk has {} already", taken_.at(chunk)), chunk});
  }

  void leave_job(std::size_t job, Unfit refusal) {
    const SeenJob& left = jobs_[job];
    refusals_[job] = refusal.reason;
    result_.left.push_back({left.seen.name.value, true, left.is_here && !left.seen.ended, refusal.chunk, refusal.reason,
                            std::move(refusal.why), left.told.where});
  }

  // ---- files
  /// A file that a job was made from is that job's matter, unless the job ended without an answer.
  bool is_a_jobs(const SeenFile& file) const {
    for (std::size_t i = 0; i < jobs_.size(); ++i)
      if (jobs_[i].seen.input == file.name && !file.name.empty() && refusals_[i] != LeftWhy::ended) return true;
    return false;
  }

  Judgement judge(const SeenFile& file) const {
    const bool is_old = file.expires_at && now_ + kFileExpiryMargin >= *file.expires_at;
    if (!file.is_here || is_old)
      return refused(LeftWhy::not_found, "the service has it no longer, or not for long enough: files live 48 hours");
    const Places labels = labelled(file.told, {file.display_name});
    std::optional<Judgement> verdict = by_hash(file, labels);
    if (!verdict) verdict = by_size(file, labels);
    if (!verdict && labels.size() == 1)
      return refused(LeftWhy::mismatch, "it does not hold the chunk's bytes: another SHA-256 or size", labels[0]);
    if (!verdict) return refused(LeftWhy::unrelated, "it holds the bytes of no chunk of this plan");
    if (!verdict->match) return *std::move(verdict);
    const AdoptableChunk& chunk = chunks_[verdict->match->chunk];
    if (verdict->match->keys == LineKeys::own && chunk.no_own_keys)
      return refused(LeftWhy::unjoinable,
                     fmt::format("answers to it could not be joined to their questions: {}", *chunk.no_own_keys),
                     verdict->match->chunk);
    if (chunk.busy) return refused(LeftWhy::duplicate, fmt::format("its chunk {}", *chunk.busy), verdict->match->chunk);
    if (chunk.has_file) return refused(LeftWhy::duplicate, "its chunk has a file already", verdict->match->chunk);
    return *std::move(verdict);
  }

  void bind_files() {
    Places order;
    for (std::size_t i = 0; i < files_.size(); ++i) order.push_back(i);
    const auto life = [&](std::size_t i) { return files_[i].expires_at.value_or(Instant::max()); };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return life(a) > life(b); });
    for (const std::size_t i : order) {
      const SeenFile& file = files_[i];
      if (file_at_.at(file.name.value) != i || is_a_jobs(file)) continue;
      if (own_files_.contains(file.name.value)) {
        result_.already += file.is_named ? 1 : 0;
        continue;
      }
      Judgement verdict = judge(file);
      if (!verdict.match) {
        if (file.is_named) leave_file(file, std::move(verdict.refusal));
        continue;
      }
      const std::size_t chunk = verdict.match->chunk;
      const auto [taken, is_free] = taken_.emplace(chunk, file.name.value);
      if (is_free)
        result_.bound.push_back(
            {chunk, std::nullopt, i, verdict.match->evidence, verdict.match->keys, verdict.match->why});
      else if (file.is_named)
        leave_file(file, {LeftWhy::duplicate, fmt::format("its chunk has {} already", taken->second), chunk});
    }
  }

  void leave_file(const SeenFile& file, Unfit refusal) {
    result_.left.push_back(
        {file.name.value, false, false, refusal.chunk, refusal.reason, std::move(refusal.why), file.told.where});
  }

  const std::vector<AdoptableChunk>& chunks_;
  const std::vector<SeenJob>& jobs_;
  const std::vector<SeenFile>& files_;
  Instant now_;
  std::unordered_map<std::string, std::vector<std::pair<std::size_t, LineKeys>>> by_hash_;
  std::unordered_map<std::string, std::size_t> own_jobs_, own_files_, file_at_;
  std::map<std::size_t, std::string> taken_;      // what each chunk got
  std::vector<std::optional<LeftWhy>> refusals_;  // by job
  Adoption result_;
};

}  // namespace

bool names_label(std::string_view text, std::string_view label) {
  if (label.empty()) return false;
  for (std::size_t at = text.find(label); at != std::string_view::npos; at = text.find(label, at + 1)) {
    const std::size_t end = at + label.size();
    if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]))) return true;
  }
  return false;
}

Adoption adopt(const std::vector<AdoptableChunk>& chunks, const std::vector<SeenJob>& jobs,
               const std::vector<SeenFile>& files, Instant now) {
  return Matcher(chunks, jobs, files, now).take();
}

}  // namespace batchctl::plan
