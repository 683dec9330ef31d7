// Input that is converted before it is planned, and chunks that are files.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "app/planning.hpp"
#include "app/rig.hpp"
#include "app/runs.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

void write(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

/// `n` questions as a table; each row takes two lines.
std::string table(int n) {
  std::string text = "id,question\n";
  for (int i = 0; i < n; ++i) text += fmt::format("q-{0},\"What is {0}?\nSay it.\"\n", i);
  return text;
}

std::string refusal_of(Rig& rig) {
  try {
    rig.submit();
  } catch (const Fatal& problem) {
    return problem.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a table is converted once, and the same submit goes on with it") {
  Rig rig;
  const std::string path = rig.directory.path("qa.csv");
  write(path, table(5));
  rig.request.inputs = {path};
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  const Run run = rig.run();
  CHECK(run.settings.format == "qa");
  const std::vector<Input> inputs = rig.store->inputs(run.key);
  CHECK(inputs.at(0).spool_path == run_directory(rig.context, run.id) + "/spool/0.rows");
  CHECK(inputs.at(0).records == 5);
  CHECK(rig.service.jobs().size() == 3);

  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 3);
  write(path, table(6));
  CHECK(refusal_of(rig).find("is not what was submitted") != std::string::npos);
}

TEST_CASE("how the input is read is part of what was submitted") {
  Rig rig;
  const std::string path = rig.directory.path("qa.json");
  write(path, R"({"data":[{"question":"a"},{"question":"b"}],"more":[{"question":"c"}]})");
  rig.request.inputs = {path};
  rig.request.settings.records = "/data";
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  rig.request.settings.records = "/more";
  CHECK(refusal_of(rig).find("records are at /data, not /more") != std::string::npos);
  rig.request.settings.records = "/data";
  rig.request.settings.chunk_per_file = true;
  rig.request.settings.chunk_records.reset();
  CHECK(!refusal_of(rig).empty());
  CHECK(rig.service.jobs().size() == 1);
}

TEST_CASE("input that cannot be converted is refused by line, and nothing is kept of it") {
  Rig rig;
  const std::string path = rig.directory.path("qa.csv");
  write(path, "id,question\n1,a\n2,b,c\n");
  rig.request.inputs = {path};
  CHECK(refusal_of(rig) == path + ":3: 3 fields where the header has 2");
  CHECK(rig.store->runs().empty());
  CHECK(rig.service.jobs().empty());
}

TEST_CASE("a signal ends a conversion, and nothing is kept of it") {
  Rig rig;
  const std::string path = rig.directory.path("qa.csv");
  write(path, table(5));
  rig.request.inputs = {path};
  rig.signal = 2;
  try {
    rig.submit();
    FAIL("it went on");
  } catch (const Fatal& problem) {
    CHECK(problem.exit() == ExitCode::interrupted);
  }
  CHECK(rig.store->runs().empty());
}

TEST_CASE("hand-cut files stay chunks, each with its file's stem as its label") {
  Rig rig;
  const std::string directory = rig.directory.path("cut");
  write(directory + "/part-1.jsonl", "{\"question\":\"a\"}\n{\"question\":\"b\"}\n{\"question\":\"c\"}\n");
  write(directory + "/part-2.csv", "question\nd\n");
  rig.request.inputs = {directory};
  rig.request.settings.chunk_records.reset();
  rig.request.settings.chunk_per_file = true;
  CHECK(rig.submit(patiently()).exit == ExitCode::done);
  CHECK(rig.service.jobs().size() == 2);
  CHECK(rig.chunk(0, "cut").label == "part-1");
  CHECK(rig.chunk(0, "cut").records == 3);
  CHECK(rig.chunk(1, "cut").label == "part-2");
  CHECK(rig.chunk(1, "cut").first_record == 3);
}

TEST_CASE("a file that is more than the known quota is refused as a chunk, by name, also by plan") {
  Rig rig;
  const std::string path = rig.directory.path("large.jsonl");
  write(path, "{\"question\":\"" + std::string(4000, 'x') + "\"}\n");
  rig.request.inputs = {path};
  rig.request.settings.chunk_records.reset();
  rig.request.settings.chunk_per_file = true;
  rig.options = [](Options& options) { options.enqueued_tokens = 100; };
  const std::string refused = refusal_of(rig);
  CHECK(refused.find(fmt::format("chunk 0 ({}) holds about ", path)) == 0);
  CHECK(rig.store->runs().empty());
  CHECK_THROWS_WITH_AS(plan_only(rig.context, rig.request), refused.c_str(), Fatal);
}
