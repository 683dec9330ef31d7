// The figures of catalogue.hpp as they are printed, read between 2026-03 and 2026-11. Data and nothing else: to correct
// one, change its row, its date and its source.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "plan/catalogue.hpp"

namespace batchctl::plan {

struct PrintedSource {
  std::string_view page, date, basis;
};

inline constexpr PrintedSource kLimitsPage{"ai.google.dev/gemini-api/docs/rate-limits", "2026-08-18", "printed"};
inline constexpr PrintedSource kLimitsPageOld{"ai.google.dev/gemini-api/docs/rate-limits", "2025-12", "printed, older"};
inline constexpr PrintedSource kLimitsPageSeen{"ai.google.dev/gemini-api/docs/rate-limits", "2026-09-28",
                                               "as a user read it"};
inline constexpr PrintedSource kModelPages{"ai.google.dev/gemini-api/docs/models", "2026-05", "printed"};
inline constexpr PrintedSource kDeprecations{"ai.google.dev/gemini-api/docs/deprecations", "2026-11-10",
                                             "as others read it"};
inline constexpr PrintedSource kUsers{"users' reports", "2026-08", "reported"};

struct PrintedModel {
  std::string_view model;
  std::array<std::int64_t, 3> tokens;  // enqueued in batch jobs, tiers 1 to 3; 0: not printed
  PrintedSource tokens_source = kLimitsPage;
  std::int64_t max_output = 0;  // 0: not printed
  ModelState state = ModelState::current;
  std::string_view ends = "", successor = "", note = "";
  PrintedSource state_source = kLimitsPage;
};

inline constexpr std::int64_t kMillion = 1'000'000;
inline constexpr std::int64_t kLongAnswer = 65'536;  // model pages of the 2.5 and 3 lines
inline constexpr std::int64_t kShortAnswer = 8'192;  // of the 2.0 line

inline constexpr auto kFlash = std::to_array<std::int64_t>({3 * kMillion, 400 * kMillion, 1000 * kMillion});
inline constexpr auto kLite = std::to_array<std::int64_t>({10 * kMillion, 500 * kMillion, 1000 * kMillion});
inline constexpr auto kPro = std::to_array<std::int64_t>({5 * kMillion, 500 * kMillion, 1000 * kMillion});
inline constexpr auto kOld = std::to_array<std::int64_t>({10 * kMillion, 1000 * kMillion, 5000 * kMillion});

inline constexpr auto kPrintedModels = std::to_array<PrintedModel>({
    {"gemini-3.8-flash", {3 * kMillion, 0, 0}, kLimitsPageSeen, kLongAnswer},
    {"gemini-3.7-flash", {3 * kMillion, 0, 0}, kLimitsPage, kLongAnswer},
    {"gemini-3.6-flash", kFlash, kLimitsPage, kLongAnswer},
    {"gemini-3.5-flash", kFlash, kLimitsPage, kLongAnswer, ModelState::deprecated, "", "gemini-3.6-flash",
     "its requests are routed to the successor", kDeprecations},
    {"gemini-3.5-flash-lite", kLite, kLimitsPage, kLongAnswer},
    {"gemini-3.1-pro-preview", kPro, kLimitsPage, kLongAnswer, ModelState::preview},
    {"gemini-3.1-flash-lite", kLite, kLimitsPage, kLongAnswer},
    {"gemini-3.1-flash-lite-preview", kLite, kLimitsPage, kLongAnswer, ModelState::retired, "2026-05-25",
     "gemini-3.1-flash-lite", "", kUsers},
    {"gemini-3-flash-preview",
     {3 * kMillion, 400 * kMillion, 500 * kMillion},
     kLimitsPageOld,
     kLongAnswer,
     ModelState::preview},
    {"gemini-2.5-pro", kPro, kLimitsPage, kLongAnswer, ModelState::deprecated, "2026-12-01", "gemini-3.8-flash",
     "its requests are then routed to the successor and billed at its prices", kDeprecations},
    {"gemini-2.5-flash", kFlash, kLimitsPage, kLongAnswer, ModelState::deprecated, "2026-12-01",
     "gemini-3.5-flash-lite", "its requests are then routed to the successor and billed at its prices", kDeprecations},
    {"gemini-2.5-flash-lite", kLite, kLimitsPage, kLongAnswer, ModelState::current, "", "",
     "new projects are told 404 since 2026-08-20", kUsers},
    {"gemini-2.5-flash-preview", kFlash, kLimitsPage, 0, ModelState::preview},
    {"gemini-2.5-flash-lite-preview", kLite, kLimitsPage, 0, ModelState::preview},
    {"gemini-2.0-flash", kOld, kLimitsPage, kShortAnswer, ModelState::retired, "2026-06-01", "gemini-3.5-flash", "",
     kDeprecations},
    {"gemini-2.0-flash-lite", kOld, kLimitsPage, kShortAnswer, ModelState::retired, "2026-06-01",
     "gemini-3.1-flash-lite", "", kDeprecations},
    {"gemini-2.5-pro-preview-tts", {25'000, 100'000, kMillion}, kLimitsPage, 0, ModelState::preview},
    {"gemini-2.5-flash-preview-tts", {100'000, 100'000, 4 * kMillion}, kLimitsPage, 0, ModelState::preview},
    {"gemini-2.5-flash-image-preview", kFlash, kLimitsPage, 0, ModelState::preview},
    {"gemini-3.1-flash-image-preview", {kMillion, 250 * kMillion, 750 * kMillion}, kLimitsPage, 0, ModelState::preview},
    {"gemini-3.1-flash-lite-image", {2 * kMillion, 270 * kMillion, 1000 * kMillion}},
    {"gemini-3-pro-image-preview",
     {2 * kMillion, 270 * kMillion, 1000 * kMillion},
     kLimitsPage,
     0,
     ModelState::preview},
    {"gemini-embedding-001", {500'000, 5 * kMillion, 10 * kMillion}},
});

inline constexpr PrintedSource kPricing202603{"macaron.im/blog/gemini-flash-lite-pricing", "2026-03", ""};
inline constexpr PrintedSource kPricing202604{"tokencost.app/blog/gemini-3-flash-pricing", "2026-04-19", ""};
inline constexpr PrintedSource kPricing202605{"apidog.com/blog/gemini-3-5-flash-pricing", "2026-05", ""};
inline constexpr PrintedSource kPricing202608{"ai.google.dev/gemini-api/docs/pricing", "2026-08-04", ""};
inline constexpr PrintedSource kPricing202609{"ai.google.dev/gemini-api/docs/pricing", "2026-09", ""};
inline constexpr PrintedSource kPricing202610{"ai.google.dev/gemini-api/docs/pricing", "2026-10-07", ""};
inline constexpr PrintedSource kBlog202509{"developers.googleblog.com, embeddings in batch", "2025-09-08", ""};

inline constexpr std::string_view kPrinted = "printed", kHalved = "half of the printed standard price";
inline constexpr std::string_view kQuoted = "batch price as others quote it", kTold = "third party";

/// USD per million tokens. The pricing page and the batch guide disagree about cached tokens in batch jobs; the higher
/// reading is taken, which is the standard price.
struct PrintedPrice {
  std::string_view model, from;  // from: the first day; empty: always
  double batch_input, batch_output, standard_input, standard_output;
  PrintedSource source;
  std::string_view basis;
  double cached = 0;                                        // 0: not printed
  double long_input = 0, long_output = 0, long_cached = 0;  // batch, prompts above 200,000 tokens
};

inline constexpr auto kPrintedPrices = std::to_array<PrintedPrice>({
    {"gemini-3.8-flash", "", 0.375, 1.875, 0.75, 3.75, kPricing202609, kQuoted},
    {"gemini-3.8-flash", "2027-01-01", 0.75, 3.75, 1.5, 7.5, kPricing202609, kQuoted},
    {"gemini-3.7-flash", "", 0.375, 1.875, 0.75, 3.75, kPricing202609, kQuoted},
    {"gemini-3.7-flash", "2027-01-01", 0.75, 3.75, 1.5, 7.5, kPricing202609, kQuoted},
    {"gemini-3.6-flash", "", 0.375, 1.875, 0.75, 3.75, kPricing202609, kHalved},
    {"gemini-3.6-flash", "2027-01-01", 0.75, 3.75, 1.5, 7.5, kPricing202609, kHalved},
    {"gemini-3.5-flash", "", 0.75, 4.5, 1.5, 9.0, kPricing202605, kTold},
    {"gemini-3.5-flash-lite", "", 0.15, 1.25, 0.3, 2.5, kPricing202610, kHalved},
    {"gemini-3.1-pro-preview", "", 1.0, 6.0, 2.0, 12.0, kPricing202610, kHalved, 0, 2.0, 9.0},
    {"gemini-3.1-flash-lite", "", 0.125, 0.75, 0.25, 1.5, kPricing202603, kTold},
    {"gemini-3-flash-preview", "", 0.25, 1.5, 0.5, 3.0, kPricing202604, kTold},
    {"gemini-2.5-pro", "", 0.625, 5.0, 1.25, 10.0, kPricing202608, kPrinted, 0.125, 1.25, 7.5, 0.25},
    {"gemini-2.5-flash", "", 0.15, 1.25, 0.3, 2.5, kPricing202608, kPrinted, 0.03},
    {"gemini-2.5-flash-lite", "", 0.05, 0.2, 0.1, 0.4, kPricing202610, kHalved},
    {"gemini-embedding-001", "", 0.075, 0, 0.15, 0, kBlog202509, kPrinted},
});

}  // namespace batchctl::plan
