// What is sent for a line, and that it is sent the same every time.
#include "records/render.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/sha256.hpp"
#include "fixture.hpp"
#include "random_lines.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

std::string wire_of(const std::string& lines, const Settings& settings = {}) {
  const TempDir dir;
  const auto inputs = inputs_of(dir, {lines});
  return bodies_of(inputs, scan_all(inputs, settings), settings);
}

std::string text_of(const std::string& line) {
  return nlohmann::json::parse(wire_of(line)).at("request").at("contents").at(0).at("parts").at(0).at("text");
}

}  // namespace

TEST_CASE("a qa record is sent as one user turn without needless spaces") {
  CHECK(wire_of(R"({ "id": "x", "question": "Où est \"Paris\"?\n\u00e9\u0001", "answer": "no" })") ==
        "{\"key\":\"r0\",\"request\":{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":"
        "\"Où est \\\"Paris\\\"?\\né\\u0001\"}]}]}}\n");
}

TEST_CASE("the prompt is context, empty line, question; instruction, empty line, input; prompt alone") {
  CHECK(text_of(R"({"question":"Q","context":"C"})") == "C\n\nQ");
  CHECK(text_of(R"({"question":"Q"})") == "Q");
  CHECK(text_of(R"({"input":"I","instruction":"N","output":"O"})") == "N\n\nI");
  CHECK(text_of(R"({"input":"","instruction":"N"})") == "N");
  CHECK(text_of(R"({"prompt":" P "})") == " P ");
  CHECK(text_of(R"({"question":"Q","context":null,"answers":["a"],"id":1})") == "Q");
}

TEST_CASE("system instruction and generation config follow the contents, minified") {
  Settings settings;
  settings.system = "Be \"brief\"";
  settings.generation_config = "{ \"temperature\": 0.50,\n \"stopSequences\": [\" \"] }";
  CHECK(wire_of(R"({"question":"Q"})", settings) ==
        "{\"key\":\"r0\",\"request\":{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"Q\"}]}],"
        "\"systemInstruction\":{\"parts\":[{\"text\":\"Be \\\"brief\\\"\"}]},"
        "\"generationConfig\":{\"temperature\":0.50,\"stopSequences\":[\" \"]}}}\n");
}

TEST_CASE("a gemini request is sent byte for byte as it stands") {
  CHECK(
      wire_of(R"({"key":"k", "request" : { "contents" : [ {"parts":[{"text":"\u00e9 }"}]} ], "store":true } ,"more":1})"
              "\r\n"
              R"({"request":{"contents":[{"parts":[{"text":"b"}]}]}})") ==
      R"({"key":"r0","request":{ "contents" : [ {"parts":[{"text":"\u00e9 }"}]} ], "store":true }})"
      "\n"
      R"({"key":"r1","request":{"contents":[{"parts":[{"text":"b"}]}]}})"
      "\n");
}

TEST_CASE("a body rendered again is what the scan hashed, for any lines, endings, cuts and reads") {
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    CAPTURE(seed);
    RandomLines random(seed);
    const bool qa = seed % 2 == 0;
    std::vector<std::string> contents(1 + random.below(3));
    for (std::string& bytes : contents) {
      if (random.below(3) == 0) bytes += "\xef\xbb\xbf";
      const std::size_t lines = 1 + random.below(40);
      for (std::size_t i = 0; i < lines; ++i) {
        bytes += qa ? random.qa_line() : random.gemini_line();
        if (i + 1 < lines || random.below(2) == 0) bytes += random.below(3) == 0 ? "\r\n" : "\n";
      }
      if (bytes.back() == '\n' && random.below(2) == 0) bytes += "\n \r\n\n";
    }
    const TempDir dir;
    const auto inputs = inputs_of(dir, contents);
    Settings settings;
    if (qa && random.below(2) == 0) settings.system = "S";
    ChunkLimits limits;
    limits.records = static_cast<std::int64_t>(1 + random.below(30));
    limits.bytes = 200 + random.below(5000);
    const Scanned scanned = scan_all(inputs, settings, limits);
    std::int64_t next = 0;
    for (const PlannedChunk& chunk : scanned.chunks) {
      const auto body = open_body(chunk.spans, inputs, with_format(settings, scanned.result.format));
      const std::string bytes = read_all(*body, 1 + random.below(700));
      REQUIRE(bytes.size() == chunk.body_bytes);
      REQUIRE(sha256_hex(bytes) == chunk.body_sha256);
      REQUIRE(std::count(bytes.begin(), bytes.end(), '\n') == chunk.records);
      CHECK(chunk.first_record == next);
      next += chunk.records;
    }
    CHECK(next == scanned.result.records);
  }
}

TEST_CASE("a line of 20 MB is rendered like any other") {
  const TempDir dir;
  const std::string text(20'000'000, 'x');
  const auto inputs = inputs_of(dir, {"{\"question\":\"a\"}\n{\"question\":\"" + text + "\"}\n{\"question\":\"b\"}"});
  const Scanned scanned = scan_all(inputs);
  REQUIRE(scanned.chunks.size() == 3);  // the middle one is above the token limit
  CHECK(scanned.chunks[1].tokens == 4'333'334);
  const auto body = open_body(scanned.chunks[1].spans, inputs, with_format({}, "qa"));
  CHECK(sha256_hex(read_all(*body, 1 << 20)) == scanned.chunks[1].body_sha256);
}

TEST_CASE("spans in any order are rendered each under its own records' keys") {
  const TempDir dir;
  const auto inputs = inputs_of(dir, {"{\"question\":\"a\"}\n{\"question\":\"b\"}\n", "{\"question\":\"c\"}\n"});
  const std::vector<Span> spans = {{2, 1, 1, 1, 0, 17}, {1, 1, 2, 0, 17, 17}};
  const std::string body = read_all(*open_body(spans, inputs, with_format({}, "qa")));
  CHECK(contains(body,
                 "{\"key\":\"r2\",\"request\":{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"c\"}]}]}}\n{"
                 "\"key\":\"r1\""));
  CHECK(contains(body, "\"b\""));
}

TEST_CASE("an input that is no longer what was planned is named, with exit 10") {
  const TempDir dir;
  const std::string planned = "{\"question\":\"aa\"}\n{\"question\":\"bb\"}\n";
  const auto inputs = inputs_of(dir, {planned});
  const Scanned scanned = scan_all(inputs);
  const auto refusal = [&] {
    const Fatal fatal = fatal_of([&] { read_all(*open_body(scanned.chunks[0].spans, inputs, with_format({}, "qa"))); });
    CHECK(fatal.exit() == ExitCode::mismatch);
    CHECK(fatal.code() == "input_changed");
    return std::string(fatal.what());
  };
  const std::string start = "0.jsonl is no longer what was submitted: ";
  SUBCASE("shorter") {
    dir.write("0.jsonl", planned.substr(0, 18));
    CHECK(refusal() == start + "line 2 is no longer there");
  }
  SUBCASE("cut in a line") {
    dir.write("0.jsonl", planned.substr(0, 25));
    CHECK(refusal() == start + "line 2: not valid JSON: the line ends too early");
  }
  SUBCASE("more lines in the same bytes") {
    dir.write("0.jsonl", "{\"question\":\"aa\"}\n{\"prompt\":\"b\"}\n{}\n");
    CHECK(contains(refusal(), start));
  }
  SUBCASE("gone") {
    std::filesystem::remove(inputs[0].path);
    CHECK(refusal() == start + "cannot read 0.jsonl: No such file or directory");
  }
  SUBCASE("another format") {
    dir.write("0.jsonl", "{\"request\":{}}    \n{\"request\":{}}    \n");
    CHECK(contains(refusal(), start + "line 1: a gemini line"));
  }
}

TEST_CASE("settings that do not fit the lines are a usage error") {
  const auto refusal = [](const std::string& line, const Settings& settings) {
    const Fatal fatal = fatal_of([&] { wire_of(line, settings); });
    CHECK(fatal.exit() == ExitCode::usage);
    return std::string(fatal.what());
  };
  const std::string gemini = R"({"request":{"contents":[{"parts":[{"text":"a"}]}]}})", qa = R"({"question":"q"})";
  Settings config, prompt, format;
  config.generation_config = "{";
  prompt.prompt = "{{question}}";
  format.input_format = "xml";
  CHECK(contains(refusal(gemini, config), "--generation-config: not valid JSON"));
  CHECK(contains(refusal(qa, config), "--generation-config: not valid JSON"));
  CHECK(contains(refusal(gemini, prompt), "--prompt makes the text of rows; gemini lines carry their own"));
  CHECK(contains(refusal(qa, format), "--input-format xml"));
}
