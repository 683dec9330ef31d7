// One function a verb: from arguments to the app's request, and from its result to what is printed.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "app/adopt.hpp"
#include "app/cancel.hpp"
#include "app/clean.hpp"
#include "app/download.hpp"
#include "app/events.hpp"
#include "app/export.hpp"
#include "app/look.hpp"
#include "app/purge.hpp"
#include "app/report.hpp"
#include "app/resume.hpp"
#include "app/retry.hpp"
#include "app/runs.hpp"
#include "app/scratch_directory.hpp"
#include "app/submit.hpp"
#include "base/harmless.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "cli/adoption.hpp"
#include "cli/arguments.hpp"
#include "cli/describe.hpp"
#include "cli/documents.hpp"
#include "cli/error_catalogue.hpp"
#include "cli/limits_file.hpp"
#include "cli/notifier.hpp"
#include "cli/phrases.hpp"
#include "cli/progress.hpp"
#include "cli/removal.hpp"
#include "cli/status_file.hpp"
#include "cli/text.hpp"
#include "cli/viewpoint.hpp"
#include "cli/whole_file.hpp"
#include "cli/world.hpp"
#include "records/line_format.hpp"
#include "report/html.hpp"
#include "report/markdown.hpp"
#include "report/metrics.hpp"

namespace batchctl::cli {

namespace {

constexpr const char* kServiceAddress = "https://generativelanguage.googleapis.com";

/// A text whose words were made harmless before it was painted: a terminal shall obey its colours.
void print_painted(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void print(const std::string& text) { print_painted(harmless(text)); }

ParserFacts parser_facts(const World& world) {
  return {world.version, world.sandbox_guide,
          world.default_config_path ? world.default_config_path() : std::optional<std::string>()};
}

class Session {
 public:
  Session(const Arguments& arguments, World& world)
      : a_(arguments),
        world_(world),
        progress_(a_.quiet, a_.json && is_long(a_.verb)),
        notifier_(
            progress_, [this](const auto& command, const auto& input) { return world_.start_command(command, input); },
            [this](RunKey run) { return app::report_run(*context_, run); },
            [this](const app::RunReport& report) { return app::take_events(*context_, report); }),
        status_file_(notifier_, world_.files, world_.pid,
                     [this](const std::vector<RunKey>& runs) { return picture_of(runs); }),
        random_(random_seed()) {}

  ~Session() { world_.idle = {}; }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  ExitCode run() {
    try {
      const ExitCode exit = run_verb();
      finish_watchers();
      return exit;
    } catch (...) {
      finish_watchers();
      throw;
    }
  }

 private:
  void finish_watchers() {
    progress_.stop_drawing();
    status_file_.finish();
    notifier_.finish();
  }

  /// To stderr, for people: nothing in it is secret, and nothing a command to the terminal.
  void talk(const std::string& text) {
    progress_.step_aside();
    fmt::print(stderr, "{}", harmless(redacted(text)));
  }

  bool may_colour(bool terminal) const {
    if (a_.color != "auto") return a_.color == "always";
    return terminal && world_.environment("NO_COLOR").value_or("").empty() && !is_dumb();
  }

  /// A terminal that says nothing of itself can move no cursor.
  bool is_dumb() const {
    const std::string term = world_.environment("TERM").value_or("");
    return term.empty() || term == "dumb";
  }

  Viewpoint viewpoint() const {
    Viewpoint view(world_.clock.now());
    view.utc_offset = world_.utc_offset;
    view.is_at_work = [this](const DriverMark& mark) {
      return mark.host != world_.host || !world_.is_alive || world_.is_alive(mark.pid);
    };
    return view;
  }

  /// Of text on standard output.
  Viewpoint page() const {
    Viewpoint view = viewpoint();
    view.colour = may_colour(world_.stdout_is_terminal);
    if (world_.stdout_is_terminal) view.width = static_cast<std::size_t>(world_.screen_size(1).columns);
    return view;
  }

  /// Draws the runs that `which` gives while this command works, if there is a terminal that can.
  void draw_progress(std::function<std::vector<RunKey>()> which) {
    const bool events_between = a_.json && world_.stdout_is_terminal;
    if (a_.quiet || a_.verbose > 0 || events_between || !world_.stderr_is_terminal || is_dumb()) return;
    progress_.draw_with(
        [this, which = std::move(which)](ScreenSize size) {
          std::vector<app::RunReport> reports;
          for (const RunKey run : which()) reports.push_back(app::report_run(*context_, run));
          Viewpoint view = viewpoint();
          view.colour = may_colour(true);
          return reports.empty() ? std::vector<std::string>{} : block_lines(reports, size, view);
        },
        [](const std::string& text) {
          std::fwrite(text.data(), 1, text.size(), stderr);
          std::fflush(stderr);
        },
        [this] { return world_.screen_size(2); });
    world_.idle = [this] { tick(); };
  }

  void tick() {
    if (progress_.draws() && !said_stopping_ && world_.stop_signal() != 0) {
      said_stopping_ = true;
      talk("Saving what is under way; once more leaves at once.\n");
    }
    progress_.tick();
  }

  /// Those that this process drives.
  std::vector<RunKey> our_runs() {
    std::vector<RunKey> runs;
    for (const Run& run : store_->runs())
      if (run.driver && run.driver->pid == world_.pid && run.driver->host == world_.host) runs.push_back(run.key);
    return runs;
  }

  ExitCode run_verb() {
    switch (a_.verb) {
      case Verb::submit:
        return a_.dry_run ? plan() : submit();
      case Verb::plan:
        return plan();
      case Verb::adopt:
        return adopt();
      case Verb::resume:
        return resume();
      case Verb::retry:
        return retry();
      case Verb::status:
        return status();
      case Verb::download:
        return download();
      case Verb::export_records:
        return export_records();
      case Verb::report:
        return report();
      case Verb::cancel:
        return cancel();
      case Verb::explain:
        return explain();
      case Verb::runs:
        return runs();
      case Verb::clean:
        return clean();
      case Verb::purge:
        return purge();
      case Verb::doctor:
        return doctor();
      case Verb::sandbox:
        world_.catch_signals();
        return static_cast<ExitCode>(world_.run_sandbox(a_.sandbox));
      case Verb::config:
      case Verb::schema:
      case Verb::completion:
      case Verb::manual:
        return describe(a_, parser_facts(world_), world_);
    }
    return ExitCode::failed;
  }

  static bool is_long(Verb verb) {
    return verb == Verb::submit || verb == Verb::resume || verb == Verb::retry || verb == Verb::download ||
           verb == Verb::export_records || verb == Verb::cancel;
  }

  std::string state_path() const { return world_.files.absolute(a_.state ? *a_.state : world_.default_state_path()); }

  /// The database; nullptr when there is none and `create` is false.
  bool open(bool create) {
    read_limits();
    store_ = world_.open_store(state_path(), create);
    if (!store_) return false;
    make_context(state_path());
    context_->listens_every = seconds{15};
    progress_.count_with([this](RunKey run) { return store_->chunk_tally(run); });
    if (is_long(a_.verb)) draw_progress([this] { return our_runs(); });
    return true;
  }

  void open_existing() {
    if (open(false)) return;
    throw Fatal(ExitCode::mismatch, "no_such_run", "there are no runs yet", "batchctl submit INPUT begins one");
  }

  void make_context(const std::string& place) {
    context_.emplace(app::Context{*store_,
                                  world_.clock,
                                  world_.files,
                                  status_file_,
                                  random_,
                                  world_.timing,
                                  place,
                                  world_.host,
                                  world_.pid,
                                  [this] {
                                    status_file_.catch_up();  // asked for in every turn of the driver
                                    tick();
                                    return world_.stop_signal();
                                  },
                                  {},
                                  nullptr,
                                  1});
    if (limits_) context_->catalogue = &*limits_;
    context_->limits_path = a_.limits_file ? *a_.limits_file : default_limits().value_or("");
  }

  std::optional<std::string> default_limits() const {
    return world_.default_limits_path ? world_.default_limits_path() : std::nullopt;
  }

  /// A file that was named must be there; the one in its place may.
  void read_limits() {
    const std::optional<std::string> path = a_.limits_file ? a_.limits_file : default_limits();
    if (path && (a_.limits_file || world_.files.exists(*path))) limits_ = read_limits_file(*path);
  }

  std::string base_url() const {
    if (a_.base_url) return *a_.base_url;
    return world_.environment("GOOGLE_GEMINI_BASE_URL").value_or(kServiceAddress);
  }

  /// Reads the key and makes the service; false when there is no key and it is not `required`.
  bool connect(bool required) {
    const std::optional<Key> key = world_.read_key(a_.key);
    if (!key) {
      if (!required) return false;
      throw Fatal(ExitCode::attention, "no_key", "no API key was found",
                  "set GEMINI_API_KEY, or give --api-key-file or --api-key-command");
    }
    service_ = world_.connect(base_url(), key->value);
    context_->service = service_.get();
    context_->key_print = key->print;
    return true;
  }

  std::function<void(Options&)> chosen() const {
    return [this](Options& options) {
      const GivenOptions& given = a_.options;
      if (given.group_size) options.group_size = *given.group_size;
      if (given.group_delay) options.group_delay = *given.group_delay;
      if (given.upload_ahead) options.upload_ahead = *given.upload_ahead;
      if (given.max_jobs) options.max_jobs = *given.max_jobs;
      if (given.weight) options.weight = *given.weight;
      if (given.quota_share) options.quota_share = *given.quota_share;
      if (given.yield) options.yield = *given.yield;
      if (given.remote_cleanup) options.remote_cleanup = *given.remote_cleanup;
      if (given.retry_attempts) options.retry_attempts = *given.retry_attempts;
      if (given.check_requests) options.check_requests = *given.check_requests;
      if (given.paranoid) options.paranoid = *given.paranoid;
      if (given.output) options.output = *given.output == "-" ? "-" : world_.files.absolute(*given.output);
      if (given.status_file)
        options.status_file =
            *given.status_file == "none" ? std::nullopt : std::optional(world_.files.absolute(*given.status_file));
      if (given.on_event) options.on_event = *given.on_event == "none" ? std::nullopt : given.on_event;
      if (given.max_cost || given.no_max_cost) options.max_cost = given.max_cost;
      if (given.expect_output) options.expect_output = given.expect_output;
      if (given.tier) {
        options.tier = given.tier;
        options.enqueued_tokens.reset();
      }
      if (given.enqueued_tokens) {
        options.enqueued_tokens = given.enqueued_tokens;
        options.tier.reset();
      }
    };
  }

  app::SubmitRequest submit_request() {
    app::SubmitRequest request;
    request.inputs = a_.inputs;
    request.run_name = a_.run;
    request.settings = a_.settings;
    request.choose = chosen();
    request.project = project_name();
    request.dry_run = a_.dry_run;
    request.calibrate = a_.calibrate.value_or(a_.verb == Verb::submit && !a_.dry_run);
    request.stay = stay(app::Goal::submitted);
    if (a_.verb == Verb::submit && world_.stdin_is_terminal && world_.stderr_is_terminal)
      request.agree = [this](const app::PlanSummary& plan) { return agrees(plan); };
    return request;
  }

  /// Shows the plan, and asks where it would cost much, or nobody knows how much.
  bool agrees(const app::PlanSummary& plan) {
    const double above = ask_above_usd();
    const bool asks = !a_.yes && (!plan.cost || *plan.cost > above);
    if (!a_.quiet || asks) talk(plan_text(plan));
    if (!asks) return true;
    talk(fmt::format("{} Submit it? [y/N] ", plan.cost ? fmt::format("That is more than {}.", app::spell_usd(above))
                                                       : "Its cost is not known."));
    std::fflush(stderr);
    return typed_yes();
  }

  bool typed_yes() const {
    const std::string answer = to_lower(trimmed(world_.typed_line()));
    return answer == "y" || answer == "yes";
  }

  double ask_above_usd() const {
    constexpr double kAskAbove = 20;
    return a_.ask_above_usd.value_or(kAskAbove);
  }

  app::Stay stay(app::Goal goal) const { return {goal, a_.wait, a_.wait_at_most, a_.patience}; }

  /// Before anything is sent: later a file that cannot be written stops nothing.
  void must_take_status_file() const {
    const std::optional<std::string>& given = a_.options.status_file;
    if (!given || *given == "none") return;
    const std::string path = world_.files.absolute(*given);
    if (!world_.files.exists(path.substr(0, path.rfind('/') + 1)))
      throw Fatal(ExitCode::failed, "not_writable", fmt::format("--status-file {}: there is no such directory", *given),
                  "make the directory, or name another file");
  }

  /// What the status file holds.
  std::string picture_of(const std::vector<RunKey>& runs) {
    std::vector<app::RunReport> reports;
    for (const Run& run : store_->runs())  // one that was forgotten is no longer among them
      if (std::find(runs.begin(), runs.end(), run.key) != runs.end())
        reports.push_back(app::report_run(*context_, run.key, app::ChunkRange{}));
    return to_line(status_document(reports, world_.clock.now(), true)) + "\n";
  }

  ExitCode submit() {
    world_.catch_signals();
    must_take_status_file();
    open(true);
    connect(true);
    const app::Driven driven = app::submit(*context_, submit_request(), [this](const Run& run, bool fresh) {
      status_file_.changed(run);
      if (!fresh) return;
      const std::int64_t chunks = total_of(store_->chunk_tally(run.key));
      progress_.says(run, "format: " + described_format(run.settings.format));
      progress_.says(run, fmt::format("{} in {} for {}", spell_count(static_cast<std::uint64_t>(run.records), "record"),
                                      spell_count(static_cast<std::uint64_t>(chunks), "chunk"), run.settings.model));
      const UnsentTally unsent = store_->unsent_tally(run.key);
      if (unsent.skipped > 0)
        progress_.says(run,
                       fmt::format("{} skipped: {}", spell_count(static_cast<std::uint64_t>(unsent.skipped), "record"),
                                   "they cannot be sent, count as failed and stand in the list of errors"));
      if (unsent.repeated > 0)
        progress_.says(run, fmt::format("{} not sent: an earlier one with the same request answers for each",
                                        spell_count(static_cast<std::uint64_t>(unsent.repeated), "record")));
    });
    return finish({driven});
  }

  ExitCode resume() {
    world_.catch_signals();
    must_take_status_file();
    if (!open(false)) {
      if (a_.run)
        throw Fatal(ExitCode::mismatch, "no_such_run", fmt::format("no run is called {}", *a_.run),
                    "batchctl runs lists them");
      if (a_.json) print(to_line(result_event(ExitCode::done, {})) + "\n");
      return ExitCode::done;
    }
    connect(true);
    app::ResumeRequest request;
    request.run_name = a_.run;
    request.take_over = a_.take_over;
    request.release = a_.release;
    request.choose = chosen();
    request.stay = stay(app::Goal::round);
    return finish(app::resume(*context_, request));
  }

  ExitCode retry() {
    world_.catch_signals();
    must_take_status_file();
    open_existing();
    connect(true);
    app::RetryRequest request;
    request.run_name = a_.run;
    request.wish = a_.wish;
    request.choose = chosen();
    request.stay = stay(app::Goal::submitted);
    const app::Retried retried = app::retry(*context_, request);
    if (retried.records == 0) progress_.says(store_->run(retried.driven.run), "no record waits to be asked again");
    return finish({retried.driven});
  }

  /// Tells how each run ended, writes results that were asked for at submit, and picks the exit code.
  ExitCode finish(const std::vector<app::Driven>& driven) {
    progress_.stop_drawing();
    std::vector<ExitCode> codes;
    std::vector<app::RunReport> reports;
    for (const app::Driven& one : driven) {
      ExitCode code = one.exit;
      if (one.run.empty()) {
        codes.push_back(code);
        continue;
      }
      app::RunReport report = app::report_run(*context_, one.run);
      status_file_.changed(report.run);
      const bool complete = report.state == RunState::complete || report.state == RunState::complete_with_failures;
      if (a_.wait && complete && report.run.options.output) code = written_and_cleaned(report.run);
      if (!one.epoch_lost.empty()) progress_.says(report.run, one.epoch_lost);
      notifier_.ends_with(report.run);
      if (!a_.quiet) talk(ending_text(report, viewpoint()));
      codes.push_back(code);
      reports.push_back(std::move(report));
    }
    const ExitCode exit = app::worst(codes);
    if (a_.json)
      print(to_line(result_event(exit, reports)) + "\n");
    else if (driven.empty() && !a_.quiet)
      talk("Nothing to resume.\n");
    return exit;
  }

  ExitCode written_and_cleaned(const Run& run) {
    const app::Downloaded done = app::write_results(*context_, run, {});
    const ExitCode code = written(done);
    app::clean_up_after(*context_, run, done);
    return code;
  }

  ExitCode written(const app::Downloaded& done) {
    if (!done.written || a_.quiet) return done.exit;
    std::string line;
    for (std::size_t i = 0; i < done.counts.size(); ++i)
      if (done.counts[i] > 0)
        line += fmt::format("{}{} {}", line.empty() ? "" : ", ", done.counts[i], kRecordStatusNames[i]);
    if (!done.results_path.empty())
      talk(fmt::format("Wrote {} ({})\n{}", done.results_path, line,
                       done.errors_path.empty() ? "" : fmt::format("and {}\n", done.errors_path)));
    return done.exit;
  }

  ExitCode plan() {
    const app::ScratchDirectory scratch(world_.files, scratch_path() + ".d");
    read_limits();
    std::optional<plan::Warning> unread = open_what_there_is();
    make_context(scratch_path());
    if (a_.calibrate.value_or(false)) connect(true);
    app::PlanSummary summary = app::plan_only(*context_, submit_request());
    if (unread) summary.warnings.push_back(*std::move(unread));
    if (a_.json)
      print(to_line(plan_document(summary, world_.clock.now())) + "\n");
    else
      print(plan_text(summary));
    return ExitCode::done;
  }

  /// plan stores nothing; only input that must be spooled needs a place while it runs.
  std::string scratch_path() const {
    return world_.environment("TMPDIR").value_or("/tmp") + fmt::format("/batchctl-plan-{}", world_.pid);
  }

  /// What earlier runs have learned, when there were any. A plan is told without, too.
  std::optional<plan::Warning> open_what_there_is() {
    std::optional<plan::Warning> unread;
    try {
      store_ = world_.open_store(state_path(), false);
    } catch (const Fatal& problem) {
      unread = plan::Warning{"state_not_read",
                             fmt::format("what earlier runs have learned is left out: {}", problem.what())};
    }
    if (!store_) store_ = world_.open_store(":memory:", true);
    return unread;
  }

  /// plan, too, looks under it for what the quota has taught.
  std::string project_name() const {
    if (a_.project) return *a_.project;
    if (!context_->key_print.empty()) return context_->key_print;
    try {
      const std::optional<Key> key = world_.read_key(a_.key);
      return key ? key->print : "";
    } catch (const Fatal&) {
      return "";  // nothing is sent, so nothing needs a key
    }
  }

  ExitCode status() {
    if (!open(false)) {
      if (a_.run)
        throw Fatal(ExitCode::mismatch, "no_such_run", fmt::format("no run is called {}", *a_.run),
                    "batchctl runs lists them");
      if (a_.json)
        print(to_line(status_document({}, world_.clock.now(), a_.chunks)) + "\n");
      else
        print(runs_text({}, page()));
      return ExitCode::done;
    }
    if (a_.offline && !a_.watch) store_->map_pages();
    const std::vector<app::RunReport> reports = a_.watch ? watch() : look_at_runs();
    show(reports);
    if (!a_.exit_status) return ExitCode::done;
    std::vector<ExitCode> codes;
    for (const app::RunReport& report : reports) codes.push_back(app::exit_of(report));
    return app::worst(codes);
  }

  /// The run that was named, or all of them.
  std::vector<Run> runs_to_show() {
    if (a_.run) return {app::one_run(*context_, a_.run)};
    return store_->runs();
  }

  std::vector<app::RunReport> look_at_runs() {
    std::optional<app::ChunkRange> range;
    if (a_.chunks) range = a_.chunk_range.value_or(app::ChunkRange{});
    std::vector<app::RunReport> reports;
    std::vector<std::string> remarks;
    for (const Run& run : runs_to_show()) {
      if (!a_.offline) remarks.push_back(look_at(run));
      reports.push_back(app::report_run(*context_, run.key, range));
    }
    for (const std::string& remark : remarks)
      if (!remark.empty() && !a_.quiet && said_remarks_.insert(remark).second) talk(remark + "\n");
    return reports;
  }

  void show(const std::vector<app::RunReport>& reports) {
    if (a_.json) return print(to_line(status_document(reports, world_.clock.now(), a_.chunks)) + "\n");
    std::vector<app::RunReport> over;
    for (const app::RunReport& report : reports) {
      if (reports.size() > 1 && !a_.chunks && is_over(report)) {
        over.push_back(report);
        continue;
      }
      print_painted(status_text(report, page()));
      if (a_.chunks) print(chunk_table(report.chunk_list));
    }
    if (reports.empty() || !over.empty()) print(runs_text(over, page()));
  }

  /// Nothing moves and nobody is asked for: of several runs such a one needs no more than a line.
  static bool is_over(const app::RunReport& report) {
    return report.state == RunState::complete || report.state == RunState::complete_with_failures ||
           report.state == RunState::cancelled;
  }

  /// Stays until nothing is left that moves by itself, or a signal comes. Elsewhere than at a terminal what changed is
  /// shown again, at most once in ten seconds.
  std::vector<app::RunReport> watch() {
    constexpr std::chrono::milliseconds kLook{200};
    constexpr std::chrono::seconds kLookAtService{5}, kPlain{10};
    world_.catch_signals();
    said_stopping_ = true;  // there is nothing to save
    std::vector<app::RunReport> reports = look_at_runs();
    draw_progress([this] {
      std::vector<RunKey> runs;
      for (const Run& run : runs_to_show()) runs.push_back(run.key);
      return runs;
    });
    auto look_due = std::chrono::steady_clock::now() + kLookAtService;
    auto show_due = look_due;
    std::string shown;
    while (std::any_of(reports.begin(), reports.end(), moves_by_itself)) {
      if (world_.stop_signal() != 0)
        throw app::interruption(*context_, "the watch has ended; the runs go on as before", "batchctl status");
      const auto now = std::chrono::steady_clock::now();
      if (!progress_.draws() && now >= show_due) {
        const std::string text = to_line(status_document(reports, Instant{}, false));
        if (text != shown) show(reports);
        std::fflush(stdout);
        shown = text;
        show_due = now + kPlain;
      }
      tick();
      std::this_thread::sleep_for(kLook);
      if (now < look_due) continue;
      reports = look_at_runs();
      look_due = std::chrono::steady_clock::now() + kLookAtService;
    }
    progress_.stop_drawing();
    return reports;
  }

  static bool moves_by_itself(const app::RunReport& report) {
    switch (report.state) {
      case RunState::submitting:
      case RunState::paused:
      case RunState::waiting:
      case RunState::fetching:
        return true;
      case RunState::complete:
      case RunState::complete_with_failures:
      case RunState::cancelled:
      case RunState::needs_attention:
        return false;
    }
    return false;
  }

  /// A line about why the service could not be asked; status works all the same.
  std::string look_at(const Run& run) {
    try {
      if (context_->service == nullptr && store_->live_jobs(run.project).empty()) return {};
      if (context_->service == nullptr) connect(false);
      return app::look(*context_, run);
    } catch (const Fatal& problem) {
      return fmt::format("the service was not asked: {}", problem.what());
    }
  }

  /// The database, and the service when there is a key; else what to say about that.
  std::string open_with_what_there_is() {
    open_existing();
    try {
      return connect(false) ? "" : "no key, so only what is here is used";
    } catch (const Fatal& problem) {
      return fmt::format("only what is here is used: {}", problem.what());
    }
  }

  void nothing_written(const app::RunReport& report, const std::string& or_else) {
    if (a_.quiet) return;
    talk(fmt::format(
        "{}: {} of {} records {}, so nothing was written.\nNext: {}, or {}\n", report.run.name,
        report.records.outstanding > 0 ? report.records.outstanding : report.in_repair, report.records.total,
        report.records.outstanding > 0 ? "have no outcome yet" : "are still being repaired", report.next, or_else));
  }

  ExitCode download() {
    world_.catch_signals();
    const std::string remark = open_with_what_there_is();
    app::DownloadRequest request;
    request.run_name = a_.run;
    request.output = a_.options.output;
    request.partial = a_.partial;
    request.form = a_.form;
    request.raw_directory = a_.raw_directory;
    request.stay = stay(app::Goal::fetched);
    const app::Downloaded done = app::download(*context_, request);
    const app::RunReport report = app::report_run(*context_, done.run);
    if (!remark.empty() && report.records.outstanding + report.in_repair > 0) progress_.says(report.run, remark);
    written(done);
    if (!done.written) nothing_written(report, fmt::format("batchctl download {} --partial", report.run.name));
    const bool to_stdout = request.output == "-" || (!request.output && report.run.options.output == "-");
    if (a_.json && !to_stdout) print(to_line(result_event(done.exit, {report})) + "\n");
    return done.exit;
  }

  ExitCode export_records() {
    world_.catch_signals();
    const std::string remark = open_with_what_there_is();
    app::ExportRequest request;
    request.run_name = a_.run;
    request.output = a_.options.output.value();
    request.texts = a_.no_text ? RecordTexts::no : RecordTexts::yes;
    request.overwrite = a_.overwrite;
    request.partial = a_.partial;
    request.stay = stay(app::Goal::fetched);
    const app::Downloaded done = app::export_records(*context_, request, world_.make_record_sink);
    const app::RunReport report = app::report_run(*context_, done.run);
    if (!remark.empty() && report.records.outstanding + report.in_repair > 0) progress_.says(report.run, remark);
    written(done);
    if (!done.written) nothing_written(report, fmt::format("batchctl export {} --partial", report.run.name));
    if (a_.json) print(to_line(result_event(done.exit, {report})) + "\n");
    return done.exit;
  }

  ExitCode report() {
    if (a_.report_form == "metrics") return report_metrics();
    open_existing();
    const Run run = app::one_run(*context_, a_.run);
    const bool as_html = a_.report_form == "html";
    const app::RunReport report =
        app::report_run(*context_, run.key, app::ChunkRange{}, as_html ? app::WithHistory::yes : app::WithHistory::no);
    const Instant now = world_.clock.now();
    return reported({report}, now, as_html ? report::html(report, now) : report::markdown(report, now));
  }

  /// Of all runs when none is named, and before the first of them, too: what collects metrics asks at any time.
  ExitCode report_metrics() {
    std::vector<app::RunReport> reports;
    if (open(false)) {
      const std::vector<Run> runs = a_.run ? std::vector<Run>{app::one_run(*context_, a_.run)} : store_->runs();
      for (const Run& run : runs) reports.push_back(app::report_run(*context_, run.key));
    } else if (a_.run) {
      throw Fatal(ExitCode::mismatch, "no_such_run", fmt::format("no run is called {}", *a_.run),
                  "batchctl runs lists them");
    }
    const Instant now = world_.clock.now();
    return reported(reports, now, report::metrics(reports, world_.version, now));
  }

  ExitCode reported(const std::vector<app::RunReport>& reports, Instant now, const std::string& text) const {
    const bool is_metrics = a_.report_form == "metrics";
    const bool to_file = a_.options.output && *a_.options.output != "-";
    if (to_file)
      write_whole(world_.files, world_.files.absolute(*a_.options.output), text, world_.pid,
                  is_metrics ? Readers::everyone : Readers::as_usual);
    if (a_.json)
      print(to_line(status_document(reports, now, !is_metrics)) + "\n");
    else if (!to_file)
      print(text);
    return ExitCode::done;
  }

  ExitCode cancel() {
    world_.catch_signals();
    open_existing();
    const std::optional<Run> run = app::wish_cancel(*context_, a_.run);
    if (!run) {
      const app::RunReport report = app::report_run(*context_, app::one_run(*context_, a_.run).key);
      return cancelled(
          report, ExitCode::done,
          fmt::format("{} is {}; there is nothing left to cancel.\n", report.run.name, name_of(report.state)));
    }
    connect(true);
    const std::optional<app::Driven> driven = app::cancel(*context_, *run, stay(app::Goal::round));
    const app::RunReport report = app::report_run(*context_, run->key);
    if (driven) return cancelled(report, driven->exit, cancel_text(report));
    return cancelled(
        report, ExitCode::not_finished,
        fmt::format("The wish is stored; the batchctl that drives {} obeys it before its next create.\nLook "
                    "with: batchctl status {}\n",
                    run->name, run->name));
  }

  ExitCode cancelled(const app::RunReport& report, ExitCode exit, const std::string& text) {
    if (!a_.quiet) talk(text);
    if (a_.json) print(to_line(result_event(exit, {report})) + "\n");
    return exit;
  }

  ExitCode explain() {
    if (!open(false))
      throw Fatal(ExitCode::mismatch, "no_such_run", fmt::format("no run is called {}", a_.run.value()),
                  "batchctl runs lists them");
    const Run run = app::one_run(*context_, a_.run);
    const std::optional<Chunk> chunk = store_->chunk_at(run.key, a_.chunk_index);
    if (!chunk)
      throw Fatal(ExitCode::usage, "no_such_chunk", fmt::format("run {} has no chunk {}", run.name, a_.chunk_index),
                  fmt::format("batchctl status {} --chunks lists them", run.name));
    const app::RunReport report = app::report_run(*context_, run.key, app::ChunkRange{chunk->index, chunk->index});
    const std::vector<JournalLine> journal = store_->journal(run.key, chunk->key);
    if (a_.json)
      print(to_line(explain_document(report, journal)) + "\n");
    else
      print(explain_text(report, journal, page()));
    return ExitCode::done;
  }

  ExitCode runs() {
    std::vector<app::RunReport> reports;
    if (open(false))
      for (const Run& run : store_->runs()) reports.push_back(app::report_run(*context_, run.key));
    if (a_.json)
      print(to_line(status_document(reports, world_.clock.now(), false)) + "\n");
    else
      print(runs_text(reports, page()));
    return ExitCode::done;
  }

  ExitCode doctor() {
    app::Surroundings found;
    found.offline = a_.offline;
    found.base_url = base_url();
    const std::string path = state_path();
    found.directory = path.substr(0, path.rfind('/'));
    if (const auto rights = world_.rights_of(found.directory)) {
      found.directory_exists = true;
      found.directory_mode = rights->first;
      found.directory_writable = rights->second;
    }
    read_limits();
    try {
      store_ = world_.open_store(path, false);
      found.database_exists = store_ != nullptr;
    } catch (const Fatal& problem) {
      found.database_problem = problem.what();
      found.database_mend = problem.next();
    }
    if (!store_) store_ = world_.open_store(":memory:", true);
    make_context(path);
    try {
      const std::optional<Key> key = world_.read_key(a_.key);
      if (key) found.key_origin = key->origin;
      if (key && !a_.offline) connect(false);
    } catch (const Fatal& problem) {
      found.key_problem = problem.what();
      found.key_mend = problem.next();
    }
    const std::vector<app::Check> checks = app::examine(*context_, found);
    if (a_.json)
      print(to_line(doctor_document(checks)) + "\n");
    else
      print_painted(doctor_text(checks, page()));
    return app::exit_of(checks);
  }

  /// What clean and purge remove does not come back, and what adopt binds is paid for: nothing goes without a yes.
  void must_be_able_to_ask(const std::string& verb, const std::string& does = "removes things") const {
    if (a_.dry_run || a_.yes || (world_.stdin_is_terminal && world_.stderr_is_terminal)) return;
    throw Fatal(ExitCode::usage, "not_confirmed", fmt::format("{} {}, and there is no terminal to ask at", verb, does),
                fmt::format("batchctl {0} --dry-run lists them; batchctl {0} --yes does it", verb));
  }

  bool agrees_to(const std::string& summary, const std::string& question) {
    if (a_.yes) return true;
    talk(fmt::format("{}{} [y/N] ", summary, question));
    std::fflush(stderr);
    return typed_yes();
  }

  void open_for_removal(const std::string& verb) {
    must_be_able_to_ask(verb);
    world_.catch_signals();
    open_existing();
  }

  ExitCode clean() {
    open_for_removal("clean");
    if (!a_.dry_run) connect(true);
    app::CleanRequest request;
    request.run_name = a_.run;
    request.dry_run = a_.dry_run;
    request.agree = [this](const app::CleanPlan& plan) {
      return agrees_to(clean_summary(plan), "Delete them at the service?");
    };
    const app::Cleaned cleaned = app::clean(*context_, request);
    if (a_.json)
      print(to_line(clean_document(cleaned, a_.dry_run)) + "\n");
    else if (a_.dry_run)
      print(clean_list(cleaned.plan));
    if (!a_.quiet) talk(a_.dry_run ? clean_summary(cleaned.plan) : clean_result(cleaned));
    return cleaned.exit;
  }

  ExitCode adopt() {
    must_be_able_to_ask("adopt", "binds jobs");
    world_.catch_signals();
    if (!open(!a_.inputs.empty()))
      throw Fatal(ExitCode::mismatch, "no_such_run", "there are no runs yet",
                  "batchctl adopt INPUT --from FILE plans one");
    connect(true);
    app::AdoptRequest request;
    request.submit = submit_request();
    request.submit.agree = {};
    request.from = a_.from;
    request.dry_run = a_.dry_run;
    request.agree = [this](const app::Adopted& found) {
      return agrees_to(adoption_table(found) + adoption_summary(found, false), "Bind them?");
    };
    const app::Adopted adopted = app::adopt(*context_, request);
    if (a_.json)
      print(to_line(adoption_document(adopted, a_.dry_run)) + "\n");
    else if (a_.dry_run || a_.yes || !adopted.stored)  // else it was shown with the question
      print(adoption_table(adopted));
    if (!a_.quiet) talk(adoption_summary(adopted, adopted.stored));
    return adopted.exit;
  }

  ExitCode purge() {
    open_for_removal("purge");
    app::PurgeRequest request;
    request.run_name = a_.run;
    request.dry_run = a_.dry_run;
    request.agree = [this](const app::PurgePlan& plan) { return agrees_to(purge_summary(plan), "Remove them?"); };
    const app::PurgePlan plan = app::purge(*context_, request);
    if (a_.json)
      print(to_line(purge_document(plan, a_.dry_run)) + "\n");
    else if (a_.dry_run)
      print(purge_list(plan));
    if (!a_.quiet)
      talk(a_.dry_run ? purge_summary(plan)
                      : fmt::format("{}: {} removed here ({}); counts, hashes and problems stay.\n", plan.run.name,
                                    spell_count(plan.files, "file"), spell_size(plan.bytes)));
    return ExitCode::done;
  }

  const Arguments& a_;
  World& world_;
  Progress progress_;
  Notifier notifier_;
  StatusFile status_file_;
  bool said_stopping_ = false;
  std::set<std::string> said_remarks_;
  Random random_;
  std::optional<plan::Catalogue> limits_;  // from the limits file
  std::unique_ptr<Store> store_;
  std::unique_ptr<BatchService> service_;
  std::optional<app::Context> context_;
};

int report_failure(ExitCode exit, const std::string& code, const std::string& message, std::string next, bool json) {
  if (const ErrorEntry* entry = error_entry(code); next.empty() && entry != nullptr) next = entry->next;
  std::fflush(stdout);
  fmt::print(stderr, "batchctl: {}\n", harmless(redacted(message)));
  if (!next.empty()) fmt::print(stderr, "Next: {}\n", harmless(redacted(next)));
  if (json) print(to_line(error_document(exit, code, redacted(message), next)) + "\n");
  std::fflush(stdout);
  return static_cast<int>(exit);
}

}  // namespace

int run(int argc, char** argv, World& world) {
  const Parsed parsed = parse(argc, argv, parser_facts(world));
  if (!parsed.arguments) return parsed.exit;
  const Arguments& arguments = *parsed.arguments;
  set_log_level(arguments.verbose >= 2 ? LogLevel::debug : arguments.verbose == 1 ? LogLevel::info : LogLevel::warn);
  try {
    const ExitCode exit = Session(arguments, world).run();
    if (std::fflush(stdout) != 0 && exit == ExitCode::done)
      throw Fatal(ExitCode::failed, "not_writable", "standard output cannot be written");
    return static_cast<int>(exit);
  } catch (const Fatal& problem) {
    return report_failure(problem.exit(), problem.code(), problem.what(), problem.next(), arguments.json);
  } catch (const EpochLost& problem) {
    return report_failure(ExitCode::busy, "busy", problem.what(), "batchctl status", arguments.json);
  } catch (const std::exception& problem) {
    return report_failure(ExitCode::failed, "bug", fmt::format("a bug in batchctl: {}", problem.what()),
                          "please report it with the output of: batchctl status", arguments.json);
  }
}

}  // namespace batchctl::cli
