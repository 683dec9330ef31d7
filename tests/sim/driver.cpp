#include "sim/driver.hpp"

#include <algorithm>

#include "plan/backoff.hpp"
#include "plan/polling.hpp"

namespace batchctl::sim {

namespace {

constexpr std::size_t kLook = 64;
constexpr Duration kInFlight = seconds{140};  // S + D
constexpr Duration kListed = seconds{60};     // G
constexpr Duration kBetweenPasses = seconds{30};
constexpr Duration kFileLives = hours{48};

ChunkKey key_of(int number) { return ChunkKey{number + 1}; }
int number_of(ChunkKey key) { return static_cast<int>(key.value) - 1; }

}  // namespace

Driver::Driver(Work& work, Service& service, Books& books, int run, plan::Limits limits, std::uint64_t seed)
    : work_(work), service_(service), books_(books), run_(run), limits_(limits), random_(seed * 31 + 5) {
  chunks_.resize(static_cast<std::size_t>(work.size()));
  for (int i = 0; i < work.size(); ++i) in_[ChunkState::planned].insert(i);
}

void Driver::tell(Outcome& outcome) const {
  outcome.oldest_file = oldest_file_;
  outcome.expired_files = expired_files_;
  outcome.list_calls = list_calls_;
}

std::int64_t Driver::held_tokens() const {
  std::int64_t tokens = 0;
  for (const auto& [id, hold] : books_.holds)
    if (hold.run == run_) tokens += hold.tokens;
  return tokens;
}

bool Driver::has_backlog() const {
  for (const ChunkState state : {ChunkState::planned, ChunkState::uploading, ChunkState::uploaded}) {
    const auto there = in_.find(state);
    if (there != in_.end() && !there->second.empty()) return true;
  }
  return false;
}

std::optional<Instant> Driver::act(Instant now) {
  while (!events_.empty() && events_.begin()->first <= now) {
    const auto body = std::move(events_.begin()->second);
    events_.erase(events_.begin());
    body(now);
  }
  books_.runs[run_] = {limits_.weight, has_backlog(), now};
  plan::Plan plan;
  while (true) {
    const plan::Snapshot s = snapshot(now);
    plan = plan::schedule(s, now);
    bool moved = false;
    for (const plan::Action& action : plan.actions) {
      const int number = number_of(action.chunk);
      switch (action.what) {
        case plan::Do::settle:
          settle(number, now);
          moved = true;
          break;
        case plan::Do::fetch:
          chunks_[static_cast<std::size_t>(number)].busy = true;
          ++fetches_;
          later(now + kFetchTime, [this, number](Instant at) { fetched(number, at); });
          break;
        case plan::Do::list_all:
        case plan::Do::poll:
          list(action.what == plan::Do::list_all, now);
          break;
        case plan::Do::age_file:
          ++expired_files_;
          enter(number, ChunkState::planned);
          moved = true;
          break;
        case plan::Do::create:
          create(number, now);
          break;
        case plan::Do::upload:
          upload(number, now);
          break;
        case plan::Do::cancel:
        case plan::Do::find_file:
        case plan::Do::doubt:
          break;  // nobody cancels and no process dies here
      }
    }
    if (!moved) break;
  }
  if (in_[ChunkState::done].size() == chunks_.size()) return std::nullopt;
  Instant wake = now + seconds{60};  // nothing is due by time: look again all the same
  bool due = false;
  const auto consider = [&](std::optional<Instant> at) {
    if (!at || *at <= now || (due && *at >= wake)) return;
    wake = *at;
    due = true;
  };
  consider(plan.next_event);
  consider(plan.next_poll);
  if (!events_.empty()) consider(events_.begin()->first);
  return wake;
}

plan::QuotaView Driver::view(Instant now) const {
  plan::QuotaView view;
  view.model = books_.model;
  view.project = books_.project;
  view.breakers = books_.breakers;
  for (const auto& [id, hold] : books_.holds) {
    view.held.tokens += hold.tokens;
    view.held.jobs += 1;
    if (hold.run == run_) {
      view.share.tokens += hold.tokens;
      view.share.jobs += 1;
    }
    if (hold.on_its_way && now - hold.intent_at < kInFlight)
      view.held.newest_intent = std::max(view.held.newest_intent.value_or(hold.intent_at), hold.intent_at);
  }
  for (const auto& [id, run] : books_.runs)
    if (id != run_ && run.backlog && now - run.heartbeat < plan::kHeartbeatFresh)
      view.share.hungry_others += run.weight;
  return view;
}

void Driver::save(const plan::QuotaView& view) {
  books_.model = view.model;
  books_.project = view.project;
  books_.breakers = view.breakers;
}

void Driver::enter(int number, ChunkState state) {
  Chunk& chunk = chunks_[static_cast<std::size_t>(number)];
  in_[chunk.state].erase(number);
  chunk.state = state;
  chunk.not_before.reset();
  in_[state].insert(number);
}

plan::Snapshot Driver::snapshot(Instant now) {
  plan::Snapshot s;
  s.fetches_under_way = fetches_;
  s.create_under_way = creating_;
  s.list_under_way = listing_;
  s.list_not_before = list_not_before_;
  s.limits = limits_;
  s.quota = view(now);
  s.polled_at = books_.project.polled_at;
  using enum ChunkState;
  s.window_used = static_cast<int>(in_[uploading].size() + in_[uploaded].size() + in_[creating].size());
  const auto take = [&](ChunkState state, std::vector<plan::ChunkFacts>& into) {
    for (const int number : in_[state]) {
      const Chunk& chunk = chunks_[static_cast<std::size_t>(number)];
      if (chunk.busy) continue;
      if (state != reconciling && chunk.not_before && *chunk.not_before > now) {
        if (!s.next_ready || *chunk.not_before < *s.next_ready) s.next_ready = chunk.not_before;
        continue;
      }
      plan::ChunkFacts facts;
      facts.key = key_of(number);
      facts.tokens = work_.piece(number).estimate;
      facts.uploaded_at = chunk.uploaded_at;
      if (chunk.uploaded_at) facts.expires_at = *chunk.uploaded_at + kFileLives;
      if (state == reconciling) facts.due = chunk.not_before;
      into.push_back(facts);
      if (into.size() >= kLook) break;
    }
  };
  take(planned, s.planned);
  take(uploaded, s.uploaded);
  take(reconciling, s.reconciling);
  take(fetching, s.fetching);
  std::optional<Instant> youngest;
  for (const auto& [id, hold] : books_.holds) {
    if (hold.job < 0) continue;
    s.jobs_live = true;
    youngest = std::max(youngest.value_or(hold.intent_at), hold.intent_at);
  }
  for (const int number : in_[submitted]) {
    const Chunk& chunk = chunks_[static_cast<std::size_t>(number)];
    if (chunk.busy || books_.holds.contains(chunk.hold)) continue;  // the hold ends when the end is seen
    plan::ChunkFacts facts;
    facts.key = key_of(number);
    s.ended.push_back(facts);
  }
  if (youngest) s.poll_every = plan::poll_interval(has_backlog(), now - *youngest);
  return s;
}

void Driver::upload(int number, Instant now) {
  enter(number, ChunkState::uploading);
  chunks_[static_cast<std::size_t>(number)].busy = true;
  later(now + upload_time(work_.piece(number)), [this, number](Instant at) {
    Chunk& chunk = chunks_[static_cast<std::size_t>(number)];
    chunk.busy = false;
    if (!service_.is_reachable(at)) {
      met_outage(at);
      const int fails = chunk.fails++;
      enter(number, ChunkState::planned);
      chunk.not_before = at + plan::backoff(fails, seconds{5}, minutes{5}, random_);
      return;
    }
    met_service();
    chunk.fails = 0;
    chunk.uploaded_at = at;
    enter(number, ChunkState::uploaded);
  });
}

void Driver::create(int number, Instant now) {
  // Decided again, as in the transaction that stores the intent.
  plan::QuotaView rows = view(now);
  const Piece& piece = work_.piece(number);
  const plan::Admission admission = plan::admit(rows, limits_, piece.estimate, now);
  if (!admission.admitted()) return;
  Chunk& chunk = chunks_[static_cast<std::size_t>(number)];
  oldest_file_ = std::max(oldest_file_, now - chunk.uploaded_at.value());
  plan::note_intent(rows, limits_, admission.probe, now);
  save(rows);
  chunk.hold = books_.next_hold++;
  books_.holds[chunk.hold] = {run_, number, piece.estimate, now, true, -1};
  enter(number, ChunkState::creating);
  chunk.busy = true;
  creating_ = true;
  const Reply reply = service_.create(now, piece);
  later(now + kCreateTime,
        [this, number, reply, probe = admission.probe](Instant at) { created(number, reply, probe, at); });
}

void Driver::created(int number, const Reply& reply, bool probe, Instant now) {
  Chunk& chunk = chunks_[static_cast<std::size_t>(number)];
  chunk.busy = false;
  creating_ = false;
  if (reply.said != Said::unreachable) met_service();
  switch (reply.said) {
    case Said::made: {
      books_.holds[chunk.hold].job = reply.job;
      books_.holds[chunk.hold].on_its_way = false;
      chunk.fails = 0;
      enter(number, ChunkState::submitted);
      plan::QuotaView rows = view(now);
      plan::note_answer(rows, limits_, now);
      plan::note_success(rows, limits_, probe, now);
      save(rows);
      return;
    }
    case Said::refused: {
      books_.holds.erase(chunk.hold);
      chunk.hold = -1;
      enter(number, ChunkState::uploaded);
      plan::QuotaView rows = view(now);
      plan::note_answer(rows, limits_, now);
      plan::note_refusal(rows, limits_, reply.refusal, work_.piece(number).estimate, probe, now, random_);
      save(rows);
      return;
    }
    case Said::lost:
    case Said::failing: {
      const Duration growth = seconds{work_.piece(number).estimate * 4 / (2 << 20)};
      const Instant intent_at = books_.holds[chunk.hold].intent_at;
      enter(number, ChunkState::reconciling);
      chunk.not_before = intent_at + kInFlight + growth + kListed;
      chunk.made_unseen = reply.job;
      chunk.absent_since.reset();
      if (reply.said == Said::failing) met_outage(now);
      return;
    }
    case Said::unreachable:
      met_outage(now);
      books_.holds.erase(chunk.hold);
      chunk.hold = -1;
      enter(number, ChunkState::uploaded);
      chunk.not_before = now + plan::backoff(chunk.fails++, seconds{5}, minutes{5}, random_);
      return;
  }
}

void Driver::met_outage(Instant now) {
  plan::QuotaView rows = view(now);
  plan::note_outage(rows, "the service is down", now, random_);
  save(rows);
}

void Driver::met_service() {
  std::erase_if(books_.breakers, [](const Breaker& breaker) { return breaker.kind == PauseKind::outage; });
}

void Driver::list(bool complete, Instant now) {
  listing_ = true;
  ++list_calls_;
  books_.project.polled_at = now;
  sought_.clear();
  if (complete)
    for (const int number : in_[ChunkState::reconciling])
      if (*chunks_[static_cast<std::size_t>(number)].not_before <= now) sought_.insert(number);
  later(now + kListTime, [this, now](Instant at) { listed(now, at); });
}

void Driver::listed(Instant began, Instant now) {
  listing_ = false;
  if (!service_.is_reachable(now)) {
    met_outage(now);
    list_not_before_ = now + plan::backoff(list_fails_++, seconds{5}, minutes{5}, random_);
    return;
  }
  met_service();
  list_fails_ = 0;
  list_not_before_.reset();
  for (auto entry = books_.holds.begin(); entry != books_.holds.end();) {
    Books::Hold& hold = entry->second;
    if (hold.job < 0 || !service_.has_ended(hold.job, now)) {
      ++entry;
      continue;
    }
    const std::int64_t tokens = hold.tokens;
    entry = books_.holds.erase(entry);
    plan::QuotaView rows = view(now);
    plan::note_completion(rows, tokens, now, random_);
    save(rows);
  }
  for (const int number : sought_) {
    Chunk& chunk = chunks_[static_cast<std::size_t>(number)];
    if (chunk.made_unseen >= 0) {
      books_.holds[chunk.hold].job = chunk.made_unseen;
      books_.holds[chunk.hold].on_its_way = false;
      enter(number, ChunkState::submitted);
      if (service_.has_ended(chunk.made_unseen, now)) books_.holds.erase(chunk.hold);
    } else if (!chunk.absent_since) {
      chunk.absent_since = now;
      list_not_before_ = now + kBetweenPasses;
    } else if (began >= *chunk.absent_since + kBetweenPasses) {
      books_.holds.erase(chunk.hold);
      chunk.hold = -1;
      enter(number, ChunkState::uploaded);
    }
  }
  sought_.clear();
}

void Driver::settle(int number, Instant) { enter(number, ChunkState::fetching); }

void Driver::fetched(int number, Instant) {
  --fetches_;
  chunks_[static_cast<std::size_t>(number)].busy = false;
  enter(number, ChunkState::done);
  work_.ended(number);
  if (const auto repair = work_.repair(!has_backlog())) {
    chunks_.emplace_back();
    in_[ChunkState::planned].insert(*repair);
  }
}

}  // namespace batchctl::sim
