// Uploads that are cut on the way, over real connections: what arrives, and how little is sent twice.
#include <doctest/doctest.h>

#include "contract/asking.hpp"

using namespace batchctl;
using namespace batchctl::contract;
using sandbox::FaultAction;
using sandbox::FaultOrder;

namespace {

FaultOrder cut(FaultAction action, std::uint64_t nth) {
  FaultOrder order;
  order.on = "upload";
  order.action = action;
  order.nth = nth;
  return order;
}

std::uint64_t requests(SandboxRig& rig, const std::string& kind) {
  const auto counts = rig.server().ledger().requests;
  const auto found = counts.find(kind);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

TEST_CASE("a large upload of which a piece is cut arrives byte for byte, begun once and asked about once") {
  const std::string body = body_of(300'000);
  REQUIRE(body.size() > std::size_t{16} << 20U);
  for (const FaultAction action : {FaultAction::drop_before, FaultAction::drop_after, FaultAction::status}) {
    for (const std::uint64_t nth : {1U, 2U, 3U}) {  // the last piece is the third
      CAPTURE(static_cast<int>(action));
      CAPTURE(nth);
      SandboxRig rig;
      rig.server().add_fault(cut(action, nth));
      const FileFacts facts = uploaded(rig, "bc-0001", body);
      CHECK(facts.bytes == body.size());
      CHECK(facts.sha256 == sha256_hex(body));
      CHECK(requests(rig, "start") == 1);
      CHECK(requests(rig, "query") == 1);
      CHECK(rig.server().ledger().uploads == 1);
      CHECK(rig.server().ledger().bytes_received == body.size());
    }
  }
}

TEST_CASE("an upload whose questions are cut as well still arrives") {
  SandboxRig rig;
  rig.server().add_fault(cut(FaultAction::drop_before, 1));
  FaultOrder order = cut(FaultAction::drop_before, 1);
  order.on = "query";
  order.times = 2;
  rig.server().add_fault(order);
  CHECK(uploaded(rig, "bc-0001").sha256 == sha256_hex(body_of(3)));
  CHECK(requests(rig, "start") == 1);
  CHECK(requests(rig, "query") == 3);
}
