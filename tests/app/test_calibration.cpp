// How far the estimate of tokens is off: asked at submit, learned from what jobs took.
#include <doctest/doctest.h>

#include "app/calibration.hpp"
#include "app/rig.hpp"

using namespace batchctl;
using namespace batchctl::app;

TEST_CASE("submit asks what a few records' tokens are, and cuts and counts by it") {
  Rig rig;
  rig.ask(20);
  rig.request.settings.chunk_records.reset();
  rig.request.settings.chunk_tokens = 40;
  rig.service.options().tokens = [](const std::string& body) { return static_cast<std::int64_t>(body.size()); };
  const PlanSummary before = plan_only(rig.context, rig.request);
  CHECK(before.token_samples == 0);
  CHECK(rig.service.count(Call::count_tokens) == 0);

  rig.request.calibrate = true;
  rig.submit();
  CHECK(rig.service.count(Call::count_tokens) >= 1);
  CHECK(rig.service.count(Call::count_tokens) <= 3);
  const double factor = rig.run().options.token_factor;
  CHECK(factor > 1.0);
  CHECK(known_factor(rig.context, "project", "gemini-x") == doctest::Approx(factor));
  const ChunkTally tally = rig.store->chunk_tally(rig.run().key);
  std::int64_t chunks = 0;
  for (const std::int64_t n : tally) chunks += n;
  CHECK(chunks > before.chunks);
}

TEST_CASE("a service that cannot count costs nothing but the better estimate") {
  Rig rig;
  rig.ask(4);
  rig.request.calibrate = true;
  rig.service.order({.on = Call::count_tokens, .fault = Fault::answers, .times = 9, .answer = fakes::server_failure()});
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  CHECK(rig.run().options.token_factor == 1.0);
  CHECK(rig.service.count(Call::count_tokens) == 1);
  rig.check_results(4);
}

TEST_CASE("what finished jobs took moves the factor that the next run begins with") {
  Rig rig;
  rig.service.options().result = [](const fakes::FakeJob&, const std::string& key, const std::string&) {
    return R"({"response":{"candidates":[{"content":{"parts":[{"text":"a"}],"role":"model"},"finishReason":"STOP"}],)"
           R"("usageMetadata":{"promptTokenCount":12}},"key":")" +
           key + "\"}";
  };
  rig.ask(2);
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  const double learned = known_factor(rig.context, "project", "gemini-x");
  CHECK(learned > 1.0);
  CHECK(rig.run().options.token_factor == 1.0);  // its chunks are cut already
  rig.request.run_name = "next";
  rig.submit();
  CHECK(rig.run("next").options.token_factor == doctest::Approx(learned));
}
