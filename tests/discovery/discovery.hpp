// The service's discovery document as a judge of JSON, member by member.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace batchctl::discovery {

/// A request may not set what is output only, and must have what is required; a change names only what it changes.
enum class Side { request, change, answer };

class Discovery {
 public:
  /// The document that lies beside the project; nullptr when there is none (see beside.hpp).
  static const Discovery* beside_the_project();

  explicit Discovery(nlohmann::json document);

  /// What is wrong with `value` by components.schemas.<schema>, a line each; empty when nothing is. A member that the
  /// document does not list is wrong, and so is null.
  std::string faults(const std::string& schema, const nlohmann::json& value, Side side) const;

  /// The schema by its name, also of the supplement; null when there is none.
  const nlohmann::json& schema(const std::string& name) const;

  /// The schemas of a method's request and answer; empty where it has none.
  struct Method {
    std::string request, answer;
  };
  /// By the document's paths; `path` as it stands on the wire, with `/v1beta`. nullptr when there is no such method.
  const Method* method(const std::string& verb, const std::string& path) const;

 private:
  nlohmann::json document_;
  std::vector<std::pair<std::string, Method>> methods_;  // by a pattern of "VERB /path"
};

}  // namespace batchctl::discovery
