#include "plan/schedule.hpp"

#include <algorithm>

namespace batchctl::plan {

namespace {

void earlier(std::optional<Instant>& current, std::optional<Instant> candidate) {
  if (candidate && (!current || *candidate < *current)) current = candidate;
}

bool is_pause(const Admission& admission) {
  return !admission.admitted() && admission.gate != Gate::in_flight && admission.gate != Gate::group;
}

void plan_full_pass(const Snapshot& s, Instant now, Plan& plan) {
  if ((s.reconciling.empty() && !s.full_pass_at) || s.list_under_way) return;
  std::optional<Instant> due = s.full_pass_at;
  for (const ChunkFacts& chunk : s.reconciling) earlier(due, chunk.due);
  if (s.list_not_before && *s.list_not_before > due.value_or(now)) due = s.list_not_before;
  if (!due || *due <= now)
    plan.actions.push_back({Do::list_all, {}});
  else
    earlier(plan.next_event, due);
}

void plan_poll(const Snapshot& s, Instant now, Plan& plan) {
  if ((!s.jobs_live && !s.look_first) || s.list_under_way) return;
  for (const Action& action : plan.actions)
    if (action.what == Do::list_all) return;
  // A look in the future is a clock that was set back since.
  const bool known = s.polled_at && *s.polled_at <= now;
  Instant due = s.look_now || s.look_first || !known ? now : *s.polled_at + s.poll_every;
  if (s.list_not_before) due = std::max(due, *s.list_not_before);
  if (due <= now)
    plan.actions.push_back({Do::poll, {}});
  else
    plan.next_poll = due;
}

/// At most one create a turn: the next one is decided after its answer.
void plan_create(const Snapshot& s, Instant now, Plan& plan) {
  const ChunkFacts* next = nullptr;
  for (const ChunkFacts& chunk : s.uploaded) {
    if (!is_aged(chunk, now)) {
      if (next == nullptr) next = &chunk;
    } else if (s.may_create) {  // else its chunk may be cancelled in this very turn
      plan.actions.push_back({Do::age_file, chunk.key});
    }
  }
  const ChunkFacts* judged = next != nullptr ? next : (s.planned.empty() ? nullptr : &s.planned.front());
  if (judged == nullptr) return;
  plan.admission =
      next != nullptr ? admit(s.quota, s.limits, judged->tokens, now) : admit_upload(s.quota, judged->bytes, now);
  if (plan.admission->admitted() && next == nullptr) plan.admission = admit(s.quota, s.limits, judged->tokens, now);
  // What has ended is brought home first, and makes the room that this create needs.
  const bool looks_first = s.look_now && (s.jobs_live || s.list_under_way);
  if (!s.may_create || looks_first || s.holds_back || !s.ended.empty()) return;
  if (next != nullptr && plan.admission->admitted() && !s.create_under_way)
    plan.actions.push_back({Do::create, next->key, plan.admission->probe});
  else if (!plan.admission->admitted() && next != nullptr)
    earlier(plan.next_event, plan.admission->opens);
}

void plan_uploads(const Snapshot& s, Instant now, Plan& plan) {
  if (!s.may_upload || s.holds_back || s.planned.empty()) return;
  int window = s.upload_ahead;
  if (plan.admission && is_pause(*plan.admission)) {
    if (s.leaves_when_paused)
      window = 0;
    else if (plan.admission->gate == Gate::breaker)
      window = std::min(window, 1);
  }
  int used = s.window_used;
  std::uint64_t more = 0;
  for (const ChunkFacts& chunk : s.planned) {
    if (used >= window) break;
    more += chunk.bytes;
    if (const Admission upload = admit_upload(s.quota, more, now); !upload.admitted()) {
      earlier(plan.next_event, upload.opens);
      break;
    }
    plan.actions.push_back({Do::upload, chunk.key});
    ++used;
  }
  // Paused with nothing sent ahead: when the gate opens by time there is something to do all the same.
  if (used == 0 && plan.admission && !plan.admission->admitted()) earlier(plan.next_event, plan.admission->opens);
}

}  // namespace

bool is_aged(const ChunkFacts& uploaded, Instant now) {
  if (uploaded.uploaded_at && now - *uploaded.uploaded_at >= kFileMaxAge) return true;
  return uploaded.expires_at && now + kFileExpiryMargin >= *uploaded.expires_at;
}

Plan schedule(const Snapshot& s, Instant now) {
  Plan plan;
  earlier(plan.next_event, s.next_ready);
  if (!s.to_cancel.empty()) plan.actions.push_back({Do::cancel, {}});
  for (const ChunkFacts& chunk : s.ended) plan.actions.push_back({Do::settle, chunk.key});
  int room = kFetchesAtOnce - s.fetches_under_way;
  for (const ChunkFacts& chunk : s.fetching) {
    if (room-- <= 0) break;
    plan.actions.push_back({Do::fetch, chunk.key});
  }
  for (const ChunkFacts& chunk : s.uploading) plan.actions.push_back({Do::find_file, chunk.key});
  for (const ChunkFacts& chunk : s.creating) plan.actions.push_back({Do::doubt, chunk.key});
  plan_full_pass(s, now, plan);
  plan_poll(s, now, plan);
  plan_create(s, now, plan);
  plan_uploads(s, now, plan);
  return plan;
}

}  // namespace batchctl::plan
