#include "cli/arguments.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/exit_code.hpp"
#include "base/text.hpp"
#include "cli/config_file.hpp"
#include "cli/exit_codes.hpp"
#include "cli/first_screen.hpp"
#include "cli/nearest.hpp"
#include "cli/schemas.hpp"
#include "cli/whole_file.hpp"

namespace batchctl::cli {

namespace {

/// What the first screen of a long command's help shows; the others show everything.
const std::map<std::string, std::set<std::string>>& main_options() {
  static const std::map<std::string, std::set<std::string>> kMain = {
      {"submit",
       {"run", "model", "prompt", "system", "chunk-records", "tier", "max-cost", "pilot", "output", "wait", "dry-run",
        "yes"}},
      {"plan", {"run", "model", "prompt", "system", "chunk-records", "tier", "max-cost", "calibrate", "expect-output"}},
      {"resume", {"release", "take-over", "tier", "max-cost", "output", "wait", "patience"}},
      {"retry", {"only", "model", "prompt", "system", "tier", "max-cost", "output", "wait"}}};
  return kMain;
}

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
  Result<std::string, Unread> whole = read_whole(text.substr(1));
  if (!whole) throw CLI::ValidationError(option, fmt::format("cannot read {}", text.substr(1)));
  return std::move(whole).value();
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
    if (const std::size_t no = name.find("{false}"); no != std::string::npos) return name.erase(no);
    if (const std::size_t brace = name.find('{'); brace != std::string::npos) name = name.substr(0, brace) + "[=...]";
    return name;
  }
};

/// The words that a verb's option is bound to are kept here until parsing is over.
class Builder {
 public:
  explicit Builder(const ParserFacts& facts) : facts_(facts) {
    app_.name("batchctl");
    app_.description(
        "Runs large Q&A sets through the Gemini Batch API: resumable, every record once, the quota kept full.");
    app_.set_version_flag("--version", "batchctl " + facts.version);
    app_.require_subcommand(1);
    app_.footer("Common options stand before or after the command. Environment: BATCHCTL_<OPTION>.\n\n" +
                exit_codes_text());
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
    sandbox(facts.sandbox_guide);
    config();
    schema();
    completion();
    manual();
    // Only the command that is used: CLI11 reads the environment of the others as well, and they share our fields.
    for (CLI::App* command : app_.get_subcommands({}))
      command->preparse_callback([this, command](std::size_t) { take_settings(*command, command->get_name()); });
  }

  OptionTable table() const {
    OptionTable table{facts_.version, app_.get_description(), rows_of(app_, ""), {}};
    for (const CLI::App* command : app_.get_subcommands({}))
      table.commands.push_back({command->get_name(), command->get_description(), arguments_of(*command),
                                rows_of(*command, command->get_name())});
    return table;
  }

  Parsed parse(int argc, char** argv) {
    typed_.assign(argv + std::min(argc, 1), argv + argc);
    try {
      if (!asks_for_help()) read_config();
      take_settings(app_, "");
      app_.parse(argc, argv);
      for (const auto& finish : finish_) finish();
      if (arguments_.settings.model.rfind("models/", 0) == 0) arguments_.settings.model.erase(0, 7);
      if (arguments_.verb == Verb::config) arguments_.setting_origins = origins();
      return {arguments_, 0};
    } catch (const CLI::CallForHelp&) {
      std::cout << help(true);
      return {std::nullopt, 0};
    } catch (const CLI::CallForAllHelp&) {
      std::cout << help(false);
      return {std::nullopt, 0};
    } catch (const CLI::CallForVersion&) {
      std::cout << "batchctl " << app_.version().substr(app_.version().rfind(' ') + 1) << "\n";
      return {std::nullopt, 0};
    } catch (const CLI::ParseError& problem) {
      const auto used = app_.get_subcommands();
      return refused("usage", words_for(problem),
                     fmt::format("batchctl {}--help", used.empty() ? "" : used.front()->get_name() + " "));
    } catch (const Fatal& problem) {
      return refused(problem.code(), problem.what(), problem.next());
    }
  }

 private:
  /// Help must come also where the configuration file is at fault.
  bool asks_for_help() const {
    return is_typed("help") || is_typed("help-all") || is_typed("version") ||
           std::find(typed_.begin(), typed_.end(), "-h") != typed_.end();
  }

  Parsed refused(const std::string& code, const std::string& message, const std::string& next) const {
    std::cerr << "batchctl: " << message << "\n" << (code == "usage" ? "See: " : "Next: ") << next << "\n";
    if (arguments_.json || is_typed("json")) std::cout << error_line(code, message, next) << "\n";
    return {std::nullopt, static_cast<int>(ExitCode::usage)};
  }

  /// CLI11 says "a subcommand is required" also for a misspelt one. A value that was not typed is told by its place.
  std::string words_for(const CLI::ParseError& problem) const {
    if (app_.get_subcommands().empty())
      for (const std::string& stray : app_.remaining())
        if (!stray.empty() && stray.front() != '-') return fmt::format("there is no command \"{}\"", stray);
    const std::string words = problem.what();
    if (words.rfind("--", 0) != 0) return words;
    const auto place = places_.find(words.substr(2, words.find_first_of(": ") - 2));
    return place == places_.end() ? words : fmt::format("{}: {}", place->second, words);
  }

  static std::string error_line(const std::string& code, const std::string& message, const std::string& next) {
    const auto quoted = [](const std::string& text) {
      std::string safe;
      for (const char c : one_line(text)) {
        if (c == '"' || c == '\\') safe += '\\';
        safe += c;
      }
      return safe;
    };
    return fmt::format(R"({{"error":{{"code":"{}","message":"{}","retryable":false,"resume_at":null,"next":"{}"}}}})",
                       code, quoted(message), quoted(next));
  }

  /// `in_short`: of a command whose options are many, the main ones.
  std::string help(bool in_short) {
    const auto used = app_.get_subcommands();
    if (used.empty()) return app_.help();
    CLI::App* command = used.front();
    const std::string name = command->get_name();
    if (!in_short || main_options().count(name) == 0) return command->help("batchctl");
    return first_screen({name, command->get_description(), arguments_of(*command), rows_of(*command, name)});
  }

  static std::string upper(const std::string& name) {
    std::string text;
    for (const char c : name) text += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
  }

  static std::string name_of_option(const CLI::Option& option) {
    return option.get_lnames().empty() ? "" : option.get_lnames().front();
  }

  /// Whether it can be set but by typing it. --yes and --dry-run are for one command line only.
  static bool is_setting(const CLI::Option& option) {
    static const std::set<std::string> kTypedOnly = {"help", "help-all", "version", "yes", "dry-run"};
    const std::string name = name_of_option(option);
    return !name.empty() && kTypedOnly.count(name) == 0;
  }

  static std::string variable_of(const std::string& section, const std::string& name) {
    return "BATCHCTL_" + (section.empty() ? "" : upper(section) + "_") + upper(name);
  }

  static std::optional<std::string> environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
  }

  /// The typed value of `--name VALUE` or `--name=VALUE`.
  std::optional<std::string> typed_value(const std::string& name) const {
    for (std::size_t i = 0; i < typed_.size(); ++i) {
      if (typed_[i] == "--" + name && i + 1 < typed_.size()) return typed_[i + 1];
      if (typed_[i].rfind("--" + name + "=", 0) == 0) return typed_[i].substr(name.size() + 3);
    }
    return std::nullopt;
  }

  bool is_typed(const std::string& option) const {
    return std::any_of(typed_.begin(), typed_.end(), [&](const std::string& word) {
      return word == "--" + option || word.rfind("--" + option + "=", 0) == 0;
    });
  }

  bool is_typed(const CLI::Option& option) const {
    for (const std::string& name : option.get_lnames())
      if (is_typed(name)) return true;
    for (const std::string& letter : option.get_snames())  // also in -qv, and as -oPATH
      for (const std::string& word : typed_)
        if (word.size() > 1 && word[0] == '-' && word[1] != '-' && word.find(letter) != std::string::npos &&
            (word[1] == letter[0] || option.get_expected_min() == 0))
          return true;
    return false;
  }

  /// Where one of two may be given, the one of the stronger source also wins over the other.
  static const std::vector<std::string>& rivals_of(const std::string& option) {
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
    static const std::vector<std::string> kNone;
    const auto rivals = kRivals.find(option);
    return rivals == kRivals.end() ? kNone : rivals->second;
  }

  /// Reads and checks the whole file, also what belongs to other commands: a mistake is told before it matters.
  void read_config() {
    const std::optional<std::string> typed = typed_value("config"), told = environment("BATCHCTL_CONFIG");
    const std::optional<std::string> path = typed ? typed : told ? told : facts_.config_path;
    if (!path || path->empty() || *path == "none") return;
    arguments_.config_path = path;
    errno = 0;
    if (!typed && !told && !std::ifstream(*path).is_open() && (errno == ENOENT || errno == ENOTDIR)) return;
    config_ = read_config_file(*path);
    arguments_.config_read = true;
    std::map<std::string, int> seen;
    for (const ConfigSetting& setting : config_) {
      must_be_known(setting);
      if (setting.is_section) continue;
      const auto [first, fresh] = seen.emplace(setting.section + "/" + setting.name, setting.line);
      if (!fresh) throw wrong(setting, fmt::format("\"{}\" stands in line {} already", setting.name, first->second));
    }
  }

  Fatal wrong(const ConfigSetting& setting, const std::string& what) const {
    return {ExitCode::usage, "config_file", fmt::format("{}: {}", place_of(setting), what),
            "mend the file, or name another with --config"};
  }

  std::string place_of(const ConfigSetting& setting) const {
    return fmt::format("{}:{}", *arguments_.config_path, setting.line);
  }

  void must_be_known(const ConfigSetting& setting) const {
    const CLI::App* owner = setting.section.empty() ? &app_ : nullptr;
    std::vector<std::string> commands;
    for (const CLI::App* command : app_.get_subcommands({})) {
      commands.push_back(command->get_name());
      if (command->get_name() == setting.section) owner = command;
    }
    if (owner == nullptr)
      throw wrong(setting, fmt::format("there is no command \"{}\"; {}", one_line(setting.section, 60),
                                       suggestion(setting.section, {commands.begin(), commands.end()})));
    if (setting.is_section) return;
    if (is_a_key(setting.name))
      throw wrong(
          setting,
          "a key does not stand in this file; api-key-file names a file that holds it, api-key-command prints it");
    std::vector<std::string> names;
    for (const CLI::Option* option : owner->get_options()) {
      const std::string name = name_of_option(*option);
      if (name != setting.name && is_setting(*option)) names.push_back(name);
      if (name != setting.name) continue;
      if (!is_setting(*option) || name == "config")
        throw wrong(setting, fmt::format("\"{}\" is only for the command line", name));
      must_be_of_type(setting, *option);
      return;
    }
    const std::string key = one_line(setting.name, 60);
    throw wrong(setting, setting.section.empty()
                             ? fmt::format("\"{}\" is not known; {}", key, hint(setting.name, names))
                             : fmt::format("[{}] does not know \"{}\"; {}", setting.section, key,
                                           suggestion(setting.name, {names.begin(), names.end()})));
  }

  /// An option of a command that stands above the tables is the usual mistake.
  std::string hint(const std::string& name, const std::vector<std::string>& common) const {
    for (const CLI::App* command : app_.get_subcommands({}))
      for (const CLI::Option* option : command->get_options())
        if (is_setting(*option) && name_of_option(*option) == name)
          return fmt::format("it belongs under [{}]", command->get_name());
    return suggestion(name, {common.begin(), common.end()});
  }

  static bool is_a_key(const std::string& name) {
    static const std::set<std::string> kNames = {"key",       "api-key",        "apikey",
                                                 "api-token", "gemini-api-key", "google-api-key"};
    return kNames.count(to_lower(name)) > 0;
  }

  void must_be_of_type(const ConfigSetting& setting, const CLI::Option& option) const {
    using Kind = ConfigSetting::Kind;
    static const std::set<std::string> kNumbers = {"N", "W", "S", "1|2|3", "SCALE"};
    const std::string type = value_of(option);
    const Kind kind = setting.kind;
    const auto must = [&](bool fits, const char* what) {
      if (!fits) throw wrong(setting, fmt::format("\"{}\" takes {}", setting.name, what));
    };
    if (option.get_items_expected_max() > 1)
      must(kind == Kind::list || kind == Kind::text, "a string, or an array of strings");
    else if (setting.name == "verbose")
      must(kind == Kind::truth || kind == Kind::number, "true, false or a number");
    else if (option.get_expected_min() == 0 && takes_word(option))
      must(kind == Kind::truth || kind == Kind::text, "true, false or a string");
    else if (option.get_expected_min() == 0)
      must(kind == Kind::truth, "true or false");
    else if (kNumbers.count(type) > 0)
      must(kind == Kind::number, "a number");
    else if (type == "USD" || type == "SIZE")
      must(kind == Kind::number || kind == Kind::text, "a number or a string");
    else
      must(kind == Kind::text, "a string");
  }

  /// --wait, --chunks: a flag, or a flag with a word.
  static bool takes_word(const CLI::Option& option) {
    const std::string name = option.get_name(false, true);
    return name.find('{') != std::string::npos && name.find("{false}") == std::string::npos;
  }

  const ConfigSetting* configured(const std::string& section, const std::string& name) const {
    for (const ConfigSetting& setting : config_)
      if (!setting.is_section && setting.section == section && setting.name == name) return &setting;
    return nullptr;
  }

  /// Gives the options of `command` that were not typed what environment and file say.
  void take_settings(CLI::App& command, const std::string& section) {
    for (CLI::Option* option : command.get_options()) {
      if (!is_setting(*option)) continue;
      const std::string name = name_of_option(*option), variable = variable_of(section, name);
      const auto any_rival = [&](const auto& is) {
        const std::vector<std::string>& rivals = rivals_of(name);
        return std::any_of(rivals.begin(), rivals.end(), is);
      };
      if (is_typed(*option) || any_rival([&](const std::string& rival) { return is_typed(rival); })) continue;
      if (environment(variable)) {
        option->envname(variable);
        places_[name] = variable;
        continue;
      }
      const ConfigSetting* setting = configured(section, name);
      if (setting == nullptr ||
          any_rival([&](const std::string& rival) { return environment(variable_of(section, rival)).has_value(); }))
        continue;
      places_[name] = place_of(*setting);
      for (const std::string& word : setting->words)
        option->add_result(option->get_expected_min() == 0 ? option->get_flag_value(name, word) : word);
    }
  }

  /// What `config` shows: of its own options what counts now, of the other commands' what would count.
  std::vector<SettingOrigin> origins() const {
    std::vector<SettingOrigin> list;
    const auto take = [&](const CLI::App& command, const std::string& section) {
      for (const CLI::Option* option : command.get_options()) {
        const std::string name = name_of_option(*option);
        if (!is_setting(*option)) continue;
        SettingOrigin origin{
            section, name, default_of(*option), SettingOrigin::From::preset, variable_of(section, name), 0};
        const ConfigSetting* setting = configured(section, name);
        if (section.empty() && is_typed(*option)) {
          origin.from = SettingOrigin::From::flag;
          origin.value = fmt::format("{}", fmt::join(option->results(), " "));
        } else if (const auto told = environment(origin.variable)) {
          origin.from = SettingOrigin::From::environment;
          origin.value = *told;
        } else if (setting != nullptr) {
          origin.from = SettingOrigin::From::config;
          origin.value = fmt::format("{}", fmt::join(setting->words, " "));
          origin.line = setting->line;
        }
        list.push_back(origin);
      }
    };
    take(app_, "");
    for (const CLI::App* command : app_.get_subcommands({})) take(*command, command->get_name());
    return list;
  }

  /// The word that stands for the value in help.
  static std::string value_of(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    return type.substr(0, type.find(':'));
  }

  /// A help text ends with its default in brackets when that is one word: "Jobs active at once (95)".
  static std::string default_of(const CLI::Option& option) {
    const std::string help = option.get_description();
    if (option.get_expected_min() == 0 && !takes_word(option) && option.get_lnames().size() == 1) return "false";
    const std::size_t open = help.rfind('(');
    if (open == std::string::npos || help.back() != ')') return "";
    std::string word = help.substr(open + 1, help.size() - open - 2);
    if (word.rfind("default: ", 0) == 0) word.erase(0, 9);
    const bool plain = !word.empty() && word.front() != '-' && word.find(' ') == std::string::npos &&
                       std::none_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    return plain || word.front() == '$' ? word : "";
  }

  static std::vector<std::string> choices_of(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    std::string words;
    char between = ',';
    if (const std::size_t brace = type.find('{'); brace != std::string::npos) {
      words = type.substr(brace + 1, type.find('}') - brace - 1);
    } else if (value_of(option) == "1|2|3") {
      words = value_of(option);
      between = '|';
    }
    std::vector<std::string> choices;
    for (std::size_t at = 0; at < words.size();) {
      const std::size_t end = std::min(words.find(between, at), words.size());
      choices.push_back(words.substr(at, end - at));
      at = end + 1;
    }
    return choices;
  }

  static std::vector<ArgumentRow> arguments_of(const CLI::App& command) {
    std::vector<ArgumentRow> rows;
    for (const CLI::Option* option : command.get_options())
      if (option->get_positional())
        rows.push_back({option->get_name(true), option->get_description(), option->get_required(),
                        option->get_items_expected_max() > 1, choices_of(*option)});
    return rows;
  }

  static std::vector<OptionRow> rows_of(const CLI::App& command, const std::string& section) {
    std::vector<OptionRow> rows;
    const auto main = main_options().find(section);
    for (const CLI::Option* option : command.get_options()) {
      if (option->get_positional()) continue;
      OptionRow row;
      for (const std::string& name : option->get_lnames()) row.names.push_back("--" + name);
      for (const std::string& name : option->get_snames()) row.names.push_back("-" + name);
      const std::string name = name_of_option(*option);
      const bool flag = option->get_expected_min() == 0;
      row.value = !flag ? value_of(*option) : takes_word(*option) ? (name == "chunks" ? "RANGE" : "D") : "";
      row.value_optional = flag && takes_word(*option);
      row.repeatable = option->get_items_expected_max() > 1 || name == "verbose";
      row.main = main == main_options().end() || main->second.count(name) > 0;
      row.help = option->get_description();
      row.group = option->get_group();
      if (is_setting(*option)) {
        row.default_value = default_of(*option);
        row.environment = variable_of(section, name);
      }
      row.choices = choices_of(*option);
      rows.push_back(std::move(row));
    }
    return rows;
  }

  static std::string footer_of(const std::string& verb) {
    return fmt::format(
        "Common options: batchctl --help. Environment: BATCHCTL_{}_<OPTION>; configuration file: [{}].\n\n{}",
        upper(verb), verb, exit_codes_text());
  }

  CLI::App* verb(const std::string& name, Verb which, const std::string& what) {
    CLI::App* command = app_.add_subcommand(name, what);
    command->fallthrough();
    if (main_options().count(name) > 0)
      command->set_help_all_flag("--help-all", "Print every option, in groups, and exit");
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
    app_.add_option("--config", config_option_,
                    "Configuration file, or none (default: $XDG_CONFIG_HOME/batchctl/config.toml)")
        ->type_name("FILE");
    app_.add_option("--ask-above-usd", a.ask_above_usd, "At a terminal submit asks when a plan costs more (20)")
        ->type_name("USD")
        ->check(CLI::NonNegativeNumber);
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
    yes_or_no(command, "--paranoid,!--no-paranoid", "Look up an unclear create after 15 minutes, not about 3",
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

  void sandbox(const std::function<std::string()>& guide) {
    CLI::App* command = verb("sandbox", Verb::sandbox,
                             "A local server that speaks the Gemini Files and Batch API, for trying and testing");
    command->footer(
        [guide] { return fmt::format("{}\n{}\n{}", kRehearsal, guide ? guide() : "", footer_of("sandbox")); });
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

  void config() {
    CLI::App* command = verb("config", Verb::config, "Every setting, its value, and where it comes from");
    command->add_option("COMMAND", arguments_.topic, "Only the settings of this command (default: all)");
  }

  void schema() {
    CLI::App* command = verb("schema", Verb::schema, "The JSON Schema of a document that --json prints");
    command->add_option("NAME", arguments_.topic, "Name of the document; without it: the list of names")
        ->check(CLI::IsMember(schema_names()));
  }

  void completion() {
    CLI::App* command = verb("completion", Verb::completion, "The completion script of a shell, on standard output");
    command->add_option("SHELL", arguments_.topic, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  }

  void manual() {
    CLI::App* command = verb("manual", Verb::manual, "A man page, on standard output; man -l - shows it");
    command->add_option("COMMAND", arguments_.topic, "Page of this command (default: batchctl itself)");
    command->add_option("--directory", arguments_.directory, "Write every page into DIR instead")->type_name("DIR");
  }

  const ParserFacts& facts_;
  CLI::App app_;
  Arguments arguments_;
  std::vector<ConfigSetting> config_;
  std::map<std::string, std::string> places_;  // of values that were not typed, by option
  std::string config_option_;                  // read_config has read it already
  std::vector<std::function<void()>> finish_;
  std::vector<std::string> typed_;
  std::string wait_, patience_, chunks_;
};

}  // namespace

Parsed parse(int argc, char** argv, const ParserFacts& facts) { return Builder(facts).parse(argc, argv); }

OptionTable option_table(const ParserFacts& facts) { return Builder(facts).table(); }

}  // namespace batchctl::cli
