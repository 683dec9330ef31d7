// Verbs that ask no service do not pay for a network either.
#include <doctest/doctest.h>

#include <string>

#include "e2e/process.hpp"

namespace batchctl::e2e {

TEST_CASE("offline verbs do not even load libcurl, and one that asks the service does") {
  if (kSanitized) return skipped("a sanitizer's library must be the first one that is loaded");
  const Sandbox sandbox({"--time-scale", "1", "--pending", "1000h"});
  Desk desk(sandbox);
  desk.write("qa.jsonl", questions(10));
  desk.environment["LD_PRELOAD"] = BATCHCTL_CURL_WITNESS;
  const auto loads = [&](const Words& words) {
    const Outcome outcome = desk.run(words);
    CHECK_MESSAGE((outcome.exit == 0 || outcome.exit == 75), outcome.told());
    return outcome.err.find("libcurl was loaded") != std::string::npos;
  };
  CHECK(loads({"submit", "qa.jsonl", "--no-calibrate"}));
  for (const Words& words : {Words{"status", "--offline"}, Words{"status", "--offline", "--json", "--chunks"},
                             Words{"explain", "qa", "0"}, Words{"runs"}, Words{"report"}, Words{"plan", "qa.jsonl"},
                             Words{"doctor", "--offline"}, Words{"--help"}, Words{"--version"}}) {
    CAPTURE(words.front());
    CHECK_FALSE(loads(words));
  }
}

}  // namespace batchctl::e2e
