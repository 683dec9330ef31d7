// The story of a half-done run that another tool made, by plain calls: adopt, resume --wait, download.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <httplib.h>

#include <filesystem>

#include "e2e/process.hpp"
#include "e2e/terminal.hpp"
#include "schemas/schema.hpp"

namespace batchctl::e2e {

namespace {

const Words kService = {"--time-scale", "1000", "--pending", "1m", "--running", "1m"};
constexpr int kRecords = 2;  // a chunk
constexpr const char* kKey = "test-key-of-a-desk";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string question(int n) { return fmt::format("What is number {} about?", n); }

std::string label_of(int chunk) { return fmt::format("part_{:03}", chunk); }

/// What the script cut, and what it sent.
std::string native(int chunk) {
  std::string text;
  for (int i = 0; i < kRecords; ++i) {
    const int n = chunk * kRecords + i;
    text += Json{{"key", fmt::format("q-{}", n)},
                 {"request", {{"contents", {{{"role", "user"}, {"parts", {{{"text", question(n)}}}}}}}}}}
                .dump() +
            "\n";
  }
  return text;
}

/// The other tool: a hundred lines of somebody's script.
class Script {
 public:
  explicit Script(const Sandbox& sandbox) : base_(sandbox.base_url()), client_(base_) {}

  std::string upload(const std::string& bytes, const std::string& display_name) {
    httplib::Headers headers = {{"x-goog-api-key", kKey},
                                {"X-Goog-Upload-Protocol", "resumable"},
                                {"X-Goog-Upload-Command", "start"},
                                {"X-Goog-Upload-Header-Content-Length", std::to_string(bytes.size())},
                                {"X-Goog-Upload-Header-Content-Type", "application/jsonl"}};
    const Json file = {{"file", {{"displayName", display_name}}}};
    const auto begun = client_.Post("/upload/v1beta/files", headers, file.dump(), "application/json");
    REQUIRE(begun);
    REQUIRE(begun->status == 200);
    const std::string target = begun->get_header_value("x-goog-upload-url").substr(base_.size());
    const auto sent =
        client_.Post(target, {{"X-Goog-Upload-Command", "upload, finalize"}, {"X-Goog-Upload-Offset", "0"}}, bytes,
                     "application/octet-stream");
    REQUIRE(sent);
    REQUIRE(sent->status == 200);
    return Json::parse(sent->body).at("file").at("name");
  }

  std::string create(const std::string& file, const std::string& display_name) {
    const Json body = {{"batch", {{"displayName", display_name}, {"inputConfig", {{"fileName", file}}}}}};
    const auto made = client_.Post("/v1beta/models/gemini-2.5-flash:batchGenerateContent", {{"x-goog-api-key", kKey}},
                                   body.dump(), "application/json");
    REQUIRE(made);
    REQUIRE_MESSAGE(made->status == 200, made->body);
    return Json::parse(made->body).at("name");
  }

 private:
  std::string base_;
  httplib::Client client_;
};

/// Chunks 0..jobs-1 have a job, the next `files` only a file. Writes the notes that people keep.
void be_in_the_middle(const Desk& desk, const Sandbox& sandbox, int chunks, int jobs, int files) {
  Script script(sandbox);
  std::filesystem::create_directories(desk.path("cut"));
  Json tracking = {{"model", "gemini-2.5-flash"}, {"chunks", Json::array()}};
  std::string table = "# Batches\n\n| Chunk | File | Batch job | State |\n|---|---|---|---|\n";
  for (int chunk = 0; chunk < chunks; ++chunk) {
    const std::string name = label_of(chunk) + ".jsonl";
    desk.write("cut/" + name, native(chunk));
    Json entry = {{"chunk_file", "cut/" + name}, {"status", "not started"}};
    std::string file = "-", job = "-";
    if (chunk < jobs + files) {
      file = script.upload(native(chunk), "upload of " + name);
      entry["uploaded_file"] = file;
    }
    if (chunk < jobs) {
      job = script.create(file, "nightly " + label_of(chunk));
      entry["job_name"] = job;
    }
    tracking.at("chunks").push_back(entry);
    table += fmt::format("| {} | `{}` | `{}` | |\n", label_of(chunk), file, job);
  }
  desk.write("tracking.json", tracking.dump(2));
  desk.write("tracking.md", table);
}

/// adopt, resume, download, and what must be true of it afterwards.
void go_on(const Desk& desk, const Sandbox& sandbox, const std::string& from, int chunks, int jobs, int files) {
  const Words words = {"adopt",          "cut",    "--run",  "qa", "--chunk-per-file",
                       "--input-format", "gemini", "--from", from, "--json"};
  const Json before = sandbox.ledger();
  const Outcome looked = desk.run(joined(words, {"--dry-run"}));
  REQUIRE_MESSAGE(looked.exit == 0, looked.told());
  CHECK(schema_faults("adopt", looked.json()) == "");
  CHECK(looked.json().at("stored") == false);
  CHECK(desk.run({"resume"}).exit == 0);  // there is nothing yet
  const Outcome adopted = desk.run(joined(words, {"--yes"}));
  REQUIRE_MESSAGE(adopted.exit == 0, adopted.told());
  const Json document = adopted.json();
  CHECK(schema_faults("adopt", document) == "");
  CHECK(document.at("bound").size() == static_cast<std::size_t>(jobs + files));
  CHECK(document.at("untouched") == chunks - jobs - files);
  CHECK(document.at("left").empty());
  for (const Json& bound : document.at("bound")) CHECK(bound.at("evidence") == "hash");
  CHECK(sandbox.ledger().at("creates") == before.at("creates"));
  CHECK(sandbox.ledger().at("uploads") == before.at("uploads"));
  const Json run = desk.status("qa");
  CHECK(run.at("chunks").at("submitted") == jobs);
  CHECK(run.at("chunks").at("uploaded") == files);
  CHECK(run.at("chunks").at("planned") == chunks - jobs - files);

  const Outcome resumed = desk.run({"resume", "--wait"});
  CHECK_MESSAGE(resumed.exit == 0, resumed.told());
  const Json ledger = sandbox.ledger(true);
  CHECK(ledger.at("creates") == chunks);
  CHECK(ledger.at("uploads") == chunks);
  std::int64_t our_jobs = 0, our_files = 0;
  for (const auto& [name, times] : ledger.at("jobs_by_display_name").items()) {
    CHECK_MESSAGE(times == 1, name);
    our_jobs += name.rfind("bc/", 0) == 0 ? 1 : 0;
  }
  for (const auto& [name, times] : ledger.at("uploads_by_name").items())
    our_files += has(name, "bc-") ? times.get<std::int64_t>() : 0;
  CHECK(our_jobs == chunks - jobs);
  CHECK(our_files == chunks - jobs - files);

  const Outcome downloaded = desk.run({"download"});
  CHECK_MESSAGE(downloaded.exit == 0, downloaded.told());
  const std::vector<std::string> lines = lines_of(desk.read("qa.results.jsonl"));
  REQUIRE(lines.size() == static_cast<std::size_t>(chunks * kRecords));
  for (std::size_t n = 0; n < lines.size(); ++n) {
    const Json line = Json::parse(lines[n]);
    const bool is_right = line.at("index") == n && line.at("key") == fmt::format("q-{}", n) &&
                          line.at("status") == "ok" &&
                          has(line.at("answer").get<std::string>(), question(static_cast<int>(n)));
    if (!is_right) FAIL(lines[n]);
  }
}

}  // namespace

TEST_CASE("21 jobs, 9 files without a job and 124 untouched chunks of another tool end with nothing created twice") {
  const Sandbox sandbox(kService);
  const Desk desk(sandbox, kKey);
  be_in_the_middle(desk, sandbox, 154, 21, 9);
  go_on(desk, sandbox, "tracking.json", 154, 21, 9);
}

TEST_CASE("the same from a Markdown table, and from the account's own list") {
  for (const char* from : {"tracking.md", "list"}) {
    CAPTURE(from);
    const Sandbox sandbox(kService);
    const Desk desk(sandbox, kKey);
    be_in_the_middle(desk, sandbox, 12, 4, 3);
    go_on(desk, sandbox, from, 12, 4, 3);
  }
}

TEST_CASE("a lost state file is made good from the Markdown that report wrote of it") {
  const Sandbox sandbox({"--time-scale", "1000", "--pending", "10m", "--running", "10m", "--max-jobs", "3"});
  const Desk first(sandbox, kKey), second(sandbox, kKey);
  for (const Desk* desk : {&first, &second}) desk->write("qa.jsonl", questions(12));
  const Words cut = {"qa.jsonl", "--chunk-records", "2"};
  REQUIRE(first.run(joined({"submit"}, cut)).exit == 75);
  const Outcome report = first.run({"report", "--as", "md"});
  REQUIRE(report.exit == 0);
  second.write("report.md", report.out);
  const Outcome adopted = second.run(joined({"adopt", "--from", "report.md", "--yes"}, cut));
  CHECK_MESSAGE(adopted.exit == 0, adopted.told());
  CHECK(second.status("qa").at("chunks").at("submitted") == 3);
  CHECK(second.run({"resume", "--wait"}).exit == 0);
  const Json ledger = sandbox.ledger();
  CHECK(ledger.at("creates") == 6);
  CHECK(ledger.at("uploads") == 6);
  CHECK(second.run({"download"}).exit == 0);
}

TEST_CASE("adopt asks at a terminal, refuses where there is none, and tells what fits nothing") {
  const Sandbox sandbox(kService);
  const Desk desk(sandbox, kKey);
  be_in_the_middle(desk, sandbox, 3, 1, 1);
  const Words words = {"adopt", "cut", "--run", "qa", "--chunk-per-file", "--from", "list"};
  const Outcome refused = desk.run(joined(words, {"--json"}));
  CHECK(refused.exit == 2);
  CHECK(refused.last_event().at("error").at("code") == "not_confirmed");
  {
    Terminal terminal(desk.start(words));
    REQUIRE(terminal.shows("Bind them? [y/N] "));
    terminal.type("n\n");
    CHECK(terminal.wait().exit == 1);
  }
  CHECK(desk.run({"runs", "--json"}).json().at("runs").empty());

  desk.write("other.jsonl", questions(4));
  const Outcome nothing = desk.run({"adopt", "other.jsonl", "--from", "tracking.json", "--yes", "--json"});
  CHECK_MESSAGE(nothing.exit == 10, nothing.told());
  CHECK(schema_faults("adopt", nothing.json()) == "");
  CHECK(desk.run({"runs", "--json"}).json().at("runs").empty());
  const Outcome no_note = desk.run({"adopt", "other.jsonl", "--from", "other.jsonl", "--yes"});
  CHECK(no_note.exit == 1);
}

}  // namespace batchctl::e2e
