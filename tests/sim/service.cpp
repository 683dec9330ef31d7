#include "sim/service.hpp"

#include <algorithm>
#include <cmath>

namespace batchctl::sim {

namespace {

constexpr Duration kLongest = hours{24 * 30};

/// Midnight in Los Angeles, in winter.
Instant day_end_after(Instant at) {
  const Duration since = (at.time_since_epoch() - hours{8}) % hours{24};
  return at + hours{24} - since;
}

}  // namespace

Service::Service(const Scenario& scenario, std::uint64_t seed, Instant start)
    : scenario_(scenario),
      random_(seed * 104'729 + 3),
      start_(start),
      fifo_free_(start),
      day_ends_(day_end_after(start)) {
  levels_.push_back({start, scenario.cap});
  const auto share = [&](double part) { return std::llround(static_cast<double>(scenario.cap) * part); };
  if (scenario.cap_moves)
    for (Instant at = start; at < start + kLongest; at += scaled(hours{1}, random_.uniform(1.0, 4.0)))
      levels_.push_back({at, share(random_.uniform(0.3, 1.0))});
  if (scenario.falls_to) {
    levels_.push_back({start + hours{2}, share(*scenario.falls_to)});
    levels_.push_back({start + hours{6}, scenario.cap});
  }
  if (scenario.outages)
    for (Instant at = start + scaled(hours{1}, random_.uniform(0.2, 2)); at < start + kLongest;
         at += scaled(hours{1}, random_.uniform(1, 5))) {
      const Instant to = at + scaled(minutes{1}, random_.uniform(2, 30));
      outages_.push_back({at, to, random_.uniform(0, 1) < 0.5});
      at = to;
    }
}

void Service::advance(Instant now) {
  while (!active_.empty() && active_.top().at <= now) {
    active_tokens_ -= active_.top().tokens;
    active_.pop();
  }
  if (now < day_ends_) return;
  day_ends_ = day_end_after(now);
  today_ = 0;
}

std::int64_t Service::cap(Instant now) const {
  std::int64_t cap = scenario_.cap;
  for (const Level& level : levels_) {
    if (level.from > now) break;
    cap = level.cap;
  }
  return cap;
}

std::int64_t Service::active_tokens(Instant now) {
  advance(now);
  return active_tokens_;
}

Service::Limit Service::binding(Instant now, const Piece& piece) {
  advance(now);
  if (scenario_.day_tokens > 0 && today_ + piece.tokens > scenario_.day_tokens) return Limit::day;
  if (static_cast<int>(active_.size()) >= scenario_.jobs) return Limit::jobs;
  if (active_tokens_ + piece.tokens > cap(now)) return Limit::tokens;
  if (scenario_.creations > 0 && static_cast<int>(made_at_.size()) >= scenario_.creations &&
      made_at_[made_at_.size() - static_cast<std::size_t>(scenario_.creations)] + scenario_.per > now)
    return Limit::creations;
  return Limit::none;
}

bool Service::is_reachable(Instant now) const {
  return std::none_of(outages_.begin(), outages_.end(),
                      [&](const Outage& outage) { return outage.from <= now && now < outage.to; });
}

Reply Service::create(Instant now, const Piece& piece) {
  Reply reply;
  for (const Outage& outage : outages_)
    if (outage.from <= now && now < outage.to) {
      reply.said = outage.answers ? Said::failing : Said::unreachable;
      return reply;
    }
  const Limit limit = binding(now, piece);
  if (limit != Limit::none) {
    refused_at_.push_back(now);
    reply.said = Said::refused;
    reply.refusal.message = "Resource has been exhausted (e.g. check quota).";
    if (limit == Limit::day && scenario_.day_is_named) {
      reply.refusal.kind = PauseKind::day;
      reply.refusal.quota_id = "BatchTokensPerDayPerProjectPerModel";
      reply.refusal.retry_after = seconds{5};
    }
    return reply;
  }
  Instant end = now + piece.job_time;
  if (scenario_.fifo_speed > 0) {
    fifo_free_ = std::max(fifo_free_, now) +
                 Duration{std::llround(1000 * static_cast<double>(piece.tokens) / scenario_.fifo_speed)};
    end = fifo_free_;
  }
  reply.job = static_cast<int>(ends_.size());
  ends_.push_back(end);
  made_at_.push_back(now);
  active_.push({end + scenario_.late, piece.tokens});
  active_tokens_ += piece.tokens;
  today_ += piece.tokens;
  if (random_.uniform(0, 1) < scenario_.lost_answers) reply.said = Said::lost;
  return reply;
}

bool Service::would_take(Instant now, const Piece& piece) {
  return is_reachable(now) && binding(now, piece) == Limit::none;
}

std::optional<Instant> Service::next_change(Instant now) {
  advance(now);
  std::optional<Instant> next;
  const auto consider = [&](Instant at) {
    if (at > now && (!next || at < *next)) next = at;
  };
  if (!active_.empty()) consider(active_.top().at);
  if (scenario_.day_tokens > 0) consider(day_ends_);
  if (scenario_.creations > 0 && static_cast<int>(made_at_.size()) >= scenario_.creations)
    consider(made_at_[made_at_.size() - static_cast<std::size_t>(scenario_.creations)] + scenario_.per);
  for (const Level& level : levels_)
    if (level.from > now) {
      consider(level.from);
      break;
    }
  for (const Outage& outage : outages_) {
    consider(outage.to);
    if (outage.to > now) break;
  }
  return next;
}

}  // namespace batchctl::sim
