// Converters, whatever the pieces in which bytes come and whatever the document holds.
#include <nlohmann/json.hpp>
#include <random>

#include "fixture.hpp"
#include "format_cases.hpp"
#include "records/json_records.hpp"
#include "records/text_rows.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

using Json = nlohmann::ordered_json;
using Make = std::function<std::unique_ptr<Converter>(ByteSink)>;

/// What the converter writes when the bytes come in pieces of at most `piece`.
std::string converted(const Make& make, std::string_view bytes, std::size_t piece) {
  std::string out;
  const auto converter = make([&](std::string_view rows) { out += rows; });
  for (std::size_t at = 0; at < bytes.size(); at += piece) converter->take(bytes.substr(at, piece));
  converter->finish();
  return out;
}

Make elements(const std::string& pointer = "", bool several = false) {
  return [=](ByteSink sink) {
    return std::make_unique<JsonRecords>(RecordPointer(pointer), several, "d.json", std::move(sink));
  };
}

Make table(Table kind) {
  return [=](ByteSink sink) { return std::make_unique<TableRows>(kind, "t", std::move(sink)); };
}

Make prompts() {
  return [](ByteSink sink) { return std::make_unique<PromptLines>("p.txt", std::move(sink)); };
}

class RandomDocument {
 public:
  explicit RandomDocument(std::uint64_t seed) : engine_(seed) {}

  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(engine_() % limit); }

  Json value(int depth) {
    switch (below(depth > 0 ? 7 : 5)) {
      case 0:
        return nullptr;
      case 1:
        return below(2) == 0;
      case 2:
        return static_cast<std::int64_t>(engine_() % 100'000) - 50'000;
      case 3:
        return static_cast<double>(below(1000)) / 8;
      case 4:
        return text();
      case 5: {
        Json list = Json::array();
        for (std::size_t n = below(4); n > 0; --n) list.push_back(value(depth - 1));
        return list;
      }
      default:
        return object(depth - 1);
    }
  }
  Json object(int depth) {
    Json one = Json::object();
    for (std::size_t n = below(4); n > 0; --n) one[text()] = value(depth);
    return one;
  }
  std::string text() {
    static const std::vector<std::string> kPieces = {"a", "\"", "\\", "\n", "é",  "😀",    "{",
                                                     "]", ",",  ":",  " ",  "\t", "\x01", "data"};
    std::string out;
    for (std::size_t n = below(6); n > 0; --n) out += kPieces[below(kPieces.size())];
    return out;
  }

 private:
  std::mt19937_64 engine_;
};

std::string quoted(const std::string& field) {
  std::string out = "\"";
  for (const char c : field) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace

TEST_CASE("the elements of any document are its rows, in whatever pieces it comes") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    RandomDocument random(seed);
    Json document = Json::array();
    std::string expected;
    for (std::size_t n = random.below(6); n > 0; --n) {
      document.push_back(random.object(3));
      expected += document.back().dump() + "\n";
    }
    const std::string bytes = document.dump(static_cast<int>(random.below(4)) - 1, ' ', random.below(2) == 0);
    const bool escaped = bytes.find("\\u00e9") != std::string::npos || bytes.find("\\ud83d") != std::string::npos;
    for (const std::size_t piece : {bytes.size() + 1, std::size_t{1}, 1 + random.below(40)}) {
      const std::string rows = converted(elements(), bytes, piece);
      if (!escaped) REQUIRE(rows == expected);
      std::istringstream lines(rows);
      std::size_t at = 0;
      for (std::string line; std::getline(lines, line); ++at) REQUIRE(Json::parse(line) == document.at(at));
      REQUIRE(at == document.size());
    }
  }
}

TEST_CASE("a pointer finds what walking the document finds") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    RandomDocument random(seed);
    Json document = Json::object();
    std::string expected;
    document["before"] = random.value(2);
    document["data"] = Json::array();
    for (std::size_t n = 1 + random.below(5); n > 0; --n) {
      Json entry = random.object(2);
      Json records = Json::array();
      for (std::size_t m = random.below(4); m > 0; --m) {
        records.push_back(random.object(2));
        expected += records.back().dump() + "\n";
      }
      entry["re/c"] = records;
      entry["rec"] = random.value(2);
      document["data"].push_back(entry);
    }
    document["after"] = random.value(2);
    const std::string bytes = document.dump(random.below(2) == 0 ? 2 : -1);
    CHECK(converted(elements("/data/*/re~1c", true), bytes, 1 + random.below(60)) == expected);
  }
}

TEST_CASE("a damaged document is refused, or its rows are as many as its records") {
  int refused = 0;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    CAPTURE(seed);
    RandomDocument random(seed);
    Json document = Json::array();
    for (std::size_t n = 1 + random.below(3); n > 0; --n) document.push_back(random.object(2));
    std::string bytes = document.dump();
    const std::size_t at = random.below(bytes.size());
    bytes[at] = "\"\\{}[],:x0 \n"[random.below(12)];
    std::string rows;
    const Fatal fatal = fatal_of([&] { rows = converted(elements(), bytes, 1 + random.below(30)); });
    if (fatal.exit() != ExitCode::done) {
      CHECK(contains(fatal.what(), "d.json"));
      ++refused;
    } else if (const Json read = Json::parse(bytes, nullptr, false); read.is_array()) {
      CHECK(static_cast<std::size_t>(std::count(rows.begin(), rows.end(), '\n')) == read.size());
    }
  }
  CHECK(refused > 500);
}

TEST_CASE("any table is read as it was written, each row on its first line, in whatever pieces it comes") {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    RandomDocument random(seed);
    const bool tabs = seed % 2 == 0;
    const std::string separator = tabs ? "\t" : ",";
    const std::string ending = random.below(2) == 0 ? "\r\n" : "\n";
    std::string bytes = "id" + separator + "\"te\"\"xt\"" + separator + "more" + ending;
    std::string expected = "\n";  // the header's line
    std::int64_t line = 2;
    std::int64_t written = 2;
    for (std::size_t n = random.below(8); n > 0; --n) {
      while (random.below(4) == 0) {
        bytes += ending;
        ++line;
      }
      const std::string id = std::to_string(random.below(100)), text = random.text(), more = random.text();
      bytes += id + separator + quoted(text) + separator + quoted(more) + ending;
      expected.append(static_cast<std::size_t>(line - written), '\n');
      expected += Json{{"id", id}, {"te\"xt", text}, {"more", more}}.dump() + "\n";
      written = line + 1;
      line += 1 + std::count(text.begin(), text.end(), '\n') + std::count(more.begin(), more.end(), '\n');
    }
    if (expected == "\n") expected.clear();
    if (random.below(2) == 0 && bytes.ends_with(ending)) bytes.resize(bytes.size() - ending.size());
    for (const std::size_t piece : {bytes.size(), std::size_t{1}, 1 + random.below(40)})
      REQUIRE(converted(table(tabs ? Table::tsv : Table::csv), bytes, piece) == expected);
  }
}

TEST_CASE("a damaged table is refused by line, or read as whole rows") {
  int refused = 0, read = 0;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    CAPTURE(seed);
    RandomDocument random(seed);
    std::string bytes = "id,question\n";
    for (std::size_t n = random.below(14); n > 0; --n) bytes += "\",,,\n\nabc \r\xff"[random.below(12)];
    std::string rows;
    const Fatal fatal = fatal_of([&] { rows = converted(table(Table::csv), bytes, 1 + random.below(20)); });
    if (fatal.exit() != ExitCode::done) {
      CHECK(contains(fatal.what(), "t:"));
      ++refused;
      continue;
    }
    std::istringstream lines(rows);
    for (std::string line; std::getline(lines, line);) {
      if (line.empty()) continue;
      REQUIRE(Json::parse(line).size() == 2);
      ++read;
    }
  }
  CHECK(refused > 500);
  CHECK(read > 50);
}

TEST_CASE("prompts come in whatever pieces") {
  const std::string text = "a\r\n\n \nb \"x\"\nc";
  for (std::size_t piece = 1; piece < 20; ++piece)
    CHECK(converted(prompts(), text, piece) ==
          "{\"prompt\":\"a\"}\n\n\n{\"prompt\":\"b \\\"x\\\"\"}\n{\"prompt\":\"c\"}\n");
}

TEST_CASE("compressed tables and arrays are told by the name in front of .gz and by their first bytes") {
  Settings settings;
  CHECK(container_of(settings, "dir.x/q.csv.gz", "id,question\n") == Container::csv);
  CHECK(container_of(settings, "q.TSV.zst", "id\tquestion\n") == Container::tsv);
  CHECK(container_of(settings, "q.json.gz", "\n [{") == Container::elements);
  CHECK(container_of(settings, "standard input", "[") == Container::elements);
  CHECK(container_of(settings, "standard input", "") == Container::jsonl);
  CHECK(fatal_of([&] { container_of(settings, "standard input", "id,question\n"); }).code() == "bad_input");
}

TEST_CASE("a scan of converted input that was killed goes on where it stopped") {
  const TempDir dir;
  std::string bytes = "id,question\n";
  for (int i = 0; i < 40; ++i)
    bytes += std::to_string(i) + ",\"what\nis " + std::to_string(i) + "?\"\n" + (i % 3 == 0 ? "\n" : "");
  const Input input = input_from(dir, "q.csv", bytes, {});
  const ChunkLimits limits{7, 1'000'000};
  const Scanned whole = scan_all({input}, {}, limits);
  REQUIRE(whole.chunks.size() == 6);
  CHECK(whole.result.records == 40);
  for (std::size_t done = 1; done < whole.chunks.size(); ++done) {
    const PlannedChunk& last = whole.chunks[done - 1];
    const Scanned rest = scan_all({input}, {}, limits, scan_start_after(last.index, last.spans));
    REQUIRE(rest.chunks.size() == whole.chunks.size() - done);
    CHECK(rest.result.inputs[0].sha256 == whole.result.inputs[0].sha256);
    for (std::size_t i = 0; i < rest.chunks.size(); ++i)
      CHECK(rest.chunks[i].body_sha256 == whole.chunks[done + i].body_sha256);
  }
}

TEST_CASE("a chunk per file ends with its file, whatever the limits, and a file above one body is refused") {
  const TempDir dir;
  const auto inputs =
      inputs_of(dir, {"{\"question\":\"a\"}\n{\"question\":\"b\"}\n{\"question\":\"c\"}\n", "{\"question\":\"d\"}\n"});
  ChunkLimits limits{1, 1};
  limits.per_input = true;
  const Scanned scanned = scan_all(inputs, {}, limits);
  REQUIRE(scanned.chunks.size() == 2);
  CHECK(scanned.chunks[0].records == 3);
  CHECK(scanned.chunks[1].records == 1);
  CHECK(scanned.chunks[1].spans.front().input == 1);
  limits.bytes = 2 * scanned.chunks[1].body_bytes;
  const Fatal fatal = fatal_of([&] { scan_all(inputs, {}, limits); });
  CHECK(fatal.code() == "bad_input");
  CHECK(contains(fatal.what(), "0.jsonl makes more than "));
}
