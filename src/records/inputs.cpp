#include "records/inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include "base/error.hpp"
#include "records/line_reader.hpp"

namespace batchctl {

namespace fs = std::filesystem;

namespace {

Fatal bad(const std::string& what, const std::string& next = "Check the path.") {
  return {ExitCode::failed, "bad_input", what, next};
}

bool is_compressed(std::string_view name) { return name.ends_with(".gz") || name.ends_with(".zst"); }

bool has_wildcard(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

/// The file must exist and not be a directory.
ResolvedInput file_input(const fs::path& path, const std::string& shown) {
  std::error_code unknown;
  const bool regular = fs::is_regular_file(path, unknown);
  if (unknown) throw bad(fmt::format("cannot read {}: {}", shown, unknown.message()));
  if (regular) {
    try {
      open_for_reading(path.string(), shown);
    } catch (const Fatal& failed) {
      throw bad(failed.what(), failed.next());
    }
  }
  return {fs::absolute(path).lexically_normal().string(), shown, !regular || is_compressed(path.filename().string())};
}

std::vector<std::string> names_in(const fs::path& directory, const std::string& shown) {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator entry(directory, failed), end; !failed && entry != end; entry.increment(failed))
    names.push_back(entry->path().filename().string());
  if (failed) throw bad(fmt::format("cannot read the directory {}: {}", shown, failed.message()));
  std::sort(names.begin(), names.end());
  return names;
}

void add_directory(std::vector<ResolvedInput>& inputs, const std::string& shown) {
  const std::size_t before = inputs.size();
  const fs::path directory(shown);
  std::error_code ignored;
  for (const std::string& name : names_in(directory, shown))
    if (name[0] != '.' && fs::is_regular_file(directory / name, ignored))
      inputs.push_back(file_input(directory / name, name));
  if (inputs.size() == before)
    throw bad(
        fmt::format("the directory {} holds no files (hidden ones and those in directories below do not count)", shown),
        "Name the files, or another directory.");
}

void add_glob(std::vector<ResolvedInput>& inputs, const std::string& shown) {
  const auto slash = shown.rfind('/');
  const std::string front = slash == std::string::npos ? std::string{} : shown.substr(0, slash + 1);
  const std::string pattern = shown.substr(front.size());
  if (has_wildcard(front))
    throw bad(fmt::format("no such file: {} (wildcards are read in the last part of a path only)", shown));
  const std::size_t before = inputs.size();
  for (const std::string& name :
       names_in(front.empty() ? fs::path(".") : fs::path(front), front.empty() ? "." : front)) {
    if ((name[0] == '.' && pattern[0] != '.') || !matches_glob(pattern, name)) continue;
    std::error_code ignored;
    if (fs::is_directory(fs::path(front) / name, ignored))
      throw bad(fmt::format("{} matches the directory {}", shown, front + name),
                "Name files only, or the directory itself.");
    inputs.push_back(file_input(fs::path(front) / name, front + name));
  }
  if (inputs.size() == before) throw bad(fmt::format("no file matches {}", shown));
}

/// How many bytes of `name` at `at` one `?` or `[…]` takes: a UTF-8 sequence counts as one.
std::size_t character_length(std::string_view name, std::size_t at) {
  std::size_t length = 1;
  if (static_cast<unsigned char>(name[at]) >= 0xc0)
    while (at + length < name.size() && length < 4 && (static_cast<unsigned char>(name[at + length]) & 0xc0U) == 0x80)
      ++length;
  return length;
}

/// `[…]` at pattern[at]: whether it takes the character, and the place after it; nullopt when it is no set (no `]`).
struct SetMatch {
  bool fits = false;
  std::size_t after = 0;
};
std::optional<SetMatch> match_set(std::string_view pattern, std::size_t at, std::string_view character) {
  std::size_t here = at + 1;
  const bool negated = here < pattern.size() && (pattern[here] == '!' || pattern[here] == '^');
  if (negated) ++here;
  bool fits = false;
  for (const std::size_t first = here; here < pattern.size();) {
    if (pattern[here] == ']' && here > first) return SetMatch{fits != negated, here + 1};
    const std::size_t length = character_length(pattern, here);
    const std::string_view low = pattern.substr(here, length);
    here += length;
    std::string_view high = low;
    if (here + 1 < pattern.size() && pattern[here] == '-' && pattern[here + 1] != ']') {
      high = pattern.substr(here + 1, character_length(pattern, here + 1));
      here += 1 + high.size();
    }
    // The byte order of UTF-8 is the order of the code points.
    fits = fits || (low <= character && character <= high);
  }
  return std::nullopt;
}

}  // namespace

bool matches_glob(const std::string& pattern, const std::string& name) {
  std::size_t p = 0, n = 0;
  std::size_t star = std::string::npos, star_name = 0;  // where to go back to: the last star takes one more
  while (n < name.size() || p < pattern.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_name = n;
      continue;
    }
    if (p < pattern.size() && n < name.size()) {
      const std::size_t length = character_length(name, n);
      if (pattern[p] == '?') {
        ++p;
        n += length;
        continue;
      }
      if (pattern[p] == '[') {
        const auto set = match_set(pattern, p, std::string_view(name).substr(n, length));
        if (set && set->fits) {
          p = set->after;
          n += length;
          continue;
        }
        if (!set && name[n] == '[') {
          ++p;
          ++n;
          continue;
        }
      } else if (pattern[p] == name[n]) {
        ++p;
        ++n;
        continue;
      }
    }
    if (star == std::string::npos || star_name >= name.size()) return false;
    star_name += character_length(name, star_name);
    n = star_name;
    p = star + 1;
  }
  return true;
}

std::string stem_of(const std::string& shown_path) {
  if (shown_path == "-") return "stdin";
  std::string name = shown_path;
  while (name.size() > 1 && name.back() == '/') name.pop_back();
  name = name.substr(name.rfind('/') + 1);
  for (const char* packed : {".gz", ".zst"})
    if (name.size() > std::string(packed).size() && name.ends_with(packed))
      name.resize(name.size() - std::string(packed).size());
  const std::size_t dot = name.rfind('.');
  if (dot != std::string::npos && dot > 0) name.resize(dot);
  return name;
}

std::vector<ResolvedInput> resolve_inputs(const std::vector<std::string>& arguments) {
  if (arguments.empty())
    throw Fatal(ExitCode::usage, "no_input", "no input given", "Name a file, a directory, or - for standard input.");
  std::vector<ResolvedInput> inputs;
  bool has_stdin = false;
  for (const std::string& argument : arguments) {
    if (argument == "-") {
      if (has_stdin) throw bad("standard input (-) can be read only once", "Give - once.");
      has_stdin = true;
      inputs.push_back({"", "-", true});
      continue;
    }
    std::error_code ignored;
    const fs::file_status status =
        argument.empty() ? fs::file_status(fs::file_type::not_found) : fs::status(argument, ignored);
    if (fs::is_directory(status))
      add_directory(inputs, argument);
    else if (fs::exists(status))
      inputs.push_back(file_input(argument, argument));
    else if (status.type() == fs::file_type::none)
      throw bad(fmt::format("cannot read {}: {}", argument, ignored.message()));
    else if (has_wildcard(argument))
      add_glob(inputs, argument);
    else
      throw bad(fmt::format("no such file: {}", argument.empty() ? "\"\"" : argument));
  }
  return inputs;
}

}  // namespace batchctl
