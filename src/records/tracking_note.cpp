#include "records/tracking_note.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"

namespace batchctl {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kJobForm = "batches/", kFileForm = "files/";
constexpr std::string_view kOutputForm = "files/batch-";  // answers, not what was asked (Batch API guide, 2026-08)

// Without case, `_`, `-` and blanks.
constexpr std::array kLabelWords = {"chunk",     "chunkname", "chunkid",    "chunkfile",  "chunkpath", "chunkindex",
                                    "chunknum",  "label",     "input",      "inputfile",  "inputpath", "inputfilename",
                                    "path",      "filepath",  "filename",   "file",       "local",     "localfile",
                                    "localpath", "source",    "sourcefile", "sourcepath", "source",    "jsonl",
                                    "jsonlfile", "name",      "displayname"};
// What a job or a file is written under; also an object of it inside of an entry.
constexpr std::array kObjectWords = {"job",          "jobname",      "jobid",          "batch",
                                     "batchname",    "batchid",      "batchjob",       "batchjobname",
                                     "operation",    "file",         "fileid",         "fileuri",
                                     "filename",     "uri",          "upload",         "uploaded",
                                     "uploadedfile", "uploadedname", "uploadedfileid", "uploadedfilename",
                                     "remotefile",   "remote",       "remotefilename", "inputfilename",
                                     "inputfile",    "src",          "response",       "result",
                                     "metadata",     "name"};

std::string folded(std::string_view word) {
  std::string out;
  for (const char c : word)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

template <std::size_t N>
bool is_among(const std::array<const char*, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), folded(word)) != words.end();
}

bool is_name_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'; }

/// The name of the form that begins at `at`: it ends where its characters do, and is none when it goes on as a path.
std::optional<std::string> name_at(std::string_view text, std::size_t at, std::string_view form) {
  if (text.substr(at, form.size()) != form) return std::nullopt;
  std::size_t end = at + form.size();
  while (end < text.size() && is_name_char(text[end])) ++end;
  if (end == at + form.size()) return std::nullopt;
  const bool goes_on = end < text.size() &&
                       (text[end] == '/' || (text[end] == '.' && end + 1 < text.size() && is_name_char(text[end + 1])));
  if (goes_on) return std::nullopt;
  return std::string(text.substr(at, end - at));
}

/// A name stands alone, or ends an address: `data/files/a` is a path of somebody's disk.
bool may_begin(std::string_view text, std::size_t at) {
  if (at == 0) return true;
  if (text[at - 1] != '/') return !is_name_char(text[at - 1]) && text[at - 1] != '.';
  const std::size_t from = text.find_last_of(" \t|<(\"'`", at);
  const std::string_view word = text.substr(from == std::string_view::npos ? 0 : from + 1);
  return word.starts_with("https://") || word.starts_with("http://");
}

void add_once(std::vector<std::string>& names, std::string name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
}

/// Whether there was any name. Names of answers' files are known for what they are, and passed over.
bool take_names(std::string_view text, NoteEntry& entry) {
  bool found = false;
  for (const std::string_view form : {kJobForm, kFileForm})
    for (std::size_t at = text.find(form); at != std::string_view::npos; at = text.find(form, at + 1)) {
      if (!may_begin(text, at)) continue;
      std::optional<std::string> name = name_at(text, at, form);
      if (!name) continue;
      found = true;
      if (!name->starts_with(kOutputForm)) add_once(form == kJobForm ? entry.jobs : entry.files, *std::move(name));
    }
  return found;
}

bool names_something(const NoteEntry& entry) { return !entry.jobs.empty() || !entry.files.empty(); }

class JsonNote {
 public:
  TrackingNote take(const Json& root) {
    walk(root, "", "");
    return std::move(note_);
  }

 private:
  /// `label`: the name under which an object or a text stands, when it is none that we know.
  void walk(const Json& value, const std::string& where, const std::string& label) {
    if (value.is_array())
      for (std::size_t i = 0; i < value.size(); ++i) walk(value[i], fmt::format("{}/{}", where, i), "");
    if (value.is_string()) take_text(value.get_ref<const std::string&>(), where, label);
    if (!value.is_object()) return;
    NoteEntry entry;
    entry.where = where.empty() ? "/" : where;
    if (!label.empty()) entry.labels.push_back(label);
    bool says = false;
    gather(value, entry, says);
    if (names_something(entry))
      note_.entries.push_back(std::move(entry));
    else if (says && !has_entries_below(value))
      note_.unusable.push_back(entry.where);
    for (const auto& [name, member] : value.items()) {
      const bool gathered = member.is_object() && is_among(kObjectWords, name);
      const bool is_text_of_entry = member.is_string() && (is_among(kObjectWords, name) || is_among(kLabelWords, name));
      if (!gathered && !is_text_of_entry) walk(member, where + "/" + name, name);
    }
  }

  static bool has_entries_below(const Json& value) {
    return std::any_of(value.begin(), value.end(), [](const Json& member) { return member.is_structured(); });
  }

  /// A name under a name: `"chunk_072": "batches/…"`.
  void take_text(const std::string& text, const std::string& where, const std::string& label) {
    NoteEntry entry;
    entry.where = where;
    if (!label.empty()) entry.labels.push_back(label);
    if (take_names(text, entry) && names_something(entry)) note_.entries.push_back(std::move(entry));
  }

  /// The members of an entry, and of the objects in it that are its job or its file.
  void gather(const Json& object, NoteEntry& entry, bool& says) {
    for (const auto& [name, member] : object.items()) {
      const bool is_object_word = is_among(kObjectWords, name), is_label_word = is_among(kLabelWords, name);
      if (member.is_object() && is_object_word) gather(member, entry, says);
      if (member.is_number_integer() && is_label_word) {
        add_once(entry.labels, member.dump());
        note_.understood.insert(name);
        says = true;
      }
      if (!member.is_string() || !(is_object_word || is_label_word)) continue;
      const std::string& text = member.get_ref<const std::string&>();
      const bool is_name = take_names(text, entry);
      if (!is_name && is_label_word && !text.empty()) add_once(entry.labels, text);
      if (is_name || is_label_word) {
        note_.understood.insert(name);
        says = true;
      }
    }
  }

  TrackingNote note_;
};

// ---- Markdown

std::string unescaped(std::string_view cell) {
  std::string out;
  for (std::size_t i = 0; i < cell.size(); ++i) {
    if (cell[i] == '\\' && i + 1 < cell.size()) ++i;
    if (cell[i] != '`') out += cell[i];
  }
  return std::string(trimmed(out));
}

std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells;
  line = trimmed(line);
  if (line.starts_with('|')) line.remove_prefix(1);
  if (line.ends_with('|')) line.remove_suffix(1);
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t bar = std::min(line.find('|', at), line.size());
    cells.push_back(unescaped(line.substr(at, bar - at)));
    at = bar + 1;
  }
  return cells;
}

bool is_ruler(std::string_view line) {
  return line.find('-') != std::string_view::npos && line.find_first_not_of("|-: \t") == std::string_view::npos;
}

}  // namespace

TrackingNote read_tracking_json(std::string_view text, const std::string& path) {
  const Json root = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!root.is_structured())
    throw Fatal(ExitCode::failed, "bad_note", fmt::format("{} is no JSON object or array", path),
                "a note is a JSON file, or a Markdown file (.md); --from list needs none");
  return JsonNote().take(root);
}

TrackingNote read_tracking_markdown(std::string_view text) {
  TrackingNote note;
  std::vector<std::string> before, header;
  bool in_table = false;
  int number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    const bool is_row = line.find('|') != std::string_view::npos;
    if (!is_row) {
      in_table = false;
      before.clear();
    } else if (!in_table && is_ruler(line) && !before.empty()) {
      in_table = true;
      header = std::exchange(before, {});
      continue;
    }
    NoteEntry entry;
    entry.where = fmt::format("line {}", number);
    std::vector<std::string> cells = is_row ? cells_of(line) : std::vector<std::string>{unescaped(line)};
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const bool is_name = take_names(cells[i], entry);
      const bool is_label = in_table && i < header.size() && is_among(kLabelWords, header[i]);
      if (is_label && !is_name && !cells[i].empty()) add_once(entry.labels, cells[i]);
      if (in_table && i < header.size() && (is_name || is_label)) note.understood.insert(header[i]);
    }
    if (names_something(entry))
      note.entries.push_back(std::move(entry));
    else if (in_table && !entry.labels.empty())
      note.unusable.push_back(entry.where);
    if (is_row && !in_table) before = std::move(cells);
  }
  return note;
}

}  // namespace batchctl
