#include <doctest/doctest.h>

#include <mutex>
#include <vector>

#include "sandbox/rig.hpp"

namespace batchctl::sandbox {
namespace {

struct Heard {
  std::mutex mutex;
  std::vector<Exchange> exchanges;

  Options options() {
    Options options;
    options.on_exchange = [this](const Exchange& exchange) {
      const std::lock_guard lock(mutex);
      exchanges.push_back(exchange);
    };
    return options;
  }
};

}  // namespace

TEST_CASE("one who watches is told what was asked and what was answered, and of uploaded bytes only the answer") {
  Heard heard;
  Rig rig(heard.options());
  const std::string input = line("r0", "Why?");
  const Reply file = rig.upload("a", input);
  const Reply job = rig.create("a", "bc/run/0");
  rig.pass(hours{1});
  const Reply rows = rig.download(job.json().at("name"));
  REQUIRE(heard.exchanges.size() == 4);

  const auto& start = heard.exchanges[0];
  CHECK(start.path == "/upload/v1beta/files");
  CHECK(start.upload_command == "start");
  CHECK(Json::parse(start.request_body) == Json{{"file", {{"name", "files/a"}}}});
  CHECK(start.answer_body.empty());
  CHECK(start.content_type.empty());

  const auto& bytes = heard.exchanges[1];
  CHECK(bytes.request_body.empty());
  CHECK(bytes.answer_body == file.body);

  const auto& create = heard.exchanges[2];
  CHECK(create.method == "POST");
  CHECK(create.status == 200);
  CHECK(Json::parse(create.request_body).contains("batch"));
  CHECK(create.answer_body == job.body);
  CHECK(create.content_type.compare(0, 16, "application/json") == 0);

  CHECK(heard.exchanges[3].answer_body == rows.body);
}

TEST_CASE("one who watches is told of refusals whose request nobody read, and not of answers that are dropped") {
  Heard heard;
  Rig rig(heard.options());
  rig.key = "bad";
  CHECK(rig.create("a", "bc/run/0").status == 400);
  CHECK(rig.get("/v1beta/batches").status == 400);  // the connection is still good
  FaultOrder order;
  order.on = "list";
  order.action = FaultAction::drop_before;
  rig.server->add_fault(order);
  CHECK(rig.get("/v1beta/batches").status == 0);
  REQUIRE(heard.exchanges.size() == 2);
  CHECK(heard.exchanges[0].status == 400);
  CHECK(Json::parse(heard.exchanges[0].request_body).contains("batch"));
}

}  // namespace batchctl::sandbox
