// What people write by hand: a loop that uploads and creates, in groups or a few jobs at a time, and sleeps when
// refused.
#include <algorithm>
#include <deque>

#include "sim/client.hpp"

namespace batchctl::sim {

namespace {

constexpr int kGroup = 10;
constexpr Duration kGroupPause = seconds{30};
constexpr Duration kPoll = seconds{60};
constexpr Duration kFirstBackoff = seconds{10};
constexpr int kPatience = 6;  // waits before it gives up
constexpr Duration kPersonComesBack = hours{2};
constexpr Duration kEndlessBackoff = minutes{2};  // the endless loop waits no longer

class Script : public Client {
 public:
  Script(Policy policy, Work& work, Service& service) : policy_(policy), work_(work), service_(service) {
    for (int i = 0; i < work.size(); ++i) waiting_.push_back(i);
    done_.assign(static_cast<std::size_t>(work.size()), false);
  }

  std::optional<Instant> act(Instant now) override {
    if (now >= next_poll_) poll(now);
    if (now >= next_create_) create(now);
    if (waiting_.empty() && live_.empty()) return std::nullopt;
    if (waiting_.empty() || blocked()) return next_poll_;
    return std::min(next_poll_, next_create_);
  }
  void tell(Outcome&) const override {}

 private:
  bool blocked() const { return policy_ == Policy::ten_jobs && draining_ && !live_.empty(); }

  void poll(Instant now) {
    next_poll_ = now + kPoll;
    if (!service_.is_reachable(now)) return;
    for (std::size_t i = 0; i < live_.size();) {
      if (!service_.has_ended(live_[i].job, now)) {
        ++i;
        continue;
      }
      const auto number = static_cast<std::size_t>(live_[i].number);
      if (!done_[number]) work_.ended(live_[i].number);
      done_[number] = true;
      live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (const auto repair = work_.repair(waiting_.empty())) {
      waiting_.push_back(*repair);
      done_.resize(static_cast<std::size_t>(work_.size()), false);
    }
  }

  void create(Instant now) {
    if (blocked() || waiting_.empty()) return;
    draining_ = false;
    const Piece& piece = work_.piece(waiting_.front());
    const Reply reply = service_.create(now, piece);
    switch (reply.said) {
      case Said::made:
        live_.push_back({waiting_.front(), reply.job});
        waiting_.pop_front();
        waits_ = 0;
        next_create_ = now + kCreateTime + upload_time(piece);
        if (++in_group_ < kGroup) return;
        in_group_ = 0;
        draining_ = true;
        next_create_ += kGroupPause;
        return;
      case Said::refused:
        back_off(now);
        return;
      case Said::lost:  // it does not know that there is a job, and makes another
      case Said::failing:
      case Said::unreachable:
        next_create_ = now + kFirstBackoff;
        return;
    }
  }

  void back_off(Instant now) {
    Duration wait = kFirstBackoff * (1 << std::min(waits_, 10));
    ++waits_;
    if (policy_ == Policy::groups && waits_ > kPatience) {
      wait = kPersonComesBack;
      waits_ = 0;
      in_group_ = 0;
    }
    if (policy_ != Policy::groups) wait = std::min(wait, kEndlessBackoff);
    next_create_ = now + wait;
  }

  struct Live {
    int number;
    int job;
  };
  Policy policy_;
  Work& work_;
  Service& service_;
  std::deque<int> waiting_;
  std::vector<Live> live_;
  std::vector<bool> done_;
  Instant next_poll_{}, next_create_{};
  int in_group_ = 0, waits_ = 0;
  bool draining_ = false;  // ten jobs: a ten was made and is awaited
};

}  // namespace

std::unique_ptr<Client> script(Policy policy, Work& work, Service& service) {
  return std::make_unique<Script>(policy, work, service);
}

}  // namespace batchctl::sim
