#include "app/export.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "app/money.hpp"
#include "app/purge.hpp"
#include "app/report.hpp"
#include "app/runs.hpp"
#include "base/crash_point.hpp"

namespace batchctl::app {

namespace {

namespace fs = std::filesystem;

void must_be_free(const Context& context, const std::string& path, bool overwrite) {
  std::error_code ignored;
  if (!context.files.exists(path)) return;
  if (!fs::is_regular_file(path, ignored))
    throw Fatal(ExitCode::failed, "not_a_file", fmt::format("{} is not a file that can be replaced", path),
                "give another --output FILE");
  if (fs::equivalent(path, context.state_path, ignored))
    throw Fatal(ExitCode::failed, "exists", fmt::format("{} is the state file, which export never replaces", path),
                "give another --output FILE");
  if (!overwrite)
    throw Fatal(ExitCode::failed, "exists", fmt::format("{} is there already, so nothing was written", path),
                "give another --output FILE, or --overwrite to replace it");
}

ExportedRun exported(Context& context, const Run& run) {
  ExportedRun told;
  told.name = run.name;
  told.id = run.id.value;
  told.model = run.settings.model;
  told.created_at = run.created_at;
  told.exported_at = context.clock.now();
  for (const Spending& spent : context.store.spending(run.key)) {
    ModelBill bill{spent.model, spent.input, spent.cached, spent.output, std::nullopt};
    if (const plan::PriceFacts* prices = context.catalogue->price(spent.model, told.exported_at)) {
      const plan::Price& price = price_for(*prices, spent.input, spent.answers);
      bill.price = {price.input, price.output, price.cached.value_or(price.input), prices->source.date,
                    prices->source.page};
    }
    told.bills.push_back(std::move(bill));
  }
  return told;
}

std::optional<std::string_view> unless_empty(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

/// Joined lines as rows of a table.
class RowMaker {
 public:
  RowMaker(Context& context, RecordSink& sink) : context_(context), sink_(sink) {}

  void add(const JoinedLine& line) {
    RecordRow row;
    row.index = line.index;
    if (!line.raw_key.empty() && line.raw_key != "null") row.key = key_ = cell_of(line.raw_key);
    row.file = line.file;
    row.line = line.line;
    row.status = line.status;
    if (const ResultLine* result = line.result) {
      if (result->has_answer) row.answer = result->answer;
      row.finish_reason = unless_empty(result->finish_reason);
      if (result->has_error) put_error(row, result->code, result->message);
      if (result->usage) {
        const LineUsage usage = line.same_as ? LineUsage{} : *result->usage;  // it was paid there
        row.tokens_input = usage.input;
        row.tokens_output = usage.output;
        row.tokens_thinking = usage.thinking;
        row.tokens_cached = usage.cached;
        row.tokens_total = usage.total;
      }
      row.model_version = unless_empty(result->model_version);
    } else if (line.has_error) {
      put_error(row, line.code, line.message);
      if (!line.code_word.empty()) row.error_code = line.code_word;
    }
    row.job = unless_empty(line.job);
    if (row.job) row.model = model_of(line.job);
    if (line.attempt > 0) row.attempt = line.attempt;
    row.same_as = line.same_as;
    row.input = line.raw_input;
    sink_.add(row);
  }

 private:
  void put_error(RecordRow& row, std::optional<std::int64_t> code, std::string_view message) {
    if (code) row.error_code = code_ = std::to_string(*code);
    row.error_message = message;
  }

  std::optional<std::string_view> model_of(std::string_view job) {
    auto known = models_.find(job);
    if (known == models_.end()) {
      const std::optional<HeldJob> found = context_.store.job_with_name(JobName{std::string(job)});
      known = models_.emplace(job, found ? found->job.model : "").first;
    }
    return unless_empty(known->second);
  }

  Context& context_;
  RecordSink& sink_;
  std::string key_, code_;
  std::map<std::string, std::string, std::less<>> models_;  // by job
};

}  // namespace

Downloaded export_records(Context& context, const ExportRequest& request, const MakeRecordSink& make) {
  const Run run = one_run(context, request.run_name);
  must_not_be_purged(context, run);
  Downloaded done;
  done.run = run.key;
  const std::string path = context.files.absolute(request.output);
  must_be_free(context, path, request.overwrite);
  fetch_finished(context, run, request.stay);

  const RunReport report = report_run(context, run.key);
  done.exit = exit_of_results(report);
  if (done.exit == ExitCode::not_finished && !request.partial) return done;
  if (!report.run.scanned)
    throw Fatal(ExitCode::not_finished, "not_planned",
                fmt::format("the input of run {} is not read completely yet", run.name), "batchctl resume " + run.name);
  const std::string part = fmt::format("{}.{}.part", path, context.pid);
  try {
    context.files.remove(part);  // of a process that had our number
    const std::unique_ptr<RecordSink> sink = make(part, exported(context, report.run), request.texts);
    RowMaker rows(context, *sink);
    Merger merger(report.inputs, report.run.settings, nullptr, nullptr);
    merger.tell([&](const JoinedLine& line) { rows.add(line); });
    merge_run(context, report, merger);
    sink->finish();
    crash_point(CrashPoint::results_written);
    done.counts = merger.counts();
    must_be_free(context, path, request.overwrite);  // it may have come meanwhile
    context.files.publish(part, path);
  } catch (...) {
    context.files.remove(part);
    throw;
  }
  done.results_path = path;
  done.written = true;
  return done;
}

}  // namespace batchctl::app
