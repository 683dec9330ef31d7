// What the settings say beside the records: system instruction, generation config, schema of the answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/run.hpp"
#include "records/line_fault.hpp"

namespace batchctl {

class RequestSettings {
 public:
  /// Throws Fatal{usage}: a generation config or schema that is no JSON object, a schema beside another one or beside
  /// another type of answer in the generation config.
  ///
  /// A schema goes as `responseSchema`, not `responseJsonSchema`, which gave degenerate answers in batch (CONTRACT of
  /// 2026-11, RUBY-894), with its types in capitals and `responseMimeType` application/json.
  explicit RequestSettings(const Settings& settings);

  bool empty() const { return system_.empty() && config_.empty(); }
  /// JSON objects; empty: none.
  const std::string& system() const { return system_; }
  const std::string& generation_config() const { return config_; }
  std::int64_t system_tokens() const { return system_tokens_; }

  /// Appends a generation config that holds the members of `own` as they stand and, of ours, those whose name it does
  /// not have; a schema of its own keeps every one of ours away. Fault: `own` wants answers that are no JSON, and our
  /// schema does not fit them. `own` is a VALID object.
  std::optional<LineFault> append_config(std::string& out, std::string_view own) const;

  /// Appends a request as it stands, with what it does not say itself put in: its system instruction and generation
  /// config count. `request` is a VALID object. Fault: an embedding, and what append_config says.
  std::optional<LineFault> append_request(std::string& out, std::string_view request, bool& has_own_system) const;

  /// Throws Fatal{usage, "bad_option"} when the service would not read the generation config or the schema
  /// (request_check.hpp).
  void check() const;

 private:
  struct Member {
    std::string name;  // camelCase
    std::string raw;
  };

  void take_schema(const std::string& schema);
  const Member* member(std::string_view name) const;

  std::string system_, config_;
  std::vector<Member> members_;  // of config_
  std::int64_t system_tokens_ = 0;
  bool has_schema_ = false;  // by --schema
};

/// Everything of the settings that can be wrong before the first record is read, but for what RequestSettings::check
/// does. Throws Fatal{usage}.
void check_prompt_settings(const Settings& settings);

}  // namespace batchctl
