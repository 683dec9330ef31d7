#include "app/planning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>

#include "app/quota_view.hpp"
#include "base/crash_point.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "records/container.hpp"
#include "records/spool.hpp"

namespace batchctl::app {

namespace {

constexpr std::size_t kChunksACommit = 1000;
constexpr std::size_t kUnsentACommit = 10'000;

Fatal left_reading(const Context& context, const std::string& next) {
  return interruption(context, "interrupted while reading the input", next);
}

/// The only input of a chunk that is a file.
const Input& source_of(const PlannedChunk& chunk, const std::vector<Input>& inputs) {
  return inputs.at(static_cast<std::size_t>(chunk.spans.front().input));
}

ScanStart where_it_stopped(Context& context, const Run& run) {
  const ChunkTally tally = context.store.chunk_tally(run.key);
  const int planned = static_cast<int>(tally[static_cast<std::size_t>(ChunkState::planned)]);
  if (planned == 0) return {};
  const Chunk last = context.store.chunk_at(run.key, planned - 1).value();
  return scan_start_after(last.index, context.store.spans(last.key));
}

}  // namespace

std::optional<std::string> label_of(const PlannedChunk& chunk, const Settings& settings,
                                    const std::vector<Input>& inputs) {
  if (!settings.chunk_per_file) return std::nullopt;
  return stem_of(source_of(chunk, inputs).shown_path);
}

NewChunk stored_form(PlannedChunk chunk, std::optional<std::string> label) {
  NewChunk row;
  row.index = chunk.index;
  row.label = std::move(label);
  row.records = chunk.records;
  row.first_record = chunk.first_record;
  row.unsent = chunk.unsent;
  row.body_bytes = chunk.body_bytes;
  row.body_sha256 = std::move(chunk.body_sha256);
  row.tokens = chunk.tokens;
  row.spans = std::move(chunk.spans);
  return row;
}

void must_fit_quota(const PlannedChunk& chunk, const Settings& settings, std::optional<std::int64_t> told,
                    const std::vector<Input>& inputs) {
  if (!told || chunk.tokens <= *told) return;
  const std::string which = settings.chunk_per_file ? fmt::format(" ({})", source_of(chunk, inputs).shown_path) : "";
  throw Fatal(ExitCode::usage, "chunk_above_quota",
              fmt::format("chunk {}{} holds about {} tokens, but at most {} may be enqueued", chunk.index, which,
                          spell_count(static_cast<std::uint64_t>(chunk.tokens)),
                          spell_count(static_cast<std::uint64_t>(*told))),
              settings.chunk_per_file ? "cut the file or leave --chunk-per-file out, or give the right --tier"
                                      : "give a smaller --chunk-records or --chunk-tokens, or the right --tier");
}

bool is_sized_by_quota(const Settings& settings) {
  return !settings.chunk_records && !settings.chunk_tokens && !settings.chunk_bytes && !settings.chunk_per_file;
}

plan::ChunkSize size_by_quota(Context& context, const Run& run) {
  const plan::Limits limits = limits_of(context, run);
  plan::SizeFacts facts;
  facts.cap = plan::told_tokens(limits);
  if (!facts.cap) facts.cap = context.catalogue->token_limit(run.settings.model, 1);
  facts.slots = plan::job_slots(limits);
  plan::add_learned(facts, context.store.quota(run.project, run.settings.model), context.clock.now());
  return plan::chunk_size(run.settings.model, facts);
}

ChunkLimits chunk_limits(Context& context, const Run& run) {
  const Settings& settings = run.settings;
  ChunkLimits limits;
  limits.token_factor = run.options.token_factor;
  limits.records = settings.chunk_records.value_or(std::numeric_limits<std::int64_t>::max());
  limits.tokens = settings.chunk_tokens.value_or(std::numeric_limits<std::int64_t>::max());
  limits.bytes = settings.chunk_bytes ? static_cast<std::uint64_t>(*settings.chunk_bytes) : kMaxBodyBytes;
  limits.per_input = settings.chunk_per_file;
  limits.pilot = settings.pilot;
  limits.check_requests = run.options.check_requests;
  if (!is_sized_by_quota(settings)) return limits;
  const plan::ChunkSize size = size_by_quota(context, run);
  limits.tokens = size.tokens;
  limits.bytes = size.bytes;
  return limits;
}

std::vector<Input> inputs_from(const std::vector<ResolvedInput>& resolved) {
  std::vector<Input> inputs;
  for (const ResolvedInput& source : resolved) {
    Input input;
    input.ordinal = static_cast<int>(inputs.size());
    input.path = source.path;
    input.shown_path = source.shown_path;
    inputs.push_back(input);
  }
  return inputs;
}

void spool_inputs(Context& context, const RunId& run, const Settings& settings,
                  const std::vector<ResolvedInput>& resolved, std::vector<Input>& inputs) {
  check_reading(settings);
  const auto stopped = [&] { return is_interrupted(context); };
  for (std::size_t i = 0; i < resolved.size(); ++i) {
    if (!needs_spool(resolved[i], settings)) continue;
    const std::string directory = run_directory(context, run) + "/spool";
    context.files.make_directory(directory);
    const std::string path = fmt::format("{}/{}", directory, i);
    Spooled copy;
    try {
      copy = spool(resolved[i], settings, stdin, path + ".part", stopped);
    } catch (const Fatal&) {
      // A signal also ends the reading of standard input as an error of its own.
      if (stopped()) throw left_reading(context, "submit again; nothing was kept");
      throw;
    }
    inputs[i].spool_path = path + copy.suffix;
    context.files.publish(path + ".part", inputs[i].spool_path);
  }
}

void forget_run(Context& context, const Run& run) {
  context.store.write([&] { context.store.drop_run(run.key); });
  context.files.remove_tree(run_directory(context, run.id));
}

std::optional<std::int64_t> usual_output(const ScanFacts& facts) {
  if (facts.looked_at == 0) return std::nullopt;
  return (facts.usual_output + facts.looked_at - 1) / facts.looked_at;
}

std::string requests_path(Context& context, const RunId& run, const Settings& settings) {
  if (!settings.dedupe) return {};
  const std::string directory = run_directory(context, run);
  context.files.make_directory(directory);
  return directory + "/requests";
}

void plan_chunks(Context& context, Run& run, bool fresh, PlanSurvey& survey) {
  if (run.scanned) return;
  const std::vector<Input> inputs = context.store.inputs(run.key);
  const std::optional<std::int64_t> told = plan::told_tokens(limits_of(context, run));
  const ScanStart start = where_it_stopped(context, run);
  // What the last scan left out behind its last stored chunk is found once more.
  if (!fresh) context.store.write([&] { context.store.drop_unsent(run.key, start.records); });
  std::vector<NewChunk> waiting;
  std::vector<UnsentRecord> unsent;
  std::int64_t records = run.scan_records;
  const auto store_waiting = [&] {
    context.store.write([&] {
      context.store.add_chunks(run.key, waiting, records);
      context.store.add_unsent(run.key, unsent);
    });
    waiting.clear();
    unsent.clear();
    crash_point(CrashPoint::chunks_stored);
  };
  const auto store_in_time = [&](bool is_enough) {
    const bool stopping = is_interrupted(context);
    if (is_enough || stopping) store_waiting();
    if (stopping) throw left_reading(context, "batchctl resume " + run.name);
  };
  try {
    const auto plan_chunk = [&](PlannedChunk chunk) {
      must_fit_quota(chunk, run.settings, told, inputs);
      records = chunk.end_record();
      survey.saw(chunk, run.settings);
      std::optional<std::string> label = label_of(chunk, run.settings, inputs);
      waiting.push_back(stored_form(std::move(chunk), std::move(label)));
      store_in_time(waiting.size() >= kChunksACommit);
    };
    const auto leave_out = [&](UnsentRecord record) {
      survey.left_out(record);
      unsent.push_back(std::move(record));
      store_in_time(unsent.size() >= kUnsentACommit);
    };
    const ScanResult result = scan(inputs, run.settings, chunk_limits(context, run), start, plan_chunk,
                                   {.watch = &survey.watch,
                                    .stopped = [&] { return is_interrupted(context); },
                                    .unsent = leave_out,
                                    .requests_path = requests_path(context, run.id, run.settings)});
    survey.first_skipped = result.first_skipped;
    if (!waiting.empty() || !unsent.empty()) store_waiting();
    run.options.usual_output = usual_output(survey.watch.facts());
    context.store.write([&] {
      context.store.finish_scan(run.key, result.inputs, result.format);
      context.store.set_options(run.key, run.options);
    });
    crash_point(CrashPoint::plan_stored);
  } catch (const Fatal& problem) {
    const bool by_signal = problem.exit() == ExitCode::interrupted || problem.exit() == ExitCode::terminated;
    const bool input_is_wrong = problem.code() == "bad_input" || problem.code() == "input_changed";
    if (input_is_wrong || (fresh && !by_signal)) forget_run(context, run);
    throw;
  }
  run = context.store.run(run.key);
}

std::vector<std::string> hash_inputs(const std::vector<Input>& inputs) {
  std::vector<std::string> hashes;
  std::string buffer(1U << 20U, '\0');
  for (const Input& input : inputs) {
    const std::string& path = input.spool_path.empty() ? input.path : input.spool_path;
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
    if (!file)
      throw Fatal(ExitCode::failed, "bad_input",
                  fmt::format("cannot read {}: {}", input.shown_path, std::strerror(errno)));
    std::setvbuf(file.get(), nullptr, _IONBF, 0);
    Sha256 hash;
    while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), file.get()))
      hash.update({buffer.data(), n});
    hashes.push_back(hash.hex());
  }
  return hashes;
}

}  // namespace batchctl::app
