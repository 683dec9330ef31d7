#include "app/submit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/calibration.hpp"
#include "app/planning.hpp"
#include "app/quota_view.hpp"
#include "app/runs.hpp"
#include "base/log.hpp"

namespace batchctl::app {

namespace {

/// Standard input, compressed and converted input copied for the time of a comparison or a plan.
class ScratchSpool {
 public:
  ScratchSpool(Context& context, RunId id, const Settings& settings, const std::vector<ResolvedInput>& resolved,
               std::vector<Input>& inputs)
      : context_(context), id_(std::move(id)) {
    try {
      spool_inputs(context_, id_, settings, resolved, inputs);
    } catch (...) {
      context_.files.remove_tree(run_directory(context_, id_));
      throw;
    }
  }
  ~ScratchSpool() {
    try {
      context_.files.remove_tree(run_directory(context_, id_));
    } catch (const std::exception& problem) {
      log(LogLevel::warn, "a temporary directory stays: {}", problem.what());
    }
  }
  const RunId& id() const { return id_; }
  ScratchSpool(const ScratchSpool&) = delete;
  ScratchSpool& operator=(const ScratchSpool&) = delete;

 private:
  Context& context_;
  RunId id_;
};

std::string free_name(Context& context, const std::string& name) {
  for (int i = 2;; ++i) {
    const std::string other = fmt::format("{}-{}", name.substr(0, 56), i);
    if (!context.store.run_named(other)) return other;
  }
}

/// What makes a submit another run than the stored one; empty when nothing does.
std::string difference(const Settings& stored, const Settings& asked) {
  if (stored.model != asked.model) return fmt::format("model is {}, not {}", stored.model, asked.model);
  if (stored.input_format != asked.input_format)
    return fmt::format("input format is {}, not {}", stored.input_format, asked.input_format);
  if (stored.records != asked.records)
    return fmt::format("records are at {}, not {}", stored.records.value_or("the top"),
                       asked.records.value_or("the top"));
  if (stored.key_field != asked.key_field) return "the key's field differs";
  if (stored.prompt != asked.prompt) return "the prompt differs";
  if (stored.system != asked.system) return "the system instruction differs";
  if (stored.generation_config != asked.generation_config) return "the generation config differs";
  if (stored.schema != asked.schema) return "the schema differs";
  if (stored.pilot != asked.pilot) return "the pilot differs";
  if (stored.skip_invalid != asked.skip_invalid) return "--skip-invalid differs";
  if (stored.dedupe != asked.dedupe) return "--dedupe differs";
  const auto spell = [](const std::optional<std::int64_t>& n) {
    return n ? std::to_string(*n) : std::string("chosen by the quota");
  };
  if (stored.chunk_records != asked.chunk_records)
    return fmt::format("records a chunk are {}, not {}", spell(stored.chunk_records), spell(asked.chunk_records));
  if (stored.chunk_tokens != asked.chunk_tokens)
    return fmt::format("tokens a chunk are {}, not {}", spell(stored.chunk_tokens), spell(asked.chunk_tokens));
  if (stored.chunk_bytes != asked.chunk_bytes)
    return fmt::format("bytes a chunk are {}, not {}", spell(stored.chunk_bytes), spell(asked.chunk_bytes));
  if (stored.chunk_per_file != asked.chunk_per_file)
    return stored.chunk_per_file ? "a chunk is a file" : "a chunk is not a file";
  return {};
}

std::string difference(Context& context, const Run& run, std::vector<Input> given,
                       const std::vector<ResolvedInput>& resolved) {
  const std::vector<Input> stored = context.store.inputs(run.key);
  if (stored.size() != given.size())
    return fmt::format("it was submitted with {} input files, not {}", stored.size(), given.size());
  // Spooled into a place of its own: the run's spool is what its chunks are read from.
  const ScratchSpool scratch(context, RunId{"compare-" + random_name(12)}, run.settings, resolved, given);
  const std::vector<std::string> hashes = hash_inputs(given);
  // A scan that was killed has stored no hash yet: what it was reading is still there to be compared.
  const std::vector<std::string> before = run.scanned ? std::vector<std::string>{} : hash_inputs(stored);
  for (std::size_t i = 0; i < stored.size(); ++i)
    if ((run.scanned ? stored[i].sha256 : before[i]) != hashes[i])
      return fmt::format("the content of {} is not what was submitted", given[i].shown_path);
  return {};
}

/// nullopt when another process took the name meanwhile.
std::optional<Run> new_run(Context& context, const SubmitRequest& request, const std::string& name,
                           const std::vector<ResolvedInput>& resolved, std::unique_ptr<FileLock>& lock) {
  NewRun fresh;
  fresh.id = RunId{random_name(12)};
  fresh.name = name;
  fresh.project = request.project;
  fresh.key_print = context.key_print;
  fresh.settings = request.settings;
  request.choose(fresh.options);
  fresh.inputs = inputs_from(resolved);
  fresh.created_at = context.clock.now();
  Run run;
  run.id = fresh.id;
  run.name = name;
  lock = lock_run(context, run);
  try {
    spool_inputs(context, fresh.id, fresh.settings, resolved, fresh.inputs);
    RunKey key;
    context.store.write([&] {
      if (!context.store.run_named(name)) key = context.store.add_run(fresh);
    });
    if (!key.empty()) return context.store.run(key);
    lock.reset();
    context.files.remove_tree(run_directory(context, fresh.id));
    return std::nullopt;
  } catch (...) {
    context.files.remove_tree(run_directory(context, fresh.id));
    throw;
  }
}

/// Before its chunks are cut: a scan that is killed and goes on cuts them by the same factor.
Calibration calibrate_run(Context& context, Run& run, bool asks) {
  Calibration now{known_factor(context, run.project, run.settings.model), 0, {}};
  if (asks) now = calibrate(context, run.project, run.settings, context.store.inputs(run.key));
  run.options.token_factor = now.factor;
  context.store.write([&] {
    context.store.set_options(run.key, run.options);
    if (asks) remember_factor(context, run.project, run.settings.model, now.factor);
  });
  return now;
}

/// The chunks that an earlier process planned.
plan::ChunkSizes stored_sizes(Context& context, const Run& run) {
  constexpr int kAtOnce = 1000;
  plan::ChunkSizes sizes;
  for (int from = 0;; from += kAtOnce) {
    const std::vector<Chunk> chunks = context.store.chunks(run.key, from, from + kAtOnce - 1);
    for (const Chunk& chunk : chunks) sizes.add(chunk.index, chunk.tokens, chunk.body_bytes, chunk.records);
    if (chunks.empty()) return sizes;
  }
}

/// Of a run that no process has driven yet, nothing was sent.
void must_agree(Context& context, const SubmitRequest& request, const Run& run, PlanSurvey& survey, bool fresh,
                const Calibration& calibration) {
  if (!request.agree || run.epoch != 0) return;
  if (!fresh) survey.sizes = stored_sizes(context, run);
  bool agreed = false;
  try {
    agreed = request.agree(summarize(context, run, context.store.inputs(run.key), survey, calibration));
  } catch (...) {
    forget_run(context, run);
    throw;
  }
  if (agreed) return;
  forget_run(context, run);
  if (is_interrupted(context))
    throw interruption(context, "interrupted; nothing was sent, and nothing is kept", "submit again");
  throw Fatal(ExitCode::failed, "declined", "not submitted: nothing was sent, and nothing is kept",
              "submit again; --yes asks nothing");
}

}  // namespace

std::string name_for(const SubmitRequest& request) {
  const std::string name = request.run_name.value_or(stem_of(request.inputs.at(0)));
  if (is_run_name(name)) return name;
  throw Fatal(ExitCode::usage, "run_name", fmt::format("\"{}\" cannot be a run's name", name),
              "give --run NAME: 1 to 64 of A-Z a-z 0-9 . _ -, not beginning with a dot or dash");
}

Driven submit(Context& context, const SubmitRequest& request,
              const std::function<void(const Run&, bool fresh)>& planned) {
  must_be_original(context);
  const std::vector<ResolvedInput> resolved = resolve_inputs(request.inputs);
  const std::string name = name_for(request);
  std::unique_ptr<FileLock> lock;
  std::optional<Run> run = context.store.run_named(name);
  bool fresh = false;
  Calibration calibration;
  if (!run) {
    Options options;
    request.choose(options);
    must_know_price(context, request.settings.model, options);
    run = new_run(context, request, name, resolved, lock);
    fresh = run.has_value();
    if (fresh) calibration = calibrate_run(context, *run, request.calibrate);
    if (!fresh) run = context.store.run_named(name);
    if (!run)
      throw Fatal(ExitCode::busy, "busy", fmt::format("another batchctl made and dropped run {} just now", name),
                  "submit again");
  }
  if (!fresh) {
    std::string differs = difference(run->settings, request.settings);
    if (differs.empty()) differs = difference(context, *run, inputs_from(resolved), resolved);
    if (!differs.empty())
      throw Fatal(ExitCode::mismatch, "other_run", fmt::format("run {} exists and is another one: {}", name, differs),
                  fmt::format("give another name, for example --run {}", free_name(context, name)));
    lock = lock_run(context, *run);
    check_key(context, *run);
    context.store.write([&] {
      try_again(context, *run);
      run = context.store.run(run->key);
      request.choose(run->options);
      must_know_price(context, run->settings.model, run->options);
      context.store.set_options(run->key, run->options);
    });
  }
  PlanSurvey survey;
  plan_chunks(context, *run, fresh, survey);
  if (!fresh) calibration.factor = run->options.token_factor;
  must_agree(context, request, *run, survey, fresh, calibration);
  planned(*run, fresh);

  std::vector<std::unique_ptr<Driver>> drivers;
  drivers.push_back(
      std::make_unique<Driver>(context, run->key, std::move(lock), Mandate{true, !request.stay.wait, !fresh}));
  return drive(context, drivers, request.stay).front();
}

PlanSummary plan_only(Context& context, const SubmitRequest& request) {
  const std::vector<ResolvedInput> resolved = resolve_inputs(request.inputs);
  Run like;
  like.name = name_for(request);
  like.project = request.project;
  like.settings = request.settings;
  request.choose(like.options);
  must_know_price(context, like.settings.model, like.options);
  std::vector<Input> inputs = inputs_from(resolved);
  const ScratchSpool scratch(context, RunId{"plan-" + random_name(12)}, request.settings, resolved, inputs);
  Calibration calibration{known_factor(context, request.project, request.settings.model), 0, {}};
  if (request.calibrate) calibration = calibrate(context, request.project, request.settings, inputs);
  like.options.token_factor = calibration.factor;
  const std::optional<std::int64_t> told = plan::told_tokens(limits_of(context, like));
  PlanSurvey survey;
  const auto take = [&](const PlannedChunk& chunk) {
    must_fit_quota(chunk, request.settings, told, inputs);
    survey.saw(chunk, request.settings);
  };
  const ScanResult result = scan(inputs, request.settings, chunk_limits(context, like), {}, take,
                                 {.watch = &survey.watch,
                                  .unsent = [&](const UnsentRecord& record) { survey.left_out(record); },
                                  .requests_path = requests_path(context, scratch.id(), request.settings)});
  survey.first_skipped = result.first_skipped;
  like.settings.format = result.format;
  return summarize(context, like, result.inputs, survey, calibration);
}

}  // namespace batchctl::app
