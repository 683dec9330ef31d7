#include "sandbox/scenario_file.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/error.hpp"
#include "sandbox/rig.hpp"

namespace batchctl::sandbox {
namespace {

/// A scenario file as an editor saves it: written aside, then renamed.
class Edited {
 public:
  explicit Edited(const std::string& text) { save(text); }

  void save(const std::string& text) const {
    std::ofstream(path() + ".new") << text;
    std::filesystem::rename(path() + ".new", path());
  }
  std::string path() const { return home_.path() + "/scenario.json"; }
  Options options() const {
    Options options;
    options.scenario_path = path();
    return options;
  }

 private:
  ScratchDirectory home_;
};

/// What is written to standard error meanwhile.
class StandardError {
 public:
  StandardError() : file_(std::tmpfile()), before_(::dup(2)) {
    std::fflush(stderr);
    ::dup2(::fileno(file_), 2);
  }
  ~StandardError() {
    std::fflush(stderr);
    ::dup2(before_, 2);
    ::close(before_);
    std::fclose(file_);
  }
  StandardError(const StandardError&) = delete;
  StandardError& operator=(const StandardError&) = delete;

  std::string told() const {
    std::fflush(stderr);
    std::string text(10000, '\0');
    const ssize_t got = ::pread(::fileno(file_), text.data(), text.size(), 0);
    text.resize(static_cast<std::size_t>(got));
    return text;
  }

 private:
  std::FILE* file_;
  int before_;
};

std::size_t times_in(const std::string& text, const std::string& word) {
  std::size_t times = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++times;
  return times;
}

constexpr const char* kList = "/v1beta/batches";

}  // namespace

TEST_CASE("a scenario file is laid over the options") {
  const Edited file(R"({"lists": {"page": 1}})");
  Options options = file.options();
  quota_of(options.scenario, QuotaRule::Limit::jobs).most = 2;
  Rig rig(options);
  rig.upload("a", line("r0", "Why?"));
  rig.create("a", "bc/run/0");
  rig.create("a", "bc/run/1");
  CHECK(rig.create("a", "bc/run/2").status == 429);
  CHECK(rig.get(kList).json()["operations"].size() == 1);
}

TEST_CASE("a scenario file that is edited holds from the next request on") {
  const Edited file(R"({"lists": {"page": 1}})");
  const StandardError error;
  Rig rig(file.options());
  rig.upload("a", line("r0", "Why?"));
  rig.create("a", "bc/run/0");
  rig.create("a", "bc/run/1");
  CHECK(rig.get(kList).json()["operations"].size() == 1);
  file.save(R"({"lists": {"page": 2}})");
  CHECK(rig.get(kList).json()["operations"].size() == 2);
  file.save(R"({"quotas": [{"limit": "jobs", "most": 2}]})");
  CHECK(rig.create("a", "bc/run/2").status == 429);
  file.save("{}");  // what the file names no more is as the options say
  CHECK(rig.create("a", "bc/run/2").status == 200);
  CHECK(times_in(error.told(), "has changed and holds from now on") == 3);
}

TEST_CASE("a scenario file that became broken changes nothing and is told once, with the place") {
  const Edited file(R"({"lists": {"page": 1}})");
  const StandardError error;
  Rig rig(file.options());
  rig.upload("a", line("r0", "Why?"));
  rig.create("a", "bc/run/0");
  rig.create("a", "bc/run/1");
  file.save(R"({"lists": {"page": 0}})");
  for (int i = 0; i < 3; ++i) CHECK(rig.get(kList).json()["operations"].size() == 1);
  CHECK(times_in(error.told(), file.path() + ": lists.page is 0; it is a whole number, 1 or more") == 1);
  std::filesystem::remove(file.path());
  for (int i = 0; i < 3; ++i) CHECK(rig.get(kList).json()["operations"].size() == 1);
  CHECK(times_in(error.told(), file.path() + ": it cannot be read") == 1);
  file.save(R"({"lists": {"page": 5}})");
  CHECK(rig.get(kList).json()["operations"].size() == 2);
}

TEST_CASE("orders that stay in an edited file go on counting, new ones begin, others go") {
  const Edited file(R"({"faults": [{"on": "list", "nth": 3, "do": "503"}, {"on": "get", "do": "503"}]})");
  const StandardError error;
  Options options = file.options();
  options.scenario.faults = {{.on = "file_list", .nth = 2, .action = FaultAction::html, .body = {}}};
  Rig rig(options);
  rig.post("/__sandbox/faults", R"({"on": "file_get", "nth": 2, "do": "500"})");
  CHECK(rig.get(kList).status == 200);
  CHECK(rig.get("/v1beta/files").status == 200);
  CHECK(rig.get("/v1beta/files/a").status == 403);

  file.save(R"({"faults": [{"on": "list", "nth": 2, "do": "500"}, {"on": "list", "nth": 3, "do": "503"}]})");
  CHECK(rig.get(kList).status == 200);
  CHECK(rig.get("/v1beta/batches/b").status == 404);  // its order is gone
  CHECK(rig.get("/v1beta/files").status == 502);      // given at start
  CHECK(rig.get("/v1beta/files/a").status == 500);    // posted
  CHECK(rig.get(kList).status == 500);                // the second since the edit
  CHECK(rig.get(kList).status == 503);                // the third of all, put off by the other

  file.save(R"({"faults": [{"on": "list", "nth": 2, "do": "500"}], "lists": {"short": false}})");
  for (int i = 0; i < 3; ++i) CHECK(rig.get(kList).status == 200);  // used up, and not new
}

TEST_CASE("a posted scenario also gives orders, and those that stay go on counting") {
  Rig rig;
  CHECK(rig.post("/__sandbox/scenario", R"({"faults": [{"on": "list", "nth": 2, "do": "503"}]})").status == 200);
  CHECK(rig.get(kList).status == 200);
  CHECK(rig.post("/__sandbox/scenario", R"({"lists": {"page": 1}})").status == 200);
  CHECK(rig.get(kList).status == 503);
  CHECK(rig.post("/__sandbox/scenario", R"({"lists": {"page": 0}})").status == 400);
}

TEST_CASE("a sandbox does not start on a scenario file that is broken or not there") {
  const auto refusal = [](const Options& options) -> std::string {
    try {
      const Server server(options);
    } catch (const Fatal& problem) {
      CHECK(problem.exit() == ExitCode::usage);
      return problem.what();
    }
    return "";
  };
  const Edited file("{\n  \"lists\": {\"page\": 0}\n}");
  CHECK(refusal(file.options()) == "sandbox: " + file.path() + ": lists.page is 0; it is a whole number, 1 or more");
  file.save("{\n  \"lists\": {\"page\" 0}\n}");
  CHECK(refusal(file.options()).find("line 2, column") != std::string::npos);
  std::filesystem::remove(file.path());
  CHECK(refusal(file.options()) == "sandbox: " + file.path() + ": it cannot be read");
}

}  // namespace batchctl::sandbox
