// A whole file, any bytes: refused by name, or planned into chunks whose bodies are rendered again to the same hash.
#include <unistd.h>

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "fuzz/input.hpp"
#include "records/render.hpp"
#include "records/scan.hpp"

using namespace batchctl;

namespace {

/// A file that every round overwrites.
const std::string& write_scratch(std::string_view bytes) {
  static const std::string path = "/tmp/batchctl-fuzz-" + std::to_string(::getpid()) + ".jsonl";
  static const int at_exit = std::atexit([] { ::unlink(path.c_str()); });
  (void)at_exit;
  std::FILE* file = std::fopen(path.c_str(), "wb");
  fuzz::must(file != nullptr && std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size(), "a scratch file");
  std::fclose(file);
  return path;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::Input input(bytes, size);
  ChunkLimits limits;
  limits.records = 1 + static_cast<std::int64_t>(input.choice(4));
  batchctl::Input file;
  file.path = write_scratch(input.rest());
  file.shown_path = "input";
  Settings settings;
  std::vector<PlannedChunk> chunks;
  try {
    const ScanResult result = scan({file}, settings, limits, {}, [&](PlannedChunk chunk) { chunks.push_back(chunk); });
    settings.format = result.format;
  } catch (const Fatal& refused) {
    fuzz::must(refused.exit() == ExitCode::failed, "bad input is exit 1");
    return 0;
  }
  std::string buffer(4096, '\0');
  std::int64_t records = 0;
  for (const PlannedChunk& chunk : chunks) {
    Sha256 hash;
    const auto body = open_body(chunk.spans, {file}, settings);
    while (const std::size_t got = body->read(buffer)) hash.update({buffer.data(), got});
    fuzz::must(hash.hex() == chunk.body_sha256, "a body is rendered again to the same bytes");
    fuzz::must(chunk.first_record == records, "chunks follow each other");
    records += chunk.records;
  }
  return 0;
}
