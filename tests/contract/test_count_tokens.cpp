// Counting tokens, through both doors.
#include <doctest/doctest.h>

#include "contract/asking.hpp"

using namespace batchctl;
using namespace batchctl::contract;

namespace {

CountTokens count_of(const std::string& text, const std::string& model = "gemini-2.5-flash") {
  return {model, R"({"contents":[{"role":"user","parts":[{"text":")" + text + R"("}]}]})"};
}

}  // namespace

TEST_CASE_TEMPLATE("tokens are counted: the same for the same request, more for a longer one, and no job is made",
                   World, FakeRig, SandboxRig) {
  World rig;
  const auto tokens = [&rig](const std::string& text) { return as<TokenCount>(ask(rig, count_of(text))).tokens; };
  const std::string text = "Name three rivers of Europe.";
  std::string longer;
  for (int i = 0; i < 100; ++i) longer += text;
  CHECK(tokens(text) > 0);
  CHECK(tokens(text) == tokens(text));
  CHECK(tokens(longer) > 20 * tokens(text));
  CHECK(as<JobPage>(ask(rig, ListJobs{})).jobs.empty());
}

TEST_CASE_TEMPLATE("the tokens of a model that the service does not know are not counted: a person must act", World,
                   FakeRig, SandboxRig) {
  World rig;
  const auto failure = as<Failure>(ask(rig, count_of("q", "unknown-model")));
  CHECK(failure.kind == FailureKind::stopped);
  CHECK(failure.reason == "model");
}

TEST_CASE_TEMPLATE("without a connection no tokens are counted", World, FakeRig, SandboxRig) {
  World rig;
  rig.unplug();
  CHECK(failure_kind(ask(rig, count_of("q"))) == FailureKind::unreachable);
}
