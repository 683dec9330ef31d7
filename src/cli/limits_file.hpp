// The limits file: prices and limits that a person knows better than what is compiled in (plan/catalogue.hpp).
//
//   {"models": {"gemini-2.5-flash": {
//      "batch_price_usd_per_1m": {"input": 0.15, "output": 1.25, "cached": 0.03},
//      "standard_price_usd_per_1m": {"input": 0.3, "output": 2.5},
//      "batch_price_above_200k_usd_per_1m": {"input": 0.3, "output": 2.5},
//      "enqueued_tokens": {"tier1": 3000000, "tier2": 400000000, "tier3": 1000000000},
//      "max_output_tokens": 65536,
//      "state": "current|preview|deprecated|retired", "ends": "2026-12-01", "successor": "gemini-3.5-flash-lite",
//      "date": "2026-11-26", "source": "our contract"}}}
//
// Every member may be left out. What is given of a model takes the place of what is compiled in, the rest stays. Of the
// batch and the standard price one is enough: batch is half.
#pragma once

#include <string>
#include <string_view>

#include "plan/catalogue.hpp"

namespace batchctl::cli {

/// What is compiled in, with the file's figures over it. Throws Fatal{usage, "limits_file"} naming file and member.
plan::Catalogue read_limits_file(const std::string& path);

/// The same for a text; `path` is for messages and for figures without a source of their own.
plan::Catalogue catalogue_with(std::string_view json, const std::string& path);

}  // namespace batchctl::cli
