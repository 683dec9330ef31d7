#include "sandbox/web_server.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "sandbox/raw_client.hpp"
#include "sandbox/rig.hpp"

namespace batchctl::sandbox {
namespace {

constexpr milliseconds kMoment{100};
constexpr const char* kList = "/v1beta/batches";

}  // namespace

TEST_CASE("clients that say nothing, or stop in the middle of a word, do not keep others waiting") {
  Rig rig;
  const RawClient silent(rig.server->port());
  const RawClient slow(rig.server->port());
  slow.send("GET /v1beta/bat");
  const RawClient half(rig.server->port());
  half.send(
      "POST /v1beta/models/m:batchGenerateContent HTTP/1.1\r\nx-goog-api-key: key\r\nContent-Length: 100\r\n\r\n{");
  CHECK(rig.get(kList).status == 200);
}

TEST_CASE("a client that reads nothing does not keep others waiting, nor the end of the server") {
  Rig rig;
  rig.upload("a", line("r0", std::string(12'000'000, 'x')));
  const std::string job = rig.create_job("a", "bc/run/0");
  rig.pass(hours{1});
  REQUIRE(rig.download(job).body.size() > 10'000'000);
  RawClient client(rig.server->port());
  client.ask("GET", "/v1beta/files/batch-" + job.substr(8) + ":download?alt=media");
  CHECK(rig.get(kList).status == 200);
  rig.server->stop();
}

TEST_CASE("hundreds of connections at once are all answered") {
  Rig rig;
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 300; ++i) clients.push_back(std::make_unique<RawClient>(rig.server->port()));
  for (const auto& client : clients) client->ask("GET", kList, "", "Connection: close\r\n");
  std::size_t answered = 0;
  for (const auto& client : clients) {
    client->read();
    answered += client->answer().find("HTTP/1.1 200") == 0 ? 1U : 0U;
  }
  CHECK(answered == clients.size());
  clients.clear();
  CHECK(rig.get(kList).status == 200);
}

TEST_CASE("a stop ends stalls, slow answers and silent connections at once") {
  Rig rig;
  rig.upload("a", line("r0", "Why?"));
  rig.create("a", "bc/run/0");
  for (const char* order : {R"({"on":"list","do":"stall-before"})", R"({"on":"list","do":"stall-after","for":"2h"})",
                            R"({"on":"list","do":"slow","delay":"2h"})", R"({"on":"list","do":"slow","bytes":1})"}) {
    rig.post("/__sandbox/faults", order);
  }
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::make_unique<RawClient>(rig.server->port()));
    clients.back()->ask("GET", kList);
    CHECK((clients.back()->read(kMoment) == RawClient::Ended::not_yet));
  }
  const RawClient silent(rig.server->port());
  rig.server->stop();
  for (const auto& client : clients) CHECK((client->read() != RawClient::Ended::not_yet));
}

TEST_CASE("a client that leaves a stall leaves no thread behind") {
  Rig rig;
  rig.post("/__sandbox/faults", R"({"on":"list","do":"stall-after","times":50})");
  for (int i = 0; i < 50; ++i) {
    const RawClient client(rig.server->port());
    client.ask("GET", kList);
  }
  while (rig.server->ledger().faults < 50) std::this_thread::sleep_for(milliseconds{1});
  CHECK(rig.get(kList).status == 200);
}

}  // namespace batchctl::sandbox
