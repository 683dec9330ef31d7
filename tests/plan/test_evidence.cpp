#include "plan/evidence.hpp"

#include <doctest/doctest.h>

using namespace batchctl;
using namespace batchctl::plan;

namespace {

const Instant kStart = from_unix_ms(1'795'348'800'000);

/// A service and who asks it, in chunks of 100 tokens: what is in flight, and what the answers were.
struct Story {
  std::vector<QuotaEvent> latest;
  Instant now = kStart;
  int jobs = 0;

  void note(QuotaEvent::What what, int counted) { remember(latest, {what, now, 100 * counted, counted}); }
  void made() { note(QuotaEvent::What::made, ++jobs); }
  void refused() { note(QuotaEvent::What::refused, jobs + 1); }
  void ended() {
    --jobs;
    remember(latest, {QuotaEvent::What::ended, now, 100, 0});
  }
  std::optional<FlowLimit> flow() const { return flow_limit(latest, now); }
};

/// Two creations in 15 minutes, asked every five minutes for an hour and a half; now and then a job ends.
Story two_in_15_minutes() {
  Story story;
  std::vector<Instant> made;
  for (int i = 0; i < 18; ++i) {
    for (int twice = 0; twice < 2; ++twice) {
      if (made.size() < 2 || story.now - made[made.size() - 2] >= minutes{15}) {
        story.made();
        made.push_back(story.now);
      } else {
        story.refused();
      }
      story.now += seconds{2};
    }
    story.now += minutes{5} - seconds{4};
    if (i % 6 == 5) story.ended();
  }
  return story;
}

}  // namespace

TEST_CASE("refusals that only time ends are explained by so many creations in so long") {
  const Story story = two_in_15_minutes();
  const std::optional<FlowLimit> flow = story.flow();
  REQUIRE(flow.has_value());
  CHECK(flow->creations == 2);
  CHECK(flow->refused > minutes{9});  // it was refused after 10 minutes; an old refusal proves a little less
  CHECK(flow->refused <= minutes{10} + seconds{10});
  CHECK(flow->made >= minutes{15});
  CHECK(flow->made <= minutes{15} + seconds{10});
}

TEST_CASE("a flow limit is tried half-way between too short and enough, and kept to once the two are close") {
  const Story story = two_in_15_minutes();
  Instant second_last = kStart;
  int left = 2;
  for (auto event = story.latest.rbegin(); left > 0; ++event)
    if (event->what == QuotaEvent::What::made && --left == 0) second_last = event->at;
  CHECK(flow_opens(story.latest, {2, minutes{10}, minutes{15}}, 0.05) == second_last + minutes{12} + seconds{30});
  CHECK(flow_opens(story.latest, {2, minutes{14} + seconds{30}, minutes{15}}, 0.05) == second_last + minutes{15});
  CHECK_FALSE(flow_opens({}, {2, minutes{10}, minutes{15}}, 0.05).has_value());
}

TEST_CASE("a full stock is no flow: what was refused is made when a job ends") {
  Story story;
  for (int i = 0; i < 21; ++i) {
    story.made();
    story.now += seconds{2};
  }
  for (int i = 0; i < 20; ++i) {
    story.refused();
    story.now += minutes{2};
    story.ended();
    story.made();
  }
  CHECK_FALSE(story.flow().has_value());
  CHECK(lateness(story.latest, Duration{}) == Duration{});
}

TEST_CASE("a stock that fell and rose is neither a flow nor late") {
  Story story;
  for (int i = 0; i < 20; ++i) story.made();
  for (int fall = 0; fall < 3; ++fall) {
    for (int i = 0; i < 14; ++i) {
      story.now += minutes{2};
      story.ended();
      if (i < 4) story.refused();
    }
    story.now += hours{3};
    for (int i = 0; i < 14; ++i) {
      story.now += seconds{4};
      story.made();
    }
  }
  CHECK_FALSE(story.flow().has_value());
  CHECK(lateness(story.latest, Duration{}) == Duration{});
}

TEST_CASE("one refusal that time ended proves nothing yet") {
  Story story;
  story.made();
  story.made();
  story.refused();
  story.now += minutes{15};
  story.made();
  story.made();
  CHECK_FALSE(story.flow().has_value());
}

TEST_CASE("with nothing in flight no ended job can have helped: the same chunk made later was a matter of time") {
  Story story;
  for (int i = 0; i < 4; ++i) {
    story.made();
    story.now += minutes{4};
    story.ended();
    story.refused();
    story.now += minutes{6};
  }
  const std::optional<FlowLimit> flow = story.flow();
  REQUIRE(flow.has_value());
  CHECK(flow->creations == 1);
  CHECK(flow->made == minutes{10});
}

TEST_CASE("a contradiction ends the belief in a flow") {
  Story story = two_in_15_minutes();
  REQUIRE(story.flow().has_value());
  // Refused long after its turn, and then three at once.
  story.now += minutes{40};
  story.refused();
  story.now += minutes{5};
  for (int i = 0; i < 3; ++i) story.made();
  const std::optional<FlowLimit> flow = story.flow();
  CHECK((!flow || flow->creations != 2));
}

TEST_CASE("quota that comes back late is recognised, and by how much") {
  Story story;
  std::vector<Instant> late;  // ends that still count
  const auto is_free = [&] {
    std::erase_if(late, [&](Instant end) { return story.now - end >= minutes{15}; });
    return story.jobs + static_cast<int>(late.size()) < 20;
  };
  const auto ask = [&] {
    const bool free = is_free();
    free ? story.made() : story.refused();
    return free;
  };
  while (ask()) story.now += seconds{2};
  for (int minute = 0; minute < 60; ++minute) {
    story.now += minutes{1};
    // Two waves of ends in the half hour, so that what is late at a time differs.
    if (minute % 20 < 8 && story.jobs > 0) {
      story.ended();
      late.push_back(story.now);
    }
    if (minute % 3 == 0)
      while (ask()) story.now += seconds{2};
  }
  CHECK(lateness(story.latest, Duration{}) == minutes{15});
  CHECK(lateness(story.latest, minutes{15}) == minutes{15});  // and it stays believed
  CHECK_FALSE(story.flow().has_value());
}

TEST_CASE("what ended within the time counts, what ended before does not") {
  Story story;
  story.jobs = 3;
  story.ended();
  story.now += minutes{10};
  story.ended();
  CHECK(ended_within(story.latest, minutes{15}, story.now).tokens == 200);
  CHECK(ended_within(story.latest, minutes{10}, story.now).jobs == 1);
  CHECK(ended_within(story.latest, Duration{}, story.now).jobs == 0);
}

TEST_CASE("no more events are remembered than are of use") {
  Story story;
  for (int i = 0; i < 1000; ++i) story.made();
  CHECK(story.latest.size() == kEventsKept);
  CHECK(story.latest.back().jobs == 1000);
}
