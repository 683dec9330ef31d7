// Records that are not sent: bad ones that are skipped, and those whose request an earlier one has. Scan, body and
// merge against a plain list of what each line is.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>

#include "fixture.hpp"
#include "output_lines.hpp"
#include "records/merge.hpp"
#include "records/wire_key.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

Settings leaving_out(bool skip_invalid = true, bool dedupe = true) {
  Settings settings;
  settings.skip_invalid = skip_invalid;
  settings.dedupe = dedupe;
  return settings;
}

ChunkLimits records_a_chunk(std::int64_t records) {
  ChunkLimits limits;
  limits.records = records;
  return limits;
}

unsigned below(std::mt19937& random, unsigned n) { return static_cast<unsigned>(random() % n); }

/// What a line of the random inputs is.
struct Told {
  std::string line;
  bool is_good = false;
  std::optional<std::int64_t> same_as;
};

struct World {
  TempDir dir;
  std::vector<Input> inputs;
  std::vector<Told> records;

  explicit World(std::mt19937& random) {
    const auto pick = [&](unsigned n) { return below(random, n); };
    std::map<std::string, std::int64_t> first;
    std::vector<std::string> contents(1 + pick(3));
    const unsigned bad = std::array{0U, 2U, 8U}[pick(3)];
    const unsigned words = std::array{3U, 10U, 100'000U}[pick(3)];
    bool any_good = false;
    for (std::string& text : contents) {
      const unsigned n = 1 + pick(12);
      if (pick(4) == 0) text += kByteOrderMark;
      for (unsigned i = 0; i < n || (!any_good && &text == &contents.back()); ++i) {
        Told told;
        told.is_good = pick(10) >= bad;
        if (told.is_good) {
          any_good = true;
          const std::string word = "w" + std::to_string(pick(words));
          told.line = R"({"id":)" + std::to_string(records.size()) + R"(,"question":")" + word + R"("})";
          const auto [known, is_new] = first.try_emplace(word, static_cast<std::int64_t>(records.size()));
          if (!is_new) told.same_as = known->second;
        } else {
          told.line = std::array<const char*, 6>{R"({"id":"k","question":7})", "not json", "[1,2]", "\xff\xfe{}",
                                                 R"({"question":"\ud800"})",   " "}[pick(6)];
          // An empty line at the end of a file is no record.
          if (told.line == " " && i + 1 >= n) told.line = "x";
          if (told.line == " " && records.empty()) told.line = "y";
        }
        text += told.line + (pick(3) == 0 ? "\r\n" : "\n");
        records.push_back(told);
      }
      if (pick(3) == 0) text += "\n \n";
    }
    inputs = inputs_of(dir, contents);
  }

  bool is_sent(std::size_t record) const { return records[record].is_good && !records[record].same_as; }
};

bool same(const PlannedChunk& a, const PlannedChunk& b) {
  const auto same_span = [](const Span& x, const Span& y) {
    return x.first_record == y.first_record && x.records == y.records && x.first_line == y.first_line &&
           x.input == y.input && x.offset == y.offset && x.bytes == y.bytes;
  };
  return a.index == b.index && a.records == b.records && a.first_record == b.first_record && a.unsent == b.unsent &&
         a.body_sha256 == b.body_sha256 && a.tokens == b.tokens &&
         std::equal(a.spans.begin(), a.spans.end(), b.spans.begin(), b.spans.end(), same_span);
}

bool same(const UnsentRecord& a, const UnsentRecord& b) {
  return a.record == b.record && a.line == b.line && a.input == b.input && a.offset == b.offset && a.bytes == b.bytes &&
         a.text_print == b.text_print && a.message == b.message && a.same_as == b.same_as;
}

void check_scan(const World& world, const Scanned& scanned) {
  std::vector<std::int64_t> sent;
  for (const PlannedChunk& chunk : scanned.chunks) {
    std::int64_t in_chunk = 0;
    REQUIRE(!chunk.spans.empty());
    CHECK(chunk.spans.front().first_record == chunk.first_record);
    CHECK(chunk.spans.back().first_record + chunk.spans.back().records == chunk.end_record());
    for (const Span& span : chunk.spans)
      for (std::int64_t i = 0; i < span.records; ++i, ++in_chunk) sent.push_back(span.first_record + i);
    CHECK(in_chunk == chunk.records);
  }
  std::size_t unsent = 0;
  std::vector<std::int64_t> expected;
  for (std::size_t i = 0; i < world.records.size(); ++i) {
    CAPTURE(i);
    const auto record = static_cast<std::int64_t>(i);
    if (world.is_sent(i)) {
      expected.push_back(record);
      continue;
    }
    REQUIRE(unsent < scanned.unsent.size());
    const UnsentRecord& told = scanned.unsent[unsent++];
    CHECK(told.record == record);
    CHECK(told.same_as == world.records[i].same_as);
    CHECK(told.message.empty() == told.same_as.has_value());
  }
  CHECK(unsent == scanned.unsent.size());
  CHECK(sent == expected);
  CHECK(scanned.result.records == static_cast<std::int64_t>(world.records.size()));
}

}  // namespace

TEST_CASE("each record is in one chunk or left out, and a body holds what is sent and nothing else") {
  std::mt19937 random(11);
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    const World world(random);
    const Scanned scanned = scan_all(world.inputs, leaving_out(), records_a_chunk(1 + below(random, 5)));
    check_scan(world, scanned);
    std::istringstream body(bodies_of(world.inputs, scanned, leaving_out()));
    for (std::size_t i = 0; i < world.records.size(); ++i) {
      if (!world.is_sent(i)) continue;
      std::string line;
      REQUIRE(std::getline(body, line));
      const auto wire = nlohmann::json::parse(line);
      CHECK(wire["key"] == wire_key(static_cast<std::int64_t>(i)));
      CHECK(wire["request"]["contents"][0]["parts"][0]["text"] ==
            nlohmann::json::parse(world.records[i].line)["question"]);
    }
    std::string more;
    CHECK_FALSE(std::getline(body, more));
  }
}

TEST_CASE("a scan that was killed after any chunk goes on with the same chunks and the same records left out") {
  std::mt19937 random(12);
  for (int round = 0; round < 100; ++round) {
    CAPTURE(round);
    const World world(random);
    ChunkLimits limits = records_a_chunk(1 + below(random, 4));
    limits.per_input = below(random, 4) == 0;
    if (!limits.per_input && below(random, 3) == 0) limits.pilot = 1 + below(random, 6);
    const Scanned whole = scan_all(world.inputs, leaving_out(), limits);
    check_scan(world, whole);
    for (std::size_t stored = 1; stored <= whole.chunks.size(); ++stored) {
      CAPTURE(stored);
      const PlannedChunk& last = whole.chunks[stored - 1];
      const Scanned rest = scan_all(world.inputs, leaving_out(), limits, scan_start_after(last.index, last.spans));
      REQUIRE(stored + rest.chunks.size() == whole.chunks.size());
      for (std::size_t i = 0; i < rest.chunks.size(); ++i) CHECK(same(rest.chunks[i], whole.chunks[stored + i]));
      // Those behind the chunk come once more; those before it were stored with it.
      const auto behind = std::find_if(whole.unsent.begin(), whole.unsent.end(),
                                       [&](const UnsentRecord& record) { return record.record >= last.end_record(); });
      CHECK(std::equal(rest.unsent.begin(), rest.unsent.end(), behind, whole.unsent.end(),
                       [](const UnsentRecord& a, const UnsentRecord& b) { return same(a, b); }));
      CHECK(rest.result.records == whole.result.records);
    }
  }
}

TEST_CASE("the results have a line for every record, with its own reason or the answer of the one it repeats") {
  std::mt19937 random(13);
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    const World world(random);
    const Settings settings = with_format(leaving_out(), "qa");
    const Scanned scanned = scan_all(world.inputs, settings, records_a_chunk(1 + below(random, 5)));
    std::set<std::int64_t> repeated;
    for (const UnsentRecord& record : scanned.unsent)
      if (record.same_as) repeated.insert(*record.same_as);

    std::map<std::int64_t, std::string> status;  // of what was sent
    std::vector<MergeChunk> chunks;
    for (const PlannedChunk& planned : scanned.chunks) {
      MergeChunk chunk{
          planned.first_record, planned.records, planned.spans, {}, false, {}, planned.body_sha256, planned.unsent, {}};
      for (const std::int64_t record : repeated)
        if (record >= planned.first_record && record < planned.end_record()) chunk.repeated.push_back(record);
      const unsigned fate = below(random, 5);
      std::vector<std::string> raw;
      for (const Span& span : planned.spans)
        for (std::int64_t record = span.first_record; record < span.first_record + span.records; ++record) {
          const unsigned way = below(random, 4);
          status[record] = fate == 0   ? "outstanding"
                           : fate == 1 ? "error"
                           : way == 0  ? "missing"
                           : way == 1  ? "error"
                                       : "ok";
          if (fate > 1 && way == 1) raw.push_back(failed(record, 13, "failed"));
          if (fate > 1 && way > 1) raw.push_back(answered(record, "answer " + std::to_string(record)));
        }
      std::shuffle(raw.begin(), raw.end(), random);
      std::string bytes;
      for (const std::string& line : raw) bytes += line + "\n";
      const std::string name = "raw-" + std::to_string(planned.index);
      if (fate == 0) chunk.outstanding = true;
      if (fate == 1) chunk.problem = ChunkProblem{RecordStatus::error, 3, "the chunk failed", "", 0};
      if (fate > 1) chunk.sources.push_back({world.dir.write(name, bytes), "batches/" + name, 1, {}});
      chunks.push_back(std::move(chunk));
    }

    MergeCounts counts{};
    {
      const FileHandle results(std::fopen(world.dir.path("results").c_str(), "wb")),
          errors(std::fopen(world.dir.path("errors").c_str(), "wb"));
      Merger merger(world.inputs, settings, results.get(), errors.get());
      merger.read_unsent(
          [&](std::int64_t first, std::int64_t end) {
            std::vector<UnsentRecord> page;
            for (const UnsentRecord& record : scanned.unsent)
              if (record.record >= first && record.record < end && page.size() < 2) page.push_back(record);
            return page;
          },
          world.dir.path("outcomes"));
      for (const MergeChunk& chunk : chunks) merger.merge_chunk(chunk);
      merger.merge_unsent_before(scanned.result.records);
      merger.finish();
      counts = merger.counts();
    }

    std::istringstream lines(read_all(world.dir.path("results")));
    std::string expected_errors;
    std::int64_t ok = 0, paid = 0;
    for (std::size_t i = 0; i < world.records.size(); ++i) {
      CAPTURE(i);
      const Told& told = world.records[i];
      std::string line;
      REQUIRE(std::getline(lines, line));
      const auto row = nlohmann::json::parse(line);
      CHECK(row["index"] == i);
      if (row["status"] != "ok") expected_errors += line + "\n";
      if (row["usage"].is_object()) paid += row["usage"]["total"].get<std::int64_t>();
      ok += row["status"] == "ok" ? 1 : 0;
      if (!told.is_good) {
        CHECK(row["status"] == "error");
        CHECK(row["error"]["code"] == "INVALID_INPUT");
        CHECK(row["error"]["message"].get<std::string>().size() > 5);
        CHECK(row["job"].is_null());
        CHECK(row["attempt"].is_null());
        const bool is_value = nlohmann::json::accept(told.line) && told.line.find("ud800") == std::string::npos;
        CHECK(row["input"].is_string() == !is_value);
        if (is_value) CHECK(row["input"] == nlohmann::json::parse(told.line));
        CHECK(row["key"] == (told.line.find("\"k\"") != std::string::npos ? nlohmann::json("k") : nullptr));
        continue;
      }
      const std::int64_t answered_by = told.same_as.value_or(static_cast<std::int64_t>(i));
      CHECK(row["key"] == i);
      CHECK(row["input"] == nlohmann::json::parse(told.line));
      CHECK(row["status"] == status[answered_by]);
      CHECK(row.contains("same_as") == told.same_as.has_value());
      if (told.same_as) CHECK(row["same_as"] == *told.same_as);
      if (row["status"] != "ok") continue;
      CHECK(row["answer"] == "answer " + std::to_string(answered_by));
      CHECK(row["usage"]["total"] == (told.same_as ? 0 : 52));
    }
    CHECK(read_all(world.dir.path("errors")) == expected_errors);
    CHECK(counts[static_cast<std::size_t>(RecordStatus::ok)] == ok);
    CHECK(paid == 52 * std::count_if(status.begin(), status.end(), [](const auto& one) { return one.second == "ok"; }));
  }
}

TEST_CASE("an unsent record whose line says something else by now is a changed input") {
  for (const bool is_repeat : {true, false}) {
    CAPTURE(is_repeat);
    const TempDir dir;
    const std::string good = "{\"question\":\"a\"}\n", other = is_repeat ? good : "{\"question\":8}\n";
    auto inputs = inputs_of(dir, {good + other});
    const Scanned scanned = scan_all(inputs, leaving_out());
    const PlannedChunk& planned = scanned.chunks.at(0);
    REQUIRE(scanned.unsent.size() == 1);
    dir.write("0.jsonl", good + (is_repeat ? "{\"question\":\"b\"}\n" : "{\"question\":9}\n"));
    Merger merger(inputs, with_format(leaving_out(), "qa"), nullptr, nullptr);
    merger.read_unsent([&](std::int64_t, std::int64_t) { return scanned.unsent; }, dir.path("outcomes"));
    merger.merge_chunk({0, 1, planned.spans, {}, true, {}, planned.body_sha256, 0, {0}});
    const Fatal fatal = fatal_of([&] { merger.merge_unsent_before(2); });
    CHECK(fatal.exit() == ExitCode::mismatch);
    CHECK(fatal.code() == "input_changed");
  }
}

TEST_CASE("an input of which nothing can be sent is refused with its first line") {
  const TempDir dir;
  const auto inputs = inputs_of(dir, {"{\"question\":1}\n{\"question\":2}\n"});
  const Fatal fatal = fatal_of([&] { scan_all(inputs, leaving_out()); });
  CHECK(fatal.exit() == ExitCode::failed);
  CHECK(fatal.code() == "bad_input");
  CHECK(contains(fatal.what(), "nothing to send"));
  CHECK(contains(fatal.what(), "0.jsonl:1: "));
}

TEST_CASE("requests are the same when their bytes are, whatever stands around them; only --dedupe leaves one out") {
  const TempDir dir;
  const auto inputs = inputs_of(dir, {"{\"id\":1,\"question\":\"a\",\"answer\":\"x\"}\n{\"id\":2,\"question\":\"a\"}\n"
                                      "{\"id\":3,\"question\":\"a \"}\n"});
  const Scanned scanned = scan_all(inputs, leaving_out(false, true));
  REQUIRE(scanned.unsent.size() == 1);
  CHECK(scanned.unsent[0].record == 1);
  CHECK(scanned.unsent[0].same_as == 0);
  CHECK(scan_all(inputs, leaving_out(true, false)).unsent.empty());
  const Fatal fatal = fatal_of([&] { scan_all(inputs_of(dir, {"{}\n"}), leaving_out(false, true)); });
  CHECK(fatal.code() == "bad_input");
}
