// The command line as a value. Every option, its help and its environment variable stand in arguments.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/repair.hpp"
#include "app/report.hpp"
#include "base/time.hpp"
#include "cli/option_table.hpp"
#include "cli/world.hpp"
#include "core/run.hpp"
#include "records/result_shape.hpp"

namespace batchctl::cli {

enum class Verb {
  submit,
  plan,
  adopt,
  resume,
  retry,
  status,
  download,
  export_records,
  report,
  cancel,
  explain,
  runs,
  clean,
  purge,
  doctor,
  sandbox,
  config,
  schema,
  completion,
  manual
};

/// What submit, plan and resume can set; nullopt: not given, so the remembered value stays.
struct GivenOptions {
  std::optional<int> group_size, upload_ahead, tier, max_jobs, retry_attempts;
  std::optional<Duration> group_delay;
  std::optional<std::int64_t> enqueued_tokens;
  std::optional<std::string> remote_cleanup, output, status_file, on_event;
  std::optional<double> weight, quota_share;
  std::optional<bool> paranoid, yield, check_requests;
  std::optional<double> max_cost;  // USD
  bool no_max_cost = false;        // --max-cost none
  std::optional<std::int64_t> expect_output;
};

struct Arguments {
  Verb verb = Verb::status;
  std::optional<std::string> state, project, base_url, limits_file;
  KeyPlaces key;
  bool json = false, quiet = false;
  std::string color = "auto";  // auto, always, never
  int verbose = 0;
  std::optional<double> ask_above_usd;

  std::vector<std::string> inputs;
  std::optional<std::string> run;  // submit --run, or the RUN of the other verbs
  Settings settings;
  GivenOptions options;
  bool dry_run = false;
  bool yes = false;
  bool wait = false;
  std::optional<Duration> wait_at_most;
  Duration patience = seconds{60};

  std::string from;                         // adopt
  bool take_over = false, release = false;  // resume
  app::RepairWish wish;                     // retry
  std::optional<bool> calibrate;
  bool offline = false, exit_status = false, watch = false;
  bool chunks = false;
  std::optional<app::ChunkRange> chunk_range;
  int chunk_index = 0;  // explain

  bool partial = false;  // download
  OutputForm form;
  std::optional<std::string> raw_directory;

  bool no_text = false, overwrite = false;  // export
  std::string report_form = "md";           // report: md, html, metrics

  SandboxArguments sandbox;

  std::optional<std::string> topic;      // config: a command; schema: a document; completion: a shell; manual: a page
  std::optional<std::string> directory;  // manual
  std::vector<SettingOrigin> setting_origins;  // of config alone
  std::optional<std::string> config_path;      // the file that was or would be read
  bool config_read = false;
};

/// Either arguments, or the exit code after help, version or a usage error were printed.
struct Parsed {
  std::optional<Arguments> arguments;
  int exit = 0;
};

/// What the parser is told by the rooms it does not know.
struct ParserFacts {
  std::string version;
  std::function<std::string()> sandbox_guide;  // follows the options in the help of `sandbox`
  std::optional<std::string> config_path;      // the configuration file when nobody names one; it need not be there
};

Parsed parse(int argc, char** argv, const ParserFacts& facts);

/// What the parser knows.
OptionTable option_table(const ParserFacts& facts);

}  // namespace batchctl::cli
