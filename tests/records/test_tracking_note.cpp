#include "records/tracking_note.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace batchctl;

namespace {

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a tracking JSON of one object a chunk gives its jobs, files and labels, in snake_case and camelCase") {
  const TrackingNote note = read_tracking_json(R"([
    {"chunk_file": "/data/part_01.jsonl", "uploaded_file": "files/abc", "job_name": "batches/j1", "owner": "me"},
    {"inputFile": "part_02.jsonl", "fileUri": "https://host.invalid/v1beta/files/def", "status": "uploaded"},
    {"chunk": 3, "batch": {"name": "batches/j3", "state": "RUNNING"}, "upload": {"name": "files/ghi"}}])",
                                               "n.json");
  REQUIRE(note.entries.size() == 3);
  CHECK(note.entries[0].labels == Names{"/data/part_01.jsonl"});
  CHECK(note.entries[0].jobs == Names{"batches/j1"});
  CHECK(note.entries[0].files == Names{"files/abc"});
  CHECK(note.entries[0].where == "/0");
  CHECK(note.entries[1].labels == Names{"part_02.jsonl"});
  CHECK(note.entries[1].files == Names{"files/def"});
  CHECK(note.entries[2].labels == Names{"3"});
  CHECK(note.entries[2].jobs == Names{"batches/j3"});
  CHECK(note.entries[2].files == Names{"files/ghi"});
  CHECK(note.understood.contains("inputFile"));
  CHECK(!note.understood.contains("owner"));
  CHECK(!note.understood.contains("status"));
}

TEST_CASE("what stands under a name is labelled by it, as an object, as one name, or as a list") {
  const TrackingNote note = read_tracking_json(R"({"run": "qa", "jobs": {"part_01": {"job": "batches/j1"},
    "part_02": "batches/j2"}, "pending": ["files/x", "files/y"]})",
                                               "n.json");
  REQUIRE(note.entries.size() == 4);
  CHECK(note.entries[0].labels == Names{"part_01"});
  CHECK(note.entries[1].labels == Names{"part_02"});
  CHECK(note.entries[1].jobs == Names{"batches/j2"});
  CHECK(note.entries[2].files == Names{"files/x"});
  CHECK(note.entries[3].where == "/pending/1");
}

TEST_CASE("a path is no file of the service, an output is no input, and an entry that names nothing is told") {
  const TrackingNote note = read_tracking_json(R"([{"path": "data/files/abc", "job": "batches/j1"},
    {"path": "files/part_01.jsonl", "result": "files/batch-123", "job": "batches/j2"},
    {"chunk": "part_03", "status": "not started"}])",
                                               "n.json");
  REQUIRE(note.entries.size() == 2);
  CHECK(note.entries[0].files.empty());
  CHECK(note.entries[0].labels == Names{"data/files/abc"});
  CHECK(note.entries[1].files.empty());
  CHECK(note.entries[1].labels == Names{"files/part_01.jsonl"});
  CHECK(note.unusable == Names{"/2"});
}

TEST_CASE("what is no JSON object or array is refused by name") {
  for (const char* text : {"", "nothing", "12", "{\"a\":"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(read_tracking_json(text, "n.json"), "n.json is no JSON object or array", Fatal);
  }
}

TEST_CASE("the rows of a Markdown table give names wherever they stand, and labels by their header cells") {
  const TrackingNote note = read_tracking_markdown(R"(# Where we are

| Chunk file | Batch | Notes |
|---|:---:|---|
| `part_01.jsonl` | `batches/j1` | from files/abc, running |
| part\_02.jsonl | [j2](batches/j2) | |
| part_03.jsonl | - | later |

- batches/j9 by hand
not/batches/j10
)");
  REQUIRE(note.entries.size() == 3);
  CHECK(note.entries[0].labels == Names{"part_01.jsonl"});
  CHECK(note.entries[0].jobs == Names{"batches/j1"});
  CHECK(note.entries[0].files == Names{"files/abc"});
  CHECK(note.entries[0].where == "line 5");
  CHECK(note.entries[1].labels == Names{"part_02.jsonl"});
  CHECK(note.entries[1].jobs == Names{"batches/j2"});
  CHECK(note.entries[2].jobs == Names{"batches/j9"});
  CHECK(note.unusable == Names{"line 7"});
  CHECK(note.understood.contains("Chunk file"));
}
