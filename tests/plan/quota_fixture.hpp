// A quota as the decisions read it, with short ways to say what happened to it.
#pragma once

#include <doctest/doctest.h>

#include "plan/quota.hpp"

namespace batchctl::plan {

inline const Instant kNoon = from_unix_ms(1'795'348'800'000);  // 2026-11-22T12:00:00Z, a Sunday in standard time

struct QuotaRig {
  QuotaView view;
  Limits limits;
  Random random{7};
  Instant now = kNoon;

  QuotaRig() {
    view.model.project = view.project.project = "p";
    view.model.model = "m";
  }

  Admission admitted(std::int64_t tokens) const { return admit(view, limits, tokens, now); }
  Gate gate(std::int64_t tokens) const { return admitted(tokens).gate; }

  /// A create that succeeds, through the gate when there is one.
  void succeed(std::int64_t tokens) {
    const Admission admission = admitted(tokens);
    REQUIRE(admission.admitted());
    note_intent(view, limits, admission.probe, now);
    view.held.tokens += tokens;
    view.held.jobs += 1;
    note_answer(view, limits, now);
    note_success(view, limits, admission.probe, now);
  }
  /// A create that is refused, through the gate when there is one.
  Breaker refuse(std::int64_t tokens, const Refusal& refusal = {}) {
    const Admission admission = admitted(tokens);
    REQUIRE(admission.admitted());
    note_intent(view, limits, admission.probe, now);
    note_answer(view, limits, now);
    return note_refusal(view, limits, refusal, tokens, admission.probe, now, random);
  }
  void end_job(std::int64_t tokens) {
    view.held.tokens -= tokens;
    view.held.jobs -= 1;
    note_completion(view, tokens, now, random);
  }
};

inline Refusal refusal_of(PauseKind kind, std::optional<Duration> retry_after = std::nullopt) {
  return {kind, std::nullopt, "You exceeded your current quota.", retry_after};
}

/// Whether `length` is `expected` give or take 15 %.
inline bool is_about(Duration length, Duration expected) {
  return length >= scaled(expected, 0.85) && length <= scaled(expected, 1.15);
}

}  // namespace batchctl::plan
