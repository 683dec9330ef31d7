#include "app/download.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <system_error>
#include <utility>

#include "app/clean.hpp"
#include "app/purge.hpp"
#include "app/report.hpp"
#include "app/runs.hpp"
#include "base/crash_point.hpp"

namespace batchctl::app {

namespace {

constexpr int kUnsentPage = 256;

std::string errors_path_for(const std::string& results) {
  const std::size_t slash = results.rfind('/');
  const std::size_t dot = results.rfind('.');
  const bool has_extension = dot != std::string::npos && (slash == std::string::npos || dot > slash + 1) && dot > 0;
  return (has_extension ? results.substr(0, dot) : results) + ".errors.jsonl";
}

/// A device or a pipe: written into as it is. Replacing it by a file would take it from everybody else.
bool is_special(const std::string& path) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status) &&
         !std::filesystem::is_directory(status);
}

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

[[noreturn]] void cannot_write(const std::string& path) {
  throw Fatal(ExitCode::failed, errno == ENOSPC ? "disk_full" : "not_writable",
              fmt::format("cannot write {}: {}", path, std::strerror(errno)), "give another --output PATH");
}

File open_for_writing(const std::string& path) {
  File file(std::fopen(path.c_str(), "wb"), &std::fclose);
  if (!file) cannot_write(path);
  return file;
}

/// A chunk that ended without output says so in its problem rows; all of them carry the same words.
std::optional<ChunkProblem> problem_of(Context& context, const Run& run, const Chunk& chunk) {
  const std::vector<Problem> rows = context.store.problems(run.key, chunk.first_record, 1);
  if (rows.empty()) return std::nullopt;
  ChunkProblem problem;
  problem.status = rows.front().status;
  problem.code = rows.front().code;
  problem.message = rows.front().message;
  const std::optional<Job> job = context.store.newest_job(chunk.key);
  if (job && job->name) {
    problem.job_name = job->name->value;
    problem.attempt = job->attempt;
  }
  return problem;
}

MergeChunk merge_form(Context& context, const Run& run, const Chunk& chunk) {
  MergeChunk form;
  form.first_record = chunk.first_record;
  form.records = chunk.records;
  form.unsent = chunk.unsent;
  if (run.settings.dedupe) form.repeated = context.store.repeated(run.key, chunk.first_record, chunk.end_record());
  form.spans = context.store.spans(chunk.key);
  form.body_sha256 = chunk.body_sha256;
  form.outstanding = !is_resting(chunk.state);
  for (const StoredResult& result : context.store.results_of(chunk.key)) {
    MergeSource source;
    source.raw_path = raw_directory(context, run.id) + "/" + result.summary.raw_path;
    source.job_name = result.job_name.value;
    source.attempt = result.attempt;
    source.keys = result.keys;
    if (result.chunk != chunk.key) source.covers = context.store.spans(result.chunk);
    form.sources.push_back(std::move(source));
  }
  if (form.sources.empty() && !form.outstanding) form.problem = problem_of(context, run, chunk);
  if (!form.sources.empty())
    for (Problem& problem :
         context.store.problems(run.key, chunk.first_record, chunk.end_record() - chunk.first_record))
      if (!problem.has_result)
        form.problems.push_back(
            {problem.record,
             {problem.status, problem.code, std::move(problem.message), std::move(problem.job_name), problem.attempt}});
  return form;
}

/// The chunk's records, in order: its own, or those of the halves that took them over.
void merge_whole(Context& context, const Run& run, const Chunk& chunk, Merger& merger) {
  const std::vector<Chunk> halves =
      chunk.state == ChunkState::cancelled ? context.store.halves(chunk.key) : std::vector<Chunk>{};
  for (const Chunk& half : halves) merge_whole(context, run, half, merger);
  if (halves.empty()) merger.merge_chunk(merge_form(context, run, chunk));
}

/// Base chunks have the first indexes, but for halves; a page at a time keeps memory constant.
void each_base_chunk(Context& context, const Run& run, const std::function<void(const Chunk&)>& body) {
  constexpr int kPage = 256;
  for (int from = 0;; from += kPage) {
    const std::vector<Chunk> chunks = context.store.chunks(run.key, from, from + kPage - 1);
    if (chunks.empty()) return;
    for (const Chunk& chunk : chunks) {
      if (is_interrupted(context))
        throw interruption(context, "interrupted; nothing was written", "batchctl download " + run.name);
      if (chunk.kind == ChunkKind::base && chunk.replaces.empty()) body(chunk);
    }
  }
}

/// The service's own files, as they came, each under the path that it has beside the state.
void copy_raw_results(Context& context, const Run& run, const std::string& directory) {
  const std::string to = context.files.absolute(directory);
  for (int from = 0;; ++from) {
    const std::optional<Chunk> chunk = context.store.chunk_at(run.key, from);
    if (!chunk) return;
    for (const StoredResult& result : context.store.results_of(chunk->key)) {
      if (result.chunk != chunk->key) continue;
      const std::string path = to + "/" + result.summary.raw_path;
      context.files.make_directory(path.substr(0, path.rfind('/')));
      const std::string part = fmt::format("{}.{}.part", path, context.pid);
      std::error_code problem;
      std::filesystem::copy_file(raw_directory(context, run.id) + "/" + result.summary.raw_path, part,
                                 std::filesystem::copy_options::overwrite_existing, problem);
      if (problem)
        throw Fatal(ExitCode::failed, "not_writable",
                    fmt::format("cannot copy {} to {}: {}", result.summary.raw_path, path, problem.message()),
                    "give another --raw DIR");
      context.files.publish(part, path);
    }
  }
}

}  // namespace

ExitCode exit_of_results(const RunReport& report) {
  const bool everything = report.run.scanned && report.records.outstanding == 0 && report.in_repair == 0;
  if (!everything) return ExitCode::not_finished;
  return report.records.failed > 0 ? ExitCode::incomplete : ExitCode::done;
}

void merge_run(Context& context, const RunReport& report, Merger& merger, const OutputForm& form) {
  const Run& run = report.run;
  merger.read_unsent(
      [&](std::int64_t first, std::int64_t end) { return context.store.unsent(run.key, first, end, kUnsentPage); },
      run_directory(context, run.id) + "/repeated");
  if (form.needs_columns()) {
    each_base_chunk(context, run, [&](const Chunk& chunk) {
      MergeChunk only_input;
      only_input.spans = context.store.spans(chunk.key);
      merger.look_at(only_input);
    });
    merger.look_at_unsent(run.records);
  }
  each_base_chunk(context, run, [&](const Chunk& chunk) { merge_whole(context, run, chunk, merger); });
  merger.merge_unsent_before(run.records);
  merger.finish();
}

Downloaded write_results(Context& context, const Run& run, const DownloadRequest& request) {
  must_not_be_purged(context, run);
  const RunReport report = report_run(context, run.key);
  Downloaded done;
  done.run = run.key;
  done.exit = exit_of_results(report);
  if (done.exit == ExitCode::not_finished && !request.partial) return done;
  if (!report.run.scanned)
    throw Fatal(ExitCode::not_finished, "not_planned",
                fmt::format("the input of run {} is not read completely yet", run.name), "batchctl resume " + run.name);

  const char* extension = request.form.format == OutputFormat::csv ? ".results.csv" : ".results.jsonl";
  const std::string target = request.output.value_or(run.options.output.value_or(run.name + extension));
  const bool to_stdout = target == "-";
  const bool to_special = !to_stdout && is_special(target);
  File results(nullptr, &std::fclose), errors(nullptr, &std::fclose);
  std::string part, errors_part;
  if (!to_stdout && !to_special) {
    done.results_path = context.files.absolute(target);
    done.errors_path = errors_path_for(done.results_path);
    part = fmt::format("{}.{}.part", done.results_path, context.pid);
    errors_part = fmt::format("{}.{}.part", done.errors_path, context.pid);
  }
  const auto forget = [&] {
    if (part.empty()) return;
    context.files.remove(part);
    context.files.remove(errors_part);
  };
  try {
    if (!to_stdout) results = open_for_writing(to_special ? target : part);
    if (!part.empty()) errors = open_for_writing(errors_part);
    Merger merger(report.inputs, report.run.settings, to_stdout ? stdout : results.get(), errors.get(), request.form);
    merge_run(context, report, merger, request.form);
    done.counts = merger.counts();
    if (to_special) {
      if (std::fclose(results.release()) != 0) cannot_write(target);
    } else if (!to_stdout) {
      if (std::fclose(results.release()) != 0) cannot_write(part);
      if (std::fclose(errors.release()) != 0) cannot_write(errors_part);
      crash_point(CrashPoint::results_written);
      context.files.publish(errors_part, done.errors_path);
      crash_point(CrashPoint::errors_published);
      context.files.publish(part, done.results_path);
    }
  } catch (const Fatal& problem) {
    forget();
    if (problem.code() != "disk" || to_stdout) throw;
    throw Fatal(problem.exit(), problem.code(), fmt::format("{}: {}", target, problem.what()), problem.next());
  } catch (...) {
    forget();
    throw;
  }
  if (request.raw_directory) copy_raw_results(context, report.run, *request.raw_directory);
  done.written = true;
  return done;
}

void fetch_finished(Context& context, const Run& run, const Stay& stay) {
  const RunReport before = report_run(context, run.key);
  if (!run.scanned || before.records.outstanding + before.in_repair == 0 || context.service == nullptr) return;
  check_key(context, run);
  std::unique_ptr<FileLock> lock = try_lock_run(context, run);
  if (!lock) {
    context.observer.says(run, "another batchctl is driving this run; only what is here is used");
    return;
  }
  std::vector<std::unique_ptr<Driver>> drivers;
  drivers.push_back(std::make_unique<Driver>(context, run.key, std::move(lock), Mandate{false, true, true}));
  drive(context, drivers, stay);
}

Downloaded download(Context& context, const DownloadRequest& request) {
  const Run run = one_run(context, request.run_name);
  must_not_be_purged(context, run);
  fetch_finished(context, run, request.stay);
  const Run fetched = context.store.run(run.key);
  Downloaded done = write_results(context, fetched, request);
  clean_up_after(context, fetched, done);
  return done;
}

}  // namespace batchctl::app
