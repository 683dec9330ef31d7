#include "records/inputs.hpp"

#include "fixture.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

std::vector<std::string> shown(const std::vector<ResolvedInput>& inputs) {
  std::vector<std::string> names;
  for (const ResolvedInput& input : inputs) names.push_back(input.shown_path);
  return names;
}

std::string refusal(const std::vector<std::string>& arguments) {
  const Fatal fatal = fatal_of([&] { resolve_inputs(arguments); });
  CHECK(fatal.exit() == ExitCode::failed);
  CHECK(fatal.code() == "bad_input");
  CHECK(!fatal.next().empty());
  return fatal.what();
}

}  // namespace

TEST_CASE("a glob fits names as a shell would") {
  CHECK(matches_glob("*.jsonl", "a.jsonl"));
  CHECK(matches_glob("*", ""));
  CHECK(matches_glob("a*b*c", "a-b-b-c"));
  CHECK(!matches_glob("a*b*c", "a-b-b-d"));
  CHECK(matches_glob("part-??.jsonl", "part-07.jsonl"));
  CHECK(!matches_glob("part-??.jsonl", "part-7.jsonl"));
  CHECK(matches_glob("?.txt", "é.txt"));
  CHECK(matches_glob("[a-c]x", "bx"));
  CHECK(!matches_glob("[a-c]x", "dx"));
  CHECK(matches_glob("[!a-c]x", "dx"));
  CHECK(matches_glob("[]]", "]"));
  CHECK(matches_glob("[é]", "é"));
  CHECK(matches_glob("a[b", "a[b"));
  CHECK(!matches_glob("a", "ab"));
  CHECK(!matches_glob("ab", "a"));
  CHECK(matches_glob("**a**", "bab"));
}

TEST_CASE("files keep their order and their names as given; compressed ones and pipes need a spool") {
  const TempDir dir;
  const std::string b = dir.write("b.jsonl", "x"), a = dir.write("a.jsonl.gz", "x"), z = dir.write("z.zst", "x");
  const auto inputs = resolve_inputs({b, "-", a, z, b});
  CHECK(shown(inputs) == std::vector<std::string>{b, "-", a, z, b});
  CHECK(inputs[0].path == b);
  CHECK(inputs[1].path.empty());
  CHECK(!inputs[0].needs_spool);
  CHECK(inputs[1].needs_spool);
  CHECK(inputs[2].needs_spool);
  CHECK(inputs[3].needs_spool);
  CHECK(resolve_inputs({"/dev/null"})[0].needs_spool);
}

TEST_CASE("a directory stands for its plain files in byte order, shown relative to it") {
  const TempDir dir;
  for (const char* name : {"d/b.jsonl", "d/B.jsonl", "d/é.jsonl", "d/a.jsonl.gz", "d/.hidden", "d/below/c.jsonl"})
    dir.write(name, "x");
  const auto inputs = resolve_inputs({dir.path("d")});
  CHECK(shown(inputs) == std::vector<std::string>{"B.jsonl", "a.jsonl.gz", "b.jsonl", "é.jsonl"});
  CHECK(inputs[0].path == dir.path("d/B.jsonl"));
  CHECK(inputs[1].needs_spool);
}

TEST_CASE("a glob stands for the files that fit, unless a file has that very name") {
  const TempDir dir;
  for (const char* name : {"p-2.jsonl", "p-10.jsonl", ".p-1.jsonl", "q.jsonl"}) dir.write(name, "x");
  CHECK(shown(resolve_inputs({dir.path("p-*.jsonl")})) ==
        std::vector<std::string>{dir.path("p-10.jsonl"), dir.path("p-2.jsonl")});
  CHECK(shown(resolve_inputs({dir.path(".p*")})) == std::vector<std::string>{dir.path(".p-1.jsonl")});
  dir.write("p-*.jsonl", "x");
  CHECK(shown(resolve_inputs({dir.path("p-*.jsonl")})) == std::vector<std::string>{dir.path("p-*.jsonl")});
}

TEST_CASE("what cannot be input is refused by name") {
  const TempDir dir;
  dir.write("d/sub/x", "x");
  dir.write("e/.hidden", "x");
  CHECK(refusal({dir.path("none.jsonl")}) == "no such file: " + dir.path("none.jsonl"));
  CHECK(refusal({""}) == "no such file: \"\"");
  CHECK(refusal({dir.path("none*")}) == "no file matches " + dir.path("none*"));
  CHECK(contains(refusal({dir.path("d*/x")}), "wildcards are read in the last part of a path only"));
  CHECK(contains(refusal({dir.path("nowhere/*")}), "cannot read the directory"));
  CHECK(contains(refusal({dir.path("e")}), "holds no files"));
  CHECK(contains(refusal({dir.path("d")}), "the directory " + dir.path("d") + " holds no files"));
  CHECK(contains(refusal({dir.path("d/s*")}), "matches the directory " + dir.path("d/sub")));
  CHECK(contains(refusal({"-", "-"}), "only once"));
  CHECK(fatal_of([] { resolve_inputs({}); }).exit() == ExitCode::usage);
}
