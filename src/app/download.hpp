// download: observe and fetch what is finished, then write the results in input order.
#pragma once

#include <cstdio>
#include <optional>
#include <string>

#include "app/context.hpp"
#include "app/drive.hpp"
#include "app/report.hpp"
#include "records/merge.hpp"

namespace batchctl::app {

struct DownloadRequest {
  std::optional<std::string> run_name;
  std::optional<std::string> output;  // path, or `-`; nullopt: as the run says, else ./<run>.results.jsonl
  bool partial = false;
  OutputForm form;
  std::optional<std::string> raw_directory;  // where the service's own files are copied to
  Stay stay{Goal::fetched, false, std::nullopt, seconds{60}};
};

struct Downloaded {
  RunKey run;
  ExitCode exit = ExitCode::done;
  bool written = false;
  std::string results_path, errors_path;  // empty with `-`
  MergeCounts counts{};
};

/// Fetches unless another process drives or there is no service, then merges. Exit 0, 3 or 75.
Downloaded download(Context& context, const DownloadRequest& request);

/// Brings home what is finished, unless another process drives or there is no service.
void fetch_finished(Context& context, const Run& run, const Stay& stay);

/// What writing the results of this run ends with: 0, 3, or 75 while something may still come.
ExitCode exit_of_results(const RunReport& report);

/// Every record of a run whose scan has ended, through the merger (made for this form), to its end. Throws Fatal{130 or
/// 143} on a signal.
void merge_run(Context& context, const RunReport& report, Merger& merger, const OutputForm& form = {});

/// Only the merge: from what is here. (`run_name` and `stay` of the request mean nothing here.)
Downloaded write_results(Context& context, const Run& run, const DownloadRequest& request);

}  // namespace batchctl::app
