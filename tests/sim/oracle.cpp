// Knows every limit, what each chunk counts and when the service changes; makes a chunk the moment it is taken, in no
// time, and sees every end at once. It does not know how long a job will take, as nobody does, so it is no lower bound
// in the strict sense: the best of its ways to go through the chunks is taken.
#include <deque>

#include "sim/client.hpp"

namespace batchctl::sim {

namespace {

class Oracle : public Client {
 public:
  Oracle(OracleWay way, Work& work, Service& service) : way_(way), work_(work), service_(service) {
    for (int i = 0; i < work.size(); ++i) waiting_.push_back(i);
  }

  std::optional<Instant> act(Instant now) override {
    for (std::size_t i = 0; i < live_.size();) {
      if (!service_.has_ended(live_[i].job, now)) {
        ++i;
        continue;
      }
      work_.ended(live_[i].number);
      live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (const auto repair = work_.repair(waiting_.empty()))
      way_.repairs_first ? waiting_.push_front(*repair) : waiting_.push_back(*repair);
    for (auto next = waiting_.begin(); next != waiting_.end();) {
      if (!service_.would_take(now, work_.piece(*next))) {
        if (!way_.overtakes) break;
        ++next;
        continue;
      }
      const Reply reply = service_.create(now, work_.piece(*next));
      live_.push_back({*next, reply.job});
      next = waiting_.erase(next);
    }
    if (waiting_.empty() && live_.empty()) return std::nullopt;
    std::optional<Instant> wake = service_.next_change(now);
    for (const Live& live : live_)
      if (!wake || service_.ends_at(live.job) < *wake) wake = service_.ends_at(live.job);
    return wake;
  }
  void tell(Outcome&) const override {}

 private:
  struct Live {
    int number;
    int job;
  };
  OracleWay way_;
  Work& work_;
  Service& service_;
  std::deque<int> waiting_;
  std::vector<Live> live_;
};

}  // namespace

std::unique_ptr<Client> oracle(OracleWay way, Work& work, Service& service) {
  return std::make_unique<Oracle>(way, work, service);
}

}  // namespace batchctl::sim
