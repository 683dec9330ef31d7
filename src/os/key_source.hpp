// The API key: where it comes from, and what may be said about it. It is never shown, logged or stored.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "os/environment.hpp"

namespace batchctl::os {

struct KeyOptions {
  std::optional<std::string> file;     // --api-key-file: the first line is the key
  std::optional<std::string> command;  // --api-key-command: for /bin/sh -c; the first line of its output is the key
  Environment lookup = environment;    // then GOOGLE_API_KEY, then GEMINI_API_KEY
};

/// The first source that is given counts, even when it fails. nullopt when there is none. The key is made known to the
/// log as a secret. Throws Fatal{attention} when the source cannot be read or holds no key; no error shows any of it.
std::optional<std::string> read_key(const KeyOptions& options);

/// Where read_key found it, or would look, for people: `GEMINI_API_KEY`, `the file PATH`; says nothing of the key.
std::string key_origin(const KeyOptions& options);

/// As read_key, but no key at all is Fatal{attention} with `no_key`.
std::string require_key(const KeyOptions& options);

/// 12 hex digits that tell keys apart and give nothing away.
std::string key_fingerprint(std::string_view key);

}  // namespace batchctl::os
