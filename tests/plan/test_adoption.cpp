#include "plan/adoption.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/random.hpp"
#include "base/sha256.hpp"

using namespace batchctl;
using namespace batchctl::plan;

namespace {

const Instant kNow = from_unix_ms(1'795'400'000'000);
constexpr std::uint64_t kBytes = 1000;

AdoptableChunk chunk_of(int index, const std::string& label, const std::string& content) {
  AdoptableChunk chunk;
  chunk.index = index;
  chunk.label = label;
  chunk.records = 100;
  chunk.model = "gemini-2.5-flash";
  chunk.body_sha256 = sha256_hex("rendered " + content);
  chunk.bodies = {{kBytes + 7, chunk.body_sha256, LineKeys::wire}, {kBytes, sha256_hex(content), LineKeys::own}};
  return chunk;
}

/// Whose source cannot be sent as it lies there: no foreign hash can be its own.
AdoptableChunk rendered_chunk(int index, const std::string& label) {
  AdoptableChunk chunk = chunk_of(index, label, label);
  chunk.bodies.pop_back();
  return chunk;
}

SeenFile file_of(const std::string& name, const std::string& content) {
  SeenFile file;
  file.name = RemoteFileName{name};
  file.is_here = true;
  file.bytes = kBytes;
  file.sha256 = sha256_hex(content);
  file.expires_at = kNow + hours{40};
  return file;
}

SeenJob job_of(const std::string& name, const std::string& input, JobState state = JobState::pending) {
  SeenJob job;
  job.seen.name = JobName{name};
  job.seen.display_name = "made by hand";
  job.seen.input = RemoteFileName{input};
  job.seen.model = "gemini-2.5-flash";
  job.seen.state = state;
  job.seen.ended = is_terminal(state);
  if (state == JobState::succeeded) job.seen.output = OutputRef{"files/batch-" + name};
  job.seen.stats.requests = 100;
  job.seen.created_at = kNow - hours{2};
  return job;
}

Adoption adopted(const std::vector<AdoptableChunk>& chunks, const std::vector<SeenJob>& jobs,
                 const std::vector<SeenFile>& files) {
  return adopt(chunks, jobs, files, kNow);
}

/// The reasons of what is left, by name.
std::map<std::string, LeftWhy> left_of(const Adoption& adoption) {
  std::map<std::string, LeftWhy> all;
  for (const LeftObject& left : adoption.left) all[left.name] = left.reason;
  return all;
}

}  // namespace

TEST_CASE("a job whose file has the bytes of a chunk's source is bound to it, with the records' own keys") {
  const Adoption found = adopted({chunk_of(0, "one", "a"), chunk_of(1, "two", "b")}, {job_of("batches/j", "files/f")},
                                 {file_of("files/f", "b")});
  REQUIRE(found.bound.size() == 1);
  CHECK(found.bound[0].chunk == 1);
  CHECK(found.bound[0].job == 0);
  CHECK(found.bound[0].file == 0);
  CHECK(found.bound[0].evidence == Evidence::hash);
  CHECK(found.bound[0].keys == LineKeys::own);
  CHECK(found.left.empty());
}

TEST_CASE("a file without a job is bound by its hash, and not when it soon expires, or when a job was made from it") {
  const std::vector<AdoptableChunk> chunks = {chunk_of(0, "one", "a")};
  SeenFile file = file_of("files/f", "a");
  CHECK(adopted(chunks, {}, {file}).bound.at(0).file == 0);
  file.expires_at = kNow + minutes{59};
  CHECK(left_of(adopted(chunks, {}, {file})) == std::map<std::string, LeftWhy>{{"files/f", LeftWhy::not_found}});
  file.expires_at = kNow + hours{40};
  SeenJob other_model = job_of("batches/j", "files/f");
  other_model.seen.model = "gemini-2.5-pro";
  const Adoption found = adopted(chunks, {other_model}, {file});
  CHECK(found.bound.empty());
  CHECK(left_of(found) == std::map<std::string, LeftWhy>{{"batches/j", LeftWhy::mismatch}});
}

TEST_CASE("a job that ended without an answer is left, and its file serves the next one") {
  const Adoption found = adopted({chunk_of(0, "one", "a")}, {job_of("batches/j", "files/f", JobState::expired)},
                                 {file_of("files/f", "a")});
  CHECK(left_of(found) == std::map<std::string, LeftWhy>{{"batches/j", LeftWhy::ended}});
  REQUIRE(found.bound.size() == 1);
  CHECK(!found.bound[0].job);
  CHECK(found.bound[0].file == 0);
}

TEST_CASE("of two jobs of one chunk the one nearer to its answer is bound, and the other is told as a duplicate") {
  const Adoption found = adopted({chunk_of(0, "one", "a")},
                                 {job_of("batches/p", "files/f"), job_of("batches/s", "files/g", JobState::succeeded)},
                                 {file_of("files/f", "a"), file_of("files/g", "a")});
  REQUIRE(found.bound.size() == 1);
  CHECK(found.bound[0].job == 1);
  CHECK(left_of(found) == std::map<std::string, LeftWhy>{{"batches/p", LeftWhy::duplicate}});
  CHECK(found.left[0].is_live);
}

TEST_CASE("without a hash a job is bound by name and count only where both are plain") {
  SeenJob job = job_of("batches/j", "files/expired");
  job.seen.display_name = "nightly-part-2";
  const std::vector<AdoptableChunk> chunks = {chunk_of(0, "part-1", "a"), chunk_of(1, "part-2", "b")};
  SUBCASE("both agree") {
    const Adoption found = adopted(chunks, {job}, {});
    REQUIRE(found.bound.size() == 1);
    CHECK(found.bound[0].chunk == 1);
    CHECK(found.bound[0].evidence == Evidence::count);
    CHECK(!found.bound[0].file);
  }
  SUBCASE("another count") {
    job.seen.stats.requests = 99;
    CHECK(left_of(adopted(chunks, {job}, {})).at("batches/j") == LeftWhy::mismatch);
  }
  SUBCASE("a count that is not told") {
    job.seen.stats = {};
    CHECK(left_of(adopted(chunks, {job}, {})).at("batches/j") == LeftWhy::mismatch);
  }
  SUBCASE("two labels fit") {
    job.seen.display_name = "part-1 and part-2";
    CHECK(left_of(adopted(chunks, {job}, {})).at("batches/j") == LeftWhy::ambiguous);
  }
  SUBCASE("two jobs fit") {
    SeenJob twin = job;
    twin.seen.name = JobName{"batches/k"};
    const Adoption found = adopted(chunks, {job, twin}, {});
    CHECK(found.bound.empty());
    CHECK(left_of(found).at("batches/k") == LeftWhy::ambiguous);
  }
  SUBCASE("its file is there, and holds something else") {
    const Adoption found = adopted(chunks, {job}, {file_of("files/expired", "edited since")});
    CHECK(left_of(found).at("batches/j") == LeftWhy::mismatch);
  }
  SUBCASE("its file is there, rendered by the other tool") {
    const Adoption found = adopted({rendered_chunk(0, "part-2")}, {job}, {file_of("files/expired", "rendered")});
    REQUIRE(found.bound.size() == 1);
    CHECK(!found.bound[0].file);  // nothing is created from bytes that nobody compared
  }
  SUBCASE("the records have no keys of their own") {
    std::vector<AdoptableChunk> keyless = chunks;
    keyless[1].no_own_keys = "record 100 has no key";
    CHECK(left_of(adopted(keyless, {job}, {})).at("batches/j") == LeftWhy::unjoinable);
  }
}

TEST_CASE("a job of another database of batchctl is known by the body's hash in its name") {
  std::vector<AdoptableChunk> chunks = {chunk_of(0, "one", "a"), chunk_of(1, "two", "b")};
  SeenJob job = job_of("batches/j", "files/expired");
  job.seen.display_name = job_display_name(RunId{"abcdefgh2345"}, 7, 1, chunks[1].body_sha256);
  const Adoption found = adopted(chunks, {job}, {});
  REQUIRE(found.bound.size() == 1);
  CHECK(found.bound[0].chunk == 1);
  CHECK(found.bound[0].evidence == Evidence::mark);
  CHECK(found.bound[0].keys == LineKeys::wire);
}

TEST_CASE("chunks of the same bytes are told apart by their names, else neither is bound") {
  const std::vector<AdoptableChunk> chunks = {chunk_of(0, "one", "same"), chunk_of(1, "two", "same")};
  SeenJob job = job_of("batches/j", "files/f");
  CHECK(left_of(adopted(chunks, {job}, {file_of("files/f", "same")})).at("batches/j") == LeftWhy::ambiguous);
  job.told = {{"/data/two.jsonl"}, "line 3"};
  CHECK(adopted(chunks, {job}, {file_of("files/f", "same")}).bound.at(0).chunk == 1);
}

TEST_CASE("what is bound already is counted, and a chunk that is under way takes nothing") {
  std::vector<AdoptableChunk> chunks = {chunk_of(0, "one", "a")};
  chunks[0].busy = "is submitted already";
  chunks[0].jobs = {JobName{"batches/j"}};
  const Adoption found = adopted(chunks, {job_of("batches/j", "files/f"), job_of("batches/k", "files/g")},
                                 {file_of("files/f", "a"), file_of("files/g", "a")});
  CHECK(found.already == 1);
  CHECK(found.bound.empty());
  CHECK(left_of(found) == std::map<std::string, LeftWhy>{{"batches/k", LeftWhy::duplicate}});
}

TEST_CASE("a label counts where it stands between other signs, and a note's number fits the number of a label") {
  CHECK(names_label("run chunk_07 (b)", "chunk_07"));
  CHECK(!names_label("chunk_071", "chunk_07"));
  CHECK(!names_label("xchunk_07", "chunk_07"));
  CHECK(!names_label("anything", ""));
  SeenJob job = job_of("batches/j", "");
  job.seen.input = RemoteFileName{"files/gone"};
  job.told = {{"7"}, "/3"};
  CHECK(adopted({chunk_of(0, "chunk_07", "a"), chunk_of(1, "chunk_17", "b")}, {job}, {}).bound.at(0).chunk == 0);
}

TEST_CASE("in any account no job and no file is bound twice, no chunk gets two jobs, and nothing is forgotten") {
  std::size_t most_bound = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const auto any = [&](std::uint64_t below) {
      return static_cast<std::uint64_t>(random.uniform(0, static_cast<double>(below)));
    };
    std::vector<AdoptableChunk> chunks;
    const std::uint64_t contents = 1 + any(8);
    for (int i = 0; i < static_cast<int>(1 + any(8)); ++i) {
      // Equal labels, equal bytes and missing keys happen.
      chunks.push_back(chunk_of(i, fmt::format("part-{}", any(6)), fmt::format("content {}", any(contents))));
      if (any(4) == 0) chunks.back().bodies.pop_back();
      if (any(6) == 0) chunks.back().busy = "is done already";
      if (any(6) == 0) chunks.back().no_own_keys = "no keys";
      if (any(6) == 0) chunks.back().has_file = true;
    }
    std::vector<SeenFile> files;
    for (std::uint64_t i = any(10); i > 0; --i) {
      SeenFile file = file_of(fmt::format("files/{}", any(9)), fmt::format("content {}", any(contents)));
      if (any(3) == 0) file.sha256.reset();
      if (any(5) == 0) file.is_here = false;
      if (any(3) == 0) file.display_name = fmt::format("part-{}", any(6));
      if (any(3) == 0) file.told = {{fmt::format("part-{}.jsonl", any(6))}, "line 1"};
      if (any(4) == 0) file.expires_at = kNow + minutes{any(120)};
      file.is_named = any(3) != 0;
      files.push_back(file);
    }
    std::vector<SeenJob> jobs;
    for (std::uint64_t i = any(12); i > 0; --i) {
      SeenJob job =
          job_of(fmt::format("batches/{}", any(11)), fmt::format("files/{}", any(12)), static_cast<JobState>(any(7)));
      if (any(3) == 0) job.seen.display_name = fmt::format("x part-{} y", any(6));
      if (any(3) == 0) job.told = {{std::to_string(any(6))}, "line 2"};
      if (any(6) == 0) job.seen.stats.requests = 99;
      if (any(8) == 0) job.is_here = false;
      if (any(8) == 0) job.seen.output = OutputRef{"files/batch-x"};
      if (any(8) == 0)
        job.seen.display_name = job_display_name(RunId{"abcdefgh2345"}, 0, 1, chunks[any(chunks.size())].body_sha256);
      jobs.push_back(job);
    }

    const Adoption found = adopt(chunks, jobs, files, kNow);
    std::set<std::size_t> taken;
    std::set<std::string> names;
    std::size_t jobs_told = 0;
    for (const Binding& binding : found.bound) {
      CHECK(taken.insert(binding.chunk).second);
      CHECK(!chunks[binding.chunk].busy);
      REQUIRE((binding.job || binding.file));
      if (binding.job) CHECK(names.insert(jobs[*binding.job].seen.name.value).second);
      if (!binding.job) CHECK(files[binding.file.value()].is_here);
      if (binding.file) CHECK(names.insert(files[*binding.file].name.value).second);
      CHECK(!(binding.keys == LineKeys::own && chunks[binding.chunk].no_own_keys));
      jobs_told += binding.job ? 1U : 0U;
    }
    std::set<std::string> all;
    for (const SeenJob& job : jobs) all.insert(job.seen.name.value);
    for (const LeftObject& left : found.left) {
      CHECK_MESSAGE(!names.contains(left.name), left.name);  // bound or left, never both
      jobs_told += left.is_job ? 1U : 0U;
    }
    CHECK(jobs_told == all.size());
    most_bound = std::max(most_bound, found.bound.size());
  }
  CHECK(most_bound > 2);  // the accounts are not all empty of what fits
}
