#include "base/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <vector>

#include "base/drawn.hpp"
#include "base/text.hpp"

namespace batchctl {

namespace {

// Shorter texts occur in every other line by chance; hiding them would hide the log and give the secret away.
constexpr std::size_t kShortestSecret = 4;
constexpr std::string_view kHidden = "***";
constexpr std::array<std::string_view, 2> kSecretParameters{"key=", "upload_id="};

struct Secrets {
  std::mutex mutex;
  std::vector<std::string> texts;
};

Secrets& secrets() {
  static Secrets kept;
  return kept;
}

constexpr int kSilent = -1;
std::atomic<int> loudest{kSilent};

bool is_letter_or_digit(char c) { return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || (c >= '0' && c <= '9'); }

/// What a URL cannot contain, or what begins its next part. Punctuation that a value may contain is hidden with it.
bool ends_value(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte == 0x7F || std::string_view("&#\"'<>\\`").find(c) != std::string_view::npos;
}

/// Marks the bytes of `text` that must not be seen.
std::vector<bool> hidden_bytes(std::string_view text) {
  std::vector<bool> hidden(text.size(), false);
  const auto hide = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) hidden[i] = true;
  };

  {
    Secrets& kept = secrets();
    const std::lock_guard lock(kept.mutex);
    for (const std::string& secret : kept.texts) {
      for (std::size_t at = text.find(secret); at != std::string_view::npos; at = text.find(secret, at + 1)) {
        hide(at, at + secret.size());
      }
    }
  }

  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), ascii_lower);
  for (const std::string_view parameter : kSecretParameters) {
    for (std::size_t at = lower.find(parameter); at != std::string::npos; at = lower.find(parameter, at + 1)) {
      // `monkey=` is no key; `api_key=` is one.
      if (at > 0 && is_letter_or_digit(lower[at - 1])) continue;
      const std::size_t from = at + parameter.size();
      std::size_t to = from;
      while (to < text.size() && !ends_value(text[to])) ++to;
      hide(from, to);
    }
  }
  return hidden;
}

std::string_view spell(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return "error";
    case LogLevel::warn:
      return "warn";
    case LogLevel::info:
      return "info";
    case LogLevel::debug:
      return "debug";
  }
  return "log";
}

}  // namespace

void keep_secret(std::string_view secret) {
  if (secret.size() < kShortestSecret) return;
  Secrets& kept = secrets();
  const std::lock_guard lock(kept.mutex);
  if (std::find(kept.texts.begin(), kept.texts.end(), secret) == kept.texts.end()) kept.texts.emplace_back(secret);
}

std::string redacted(std::string_view text) {
  const std::vector<bool> hidden = hidden_bytes(text);
  std::string shown;
  shown.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!hidden[i]) {
      shown += text[i];
    } else if (i == 0 || !hidden[i - 1]) {
      shown += kHidden;
    }
  }
  return shown;
}

void set_log_level(LogLevel level) { loudest = static_cast<int>(level); }

bool log_enabled(LogLevel level) { return static_cast<int>(level) <= loudest; }

void log_line(LogLevel level, std::string_view text) {
  if (!log_enabled(level)) return;
  const std::string line =
      fmt::format("batchctl: {}: {}\n", spell(level), one_line(redacted(text), std::string_view::npos));
  erase_what_is_drawn();
  // In one piece, so that lines of two threads do not mix; stderr that cannot be written is nobody's error.
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace batchctl
