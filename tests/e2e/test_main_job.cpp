// The main job from end to end: 15,400 questions, room for 21 jobs, a pause that says why, and every answer once.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "beside.hpp"
#include "e2e/process.hpp"
#include "schemas/schema.hpp"

namespace batchctl::e2e {

namespace {

constexpr int kRecords = 15400;
constexpr int kChunks = 154;
constexpr int kRoom = 21;  // jobs that the service takes at once
constexpr long kMostMemoryKib = 64 * 1024;

/// A service with room for 21 jobs of half an hour each, whose jobs and files lie in `directory`.
Words service_in(const std::string& directory, const Words& clock) {
  return joined({"--dir", directory, "--max-jobs", std::to_string(kRoom), "--pending", "15m", "--running", "15m"},
                clock);
}

void append_lines(std::ofstream& to, const std::string& packed, int at_most) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> from(::gzopen(packed.c_str(), "rb"), &::gzclose);
  if (!from) throw std::runtime_error("cannot read " + packed);
  std::array<char, 65536> line{};
  for (int n = 0; n < at_most && ::gzgets(from.get(), line.data(), static_cast<int>(line.size())) != nullptr; ++n)
    to << line.data();
}

/// 15,400 questions: the real ones when they lie beside the project, else made ones.
std::string main_job_input(const Desk& desk) {
  const std::string path = desk.path("qa.jsonl");
  const char* untested = "the main job on the real questions (made ones are used)";
  const auto math = beside("data/gsm8k.jsonl.gz", untested), facts = beside("data/nq-open.jsonl.gz", untested);
  if (math && facts) {
    std::ofstream file(path, std::ios::binary);
    append_lines(file, *math, kRecords);
    append_lines(file, *facts, 6608);
    return path;
  }
  Start make;
  make.program = BATCHCTL_SOURCE_DIR "/scripts/make_questions";
  make.words = {std::to_string(kRecords), "1"};
  make.environment = desk.environment;
  const Outcome made = run(make);
  REQUIRE_MESSAGE(made.exit == 0, made.told());
  return desk.write("qa.jsonl", made.out);
}

void check_memory(const char* what, const Outcome& outcome) {
  // What the kernel reports begins at this process's own memory, which every child starts from.
  fmt::print("  peak memory of {:<8} {:6.1f} MiB\n", what, static_cast<double>(outcome.peak_kib) / 1024);
  if (!kSanitized) CHECK_MESSAGE(outcome.peak_kib < kMostMemoryKib, what);
}

/// What is wrong with a results line; empty when nothing is.
std::string fault_of(const std::string& line, int index, const std::string& input_line) {
  const Json result = Json::parse(line, nullptr, false);
  const Json input = Json::parse(input_line);
  if (result.is_discarded()) return "not JSON";
  if (result.at("index") != index) return "not in input order";
  if (result.at("source") != Json({{"file", "qa.jsonl"}, {"line", index + 1}})) return "another source";
  if (result.at("key") != input.at("id")) return "another key";
  if (result.at("status") != "ok") return "not ok";
  if (result.at("answer").get<std::string>().find(input.at("question").get<std::string>()) == std::string::npos)
    return "the answer to another question";
  if (!line.ends_with(",\"input\":" + input_line + "}")) return "not the very input line";
  return {};
}

}  // namespace

TEST_CASE("15,400 questions go through room for 21 jobs and every answer comes home once, in input order") {
  // Slowly up to the pause, so that on a slow machine too the 22nd create comes before the first job ends.
  const TemporaryDirectory service;
  std::optional<Sandbox> sandbox(std::in_place, service_in(service.path(), {"--time-scale", "50"}));
  Desk desk(*sandbox);
  const std::string input = main_job_input(desk);

  Process submit(desk.start({"submit", "qa.jsonl", "--run", "seed", "--chunk-records", "100", "--json"}));
  int seen_meanwhile = 0;
  while (submit.running()) {
    const Outcome look = desk.run({"status", "--json"});
    REQUIRE_MESSAGE(look.exit == 0, look.told());
    if (!look.json().at("runs").empty()) ++seen_meanwhile;
  }
  const Outcome submitted = submit.wait();
  CHECK(seen_meanwhile > 0);
  REQUIRE_MESSAGE(submitted.exit == 75, submitted.told());
  CHECK(submitted.err.find("RESOURCE_EXHAUSTED") != std::string::npos);
  CHECK(submitted.err.find("batchctl resume seed") != std::string::npos);
  for (const Json& event : submitted.events()) CHECK(schema_faults("event", event) == "");
  CHECK(submitted.last_event().at("exit") == 75);

  const Json paused = desk.run({"status", "--json"}).json();
  CHECK(schema_faults("status", paused) == "");
  const Json& run = paused.at("runs").at(0);
  CAPTURE(run.dump());
  CHECK(run.at("state") == "paused");
  CHECK(run.at("chunks").at("total") == kChunks);
  CHECK(run.at("chunks").at("submitted") == kRoom);
  const int uploaded = run.at("chunks").at("uploaded");
  CHECK(uploaded <= 2);
  CHECK(run.at("chunks").at("planned") == kChunks - kRoom - uploaded);
  const Json& pause = run.at("pause");
  CHECK(pause.at("reason") == "RESOURCE_EXHAUSTED");
  CHECK(pause.at("kind") == "unknown");
  CHECK(pause.at("message").get<std::string>().find("You exceeded your current quota") == 0);
  CHECK(pause.at("since").is_string());
  CHECK(pause.at("resume_at").is_string());
  CHECK(pause.at("resume_at").get<std::string>() > pause.at("since").get<std::string>());

  const Words faster = clock_going_on(*sandbox, 1000);
  sandbox.emplace(service_in(service.path(), faster));
  desk.talk_to(*sandbox);
  const Outcome resumed = desk.run({"resume", "seed", "--wait"});
  REQUIRE_MESSAGE(resumed.exit == 0, resumed.told());
  const Json complete = desk.status("seed");
  CHECK(complete.at("state") == "complete");
  CHECK(complete.at("chunks").at("done") == kChunks);
  CHECK(complete.at("records").at("answered") == kRecords);
  CHECK(complete.at("pause").is_null());
  CHECK(complete.at("tokens").at("enqueued") == 0);

  const Outcome downloaded = desk.run({"download", "seed"});
  REQUIRE_MESSAGE(downloaded.exit == 0, downloaded.told());
  {
    std::ifstream results(desk.path("seed.results.jsonl"), std::ios::binary), source(input, std::ios::binary);
    int index = 0, faults = 0;
    for (std::string line, input_line; std::getline(source, input_line); ++index) {
      REQUIRE(std::getline(results, line));
      const std::string fault = fault_of(line, index, input_line);
      if (!fault.empty() && ++faults < 5) FAIL_CHECK("line " << index + 1 << ": " << fault << "\n" << line);
    }
    CHECK(index == kRecords);
    CHECK(faults == 0);
    CHECK(results.peek() == std::ifstream::traits_type::eof());
  }
  CHECK(desk.read("seed.results.errors.jsonl").empty());

  const std::string first = desk.read("seed.results.jsonl");
  std::filesystem::remove(desk.path("seed.results.jsonl"));
  REQUIRE(desk.run({"download", "seed"}).exit == 0);
  CHECK((desk.read("seed.results.jsonl") == first));  // not spelled out when it differs

  check_memory("submit", submitted);
  check_memory("resume", resumed);
  check_memory("download", downloaded);

  const Json ledger = sandbox->ledger(true);
  CHECK(not_exactly_once(ledger, complete.at("run_id"), kRecords, kChunks) == "");
  CHECK(ledger.at("records_accepted") == kRecords);
  CHECK(ledger.at("peak_active_jobs") == kRoom);
  CHECK(ledger.at("uploads") == kChunks);
  for (const auto& [name, times] : ledger.at("uploads_by_name").items()) CHECK_MESSAGE(times == 1, name);
}

}  // namespace batchctl::e2e
