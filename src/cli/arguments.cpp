#include "cli/arguments.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <charconv>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

#include "base/error.hpp"
#include "base/exit_code.hpp"
#include "base/text.hpp"

namespace batchctl::cli {

namespace {

constexpr const char* kExitCodes =
    "Exit codes:\n"
    "  0    done: all that was asked for\n"
    "  1    failed: bad or unreadable input, disk, database\n"
    "  2    usage: unknown option, or a value that is not of its form\n"
    "  3    finished, but some records have no usable answer\n"
    "  4    a person must act: key, permission, billing, model, quota of zero, cost, pilot\n"
    "  10   the input or settings are not those that were submitted, or no such run\n"
    "  11   another batchctl is driving this run\n"
    "  75   not finished: paused, running, or out of reach; batchctl resume goes on\n"
    "  130, 143  interrupted; the state is saved";

constexpr const char* kRehearsal =
    "Rehearse your own run, a minute a second, with the answer of the third create lost (three minutes):\n"
    "  batchctl sandbox --port 8787 --tier 1 --time-scale 60 --fault create:3:drop-after >ready.json &\n"
    "  sleep 1; export BATCHCTL_CLOCK=$(sed 's/.*\"clock\":\"\\([^\"]*\\)\".*/\\1/' ready.json) "
    "BATCHCTL_STATE=rehearsal.db\n"
    "  export GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:8787 GEMINI_API_KEY=no-key\n"
    "  batchctl submit questions.jsonl --run rehearsal --tier 1\n"
    "  batchctl resume rehearsal --wait && batchctl download rehearsal\n";

constexpr const char* kNotes =
    "A note may have any shape. In JSON an object with a job (batches/...) or a file (files/..., or its address) is "
    "an\n"
    "entry; its chunk is told by chunk, chunk_file, label, input, input_file, path, file, local_path, source or name "
    "(also\n"
    "in camelCase), or by the member that it stands under. In Markdown a row is; a header cell of these names tells "
    "the\n"
    "chunk. Everything else is passed over. What a note says is compared with the service: hash, size, count, model.\n"
    "Exit 3: some of what is named is not bound, and is listed. Exit 10: nothing fits, and nothing is stored.\n";

Duration to_duration(const std::string& text, const std::string& option) {
  const std::optional<Duration> length = parse_duration(text);
  if (!length)
    throw CLI::ValidationError(option, fmt::format("\"{}\" is not a duration such as 90s, 15m or 1h30m", text));
  return *length;
}

void take_max_cost(GivenOptions& options, const std::string& text) {
  options.no_max_cost = text == "none";
  options.max_cost.reset();
  if (options.no_max_cost) return;
  double usd = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), usd);
  if (problem != std::errc{} || end != text.data() + text.size() || !(usd > 0) || usd > 1e9)
    throw CLI::ValidationError("--max-cost",
                               fmt::format("\"{}\" is not an amount of USD such as 25 or 0.50, nor none", text));
  options.max_cost = usd;
}

std::string text_or_file(const std::string& text, const std::string& option) {
  if (text.empty() || text.front() != '@') return text;
  std::ifstream file(text.substr(1), std::ios::binary);
  if (!file) throw CLI::ValidationError(option, fmt::format("cannot read {}", text.substr(1)));
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Names and help, nothing else: ranges are told when they are broken, the environment once in the footer.
class PlainHelp : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string type = option->get_type_name();
    if (option->get_items_expected_max() == 0 || type.empty()) return "";
    return " " + type.substr(0, type.find(':'));
  }
  std::string make_option_name(const CLI::Option* option, bool positional) const override {
    std::string name = CLI::Formatter::make_option_name(option, positional);
    if (const std::size_t brace = name.find('{'); brace != std::string::npos) name = name.substr(0, brace) + "[=...]";
    return name;
  }
};

/// The words that a verb's option is bound to are kept here until parsing is over.
class Builder {
 public:
  Builder(const std::string& version, const std::string& sandbox_guide) {
    app_.name("batchctl");
    app_.description(
        "Runs large Q&A sets through the Gemini Batch API: resumable, every record once, the quota kept full.");
    app_.set_version_flag("--version", "batchctl " + version);
    app_.require_subcommand(1);
    app_.footer(std::string("Common options stand before or after the command. Environment: BATCHCTL_<OPTION>.\n\n") +
                kExitCodes);
    app_.formatter(std::make_shared<PlainHelp>());
    app_.get_formatter()->column_width(30);
    common();
    submit(verb("submit", Verb::submit, "Plan the input, then upload and create jobs as far as the quota allows"),
           Verb::submit);
    submit(verb("plan", Verb::plan, "Show what submit would do; sends and stores nothing"), Verb::plan);
    submit(verb("adopt", Verb::adopt,
                "Bind jobs and files that another tool made to the chunks of a run; creates nothing"),
           Verb::adopt);
    resume();
    retry();
    status();
    download();
    export_records();
    report();
    cancel();
    explain();
    runs();
    removal("clean", Verb::clean, "Remote: delete the run's uploaded files and ended jobs at the service");
    removal("purge", Verb::purge, "Local: remove the run's raw results from this disk; counts and hashes stay");
    doctor();
    sandbox(sandbox_guide);
    // Only the command that is used: CLI11 reads the environment of the others as well, and they share our fields.
    for (CLI::App* command : app_.get_subcommands({}))
      command->preparse_callback(
          [this, command](std::size_t) { name_environment(*command, "BATCHCTL_" + upper(command->get_name()) + "_"); });
  }

  Parsed parse(int argc, char** argv) {
    typed_.assign(argv, argv + argc);
    name_environment(app_, "BATCHCTL_");
    try {
      app_.parse(argc, argv);
      for (const auto& finish : finish_) finish();
      if (arguments_.settings.model.rfind("models/", 0) == 0) arguments_.settings.model.erase(0, 7);
      return {arguments_, 0};
    } catch (const CLI::CallForHelp&) {
      std::cout << help();
      return {std::nullopt, 0};
    } catch (const CLI::CallForVersion&) {
      std::cout << "batchctl " << app_.version().substr(app_.version().rfind(' ') + 1) << "\n";
      return {std::nullopt, 0};
    } catch (const CLI::ParseError& problem) {
      std::cerr << "batchctl: " << words_for(problem) << "\n";
      const auto used = app_.get_subcommands();
      std::cerr << "See: batchctl " << (used.empty() ? "" : used.front()->get_name() + " ") << "--help\n";
      const bool json = arguments_.json || wants_json(argc, argv);
      if (json) std::cout << error_line(words_for(problem)) << "\n";
      return {std::nullopt, static_cast<int>(ExitCode::usage)};
    }
  }

 private:
  /// CLI11 says "a subcommand is required" also for a misspelt one.
  std::string words_for(const CLI::ParseError& problem) const {
    if (app_.get_subcommands().empty())
      for (const std::string& stray : app_.remaining())
        if (!stray.empty() && stray.front() != '-') return fmt::format("there is no command \"{}\"", stray);
    return problem.what();
  }

  static bool wants_json(int argc, char** argv) {
    for (int i = 1; i < argc; ++i)
      if (std::string_view(argv[i]) == "--json") return true;
    return false;
  }

  static std::string error_line(const std::string& message) {
    std::string quoted;
    for (const char c : one_line(message)) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
    return R"({"error":{"code":"usage","message":")" + quoted +
           R"(","retryable":false,"resume_at":null,"next":"batchctl --help"}})";
  }

  std::string help() {
    const auto used = app_.get_subcommands();
    if (used.empty()) return app_.help();
    return used.front()->help("batchctl");
  }

  static std::string upper(const std::string& name) {
    std::string text;
    for (const char c : name) text += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
  }

  bool is_typed(const std::string& option) const {
    return std::any_of(typed_.begin(), typed_.end(), [&](const std::string& word) {
      return word == "--" + option || word.rfind("--" + option + "=", 0) == 0;
    });
  }

  void name_environment(CLI::App& command, const std::string& prefix) const {
    // Where one of two may be given, the typed one also wins over the other's variable.
    static const std::map<std::string, std::vector<std::string>> kRivals = {
        {"tier", {"enqueued-tokens"}},
        {"enqueued-tokens", {"tier"}},
        {"api-key-file", {"api-key-command"}},
        {"api-key-command", {"api-key-file"}},
        {"chunk-per-file", {"chunk-records", "chunk-tokens", "chunk-bytes", "pilot"}},
        {"pilot", {"chunk-per-file"}},
        {"chunk-records", {"chunk-per-file"}},
        {"chunk-tokens", {"chunk-per-file"}},
        {"chunk-bytes", {"chunk-per-file"}}};
    for (CLI::Option* option : command.get_options()) {
      if (option->get_lnames().empty()) continue;
      const std::string name = option->get_lnames().front();
      if (name == "help" || name == "version" || name == "yes" || name == "dry-run") continue;
      const auto rival = kRivals.find(name);
      if (rival != kRivals.end() && std::any_of(rival->second.begin(), rival->second.end(),
                                                [&](const std::string& other) { return is_typed(other); }))
        continue;
      option->envname(prefix + upper(name));
    }
  }

  static std::string footer_of(const std::string& verb) {
    return fmt::format("Common options: batchctl --help. Environment: BATCHCTL_{}_<OPTION>.\n\n{}", upper(verb),
                       kExitCodes);
  }

  CLI::App* verb(const std::string& name, Verb which, const std::string& what) {
    CLI::App* command = app_.add_subcommand(name, what);
    command->fallthrough();
    command->footer(footer_of(name));
    command->callback([this, which] { arguments_.verb = which; });
    return command;
  }

  CLI::Option* duration(CLI::App* command, const std::string& name, const std::string& what,
                        std::optional<Duration>* target) {
    return command
        ->add_option_function<std::string>(
            name, [target, name](const std::string& text) { *target = to_duration(text, name); }, what)
        ->type_name("D");
  }

  /// Unlike add_flag with an optional, a flag that is not given leaves `into` empty.
  static CLI::Option* yes_or_no(CLI::App* command, const std::string& names, const std::string& help,
                                std::optional<bool>& into) {
    return command->add_flag_function(
        names, [&into](std::int64_t count) { into = count > 0; }, help);
  }

  void common() {
    Arguments& a = arguments_;
    app_.add_option("--state", a.state, "Database (default: $XDG_STATE_HOME/batchctl/state.db)")->type_name("FILE");
    app_.add_option("--project", a.project, "Name of the quota that runs share (default: the key's fingerprint)")
        ->type_name("NAME");
    app_.add_option("--base-url", a.base_url, "Service address (also GOOGLE_GEMINI_BASE_URL)")->type_name("URL");
    app_.add_option("--api-key-file", a.key.file, "Read the key from the first line of FILE")->type_name("FILE");
    app_.add_option("--api-key-command", a.key.command, "Run CMD by /bin/sh; the key is its first line of output")
        ->type_name("CMD");
    app_.add_option("--limits-file", a.limits_file,
                    "Prices and limits to use over the built-in ones (default: $XDG_CONFIG_HOME/batchctl/limits.json)")
        ->type_name("FILE");
    app_.add_flag("--json", a.json, "One JSON document (long commands: one event a line) on stdout");
    app_.add_flag("--quiet,-q", a.quiet, "No progress lines");
    app_.add_option("--color", a.color, "auto, always or never; NO_COLOR is honoured (auto)")
        ->type_name("WHEN")
        ->check(CLI::IsMember({"auto", "always", "never"}));
    app_.add_flag("-v,--verbose", a.verbose, "Say more on stderr; twice for requests");
  }

  void waiting(CLI::App* command, const std::string& group) {
    command->add_flag("--wait{forever}", wait_, "Stay until the run is complete, or for D at most (--wait=D)")
        ->group(group);
    command->add_option("--patience", patience_, "Without --wait: sit out waits up to D (60s)")
        ->type_name("D")
        ->group(group);
    finish_.emplace_back([this] {
      if (!wait_.empty()) {
        arguments_.wait = wait_ != "false";
        if (wait_ != "forever" && wait_ != "true" && arguments_.wait)
          arguments_.wait_at_most = to_duration(wait_, "--wait");
        wait_.clear();
      }
      if (!patience_.empty()) arguments_.patience = to_duration(patience_, "--patience");
    });
  }

  void changeable(CLI::App* command) {
    GivenOptions& o = arguments_.options;
    command->add_option("--group-size", o.group_size, "Jobs created one after another (10)")
        ->type_name("N")
        ->check(CLI::Range(1, 1000))
        ->group("Quota");
    duration(command, "--group-delay", "Pause after a group (30s)", &o.group_delay)->group("Quota");
    command->add_option("--upload-ahead", o.upload_ahead, "Files at the service without a job (2)")
        ->type_name("N")
        ->check(CLI::Range(1, 100))
        ->group("Quota");
    yes_or_no(command, "--paranoid,!--no-paranoid", "Look up an unclear create after 15 minutes (default: about 3)",
              o.paranoid)
        ->group("Quota");
    CLI::Option* tier =
        command->add_option("--tier", o.tier, "Usage tier of the project, 1 to 3: its printed token limit")
            ->type_name("1|2|3")
            ->check(CLI::Range(1, 3))
            ->group("Quota");
    command->add_option("--enqueued-tokens", o.enqueued_tokens, "Tokens that may be enqueued for the model")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 60))
        ->group("Quota")
        ->excludes(tier);
    command->add_option("--max-jobs", o.max_jobs, "Jobs active at once (95)")
        ->type_name("N")
        ->check(CLI::Range(1, 10000))
        ->group("Quota");
    command->add_option("--weight", o.weight, "Share of the quota against other runs of this machine (1)")
        ->type_name("W")
        ->check(CLI::Range(0.001, 1000.0))
        ->group("Quota");
    command
        ->add_option("--quota-share", o.quota_share,
                     "Part of the told tokens and of the jobs to use; the rest is another machine's (1)")
        ->type_name("S")
        ->check(CLI::Range(0.01, 1.0))
        ->group("Quota");
    yes_or_no(command, "--yield,!--no-yield", "Step back when refused, for another machine that does the same", o.yield)
        ->group("Quota");
    command
        ->add_option("--retry-attempts", o.retry_attempts,
                     "Times a record that failed for a passing reason is asked again by itself (2)")
        ->type_name("N")
        ->check(CLI::Range(0, 100))
        ->group("Quota");
    command
        ->add_option_function<std::string>(
            "--max-cost", [&o](const std::string& text) { take_max_cost(o, text); },
            "Commit no more than USD (estimates of live jobs, actual cost of ended ones); none: no limit")
        ->type_name("USD")
        ->group("Money");
    command
        ->add_option("--expect-output", o.expect_output,
                     "Tokens of an answer, thinking too, while none is known (maxOutputTokens, at most 512)")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40))
        ->group("Money");
    command
        ->add_option("--remote-cleanup", o.remote_cleanup,
                     "Delete at the service: inputs once their results are safe; all: after download the jobs "
                     "too; none (inputs)")
        ->type_name("WHAT")
        ->check(CLI::IsMember({"inputs", "all", "none"}))
        ->group("Output");
    command->add_option("--output,-o", o.output, "Where download writes the results")
        ->type_name("PATH")
        ->group("Output");
  }

  void status_file(CLI::App* command) {
    command
        ->add_option("--status-file", arguments_.options.status_file,
                     "Keep the document of status --json --chunks in F, rewritten after each change; none: no more")
        ->type_name("F")
        ->group("Output");
    command
        ->add_option("--on-event", arguments_.options.on_event,
                     "Run CMD by /bin/sh on done, paused, failed, needs_attention, quota; none: no more")
        ->type_name("CMD")
        ->group("Output");
  }

  void submit(CLI::App* command, Verb which) {
    Arguments& a = arguments_;
    Settings& s = a.settings;
    command->add_option("INPUT", a.inputs, "Files, directories, globs, or - for standard input")
        ->required(which != Verb::adopt)
        ->group("Input");
    command
        ->add_option("--run", a.run,
                     which == Verb::adopt
                         ? "Name of the new run; without INPUT: of the run that is there (the only one)"
                         : "Name of the run (default: stem of the first input)")
        ->type_name("NAME")
        ->group("Input");
    command
        ->add_option("--input-format", s.input_format,
                     "auto, qa, gemini, openai, chat, csv, tsv, or lines: one prompt a line (auto)")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"auto", "qa", "gemini", "openai", "chat", "csv", "tsv", "lines"}))
        ->group("Input");
    command->add_option("--records", s.records, "Where the records are in a JSON document, such as /data/*/qa_pairs")
        ->type_name("POINTER")
        ->group("Input");
    command->add_option("--key-field", s.key_field, "Member that is a record's key (default: id, key or custom_id)")
        ->type_name("F")
        ->group("Input");
    command
        ->add_flag("--skip-invalid", s.skip_invalid,
                   "Leave records out that cannot be sent; they stand in the results as errors (INVALID_INPUT)")
        ->group("Input");
    command
        ->add_flag("--dedupe", s.dedupe,
                   "Send equal requests once; the answer stands at each record (same_as says whose it is)")
        ->group("Input");
    command->add_option("--model", s.model, "Model (gemini-2.5-flash)")->type_name("M")->group("Prompt");
    const auto text = [&](const std::string& name, std::optional<std::string>* target, const std::string& what) {
      command
          ->add_option_function<std::string>(
              name, [target, name](const std::string& value) { *target = text_or_file(value, name); }, what)
          ->type_name("TEXT|@FILE")
          ->group("Prompt");
    };
    text("--prompt", &s.prompt, "Text of every request, a Mustache template over the record's members");
    text("--system", &s.system, "System instruction, where a record has none");
    text("--generation-config", &s.generation_config,
         "generationConfig, under what a record says itself; a JSON object");
    command
        ->add_option_function<std::string>(
            "--schema", [&s](const std::string& value) { s.schema = text_or_file(value, "--schema"); },
            "Schema that every answer must follow (responseSchema)")
        ->type_name("@FILE")
        ->group("Prompt");
    yes_or_no(command, "--check-requests,!--no-check-requests",
              "Hold requests against the service's schema of 2026-08 (default: yes)", a.options.check_requests)
        ->group("Input");
    CLI::Option* per_file =
        command->add_flag("--chunk-per-file", s.chunk_per_file, "Every input file is one chunk, labelled by its name")
            ->group("Chunks");
    command->add_option("--chunk-records", s.chunk_records, "Records a chunk (default: by the quota)")
        ->excludes(per_file)
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40))
        ->group("Chunks");
    command->add_option("--chunk-tokens", s.chunk_tokens, "Estimated tokens a chunk")
        ->excludes(per_file)
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 60))
        ->group("Chunks");
    command
        ->add_option_function<std::string>(
            "--chunk-bytes",
            [&s](const std::string& value) {
              const std::optional<std::uint64_t> bytes = parse_size(value);
              if (!bytes || *bytes == 0 || *bytes > 2'000'000'000)
                throw CLI::ValidationError("--chunk-bytes",
                                           fmt::format("\"{}\" is not a size up to 2GB such as 8MiB", value));
              s.chunk_bytes = static_cast<std::int64_t>(*bytes);
            },
            "Bytes a chunk")
        ->excludes(per_file)
        ->type_name("SIZE")
        ->group("Chunks");
    if (which == Verb::adopt) adoption(command);
    if (which != Verb::adopt) calibration(command, which == Verb::plan);
    command
        ->add_option("--pilot", s.pilot,
                     "Send the first N records alone; the rest waits for: batchctl resume RUN --release")
        ->excludes(per_file)
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40))
        ->group("Money");
    changeable(command);
    if (which != Verb::submit) return;
    status_file(command);
    waiting(command, "Output");
    command->add_flag("--dry-run", a.dry_run, "As batchctl plan: send and store nothing")->group("Output");
    command->add_flag("--yes", a.yes, "Ask nothing")->group("Output");
  }

  void calibration(CLI::App* command, bool only_plan) {
    yes_or_no(command, "--calibrate,!--no-calibrate",
              only_plan ? "Ask the service what a few records' tokens are (at most 3 calls, no cost)"
                        : "Do not ask the service what a few records' tokens are",
              arguments_.calibrate)
        ->group("Chunks");
  }

  void adoption(CLI::App* command) {
    command->footer(fmt::format("{}\n{}", kNotes, footer_of("adopt")));
    command
        ->add_option("--from", arguments_.from,
                     "What tells of the jobs: a tracking JSON, a Markdown file (.md), or list: the account's own list")
        ->type_name("FILE|list")
        ->required()
        ->group("Adoption");
    command->add_flag("--dry-run", arguments_.dry_run, "Show what would be bound and why; store nothing")
        ->group("Adoption");
    command->add_flag("--yes", arguments_.yes, "Ask nothing; needed where there is no terminal to ask at")
        ->group("Adoption");
  }

  void resume() {
    CLI::App* command =
        verb("resume", Verb::resume, "Go on exactly where it stopped; without RUN: every unfinished run");
    command->add_option("RUN", arguments_.run, "Name of the run");
    command->add_flag("--release", arguments_.release, "Let go what waits behind the pilot");
    command->add_flag("--take-over", arguments_.take_over,
                      "This copy of the state file counts from now on: compare it with the service, then go on");
    changeable(command);
    status_file(command);
    waiting(command, "Options");
  }

  void retry() {
    CLI::App* command = verb("retry", Verb::retry, "Ask again for records without a usable answer, only those");
    app::RepairWish& wish = arguments_.wish;
    command->add_option("RUN", arguments_.run, "Name of the run (default: the only one)");
    command
        ->add_option_function<std::string>(
            "--only", [&wish](const std::string& words) { wish.only = outcomes_in(words); },
            "Only these outcomes, with commas: truncated, invalid, empty, blocked, error, missing (all)")
        ->type_name("STATUS,...");
    command
        ->add_option_function<std::string>(
            "--model",
            [&wish](const std::string& model) {
              wish.overrides.model = model.rfind("models/", 0) == 0 ? model.substr(7) : model;
            },
            "Another model for these records")
        ->type_name("M")
        ->group("Prompt");
    const auto text = [&](const std::string& name, std::optional<std::string>* target, const std::string& what) {
      command
          ->add_option_function<std::string>(
              name, [target, name](const std::string& value) { *target = text_or_file(value, name); }, what)
          ->type_name("TEXT|@FILE")
          ->group("Prompt");
    };
    text("--system", &wish.overrides.system, "System instruction for these records");
    text("--prompt", &wish.overrides.prompt, "Template for these records");
    text("--generation-config", &wish.overrides.generation_config,
         "JSON object whose members go before the generationConfig of these records");
    changeable(command);
    status_file(command);
    waiting(command, "Options");
  }

  static std::vector<RecordStatus> outcomes_in(const std::string& words) {
    std::vector<RecordStatus> outcomes;
    for (std::size_t at = 0; at <= words.size();) {
      const std::size_t comma = std::min(words.find(',', at), words.size());
      const std::string word = words.substr(at, comma - at);
      const std::optional<RecordStatus> status = record_status_named(word);
      if (!status || *status == RecordStatus::ok || *status == RecordStatus::outstanding)
        throw CLI::ValidationError("--only", fmt::format("\"{}\" is none of truncated, invalid, empty, blocked, "
                                                         "error, missing",
                                                         word));
      if (std::find(outcomes.begin(), outcomes.end(), *status) == outcomes.end()) outcomes.push_back(*status);
      at = comma + 1;
    }
    return outcomes;
  }

  void status() {
    CLI::App* command = verb("status", Verb::status, "Where things stand, why, and what happens next");
    command->add_option("RUN", arguments_.run, "Name of the run (default: all)");
    command->add_flag("--watch", arguments_.watch,
                      "Stay, and redraw as things change; ends when nothing is left to do");
    command->add_flag("--offline", arguments_.offline, "Do not ask the service");
    command->add_flag("--exit-status", arguments_.exit_status, "Exit as resume would now");
    command->add_flag("--chunks{all}", chunks_, "Show the chunks, all or a range (--chunks=72-80)");
    finish_.emplace_back([this] {
      if (chunks_.empty() || chunks_ == "false") return;
      arguments_.chunks = true;
      if (chunks_ == "all" || chunks_ == "true") return;
      app::ChunkRange range;
      const char* end = chunks_.data() + chunks_.size();
      auto [dash, problem] = std::from_chars(chunks_.data(), end, range.from);
      range.to = range.from;
      bool good = problem == std::errc{};
      if (good && dash != end) {
        good = *dash == '-';
        const auto [last, problem_too] = std::from_chars(dash + 1, end, range.to);
        good = good && problem_too == std::errc{} && last == end && range.from <= range.to;
      }
      if (!good || range.from < 0)
        throw CLI::ValidationError("--chunks", fmt::format("\"{}\" is not a range such as 72-80", chunks_));
      arguments_.chunk_range = range;
    });
  }

  void download() {
    CLI::App* command = verb("download", Verb::download, "Fetch what is finished and write the results in input order");
    command->add_option("RUN", arguments_.run, "Name of the run (default: the only one)");
    command->add_option("--output,-o", arguments_.options.output, "Results file, or - (default ./<run>.results.jsonl)")
        ->type_name("PATH");
    command
        ->add_option_function<std::string>(
            "--shape",
            [this](const std::string& word) {
              arguments_.form.shape = word == "native"    ? Shape::native
                                      : word == "answers" ? Shape::answers
                                                          : Shape::joined;
            },
            "joined: everything; native: as the service gave it; answers: the input with its answer (joined)")
        ->type_name("SHAPE")
        ->check(CLI::IsMember({"joined", "native", "answers"}));
    command
        ->add_option("--answer-field", arguments_.form.answer_field, "Of --shape answers: the answer's member (answer)")
        ->type_name("F");
    command
        ->add_option_function<std::string>(
            "--output-format",
            [this](const std::string& word) {
              arguments_.form.format = word == "csv" ? OutputFormat::csv : OutputFormat::jsonl;
            },
            "jsonl or csv (jsonl)")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"jsonl", "csv"}));
    command->add_option("--raw", arguments_.raw_directory, "Copy the service's own result files to DIR as well")
        ->type_name("DIR");
    command->add_flag("--partial", arguments_.partial, "Write what there is; the rest is marked outstanding");
  }

  void export_records() {
    CLI::App* command =
        verb("export", Verb::export_records, "Fetch what is finished and write the records into a new SQLite file");
    command->add_option("RUN", arguments_.run, "Name of the run (default: the only one)");
    command->add_option("--output,-o", arguments_.options.output, "The new SQLite file")
        ->type_name("FILE.db")
        ->required();
    command->add_flag("--no-text", arguments_.no_text, "Leave answers and input out");
    command->add_flag("--overwrite", arguments_.overwrite, "Replace FILE.db when it is there already");
    command->add_flag("--partial", arguments_.partial, "Write what there is; the rest is marked outstanding");
  }

  void report() {
    CLI::App* command = verb("report", Verb::report, "The run as a document to keep or to pass on; asks no service");
    command->add_option("RUN", arguments_.run, "Name of the run (default: the only one; metrics: all of them)");
    command
        ->add_option("--as", arguments_.report_form,
                     "md: Markdown; html: one page with pictures of the run over time; metrics: for Prometheus (md)")
        ->type_name("FORM")
        ->check(CLI::IsMember({"md", "html", "metrics"}));
    command
        ->add_option("--output,-o", arguments_.options.output,
                     "Write it to FILE, which is replaced whole (default: standard output; metrics can be read by all)")
        ->type_name("FILE");
  }

  void cancel() {
    CLI::App* command =
        verb("cancel", Verb::cancel, "Stop: no new jobs, cancel live ones at the service, keep whatever finished");
    command->add_option("RUN", arguments_.run, "Name of the run (default: the only one)");
    waiting(command, "Options");
  }

  void explain() {
    CLI::App* command = verb("explain", Verb::explain, "The life of one chunk, and why it waits");
    command->add_option("RUN", arguments_.run, "Name of the run")->required();
    command->add_option("CHUNK", arguments_.chunk_index, "Index of the chunk, from 0")
        ->required()
        ->check(CLI::Range(0, 2'000'000'000));
  }

  void runs() { verb("runs", Verb::runs, "List the runs"); }

  void removal(const std::string& name, Verb which, const std::string& what) {
    CLI::App* command = verb(name, which, what);
    command->add_option("RUN", arguments_.run, "Name of the run (default: the only one)");
    command->add_flag("--dry-run", arguments_.dry_run, "List what would go, and remove nothing");
    command->add_flag("--yes", arguments_.yes, "Ask nothing; needed where there is no terminal to ask at");
  }

  void doctor() {
    CLI::App* command =
        verb("doctor", Verb::doctor, "Check key, service, clock, disk, database and limits; say what mends each");
    command->add_flag("--offline", arguments_.offline, "Do not ask the service");
  }

  void sandbox(const std::string& guide) {
    CLI::App* command = verb("sandbox", Verb::sandbox,
                             "A local server that speaks the Gemini Files and Batch API, for trying and testing");
    command->footer(fmt::format("{}\n{}\n{}", kRehearsal, guide, footer_of("sandbox")));
    SandboxArguments& s = arguments_.sandbox;
    command->add_option("--port", s.port, "Port on 127.0.0.1; 0: any free one (0)")
        ->type_name("N")
        ->check(CLI::Range(0, 65535))
        ->group("Server");
    command->add_option("--dir", s.dir, "Keep the state in DIR, so that it survives a restart")
        ->type_name("DIR")
        ->group("Server");
    command->add_option("--seed", s.seed, "Seed of everything random (1)")->type_name("N")->group("Server");
    command
        ->add_option("--scenario", s.scenario,
                     "A scenario (below), laid over the options; a change of the file takes effect at once")
        ->type_name("FILE")
        ->group("Server");
    command->add_option("--time-scale", s.time_scale, "How fast its clock runs (1)")
        ->type_name("SCALE")
        ->check(CLI::Range(0.001, 1e6))
        ->group("Clock");
    command
        ->add_option_function<std::string>(
            "--epoch",
            [&s](const std::string& text) {
              s.epoch = parse_rfc3339(text);
              if (!s.epoch)
                throw CLI::ValidationError("--epoch",
                                           fmt::format("\"{}\" is not a time such as 2026-11-22T00:00:00Z", text));
            },
            "Where its clock and the wall clock agree (now)")
        ->type_name("TIME")
        ->group("Clock");
    command->add_option("--tier", s.tier, "Refuse creates above the printed token limits of this usage tier")
        ->type_name("1|2|3")
        ->check(CLI::Range(1, 3))
        ->group("Quota");
    command->add_option("--enqueued-tokens", s.enqueued_tokens, "Refuse creates above so many enqueued tokens a model")
        ->type_name("N")
        ->group("Quota");
    command->add_option("--max-jobs", s.max_jobs, "Refuse creates above so many active jobs (100)")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber)
        ->group("Quota");
    duration(command, "--pending", "Median time a job waits (4m)", &s.pending)->group("Jobs");
    duration(command, "--running", "Median time a job runs (8m)", &s.running)->group("Jobs");
    command->add_option("--fault", s.faults, "An order to fail (below), such as create:22:drop-after; may be repeated")
        ->type_name("ORDER")
        ->allow_extra_args(false)
        ->group("Failures");
    command
        ->add_option_function<int>(
            "--drop-after", [&s](int nth) { s.faults.push_back(fmt::format("create:{}:drop-after", nth)); },
            "Short for --fault create:N:drop-after")
        ->type_name("N")
        ->check(CLI::Range(1, 1'000'000'000))
        ->group("Failures");
  }

  CLI::App app_;
  Arguments arguments_;
  std::vector<std::function<void()>> finish_;
  std::vector<std::string> typed_;
  std::string wait_, patience_, chunks_;
};

}  // namespace

Parsed parse(int argc, char** argv, const std::string& version, const std::string& sandbox_guide) {
  return Builder(version, sandbox_guide).parse(argc, argv);
}

}  // namespace batchctl::cli
