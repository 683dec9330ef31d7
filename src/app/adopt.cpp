#include "app/adopt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <unordered_set>
#include <utility>

#include "app/ask.hpp"
#include "app/calibration.hpp"
#include "app/planning.hpp"
#include "app/quota_view.hpp"
#include "app/runs.hpp"
#include "app/scratch_directory.hpp"
#include "base/count.hpp"
#include "base/log.hpp"
#include "base/sha256.hpp"
#include "records/line_format.hpp"
#include "records/line_reader.hpp"
#include "records/own_keys.hpp"
#include "records/tracking_note.hpp"

namespace batchctl::app {

namespace {

constexpr std::chrono::seconds kAnswerPatience{60};  // for one answer, wall time
constexpr int kQuestionTries = 3;                    // of one question
constexpr Duration kQuestionAgain = seconds{2};
constexpr std::string_view kTheList = "list";

// ---- the note

std::string text_of(const std::string& path) {
  const FileHandle file = open_for_reading(path, path);
  std::string text;
  std::array<char, 1U << 16U> buffer{};
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), file.get())) text.append(buffer.data(), n);
  if (std::ferror(file.get()) != 0)
    throw Fatal(ExitCode::failed, "unreadable", fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  return text;
}

TrackingNote read_note(const std::string& from) {
  if (from == kTheList) return {};
  const std::string text = text_of(from);
  const bool is_markdown = from.ends_with(".md") || from.ends_with(".markdown");
  TrackingNote note = is_markdown ? read_tracking_markdown(text) : read_tracking_json(text, from);
  if (note.entries.empty())
    throw Fatal(ExitCode::failed, "bad_note", fmt::format("{} names no job (batches/…) and no file (files/…)", from),
                "give another note, or --from list for all that the account has");
  return note;
}

// ---- the account

/// Asks until there is an answer that is one.
class Account {
 public:
  explicit Account(Context& context) : context_(context) {}

  std::vector<Observation> jobs() { return pages<ListJobs>("the list of jobs", &JobPage::jobs); }
  std::vector<FileFacts> files() { return pages<ListFiles>("the list of files", &FilePage::files); }
  /// nullopt: the service does not know it.
  std::optional<Observation> job(const JobName& name) { return one<Observation>(GetJob{name}, name.value); }
  std::optional<FileFacts> file(const RemoteFileName& name) { return one<FileFacts>(FindFile{name}, name.value); }

 private:
  template <class List, class Page, class Entry>
  std::vector<Entry> pages(const std::string& what, std::vector<Entry> Page::*entries) {
    std::vector<Entry> all;
    std::unordered_set<std::string> asked;
    for (std::string token;;) {
      asked.insert(token);
      std::optional<Page> page = one<Page>(List{token}, what);
      const bool is_whole = page && page->complete && (page->next_page.empty() || !asked.contains(page->next_page));
      if (!is_whole) unread(what, "the service did not give all of it");
      for (Entry& entry : (*page).*entries) all.push_back(std::move(entry));
      if (page->next_page.empty()) return all;
      token = page->next_page;
    }
  }

  template <class Wanted>
  std::optional<Wanted> one(const Request& request, const std::string& what) {
    for (int tries = 1;; ++tries) {
      std::optional<Answer> answer = ask(context_, request, kAnswerPatience);
      if (is_interrupted(context_)) throw interruption(context_, "interrupted; nothing was stored", "adopt again");
      if (!answer) unread(what, "the service did not answer");
      if (auto* wanted = std::get_if<Wanted>(&*answer)) return std::move(*wanted);
      const auto* failure = std::get_if<Failure>(&*answer);
      if (failure == nullptr) throw Bug("an answer to another question");
      if (failure->kind == FailureKind::not_found || failure->kind == FailureKind::rejected) return std::nullopt;
      if (failure->kind == FailureKind::stopped)
        throw Fatal(ExitCode::attention, failure->reason, failure->message, "adopt again; nothing was stored");
      if (tries == kQuestionTries) unread(what, failure->message);
      context_.service->wait(context_.clock.now() + failure->retry_after.value_or(kQuestionAgain));
    }
  }

  [[noreturn]] static void unread(const std::string& what, const std::string& why) {
    throw Fatal(ExitCode::not_finished, "out_of_reach",
                fmt::format("{} could not be read, so nothing was stored: {}", what, why), "adopt again later");
  }

  Context& context_;
};

/// Everything that the note names and the account has, each once; where both do, with the note's words.
class Survey {
 public:
  Survey(Context& context, const TrackingNote& note, Adopted& adopted)
      : context_(context), adopted_(adopted), by_note_(adopted.from != kTheList) {
    for (const NoteEntry& entry : note.entries) {
      const plan::Told told{entry.labels, entry.where};
      for (const std::string& name : entry.jobs) add(jobs_, name, told);
      for (const std::string& name : entry.files) add(files_, name, told);
    }
  }

  void take() {
    Account account(context_);
    std::unordered_set<std::string> outputs;
    for (Observation& seen : account.jobs()) {
      if (seen.output) outputs.insert(seen.output->value);
      add_job(std::move(seen));
    }
    for (FileFacts& facts : account.files())
      if (!outputs.contains(facts.name.value)) add_file(facts);
    // A list may be late, or leave out what can be asked for by name.
    for (const auto& [name, told] : take_rest(jobs_)) {
      const std::optional<Observation> seen = account.job(JobName{name});
      plan::SeenJob job{seen.value_or(Observation{}), seen.has_value(), told};
      job.seen.name = JobName{name};
      adopted_.jobs.push_back(std::move(job));
    }
    for (const auto& [name, told] : take_rest(files_)) {
      if (const std::optional<FileFacts> facts = account.file(RemoteFileName{name})) {
        push_file(*facts, told, true);
      } else {
        plan::SeenFile gone;
        gone.name = RemoteFileName{name};
        gone.told = told;
        adopted_.files.push_back(std::move(gone));
      }
    }
  }

 private:
  using Named = std::vector<std::pair<std::string, plan::Told>>;  // in the note's order

  static void add(Named& named, const std::string& name, const plan::Told& told) {
    for (auto& [known, words] : named)
      if (known == name) {
        words.labels.insert(words.labels.end(), told.labels.begin(), told.labels.end());
        return;
      }
    named.emplace_back(name, told);
  }
  /// What the note says of it, once.
  static std::optional<plan::Told> take_one(Named& named, const std::string& name) {
    const auto found = std::find_if(named.begin(), named.end(), [&](const auto& one) { return one.first == name; });
    if (found == named.end()) return std::nullopt;
    plan::Told told = std::move(found->second);
    named.erase(found);
    return told;
  }
  static Named take_rest(Named& named) { return std::exchange(named, {}); }

  void add_job(Observation seen) {
    plan::Told told = take_one(jobs_, seen.name.value).value_or(plan::Told{});
    adopted_.jobs.push_back({std::move(seen), true, std::move(told)});
  }
  void add_file(const FileFacts& facts) {
    std::optional<plan::Told> told = take_one(files_, facts.name.value);
    const bool is_named = told.has_value() || !by_note_;
    push_file(facts, std::move(told).value_or(plan::Told{}), is_named);
  }
  void push_file(const FileFacts& facts, plan::Told told, bool is_named) {
    std::optional<Instant> expires_at;
    if (facts.expires_at) expires_at = on_our_clock(context_, *facts.expires_at);
    adopted_.files.push_back({facts.name, facts.display_name, facts.state == FileFacts::State::active, facts.bytes,
                              facts.sha256, expires_at, std::move(told), is_named, facts.uri});
  }

  Context& context_;
  Adopted& adopted_;
  bool by_note_;
  Named jobs_, files_;
};

// ---- the plan

/// A run that is planned here and stored only together with its bindings.
struct Draft {
  NewRun run;
  std::vector<NewChunk> chunks;
  std::vector<UnsentRecord> unsent;
  ScanResult scanned;
};

Draft plan_draft(Context& context, const SubmitRequest& request, const std::string& name, RunId id) {
  Draft draft;
  NewRun& fresh = draft.run;
  fresh.id = std::move(id);
  fresh.name = name;
  fresh.project = request.project;
  fresh.key_print = context.key_print;
  fresh.settings = request.settings;
  request.choose(fresh.options);
  must_know_price(context, fresh.settings.model, fresh.options);
  const std::vector<ResolvedInput> resolved = resolve_inputs(request.inputs);
  fresh.inputs = inputs_from(resolved);
  fresh.created_at = context.clock.now();
  fresh.options.token_factor = known_factor(context, fresh.project, fresh.settings.model);
  spool_inputs(context, fresh.id, fresh.settings, resolved, fresh.inputs);
  Run like;
  like.project = fresh.project;
  like.settings = fresh.settings;
  like.options = fresh.options;
  const std::optional<std::int64_t> told = plan::told_tokens(limits_of(context, like));
  PlanSurvey survey;
  const auto take = [&](PlannedChunk chunk) {
    must_fit_quota(chunk, fresh.settings, told, fresh.inputs);
    std::optional<std::string> label = label_of(chunk, fresh.settings, fresh.inputs);
    draft.chunks.push_back(stored_form(std::move(chunk), std::move(label)));
  };
  draft.scanned = scan(fresh.inputs, fresh.settings, chunk_limits(context, like), {}, take,
                       {.watch = &survey.watch,
                        .stopped = [&] { return is_interrupted(context); },
                        .unsent = [&](UnsentRecord record) { draft.unsent.push_back(std::move(record)); },
                        .requests_path = requests_path(context, fresh.id, fresh.settings)});
  if (is_interrupted(context)) throw interruption(context, "interrupted; nothing was stored", "adopt again");
  fresh.options.usual_output = usual_output(survey.watch.facts());
  return draft;
}

/// As of the source, without what is rendered around it.
std::string hash_of_source(const Span& span, const Input& input) {
  const std::string& path = input.spool_path.empty() ? input.path : input.spool_path;
  const FileHandle file = open_for_reading(path, input.shown_path);
  Sha256 hash;
  std::vector<char> buffer(1U << 20U);
  std::uint64_t left = span.bytes;
  if (std::fseek(file.get(), static_cast<long>(span.offset), SEEK_SET) != 0) left = 0;
  while (left > 0) {
    const std::size_t n = std::fread(
        buffer.data(), 1, static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size())), file.get());
    if (n == 0) break;
    hash.update({buffer.data(), n});
    left -= n;
  }
  return hash.hex();
}

/// Native requests may have been sent as they lie there; whatever is put under them was then not sent.
bool can_be_sent_as_it_is(const Settings& settings) {
  return line_format_named(settings.format) == LineFormat::gemini && !settings.prompt && !settings.system &&
         !settings.generation_config && !settings.schema;
}

void add_what_is_known(plan::AdoptableChunk& chunk, std::uint64_t body_bytes, const std::vector<Span>& spans,
                       const std::vector<Input>& inputs, const Settings& settings) {
  chunk.model = settings.model;
  chunk.bodies.push_back({body_bytes, chunk.body_sha256, LineKeys::wire});
  const bool is_native = can_be_sent_as_it_is(settings);
  const Input& input = inputs.at(static_cast<std::size_t>(spans.front().input));
  if (is_native && settings.chunk_per_file)
    chunk.bodies.push_back({input.bytes, input.sha256, LineKeys::own});
  else if (is_native && spans.size() == 1)
    chunk.bodies.push_back({spans[0].bytes, hash_of_source(spans[0], input), LineKeys::own});
  if (is_native || chunk.label)
    chunk.no_own_keys = OwnKeys(spans, inputs, settings).fault();
  else
    chunk.no_own_keys = "nothing tells which chunk it is";
}

void take_draft(Adopted& adopted, const Draft& draft) {
  Settings settings = draft.run.settings;
  settings.format = draft.scanned.format;
  adopted.run.id = draft.run.id;
  adopted.run.name = draft.run.name;
  adopted.run.settings = settings;
  adopted.is_new = true;
  for (const NewChunk& planned : draft.chunks) {
    plan::AdoptableChunk chunk;
    chunk.index = planned.index;
    chunk.label = planned.label;
    chunk.records = planned.records;
    chunk.body_sha256 = planned.body_sha256;
    add_what_is_known(chunk, planned.body_bytes, planned.spans, draft.scanned.inputs, settings);
    adopted.chunks.push_back(std::move(chunk));
  }
}

void take_stored(Context& context, Adopted& adopted) {
  constexpr int kAtOnce = 1000;
  const std::vector<Input> inputs = context.store.inputs(adopted.run.key);
  for (int from = 0;; from += kAtOnce) {
    const std::vector<Chunk> page = context.store.chunks(adopted.run.key, from, from + kAtOnce - 1);
    if (page.empty()) return;
    for (const Chunk& one : page) {
      if (one.kind != ChunkKind::base) continue;
      plan::AdoptableChunk chunk;
      chunk.index = one.index;
      chunk.label = one.label;
      chunk.records = one.records;
      chunk.body_sha256 = one.body_sha256;
      chunk.has_file = one.state == ChunkState::uploaded;
      if (one.state != ChunkState::planned && one.state != ChunkState::uploaded)
        chunk.busy = fmt::format("is {} already", name_of(one.state));
      for (const Job& job : context.store.jobs_of(one.key))
        if (job.name) chunk.jobs.push_back(*job.name);
      if (const std::optional<RemoteFile> file = context.store.newest_file(one.key)) chunk.files.push_back(file->name);
      add_what_is_known(chunk, one.body_bytes, context.store.spans(one.key), inputs, adopted.run.settings);
      adopted.chunks.push_back(std::move(chunk));
    }
  }
}

// ---- the record

bool is_of_weight(const plan::LeftObject& left) {
  if (!left.where.empty()) return true;  // somebody named it
  switch (left.reason) {
    case plan::LeftWhy::mismatch:
    case plan::LeftWhy::ambiguous:
    case plan::LeftWhy::unjoinable:
      return true;
    case plan::LeftWhy::duplicate:
      return left.is_live;
    case plan::LeftWhy::not_found:
    case plan::LeftWhy::unrelated:
    case plan::LeftWhy::ended:
      return false;
  }
  return true;
}

void settle(Adopted& adopted) {
  std::vector<plan::LeftObject>& left = adopted.adoption.left;
  adopted.unrelated = static_cast<std::int64_t>(std::erase_if(left, [](const plan::LeftObject& one) {
    return one.where.empty() && (one.reason == plan::LeftWhy::unrelated || one.reason == plan::LeftWhy::not_found);
  }));
  if (std::any_of(left.begin(), left.end(), is_of_weight)) adopted.exit = ExitCode::incomplete;
  if (adopted.adoption.bound.empty() && adopted.adoption.already == 0) adopted.exit = ExitCode::mismatch;
}

std::string story_of(const Adopted& adopted, const plan::Binding& binding, const std::string& name,
                     const plan::Told& told) {
  return fmt::format("{} was made elsewhere; adopted from {}{}, by {}: {}", name, adopted.from,
                     told.where.empty() ? "" : " (" + told.where + ")", name_of(binding.evidence), binding.why);
}

/// Writes the bindings of one run; inside of a write, by whoever has raised the epoch.
class Binder {
 public:
  Binder(Context& context, const Adopted& adopted, const Run& run, std::int64_t epoch)
      : context_(context), adopted_(adopted), run_(run), epoch_(epoch), now_(context.clock.now()) {}

  void bind(const plan::Binding& binding, const Chunk& chunk) {
    if (binding.job)
      bind_job(binding, chunk);
    else
      bind_file(binding, chunk);
  }

 private:
  int next_generation(const Chunk& chunk) const {
    const std::optional<RemoteFile> newest = context_.store.newest_file(chunk.key);
    return newest ? newest->generation + 1 : 1;
  }

  FileKey add_file(const plan::Binding& binding, const Chunk& chunk) {
    const plan::SeenFile& seen = adopted_.files[binding.file.value()];
    // From now on: how long it lives its own expiry tells.
    return context_.store.add_found_file({chunk.key, next_generation(chunk), seen.name, seen.uri, seen.bytes,
                                          seen.sha256.value_or(""), now_, seen.expires_at, FileState::here,
                                          binding.keys});
  }

  /// The row says how the answers name their records; another attempt sends our own bytes.
  FileKey add_lost_file(const plan::Binding& binding, const Chunk& chunk, const Observation& seen, Instant made_at) {
    return context_.store.add_found_file(
        {chunk.key, next_generation(chunk), seen.input, "", 0, "", made_at, made_at, FileState::gone, binding.keys});
  }

  void bind_job(const plan::Binding& binding, const Chunk& chunk) {
    const plan::SeenJob& job = adopted_.jobs[binding.job.value()];
    const Observation& seen = job.seen;
    const Instant made_at = seen.created_at ? on_our_clock(context_, *seen.created_at) : now_;
    const FileKey file =
        binding.file ? add_file(binding, chunk) : add_lost_file(binding, chunk, seen, std::min(made_at, now_));
    const std::optional<Job> newest = context_.store.newest_job(chunk.key);
    const int attempt = !newest ? 1 : newest->attempt + (newest->name ? 1 : 0);
    const JobKey key = context_.store.add_found_job({chunk.key,
                                                     attempt,
                                                     run_.settings.model,
                                                     seen.display_name,
                                                     file,
                                                     chunk.tokens,
                                                     made_at,
                                                     epoch_,
                                                     seen.name,
                                                     JobOrigin::imported,
                                                     {}});
    move(chunk, chunk.state, ChunkEvent::job_found, key, story_of(adopted_, binding, seen.name.value, job.told));
    context_.store.observe(key, seen, now_);
  }

  void bind_file(const plan::Binding& binding, const Chunk& chunk) {
    const plan::SeenFile& seen = adopted_.files[binding.file.value()];
    add_file(binding, chunk);
    move(chunk, ChunkState::planned, ChunkEvent::upload_started, {}, "it was uploaded elsewhere");
    move(chunk, ChunkState::uploading, ChunkEvent::upload_confirmed, {},
         story_of(adopted_, binding, seen.name.value, seen.told));
  }

  void move(const Chunk& chunk, ChunkState from, ChunkEvent event, JobKey job, std::string why) {
    ChunkMove move;
    move.run = run_.key;
    move.epoch = epoch_;
    move.chunk = chunk.key;
    move.from = from;
    move.event = event;
    move.at = now_;
    move.job = job;
    move.why = std::move(why);
    context_.store.move(move);
  }

  Context& context_;
  const Adopted& adopted_;
  const Run& run_;
  std::int64_t epoch_;
  Instant now_;
};

RunKey store_draft(Context& context, const Draft& draft) {
  if (context.store.run_named(draft.run.name))
    throw Fatal(ExitCode::busy, "busy", fmt::format("another batchctl made run {} just now", draft.run.name),
                "adopt again");
  const RunKey key = context.store.add_run(draft.run);
  context.store.add_chunks(key, draft.chunks, draft.scanned.records);
  context.store.add_unsent(key, draft.unsent);
  context.store.finish_scan(key, draft.scanned.inputs, draft.scanned.format);
  context.store.set_options(key, draft.run.options);
  return key;
}

/// The plan, when it is new, and every binding: all or nothing.
void store_all(Context& context, Adopted& adopted, const Draft* draft) {
  context.store.write([&] {
    const RunKey key = draft != nullptr ? store_draft(context, *draft) : adopted.run.key;
    const Run run = context.store.run(key);
    const Instant now = context.clock.now();
    const std::int64_t epoch = context.store.begin_driving(key, {context.pid, context.host, now});
    Binder binder(context, adopted, run, epoch);
    std::int64_t jobs = 0;
    for (const plan::Binding& binding : adopted.adoption.bound) {
      binder.bind(binding, context.store.chunk_at(key, adopted.chunks[binding.chunk].index).value());
      jobs += binding.job ? 1 : 0;
    }
    const auto files = static_cast<std::int64_t>(adopted.adoption.bound.size()) - jobs;
    context.store.note(key, {}, now, "adopted",
                       fmt::format("{} and {} without a job from {}; {} left", count(jobs, "job"), count(files, "file"),
                                   adopted.from, count(static_cast<std::int64_t>(adopted.adoption.left.size()))));
    context.store.end_driving(key, epoch);
    adopted.run = context.store.run(key);
  });
  adopted.stored = true;
}

void compare(Context& context, const AdoptRequest& request, const TrackingNote& note, Adopted& adopted) {
  adopted.from = request.from;
  adopted.understood = note.understood;
  adopted.unusable = note.unusable;
  Survey(context, note, adopted).take();
  adopted.adoption = plan::adopt(adopted.chunks, adopted.jobs, adopted.files, context.clock.now());
  settle(adopted);
}

/// Whether something is to be stored.
bool is_agreed(Context& context, const AdoptRequest& request, const Adopted& adopted) {
  if (request.dry_run || adopted.adoption.bound.empty()) return false;
  if (!request.agree || request.agree(adopted)) return true;
  if (is_interrupted(context)) throw interruption(context, "interrupted; nothing was stored", "adopt again");
  throw Fatal(ExitCode::failed, "declined", "nothing was stored", "adopt again; --yes asks nothing");
}

Adopted adopt_new(Context& context, const AdoptRequest& request, const TrackingNote& note) {
  const std::string name = name_for(request.submit);
  if (context.store.run_named(name))
    throw Fatal(ExitCode::mismatch, "run_exists", fmt::format("run {} is planned already", name),
                fmt::format("batchctl adopt --run {} --from {} binds to its chunks, without INPUT; another --run makes "
                            "another run",
                            name, request.from));
  Adopted adopted;
  adopted.run.id = RunId{random_name(12)};
  adopted.run.name = name;
  ScratchDirectory directory(context.files, run_directory(context, adopted.run.id));  // may never come to be one
  const std::unique_ptr<FileLock> lock = lock_run(context, adopted.run);
  const Draft draft = plan_draft(context, request.submit, name, adopted.run.id);
  take_draft(adopted, draft);
  compare(context, request, note, adopted);
  if (!is_agreed(context, request, adopted)) return adopted;
  store_all(context, adopted, &draft);
  directory.keep();
  return adopted;
}

Adopted adopt_into(Context& context, const AdoptRequest& request, const TrackingNote& note) {
  Adopted adopted;
  adopted.run = one_run(context, request.submit.run_name);
  const std::unique_ptr<FileLock> lock = lock_run(context, adopted.run);
  if (!adopted.run.scanned)
    throw Fatal(ExitCode::not_finished, "not_planned",
                fmt::format("the input of run {} is not read completely yet", adopted.run.name),
                "give the INPUT again under another --run");
  check_key(context, adopted.run);
  adopted.run = context.store.run(adopted.run.key);
  take_stored(context, adopted);
  compare(context, request, note, adopted);
  if (is_agreed(context, request, adopted)) store_all(context, adopted, nullptr);
  return adopted;
}

}  // namespace

std::int64_t untouched(const Adopted& adopted) {
  std::vector<bool> has(adopted.chunks.size());
  for (const plan::Binding& binding : adopted.adoption.bound) has[binding.chunk] = true;
  std::int64_t n = 0;
  for (std::size_t i = 0; i < has.size(); ++i)
    n += !has[i] && !adopted.chunks[i].busy && !adopted.chunks[i].has_file ? 1 : 0;
  return n;
}

Adopted adopt(Context& context, const AdoptRequest& request) {
  must_be_original(context);
  const TrackingNote note = read_note(request.from);
  return request.submit.inputs.empty() ? adopt_into(context, request, note) : adopt_new(context, request, note);
}

}  // namespace batchctl::app
