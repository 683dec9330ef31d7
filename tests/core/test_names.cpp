#include <doctest/doctest.h>

#include <set>
#include <string>

#include "core/chunk.hpp"
#include "core/record.hpp"
#include "core/refusal.hpp"
#include "core/run.hpp"

using namespace batchctl;

namespace {

const RunId kRun{"k3vabcdefghi"};
const std::string kBody(64, 'e');

}  // namespace

TEST_CASE("a job's display name holds run, chunk, attempt and 12 digits of the body's hash") {
  CHECK(job_display_name(kRun, 72, 2, "0123456789abcdef") == "bc/k3vabcdefghi/72/a2/0123456789ab");
}

TEST_CASE("a file's id is at most 40 characters of a-z, 0-9 and dash, and ends in neither dash") {
  for (const int generation : {1, 2, 1000}) {
    const std::string id = remote_file_id(kRun, 153, kBody, generation).value;
    CAPTURE(id);
    CHECK(id.size() == 23);
    CHECK(id.size() <= 40);
    CHECK(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos);
    CHECK(id.front() != '-');
    CHECK(id.back() != '-');
  }
}

TEST_CASE("a file's id is the same for the same upload, and another for every other one") {
  CHECK(remote_file_id(kRun, 1, kBody, 1) == remote_file_id(kRun, 1, kBody, 1));
  std::set<std::string> ids;
  for (int chunk = 0; chunk < 50; ++chunk)
    for (int generation = 1; generation <= 20; ++generation)
      ids.insert(remote_file_id(kRun, chunk, kBody, generation).value);
  CHECK(ids.size() == 1000);
  CHECK_FALSE(ids.contains(remote_file_id(RunId{"another"}, 0, kBody, 1).value));
  CHECK_FALSE(ids.contains(remote_file_id(kRun, 0, std::string(64, 'f'), 1).value));
  // Chunk 1, generation 11 is not chunk 11, generation 1.
  CHECK(remote_file_id(kRun, 1, kBody, 11) != remote_file_id(kRun, 11, kBody, 1));
}

TEST_CASE("names of job states, record statuses and pause kinds lead back to them") {
  for (std::size_t i = 0; i < kJobStateNames.size(); ++i)
    CHECK(job_state_named(kJobStateNames[i]) == static_cast<JobState>(i));
  CHECK(job_state_named("paused by the moon") == JobState::unknown);
  for (std::size_t i = 0; i < kRecordStatusNames.size(); ++i)
    CHECK(record_status_named(kRecordStatusNames[i]) == static_cast<RecordStatus>(i));
  CHECK_FALSE(record_status_named("fine").has_value());
  for (std::size_t i = 0; i < kPauseKindNames.size(); ++i)
    CHECK(pause_kind_named(kPauseKindNames[i]) == static_cast<PauseKind>(i));
  CHECK_FALSE(pause_kind_named("coffee").has_value());
}

TEST_CASE("the words for how a run stands are those that scripts know") {
  CHECK(name_of(RunState::submitting) == "submitting");
  CHECK(name_of(RunState::paused) == "paused");
  CHECK(name_of(RunState::waiting) == "waiting");
  CHECK(name_of(RunState::fetching) == "fetching");
  CHECK(name_of(RunState::complete) == "complete");
  CHECK(name_of(RunState::complete_with_failures) == "complete_with_failures");
  CHECK(name_of(RunState::cancelled) == "cancelled");
  CHECK(name_of(RunState::needs_attention) == "needs_attention");
}

TEST_CASE("an ended job is one that succeeded, failed, expired or was cancelled") {
  CHECK(is_terminal(JobState::succeeded));
  CHECK(is_terminal(JobState::failed));
  CHECK(is_terminal(JobState::expired));
  CHECK(is_terminal(JobState::cancelled));
  CHECK_FALSE(is_terminal(JobState::pending));
  CHECK_FALSE(is_terminal(JobState::running));
  CHECK_FALSE(is_terminal(JobState::unknown));
}
