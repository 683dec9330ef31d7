#include "records/spool.hpp"

#include <zlib.h>
#include <zstd.h>

#include "fixture.hpp"

using namespace batchctl;
using namespace batchctl::test;

namespace {

std::string gzip(const TempDir& dir, const std::string& bytes) {
  const std::string path = dir.path("member.gz");
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  return read_all(path);
}

std::string zstd(const std::string& bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

std::string text_of(std::size_t size) {
  std::string text = "{";
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i * i) + (i % 7 == 0 ? "\n" : " ");
  return text;
}

ResolvedInput input_named(const std::string& path) {
  return {path, std::filesystem::path(path).filename().string(), true};
}

std::string spooled(const TempDir& dir, const ResolvedInput& input, std::FILE* in = nullptr) {
  const Spooled copy = spool(input, {}, in, dir.path("spool"));
  std::string text = read_all(dir.path("spool"));
  CHECK(text.size() == copy.bytes);
  CHECK(copy.suffix.empty());
  return text;
}

std::string refusal(const TempDir& dir, const std::string& path) {
  const Fatal fatal = fatal_of([&] { spool(input_named(path), {}, nullptr, dir.path("spool")); });
  CHECK(fatal.exit() == ExitCode::failed);
  return fatal.what();
}

}  // namespace

TEST_CASE("several gzip members and Zstandard frames are read one after another") {
  const TempDir dir;
  const std::string big = text_of(5'000'000), small = text_of(100);
  CHECK(
      (spooled(dir, input_named(dir.write("a.gz", gzip(dir, big) + gzip(dir, "") + gzip(dir, small)))) == big + small));
  CHECK((spooled(dir, input_named(dir.write("a.zst", zstd(big) + zstd("") + zstd(small)))) == big + small));
  CHECK((spooled(dir, input_named(dir.write("b.gz", gzip(dir, small) + std::string(512, '\0')))) == small));
  CHECK(spooled(dir, input_named(dir.write("e.gz", gzip(dir, "")))).empty());
  CHECK(spooled(dir, input_named(dir.write("e.zst", zstd("")))).empty());
}

TEST_CASE("standard input is copied, and decompressed when its first bytes say so") {
  const TempDir dir;
  const std::string text = text_of(3'000'000);
  for (const std::string& bytes : {text, gzip(dir, text), zstd(text)}) {
    const FileHandle in(std::fopen(dir.write("in", bytes).c_str(), "rb"));
    CHECK((spooled(dir, {"", "-", true}, in.get()) == text));
  }
  const FileHandle nothing(std::fopen(dir.write("in", "").c_str(), "rb"));
  CHECK(spooled(dir, {"", "-", true}, nothing.get()).empty());
}

TEST_CASE("compressed tables and arrays are converted as they are unpacked, from files and from a pipe") {
  const TempDir dir;
  const std::string table = gzip(dir, "id,question\n1,\"a\nb\"\n2,c\n"), list = zstd("[{\"question\": \"a\"}]");
  CHECK(spool(input_named(dir.write("q.csv.gz", table)), {}, nullptr, dir.path("spool")).suffix == ".rows");
  CHECK(read_all(dir.path("spool")) ==
        "\n{\"id\":\"1\",\"question\":\"a\\nb\"}\n\n{\"id\":\"2\",\"question\":\"c\"}\n");
  const FileHandle in(std::fopen(dir.write("in", list).c_str(), "rb"));
  CHECK(spool({"", "-", true}, {}, in.get(), dir.path("spool")).suffix == ".elements");
  CHECK(read_all(dir.path("spool")) == "{\"question\":\"a\"}\n");
}

TEST_CASE("compressed input that is truncated or damaged is refused by name") {
  const TempDir dir;
  const std::string text = text_of(3'000'000), gz = gzip(dir, text), zst = zstd(text);
  CHECK(refusal(dir, dir.write("t.gz", gz.substr(0, gz.size() - 4))) ==
        "t.gz: the gzip data ends too early: the file is truncated");
  CHECK(refusal(dir, dir.write("t.zst", zst.substr(0, zst.size() - 4))) ==
        "t.zst: the Zstandard data ends too early: the file is truncated");
  CHECK(contains(refusal(dir, dir.write("m.gz", gz + gz.substr(0, 5))), "m.gz: the gzip data ends too early"));
  CHECK(contains(refusal(dir, dir.write("z.gz", "")), "z.gz: the gzip data ends too early"));
  CHECK(contains(refusal(dir, dir.write("z.zst", "")), "z.zst: the Zstandard data ends too early"));
  CHECK(refusal(dir, dir.write("p.gz", "{}\n")) == "p.gz: damaged gzip data: incorrect header check");
  CHECK(contains(refusal(dir, dir.write("p.zst", "plain text")), "p.zst: damaged Zstandard data: "));
  CHECK(contains(refusal(dir, dir.write("g.gz", gz + "garbage")), "g.gz: damaged gzip data: "));
  CHECK(contains(refusal(dir, dir.write("g.zst", zst + "garbage")), "g.zst: damaged Zstandard data: "));
  std::string flipped = gz;
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 0x55);
  CHECK(contains(refusal(dir, dir.write("f.gz", flipped)), "f.gz: damaged gzip data: "));
  CHECK(contains(refusal(dir, dir.path("none.gz")), "cannot read none.gz"));
}

TEST_CASE("a spool that cannot be written names its own path") {
  const TempDir dir;
  const Fatal fatal = fatal_of([&] { spool(input_named(dir.write("a", "x")), {}, nullptr, "/nowhere/spool"); });
  CHECK(fatal.code() == "disk");
  CHECK(contains(fatal.what(), "cannot write /nowhere/spool"));
}
