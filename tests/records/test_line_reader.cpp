#include "records/line_reader.hpp"

#include <doctest/doctest.h>

#include "fixture.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

struct SeenLine {
  std::string text;
  std::uint64_t offset, bytes;
  std::int64_t number;
  bool ended;
  bool operator==(const SeenLine&) const = default;
};

std::vector<SeenLine> lines_of(LineReader& reader) {
  std::vector<SeenLine> lines;
  Line line;
  while (reader.next(line)) lines.push_back({std::string(line.text), line.offset, line.bytes, line.number, line.ended});
  return lines;
}

}  // namespace

TEST_CASE("lines come with their place, with either ending and without the last one") {
  const TempDir dir;
  LineReader reader(dir.write("x", "one\r\n\ntwo\rx\nlast\r"), "x");
  const std::vector<SeenLine> expected = {
      {"one", 0, 5, 1, true}, {"", 5, 1, 2, true}, {"two\rx", 6, 6, 3, true}, {"last\r", 12, 5, 4, false}};
  CHECK(lines_of(reader) == expected);
}

TEST_CASE("an empty file has no lines") {
  const TempDir dir;
  LineReader reader(dir.write("x", ""), "x");
  CHECK(lines_of(reader).empty());
}

TEST_CASE("lines around the size of a read are whole, and all bytes are shown once") {
  const TempDir dir;
  std::string bytes;
  std::vector<std::size_t> sizes = {
      LineReader::kReadBytes - 1,     0, 1, LineReader::kReadBytes, LineReader::kReadBytes + 1,
      3 * LineReader::kReadBytes + 7, 5};
  for (std::size_t i = 0; i < sizes.size(); ++i) bytes += std::string(sizes[i], static_cast<char>('a' + i)) + "\n";
  LineReader reader(dir.write("x", bytes), "x");
  std::string shown;
  reader.on_read([&](std::string_view piece) { shown += piece; });
  const auto lines = lines_of(reader);
  REQUIRE(lines.size() == sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i)
    CHECK((lines[i].text == std::string(sizes[i], static_cast<char>('a' + i))));
  CHECK((shown == bytes));
}

TEST_CASE("a range gives its own lines only, again and again") {
  const TempDir dir;
  LineReader reader(dir.write("x", "one\ntwo\nthree\n"), "x");
  for (int again = 0; again < 2; ++again) {
    reader.go_to(4, 4, 2);
    CHECK(lines_of(reader) == std::vector<SeenLine>{{"two", 4, 4, 2, true}});
  }
  reader.go_to(8, 100, 3);
  CHECK(lines_of(reader) == std::vector<SeenLine>{{"three", 8, 6, 3, true}});
}

TEST_CASE("a file that cannot be opened or read is named") {
  const TempDir dir;
  CHECK(std::string(fatal_of([&] { LineReader("/nowhere/x", "shown.jsonl"); }).what()) ==
        "cannot read shown.jsonl: No such file or directory");
  Line line;
  CHECK(std::string(fatal_of([&] { LineReader(dir.path("."), "a-directory").next(line); }).what()) ==
        "cannot read a-directory: Is a directory");
}
