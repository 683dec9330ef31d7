#include "os/key_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "os/command.hpp"
#include "os/descriptor.hpp"

namespace batchctl::os {

namespace {

constexpr std::size_t kLongestKey = 4096;  // more is no key but the wrong file
constexpr std::size_t kFingerprintDigits = 12;

Fatal key_error(const std::string& message, const std::string& next) {
  return {ExitCode::attention, "key", message, next};
}

std::string_view first_line(std::string_view text) { return trimmed(text.substr(0, text.find('\n'))); }

/// The key out of `text`, known to the log from here on. `source` names where it came from, for people.
std::string checked_key(std::string_view text, const std::string& source) {
  const std::string key(trimmed(text));
  keep_secret(key);
  const bool is_printable = std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!is_printable || key.size() > kLongestKey) {
    throw key_error(fmt::format("what {} holds is not an API key: it has {} inside", source,
                                is_printable ? "more than 4096 characters" : "a space or an unprintable character"),
                    "copy the key again, alone on its line");
  }
  return key;
}

std::string from_file(const std::string& path) {
  const auto unreadable = [&](int number) {
    return key_error(fmt::format("cannot read the key file {}: {}", path, std::generic_category().message(number)),
                     "check --api-key-file");
  };
  const Descriptor file(uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); }));
  if (!file.is_open()) throw unreadable(errno);
  struct stat facts {};
  if (::fstat(file.number(), &facts) != 0) throw unreadable(errno);
  if (S_ISREG(facts.st_mode) && (facts.st_mode & (S_IRGRP | S_IROTH)) != 0) {
    throw key_error(fmt::format("the key file {} can be read by others (mode {:o}), so it is not used", path,
                                facts.st_mode & 07777U),
                    "chmod 600 " + path);
  }

  std::string text;
  std::array<char, 4096> piece{};
  while (text.find('\n') == std::string::npos && text.size() <= kLongestKey) {
    const ssize_t got = uninterrupted([&] { return ::read(file.number(), piece.data(), piece.size()); });
    if (got < 0) throw unreadable(errno);
    if (got == 0) break;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  const std::string key = checked_key(first_line(text), "the first line of " + path);
  if (key.empty()) {
    throw key_error(fmt::format("the key file {} has no key in its first line", path), "check --api-key-file");
  }
  return key;
}

std::string from_command(const std::string& command) {
  CommandOutcome outcome;
  try {
    outcome = run_command(command, kLongestKey + 1);
  } catch (const std::system_error& problem) {
    throw key_error(fmt::format("the key command cannot be started: {}", problem.code().message()),
                    "check --api-key-command");
  }
  if (outcome.killed_by != 0) {
    throw key_error(fmt::format("the key command was ended by signal {}", outcome.killed_by),
                    "check --api-key-command");
  }
  if (outcome.exit_status != 0) {
    throw key_error(fmt::format("the key command failed with exit status {}", outcome.exit_status),
                    "check --api-key-command");
  }
  const std::string key = checked_key(first_line(outcome.output), "the first line of the key command's output");
  if (key.empty()) {
    throw key_error("the key command ended with exit status 0 but printed no key in its first line",
                    "check --api-key-command");
  }
  return key;
}

std::string from_environment(const Environment& lookup, const std::string& name) {
  const auto value = lookup(name);
  return value ? checked_key(*value, name) : std::string{};
}

}  // namespace

std::string key_origin(const KeyOptions& options) {
  if (options.file) return "the file " + *options.file;
  if (options.command) return "the output of --api-key-command";
  const std::optional<std::string> google = options.lookup("GOOGLE_API_KEY");
  return google && !trimmed(*google).empty() ? "GOOGLE_API_KEY" : "GEMINI_API_KEY";
}

std::optional<std::string> read_key(const KeyOptions& options) {
  if (options.file) return from_file(*options.file);
  if (options.command) return from_command(*options.command);

  const std::string google = from_environment(options.lookup, "GOOGLE_API_KEY");
  if (!google.empty()) {
    const auto other = options.lookup("GEMINI_API_KEY");
    if (other && !trimmed(*other).empty() && trimmed(*other) != google) {
      keep_secret(trimmed(*other));
      log(LogLevel::warn, "GOOGLE_API_KEY and GEMINI_API_KEY differ; GOOGLE_API_KEY is used");
    }
    return google;
  }
  const std::string gemini = from_environment(options.lookup, "GEMINI_API_KEY");
  return gemini.empty() ? std::nullopt : std::optional<std::string>(gemini);
}

std::string require_key(const KeyOptions& options) {
  if (auto key = read_key(options)) return *key;
  throw Fatal(ExitCode::attention, "no_key", "no API key found", "set GEMINI_API_KEY, or use --api-key-file");
}

std::string key_fingerprint(std::string_view key) {
  return sha256_hex(fmt::format("batchctl key\n{}", key)).substr(0, kFingerprintDigits);
}

}  // namespace batchctl::os
