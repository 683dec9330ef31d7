#include "sandbox/faults.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "sandbox/raw_client.hpp"
#include "sandbox/rig.hpp"

namespace batchctl::sandbox {
namespace {

using Ended = RawClient::Ended;

constexpr milliseconds kMoment{100};  // a client's time-out that a stalled answer outlasts
constexpr std::uint64_t kUnit = 262144;

void order(Rig& rig, const std::string& json) {
  const Reply reply = rig.post("/__sandbox/faults", json);
  CHECK_MESSAGE(reply.status == 200, reply.body);
}

std::string refusal_of(const std::string& text) {
  const auto order = fault_of_text(text);
  return order ? "" : order.error();
}

/// Sends a create of file `a` by itself.
void create(const RawClient& client, const std::string& display_name) {
  const Json body = {{"batch", {{"displayName", display_name}, {"inputConfig", {{"fileName", "files/a"}}}}}};
  client.ask("POST", "/v1beta/models/m:batchGenerateContent", body.dump());
}

std::uint64_t jobs_of(const Rig& rig, const std::string& display_name) {
  const auto jobs = rig.server->ledger().jobs_by_display_name;
  const auto found = jobs.find(display_name);
  return found == jobs.end() ? 0 : found->second;
}

}  // namespace

TEST_CASE("a create that is dropped after its effect leaves a job and no answer") {
  Options options;
  options.scenario.faults = {{"create", 2, FaultAction::drop_after, 0, "", 1}};
  Rig rig(options);
  rig.upload("a", line("r0", "Why?"));
  CHECK(rig.create("a", "bc/run/0").status == 200);
  CHECK(rig.create("a", "bc/run/1").status == 0);
  CHECK(rig.create("a", "bc/run/2").status == 200);
  CHECK(rig.server->ledger().jobs_by_display_name.at("bc/run/1") == 1);
  CHECK(rig.get("/v1beta/batches").json()["operations"].size() == 3);
}

TEST_CASE("a create that is spoiled ends as ordered, with its effect or without") {
  Rig rig;
  rig.upload("a", line("r0", "Why?"));
  struct Case {
    const char* action;
    Ended ended;
    std::uint64_t jobs;
  };
  for (const Case& one : {Case{"drop-before", Ended::closed, 0}, Case{"drop-after", Ended::closed, 1},
                          Case{"reset-before", Ended::reset, 0}, Case{"reset-after", Ended::reset, 1},
                          Case{"stall-before", Ended::not_yet, 0}, Case{"stall-after", Ended::not_yet, 1}}) {
    CAPTURE(one.action);
    order(rig, Json{{"on", "create"}, {"do", one.action}}.dump());
    RawClient client(rig.server->port());
    create(client, one.action);
    CHECK((client.read(one.ended == Ended::not_yet ? kMoment : minutes{1}) == one.ended));
    CHECK(client.answer().empty());
    CHECK(jobs_of(rig, one.action) == one.jobs);
    CHECK(rig.create("a", "after").status == 200);
  }
}

TEST_CASE("a late create takes effect although its client has left") {
  Rig rig;
  rig.upload("a", line("r0", "Why?"));
  order(rig, R"({"on":"create","do":"late","delay":"20ms"})");
  {
    const RawClient client(rig.server->port());
    create(client, "late");
  }
  while (jobs_of(rig, "late") == 0) std::this_thread::sleep_for(milliseconds{1});
  CHECK(rig.create("a", "after").status == 200);
  CHECK(jobs_of(rig, "late") == 1);
}

TEST_CASE("a stall ends without an answer when its time is over") {
  Rig rig;
  for (const char* action : {"stall-before", "stall-after"}) {
    order(rig, Json{{"on", "list"}, {"do", action}, {"for", "20ms"}}.dump());
    RawClient client(rig.server->port());
    client.ask("GET", "/v1beta/batches");
    CHECK((client.read() == Ended::closed));
    CHECK(client.answer().empty());
  }
}

TEST_CASE("a dropped connection ends without a status line") {
  Rig rig;
  rig.server->add_fault({"list", 1, FaultAction::drop_before, 0, "", 1});
  httplib::Client client("127.0.0.1", rig.server->port());
  const auto result = client.Get("/v1beta/batches?key=key");
  CHECK(result.error() == httplib::Error::Read);
}

TEST_CASE("a status can be ordered for several requests in a row") {
  Rig rig;
  order(rig, R"({"on":"list","nth":2,"do":"status","status":504,"body":"late","times":2})");
  CHECK(rig.get("/v1beta/batches").status == 200);
  const Reply late = rig.get("/v1beta/batches");
  CHECK(late.status == 504);
  CHECK(late.body == "late");
  CHECK(rig.get("/v1beta/batches").status == 504);
  CHECK(rig.get("/v1beta/batches").status == 200);
  CHECK(rig.server->ledger().faults == 2);
}

TEST_CASE("ready-made answers look as the service's own and have no effect") {
  Rig rig;
  rig.upload("a", line("r0", "Why?"));
  order(rig, R"({"on":"create","do":"500"})");
  const Reply internal = rig.create("a", "bc/run/0");
  CHECK(internal.status == 500);
  CHECK(internal.json()["error"]["status"] == "INTERNAL");
  order(rig, R"({"on":"create","do":"503"})");
  const Reply unavailable = rig.create("a", "bc/run/0");
  CHECK(unavailable.status == 503);
  CHECK(unavailable.body.empty());
  order(rig, R"({"on":"create","do":"html"})");
  const Reply page = rig.create("a", "bc/run/0");
  CHECK(page.status == 502);
  CHECK(page.header("Content-Type").find("text/html") == 0);
  CHECK(page.body.find("<html>") != std::string::npos);
  order(rig, R"({"on":"create","do":"429"})");
  const Reply quota = rig.create("a", "bc/run/0");
  CHECK(quota.status == 429);
  CHECK(quota.json()["error"]["status"] == "RESOURCE_EXHAUSTED");
  CHECK_FALSE(quota.json()["error"].contains("details"));
  order(rig, R"({"on":"create","do":"429","form":"details"})");
  CHECK(rig.create("a", "bc/run/0").json()["error"].contains("details"));
  CHECK(rig.server->ledger().creates == 0);
}

TEST_CASE("an order with a length hits every request of its kind until the clock says otherwise") {
  Rig rig;
  order(rig, R"({"on":"list","nth":2,"do":"429","for":"10m"})");
  CHECK(rig.get("/v1beta/batches").status == 200);
  rig.pass(hours{1});
  CHECK(rig.get("/v1beta/batches").status == 429);
  rig.pass(minutes{9});
  CHECK(rig.get("/v1beta/batches").status == 429);
  CHECK(rig.get("/v1beta/files").status == 200);
  rig.pass(minutes{1});
  CHECK(rig.get("/v1beta/batches").status == 200);
}

TEST_CASE("an order on any kind counts every request that it can befall") {
  Rig rig;
  order(rig, R"({"on":"any","nth":3,"do":"503"})");
  CHECK(rig.get("/v1beta/batches").status == 200);
  CHECK(rig.get("/v1beta/files").status == 200);
  CHECK(rig.get("/v1beta/batches").status == 503);
  CHECK(rig.get("/v1beta/batches").status == 200);
}

TEST_CASE("two orders for one request are carried out one after the other") {
  Rig rig;
  order(rig, R"({"on":"list","do":"503"})");
  order(rig, R"({"on":"any","do":"500"})");
  CHECK(rig.get("/v1beta/batches").status == 503);
  CHECK(rig.get("/v1beta/batches").status == 500);
  CHECK(rig.get("/v1beta/batches").status == 200);
}

TEST_CASE("a slow answer trickles or comes late, and comes whole to who waits") {
  Rig rig;
  rig.upload("a", line("r0", "Why?"));
  rig.create("a", "bc/run/0");
  SUBCASE("a trickling body") {
    order(rig, R"({"on":"list","do":"slow","bytes":1})");
    RawClient client(rig.server->port());
    client.ask("GET", "/v1beta/batches");
    CHECK((client.read(kMoment) == Ended::not_yet));
    CHECK(client.content_length() > 100);
    CHECK(client.body().size() < 100);
  }
  SUBCASE("a late answer") {
    order(rig, R"({"on":"list","do":"slow","delay":"10m"})");
    RawClient client(rig.server->port());
    client.ask("GET", "/v1beta/batches");
    CHECK((client.read(kMoment) == Ended::not_yet));
    CHECK(client.answer().empty());
  }
  SUBCASE("patience") {
    const std::string whole = rig.get("/v1beta/batches").body;
    order(rig, R"({"on":"list","do":"slow","delay":"20ms","bytes":100000})");
    CHECK(rig.get("/v1beta/batches").body == whole);
  }
  CHECK(rig.get("/v1beta/batches").status == 200);
}

TEST_CASE("a cut answer ends before the length that it promised") {
  Rig rig;
  rig.upload("a", line("r0", "Why?"));
  const std::string job = rig.create_job("a", "bc/run/0");
  rig.pass(hours{1});
  const std::string target = "/v1beta/files/batch-" + job.substr(8) + ":download?alt=media";
  const std::string whole = rig.download(job).body;
  const auto cut = [&](const std::string& order_of_cut) {
    order(rig, order_of_cut);
    RawClient client(rig.server->port());
    client.ask("GET", target);
    CHECK((client.read() == Ended::closed));
    CHECK(client.content_length() == whole.size());
    CHECK(whole.compare(0, client.body().size(), client.body()) == 0);
    return client.body().size();
  };
  CHECK(cut(R"({"on":"download","do":"cut","bytes":0})") == 0);
  CHECK(cut(R"({"on":"download","do":"cut","bytes":7})") == 7);
  CHECK(cut(R"({"on":"download","do":"cut"})") == whole.size() / 2);
  CHECK(cut(R"({"on":"download","do":"cut","bytes":999999})") == whole.size());
  CHECK(rig.download(job).body == whole);

  order(rig, R"({"on":"get","do":"cut"})");
  RawClient client(rig.server->port());
  client.ask("GET", "/v1beta/" + job, "", "Accept-Encoding: gzip\r\n");
  CHECK((client.read() == Ended::closed));
  CHECK(client.body().size() == client.content_length() / 2);
}

TEST_CASE("a request that is cut keeps the whole units of an upload, and nothing of anything else") {
  Rig rig;
  const std::string bytes(3 * kUnit, 'x');
  const std::string target = rig.upload_target(rig.start_upload({{"name", "files/cut"}}, bytes.size()));
  const auto ends = [&](std::uint64_t offset) {
    RawClient client(rig.server->port());
    client.ask("POST", target, bytes.substr(offset),
               "X-Goog-Upload-Command: upload, finalize\r\nX-Goog-Upload-Offset: " + std::to_string(offset) + "\r\n");
    CHECK((client.read() != Ended::not_yet));
    CHECK(client.answer().empty());
    return rig.query(target).header("x-goog-upload-size-received");
  };
  order(rig, R"({"on":"upload","do":"cut-request","bytes":262150})");
  CHECK(ends(0) == std::to_string(kUnit));
  CHECK(rig.server->ledger().bytes_received == 262150);
  order(rig, R"({"on":"upload","do":"cut-request"})");
  CHECK(ends(kUnit) == std::to_string(2 * kUnit));
  CHECK(rig.piece(target, "upload, finalize", 2 * kUnit, bytes.substr(2 * kUnit)).status == 200);

  order(rig, R"({"on":"create","do":"cut-request"})");
  CHECK(rig.create("cut", "bc/run/0").status == 0);
  CHECK(rig.server->ledger().creates == 0);
}

TEST_CASE("a revoked key is a bad key for every request, others are not") {
  Rig rig;
  order(rig, R"({"on":"any","nth":2,"do":"key-revoked"})");
  const std::string target = rig.upload_target(rig.start_upload(Json::object(), 4));
  CHECK(rig.piece(target, "upload, finalize", 0, "four").status == 200);  // it carries no key
  const Reply refused = rig.get("/v1beta/batches");
  CHECK(refused.status == 400);
  CHECK(refused.json()["error"]["details"][0]["reason"] == "API_KEY_INVALID");
  CHECK(rig.get("/v1beta/files").status == 400);
  rig.pass(hours{1000});
  CHECK(rig.get("/v1beta/files").status == 400);
  rig.key = "another";
  CHECK(rig.get("/v1beta/files").status == 200);
}

TEST_CASE("a key can be revoked for a time") {
  Rig rig;
  order(rig, R"({"on":"get","do":"key-revoked","for":"1h"})");
  CHECK(rig.get("/v1beta/batches").status == 200);
  CHECK(rig.get("/v1beta/batches/any").status == 400);
  CHECK(rig.get("/v1beta/batches").status == 400);
  rig.pass(hours{1});
  CHECK(rig.get("/v1beta/batches").status == 200);
}

TEST_CASE("an upload whose last answer is lost is final when asked") {
  Rig rig;
  rig.server->add_fault({"upload", 1, FaultAction::drop_after, 0, "", 1});
  const std::string target = rig.upload_target(rig.start_upload({{"name", "files/lost"}}, 4));
  CHECK(rig.piece(target, "upload, finalize", 0, "four").status == 0);
  CHECK(rig.query(target).header("x-goog-upload-status") == "final");
  CHECK(rig.get("/v1beta/files/lost").status == 200);
}

TEST_CASE("an order is written short or as JSON") {
  const auto brief = fault_of_text("create:22:drop-after");
  REQUIRE(brief.ok());
  CHECK((brief.value() == FaultOrder{.nth = 22, .body = {}}));
  const auto json = fault_of_text(R"({"on":"list","nth":2,"do":"429","form":"help","for":"1h30m"})");
  REQUIRE(json.ok());
  CHECK((json.value() == FaultOrder{.on = "list",
                                    .nth = 2,
                                    .action = FaultAction::quota,
                                    .body = {},
                                    .lasts = minutes{90},
                                    .form = QuotaForm::help}));
}

TEST_CASE("every action can be ordered by its word") {
  for (const FaultWord& word : kFaultWords) {
    const std::string kinds = word.kinds;
    const auto order = fault_of_text((kinds.empty() ? "any" : kinds.substr(0, kinds.find(' '))) + ":1:" + word.text);
    CAPTURE(word.text);
    REQUIRE_MESSAGE(order.ok(), order.error());
    CHECK((order.value().action == word.action));
  }
}

TEST_CASE("a key can be revoked at every request but those that carry none") {
  const std::vector<std::string> without = {"upload", "query", "upload_cancel", "redirected"};
  for (const RequestKind& kind : kRequestKinds) {
    const bool has_none = std::find(without.begin(), without.end(), kind.text) != without.end();
    CHECK_MESSAGE(fault_of_text(std::string(kind.text) + ":1:key-revoked").ok() != has_none, kind.text);
  }
}

TEST_CASE("an order that makes no sense is refused, with what would be right") {
  CHECK(refusal_of(R"({"on":"create","do":"explode"})").find("fault.do is \"explode\"; it is one of drop-before, ") ==
        0);
  CHECK(refusal_of("nothing:1:drop-after").find("fault.on is \"nothing\"; for drop-after it is one of any, start,") ==
        0);
  CHECK(refusal_of("list:1:job-fails") == "fault.on is \"list\"; for job-fails it is one of any, create");
  CHECK(refusal_of("get:1:cut-request") ==
        "fault.on is \"get\"; for cut-request it is one of any, start, upload, create, update, count_tokens");
  CHECK(refusal_of("upload:1:key-revoked").find("fault.on is \"upload\"; for key-revoked") == 0);
  CHECK(refusal_of("create:0:drop-after") == "fault.nth is 0; it is a whole number, 1 or more");
  CHECK(refusal_of("create:x:drop-after") == "fault.nth is \"x\"; it is a whole number, 1 or more");
  CHECK(refusal_of("create:1") == "it is neither ON:NTH:DO, such as create:22:drop-after, nor a JSON object");
  CHECK(refusal_of("{") == "it is not JSON");
  CHECK(refusal_of("{}") == "fault.do is missing: what is to be done");
  CHECK(refusal_of(R"({"do":"drop-after","bytes":1})") ==
        "fault.bytes is not known here; known are do, for, nth, on, times");
  CHECK(refusal_of(R"({"do":"429","form":"loud"})") ==
        "fault.form is \"loud\"; it is one of bare, resource, help, details, storage, spend");
  CHECK(refusal_of(R"({"do":"slow","bytes":0})") == "fault.bytes is 0; it is a whole number, 1 or more");
  CHECK(refusal_of(R"({"do":"503","for":"0s"})") == "fault.for is 0; leave it out");
  CHECK(refusal_of(R"({"do":"503","for":"99999d"})") == "fault.for is \"99999d\"; it is ten years at most");
  CHECK(refusal_of(R"({"do":"503","for":"1m","times":2})") == "fault.times stands beside \"for\"; give one of the two");
  CHECK(refusal_of(R"({"do":"stall-after","for":"1m","times":2})") == "");
  Rig rig;
  CHECK(rig.post("/__sandbox/faults", R"({"on":"create","do":"explode"})").status == 400);
}

}  // namespace batchctl::sandbox
