#include "cli/error_catalogue.hpp"

#include <algorithm>
#include <array>

namespace batchctl::cli {

namespace {

using enum ExitCode;

constexpr std::array kEntries = {
    ErrorEntry{"attempts", attention, "a chunk's jobs ended without any answer twice in a row",
               "look at its jobs with batchctl explain RUN CHUNK, then: batchctl resume RUN"},
    ErrorEntry{"bad_input", failed, "the input cannot be read as records, or one of them cannot be sent",
               "mend the line that is named, or leave such records out with --skip-invalid"},
    ErrorEntry{"bad_json", usage, "an option's value is not the JSON that it must be", "batchctl submit --help"},
    ErrorEntry{"bad_note", failed, "what adopt was to read names no jobs or files in a form that it knows",
               "batchctl adopt --help; or let it read the account's own list: --from list"},
    ErrorEntry{"bad_option", usage, "an option's value does not fit the input or the other options",
               "batchctl submit --help"},
    ErrorEntry{"bad_schema", usage, "--schema is no schema that the service takes", "mend the schema that is named"},
    ErrorEntry{"bad_template", usage, "--prompt is no template that fits the records", "mend the template"},
    ErrorEntry{"base_url", usage, "the service's address is not one that a key is sent to",
               "check --base-url and GOOGLE_GEMINI_BASE_URL"},
    ErrorEntry{"billing", attention, "the service asks for billing to be set up or paid",
               "see to the project's billing, then: batchctl resume"},
    ErrorEntry{"bug", failed, "a promise inside of batchctl was broken",
               "please report it with the output of: batchctl status"},
    ErrorEntry{"busy", busy, "another batchctl is driving this run", "let it finish, or look with: batchctl status"},
    ErrorEntry{"cancelling", not_finished, "the run is being cancelled", "batchctl cancel RUN --wait"},
    ErrorEntry{"chunk_above_quota", usage, "a chunk is larger than the quota will ever take",
               "submit it in smaller chunks: --chunk-tokens N"},
    ErrorEntry{"config_file", usage, "the configuration file cannot be read, or says what no option takes",
               "mend the line that is named, or name another file with --config"},
    ErrorEntry{"copied_database", attention, "the state file is a copy, or older than what the service has",
               "if the original is no longer used: batchctl resume --take-over"},
    ErrorEntry{"cost_limit", attention, "the next job would pass --max-cost", "batchctl resume RUN --max-cost USD"},
    ErrorEntry{"create_unknown", attention, "nobody can find out whether a create made a job",
               "look at the service's list of jobs, then: batchctl resume RUN"},
    ErrorEntry{"curl", failed, "libcurl could not be used", "check that the system's libcurl is the one installed"},
    ErrorEntry{"database_cannot_open", failed, "the state file cannot be opened",
               "check who owns the file and its directory: batchctl doctor"},
    ErrorEntry{"database_damaged", failed, "the state file is damaged or not a database",
               "restore it from a backup; batchctl doctor tells what is wrong"},
    ErrorEntry{"database_error", failed, "the state file could not be used", "repeat the command with -v"},
    ErrorEntry{"database_locked", failed, "the state file is in use by another process",
               "wait until the other command has ended, then repeat this one"},
    ErrorEntry{"database_not_writable", failed, "the state file must not be written to",
               "check who owns the file and its directory: batchctl doctor"},
    ErrorEntry{"database_too_new", failed, "the state file was written by a newer batchctl", "install that version"},
    ErrorEntry{"declined", failed, "the question was answered with no", "repeat the command, and answer yes, or --yes"},
    ErrorEntry{"disk", failed, "the disk could not be read or written", "see to the disk or the path: batchctl doctor"},
    ErrorEntry{"disk_error", failed, "the disk under the state file failed",
               "check the disk and the system's log, then repeat the command"},
    ErrorEntry{"disk_full", failed, "a disk is full", "make room, then repeat the command"},
    ErrorEntry{"exists", failed, "the file to be written is there already", "name another one, or --overwrite"},
    ErrorEntry{"foreign_job", attention, "a job that is not ours has the name that one of ours would get",
               "cancel it as the message says if it is not wanted, then: batchctl resume RUN"},
    ErrorEntry{"input_changed", mismatch, "the input or settings are not those that were submitted",
               "restore them, or submit under another name: --run NAME"},
    ErrorEntry{"interrupted", interrupted, "a signal ended the command; the state is saved", "batchctl resume"},
    ErrorEntry{"key", attention, "the API key is not valid, or could not be read", "batchctl doctor"},
    ErrorEntry{"limits_file", usage, "the limits file has a member or value that is not known", "mend the file"},
    ErrorEntry{"model", attention, "the service does not know the model",
               "check --model; submit under another name with the right one"},
    ErrorEntry{"module", failed, "a part of the program that lies beside it cannot be loaded",
               "install batchctl whole"},
    ErrorEntry{"needs_attention", attention, "a person must look at the run", "batchctl status RUN"},
    ErrorEntry{"network_file_system", failed, "the state file is on a network file system",
               "name a place on a local disk: --state FILE"},
    ErrorEntry{"no_input", usage, "no input was found", "name files, directories, globs, or - for standard input"},
    ErrorEntry{"no_key", attention, "no API key was found",
               "set GEMINI_API_KEY, or give --api-key-file or --api-key-command"},
    ErrorEntry{"no_price", usage, "a cost limit was told, and no price of the model is known",
               "tell its price in a --limits-file, or leave --max-cost"},
    ErrorEntry{"no_such_chunk", usage, "the run has no chunk of this index", "batchctl status RUN --chunks"},
    ErrorEntry{"no_such_run", mismatch, "there is no such run", "batchctl runs"},
    ErrorEntry{"not_a_file", failed, "what was named is not a regular file", "name a file"},
    ErrorEntry{"not_a_state_file", failed, "the file is a database, but not batchctl's", "name another: --state FILE"},
    ErrorEntry{"not_at_rest", not_finished, "the run still has something under way", "batchctl resume RUN --wait"},
    ErrorEntry{"not_complete", not_finished, "the run is not complete", "batchctl resume RUN --wait"},
    ErrorEntry{"not_confirmed", usage, "there is no terminal to ask at", "repeat the command with --yes"},
    ErrorEntry{"not_planned", not_finished, "the run's input was not scanned to its end",
               "batchctl submit, with the same input and name"},
    ErrorEntry{"not_writable", failed, "a file cannot be written", "make the place writable, or name another one"},
    ErrorEntry{"other_key", attention, "the key does not read what the run has at the service",
               "use a key of the project that the run was submitted to"},
    ErrorEntry{"other_run", mismatch, "a run of this name has other input or settings", "--run with another name"},
    ErrorEntry{"out_of_reach", not_finished, "the service could not be asked for what adopt needs",
               "repeat the command when the service can be reached"},
    ErrorEntry{"outage", not_finished, "the service cannot be reached", "batchctl resume, later"},
    ErrorEntry{"permission", attention, "the key's project may not use the service",
               "enable the Generative Language API for the project, then: batchctl resume"},
    ErrorEntry{"pilot_too_large", usage, "the pilot's records do not fit into one chunk", "give a smaller --pilot"},
    ErrorEntry{"precondition", attention, "the service says that something of the project must be set up first",
               "do what its words say, then: batchctl resume"},
    ErrorEntry{"purged", failed, "the run's raw results were removed here", "batchctl status RUN has the counts"},
    ErrorEntry{"rejected", attention, "the service refused two chunks in a row",
               "mend what its words name; then submit"
               " under another name"},
    ErrorEntry{"run_exists", mismatch, "a run of this name is there already",
               "name it with --run and give no INPUT, or choose another name"},
    ErrorEntry{"run_name", usage, "that is no name for a run", "use A-Z, a-z, 0-9, dot, dash and underscore"},
    ErrorEntry{"sandbox_dir", failed, "the sandbox's directory cannot be used", "name another: --dir DIR"},
    ErrorEntry{"sandbox_disk", failed, "the sandbox's disk failed", "make room on the disk"},
    ErrorEntry{"sandbox_port", failed, "the sandbox cannot listen there", "give another --port, or 0"},
    ErrorEntry{"sandbox_scenario", usage, "the scenario cannot be read", "batchctl sandbox --help"},
    ErrorEntry{"stopped", failed, "the sandbox's server stopped by itself", "start it again"},
    ErrorEntry{"stuck", attention, "a job has not ended for three days",
               "look at it at the service, then: batchctl"
               " resume RUN"},
    ErrorEntry{"terminated", terminated, "a signal ended the command; the state is saved", "batchctl resume"},
    ErrorEntry{"unknown_keys", attention, "a job's answers carry keys that are not those of its chunk",
               "look at it with batchctl explain RUN CHUNK, then: batchctl resume RUN"},
    ErrorEntry{"unreadable", failed, "a file cannot be read", "check its path and who may read it"},
    ErrorEntry{"usage", usage, "the command line is not understood", "batchctl --help"},
    ErrorEntry{"which_run", usage, "there are several runs", "name one of them; batchctl runs lists them"},
    ErrorEntry{"zero_quota", attention, "the project has no quota for the model",
               "ask for quota or choose another model, then: batchctl resume"},
};

constexpr bool is_sorted() {
  for (std::size_t i = 1; i < kEntries.size(); ++i)
    if (!(kEntries[i - 1].code < kEntries[i].code)) return false;
  return true;
}
static_assert(is_sorted(), "the catalogue is not in the order of its codes, or names one twice");

}  // namespace

std::span<const ErrorEntry> error_catalogue() { return kEntries; }

const ErrorEntry* error_entry(std::string_view code) {
  const auto found = std::lower_bound(kEntries.begin(), kEntries.end(), code,
                                      [](const ErrorEntry& entry, std::string_view word) { return entry.code < word; });
  return found != kEntries.end() && found->code == code ? &*found : nullptr;
}

}  // namespace batchctl::cli
