// What a run's owner wants to be told of while nobody looks: the run is done, paused, failed, needs a person, or has
// four fifths of its quota in use. Each is told once a change, by whichever process notices first: what was told stands
// in the journal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/report.hpp"

namespace batchctl::app {

struct Event {
  std::string name;  // done, paused, failed, needs_attention, quota
  std::string why;   // in one line
};

/// What was told last of the run: the newest state, and whether the quota was found in use. Empty: nothing yet.
struct Told {
  std::string state;  // `paused RESOURCE_EXHAUSTED`
  std::string quota;  // `used` or `free`
};

/// The events of this report that were not told yet; `told` is what will have been said with them. Pure. A run that
/// merely goes on tells nothing, and a pause of the same reason after it is no news; quota in use is news again once it
/// was below a half.
std::vector<Event> events_of(const RunReport& report, Told& told);

/// As above, with what the journal says was told; what is new is noted there. In no transaction.
std::vector<Event> take_events(Context& context, const RunReport& report);

}  // namespace batchctl::app
