#include "records/prompt_template.hpp"

#include <simdjson.h>

#include "base/sha256.hpp"
#include "fixture.hpp"
#include "random_lines.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

/// What one template makes of records one after another; a fault's words behind `!`.
class Made {
 public:
  explicit Made(std::string_view text) : template_(text) {}
  std::string of(const std::string& record) {
    const simdjson::dom::object object = parser_.parse(record);
    const auto wrong = template_.render(object, record, out_);
    return wrong ? "!" + wrong->what : out_;
  }
  std::optional<std::string> never_found() const { return template_.name_never_found(); }

 private:
  PromptTemplate template_;
  simdjson::dom::parser parser_;
  std::string out_;
};

}  // namespace

TEST_CASE("nothing of a record is left for the next one") {
  Made made("{{#c}}[{{c}}]{{/c}}{{#l}}{{.}}{{/l}}{{q}}");
  CHECK(made.of(R"({"q":"1","c":"C","l":["x"]})") == "[C]x1");
  CHECK(made.of(R"({"q":"2"})") == "2");
  CHECK(made.of(R"({"c":"D"})") == R"(!no "q", which the template names: found "c")");
  CHECK(made.of(R"({"l":[1.0],"q":3})") == "1.03");
  CHECK(made.of(R"({"q":"4","q":"5"})") == R"(!"q" is there twice)");
  CHECK(made.of(R"({"q":"6"})") == "6");
}

TEST_CASE("a name outside of every section is known once a record has it, whatever its value") {
  Made made("{{#a}}x{{/a}}{{^b}}y{{/b}}{{#c}}{{inner}}{{/c}}z");
  CHECK(made.never_found() == "a");
  made.of(R"({"a":false})");
  CHECK(made.never_found() == "b");
  made.of(R"({"b":null})");
  CHECK(made.never_found() == "c");
  made.of(R"({"c":[]})");
  CHECK(!made.never_found());
}

TEST_CASE("a template that was read makes the same bytes as one that is read anew") {
  Made one("{{#context}}\n{{context}}\n\n{{/context}}{{#meta}}{{a}} {{/meta}}{{id}}");
  RandomLines random(7);
  for (int i = 0; i < 500; ++i) {
    const std::string line = random.qa_line();
    CAPTURE(line);
    Made anew("{{#context}}\n{{context}}\n\n{{/context}}{{#meta}}{{a}} {{/meta}}{{id}}");
    CHECK(one.of(line) == anew.of(line));
  }
}

TEST_CASE("the body that is uploaded is what the scan hashed, with a template and all settings") {
  const TempDir dir;
  RandomLines random(11);
  std::string bytes;
  for (int i = 0; i < 400; ++i) bytes += random.qa_line() + "\n";
  const auto inputs = inputs_of(dir, {bytes});
  Settings settings;
  settings.prompt = "{{#context}}{{context}} {{/context}}{{#meta}}{{a}}{{b}}{{/meta}} {{id}}";
  settings.system = "S";
  settings.schema = R"({"type":"string"})";
  const Scanned scanned = scan_all(inputs, settings, {17, 1'000'000});
  CHECK(scanned.result.records == 400);
  for (const PlannedChunk& chunk : scanned.chunks) {
    const std::string body = read_all(*open_body(chunk.spans, inputs, with_format(settings, "qa")), 100);
    CHECK(body.size() == chunk.body_bytes);
    CHECK(sha256_hex(body) == chunk.body_sha256);
  }
}

TEST_CASE("whatever stands in a template, it is read or refused by its place") {
  RandomLines random(3);
  const std::array<std::string, 14> pieces = {"{{", "}}", "{{{", "}}}", "#",  "^", "/",
                                              "a",  ".",  "!",   "&",   "\n", " ", "{{a}}"};
  int read = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::size_t n = 1 + random.below(12); n > 0; --n) text += pieces[random.below(pieces.size())];
    CAPTURE(text);
    try {
      Made made(text);
      made.of(R"({"a":{"a":["x",{"a":1}]}})");
      ++read;
    } catch (const Fatal& fatal) {
      CHECK(fatal.exit() == ExitCode::usage);
      CHECK(!fatal.next().empty());
      const std::string what = fatal.what();
      CHECK((contains(what, "(line ") || contains(what, "is empty")));
    }
  }
  CHECK(read > 1000);
}
