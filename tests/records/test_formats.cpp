// Every kind of input under tests/data/formats: what is sent for it, what the results say of it, how it is refused.
#include <nlohmann/json.hpp>
#include <sstream>

#include "fixture.hpp"
#include "format_cases.hpp"
#include "records/merge.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

std::vector<std::string> lines_in(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The results of a run whose job answered nothing, so that every line shows the record alone.
std::vector<std::string> joined(const TempDir& dir, const Input& input, const Scanned& scanned,
                                const Settings& settings) {
  {
    const FileHandle results(std::fopen(dir.path("results").c_str(), "wb"));
    Merger merger({input}, with_format(settings, scanned.result.format), results.get(), nullptr);
    for (const PlannedChunk& chunk : scanned.chunks)
      merger.merge_chunk({chunk.first_record, chunk.records, chunk.spans, {}, true, {}, chunk.body_sha256});
    merger.finish();
  }
  return lines_in(read_all(dir.path("results")));
}

std::string refusal_of(const nlohmann::json& one) {
  const Fatal fatal = fatal_of([&] {
    const TempDir dir;
    const Settings settings = settings_in(one);
    const Input input = input_from(dir, one.at("file"), bytes_of(one), settings);
    scan_all({input}, settings, limits_in(one));
  });
  if (fatal.exit() != ExitCode::done) CHECK(!fatal.next().empty());
  return fatal.exit() == ExitCode::usage ? "usage: " + std::string(fatal.what()) : fatal.what();
}

}  // namespace

TEST_CASE("every format's requests are those that are written down, and results carry the record untouched") {
  const auto cases = format_cases("good");
  CHECK(cases.size() >= 60);
  for (const auto& one : cases) {
    const std::string name = one.at("name");
    CAPTURE(name);
    const TempDir dir;
    const Settings settings = settings_in(one);
    Input input;
    Scanned scanned;
    const Fatal refused = fatal_of([&] {
      input = input_from(dir, one.at("file"), bytes_of(one), settings);
      scanned = scan_all({input}, settings, limits_in(one));
    });
    CHECK_MESSAGE(refused.exit() == ExitCode::done, refused.what());
    if (refused.exit() != ExitCode::done) continue;
    CHECK(scanned.result.format == one.at("format"));
    const auto& records = one.at("records");
    const auto sent = lines_in(bodies_of({input}, scanned, settings));
    const auto results = joined(dir, input, scanned, settings);
    CHECK(sent.size() == records.size());
    CHECK(results.size() == records.size());
    if (sent.size() != records.size() || results.size() != records.size()) continue;
    for (std::size_t i = 0; i < records.size(); ++i) {
      const auto& expected = records[i];
      CHECK(sent[i] ==
            "{\"key\":\"r" + std::to_string(i) + "\",\"request\":" + expected.at("sent").get<std::string>() + "}");
      CHECK(results[i].ends_with(",\"input\":" + expected.at("input").get<std::string>() + "}"));
      const std::string key = expected.at("key").is_null() ? "null" : expected.at("key").get<std::string>();
      CHECK(contains(results[i], "\"key\":" + key + ",\"source\":{\"file\":\"" + one.at("file").get<std::string>() +
                                     "\",\"line\":" + std::to_string(expected.at("line").get<int>()) + "}"));
      CHECK(nlohmann::json::accept(results[i]));
    }
  }
}

TEST_CASE("every bad input is refused in the words that are written down") {
  const auto cases = format_cases("bad");
  CHECK(cases.size() >= 100);
  for (const auto& one : cases) {
    const std::string name = one.at("name");
    CAPTURE(name);
    CHECK(refusal_of(one) == one.at("message"));
  }
}
