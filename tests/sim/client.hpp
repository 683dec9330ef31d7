// Who makes the jobs of a simulated run.
#pragma once

#include <memory>
#include <optional>

#include "base/time.hpp"
#include "sim/scenario.hpp"
#include "sim/service.hpp"
#include "sim/simulation.hpp"
#include "sim/work.hpp"

namespace batchctl::sim {

/// How long a call takes.
inline constexpr Duration kCreateTime = seconds{2};
inline constexpr Duration kListTime = seconds{1};
inline constexpr Duration kFetchTime = seconds{2};
inline Duration upload_time(const Piece& piece) { return seconds{2} + Duration{piece.estimate * 4 / 5'000}; }

class Client {
 public:
  Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  virtual ~Client() = default;
  /// Does what is to be done now; the instant at which it wants to go on, nullopt when all results are here.
  virtual std::optional<Instant> act(Instant now) = 0;
  virtual void tell(Outcome& outcome) const = 0;
};

struct OracleWay {
  bool overtakes = true;  // a chunk that fits passes one that does not
  bool repairs_first = false;
};
std::unique_ptr<Client> oracle(OracleWay way, Work& work, Service& service);
std::unique_ptr<Client> script(Policy policy, Work& work, Service& service);

}  // namespace batchctl::sim
