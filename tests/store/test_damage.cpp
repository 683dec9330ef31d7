// A state file of which a page, or the end, is not what was written: it is said to be damaged and nothing is made of
// it.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "store/fixture.hpp"
#include "store/temp_dir.hpp"

using namespace batchctl;

namespace {

constexpr std::int64_t kPage = 4096;

/// A database with rows in every table that a run fills.
void write_a_run(const std::string& path) {
  Fixture fixture(std::vector<std::int64_t>(60, 10));
  fixture.store->write([&] {
    for (int i = 0; i < 20; ++i) fixture.finish(fixture.chunk(i), {problem_of(i * 10, RecordStatus::error)});
    for (int i = 20; i < 40; ++i) fixture.submit(fixture.chunk(i));
    for (int i = 40; i < 50; ++i) fixture.begin_create(fixture.chunk(i));
  });
  fixture.database().exec("VACUUM INTO '" + path + "'");
  open_store(path);
}

/// Reads all of it and writes a little. The error's code; empty when all went well.
std::string use(const std::string& path) {
  return code_of([&] {
    const auto store = open_store(path);
    for (const Run& run : store->runs()) {
      static_cast<void>(store->chunk_tally(run.key));
      static_cast<void>(store->record_tally(run.key));
      static_cast<void>(store->job_tally(run.key));
      static_cast<void>(store->journal(run.key, std::nullopt));
      static_cast<void>(store->live_jobs(run.project));
      for (const Chunk& chunk : store->chunks(run.key, 0, 100)) {
        static_cast<void>(store->newest_job(chunk.key));
        static_cast<void>(store->newest_file(chunk.key));
        static_cast<void>(store->spans(chunk.key));
      }
      store->write([&] {
        store->begin_driving(run.key, DriverMark{1, "host", at(9)});
        store->note(run.key, {}, at(9), "event", "words");
      });
    }
  });
}

enum class Damage { ones, zeros, anything, another_page, a_few_bits };

std::string read_page(const std::string& path, std::int64_t page) {
  std::string bytes(kPage, '\0');
  std::ifstream file(path, std::ios::binary);
  file.seekg(page * kPage);
  file.read(bytes.data(), kPage);
  return bytes;
}

std::string damaged(const std::string& path, std::int64_t page, std::int64_t pages, Damage how, std::mt19937& random) {
  std::string bytes = read_page(path, page);
  switch (how) {
    case Damage::ones:
      return std::string(kPage, '\xff');
    case Damage::zeros:
      return std::string(kPage, '\0');
    case Damage::anything:
      for (char& c : bytes) c = static_cast<char>(random());
      return bytes;
    case Damage::another_page:
      return read_page(path, (page + 1) % pages);
    case Damage::a_few_bits:
      for (int i = 0; i < 8; ++i) bytes[random() % 100] ^= static_cast<char>(1U << random() % 8);
      return bytes;
  }
  return bytes;
}

}  // namespace

TEST_CASE("whichever page of the state file is overwritten, that is damage or goes unnoticed, and nothing worse") {
  const TempDir directory;
  const std::string whole = directory.path("whole.db"), path = directory.path("state.db");
  write_a_run(whole);
  const auto pages = static_cast<std::int64_t>(std::filesystem::file_size(whole)) / kPage;
  REQUIRE(pages > 40);
  std::mt19937 random(1);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same bytes every time
  int noticed = 0;
  for (std::int64_t page = 0; page < pages; ++page) {
    using enum Damage;
    for (const Damage how : {ones, zeros, anything, another_page, a_few_bits}) {
      CAPTURE(page);
      CAPTURE(static_cast<int>(how));
      std::filesystem::copy_file(whole, path, std::filesystem::copy_options::overwrite_existing);
      {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(page * kPage);
        file << damaged(whole, page, pages, how, random);
      }
      const std::string code = use(path);
      CHECK((code.empty() || code == "database_damaged"));
      noticed += code.empty() ? 0 : 1;
    }
  }
  CHECK(noticed > 3 * pages);
}

TEST_CASE("a state file that was cut short is damage") {
  const TempDir directory;
  const std::string whole = directory.path("whole.db"), path = directory.path("state.db");
  write_a_run(whole);
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(whole));
  for (std::int64_t left = 50; left <= size - kPage; left += 1000) {
    CAPTURE(left);
    std::filesystem::copy_file(whole, path, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(path, static_cast<std::uintmax_t>(left));
    CHECK(use(path) == "database_damaged");
  }
}
