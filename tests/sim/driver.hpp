// batchctl in the simulation: the decisions are those of plan/, the rows are kept in memory, the calls go to the model
// of the service. It follows app/driver*.cpp step by step and decides nothing itself.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "core/chunk_machine.hpp"
#include "plan/schedule.hpp"
#include "sim/client.hpp"

namespace batchctl::sim {

/// What runs of one project share: the rows of quota and breaker, and the holds.
struct Books {
  struct Hold {
    int run = 0;
    int number = 0;
    std::int64_t tokens = 0;
    Instant intent_at;
    bool on_its_way = true;  // no answer yet
    int job = -1;            // -1: not known
  };

  struct Run {
    double weight = 1;
    bool backlog = false;
    Instant heartbeat{};
  };

  Quota model, project;
  std::vector<Breaker> breakers;
  std::map<int, Run> runs;
  std::map<int, Hold> holds;
  int next_hold = 0;
};

class Driver : public Client {
 public:
  Driver(Work& work, Service& service, Books& books, int run, plan::Limits limits, std::uint64_t seed);

  std::optional<Instant> act(Instant now) override;
  void tell(Outcome& outcome) const override;

  std::int64_t held_tokens() const;
  bool has_backlog() const;

 private:
  struct Chunk {
    ChunkState state = ChunkState::planned;
    std::optional<Instant> not_before, uploaded_at;
    int fails = 0;
    int hold = -1;
    int made_unseen = -1;  // a job that exists although no answer told so
    bool busy = false;
    std::optional<Instant> absent_since;
  };
  plan::Snapshot snapshot(Instant now);
  plan::QuotaView view(Instant now) const;
  void save(const plan::QuotaView& view);
  void later(Instant at, std::function<void(Instant)> body) { events_.emplace(at, std::move(body)); }
  void enter(int number, ChunkState state);
  void upload(int number, Instant now);
  void create(int number, Instant now);
  void created(int number, const Reply& reply, bool probe, Instant now);
  void met_outage(Instant now);
  void met_service();
  void list(bool complete, Instant now);
  void listed(Instant began, Instant now);
  void settle(int number, Instant now);
  void fetched(int number, Instant now);

  Work& work_;
  Service& service_;
  Books& books_;
  int run_;
  plan::Limits limits_;
  Random random_;
  std::vector<Chunk> chunks_;
  std::map<ChunkState, std::set<int>> in_;
  std::multimap<Instant, std::function<void(Instant)>> events_;
  std::set<int> sought_;  // by the complete pass under way
  bool creating_ = false, listing_ = false;
  std::optional<Instant> list_not_before_;
  int list_fails_ = 0, fetches_ = 0;
  Duration oldest_file_{};
  int expired_files_ = 0, list_calls_ = 0;
};

}  // namespace batchctl::sim
