// What adopt binds, by which evidence, and what it leaves, for people and for --json.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "app/adopt.hpp"

namespace batchctl::cli {

/// A row a binding, then a row what is left.
std::string adoption_table(const app::Adopted& adopted);
/// In a few lines: how much, on what evidence, what the note's words meant, and what to do next.
std::string adoption_summary(const app::Adopted& adopted, bool stored);
nlohmann::ordered_json adoption_document(const app::Adopted& adopted, bool dry_run);

}  // namespace batchctl::cli
