// The report as a page in a real browser, and as metrics before a real reader of them.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "e2e/picture.hpp"
#include "e2e/process.hpp"
#include "schemas/schema.hpp"

namespace batchctl::e2e {

namespace {

namespace fs = std::filesystem;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

bool is_ci() {
  const char* ci = std::getenv("CI");  // NOLINT(concurrency-mt-unsafe)
  return ci != nullptr && std::string(ci) == "true";
}

/// Without it a test is skipped aloud; in CI it fails, for scripts/test has installed it.
std::optional<std::string> installed(const std::string& what, std::initializer_list<const char*> paths) {
  for (const char* path : paths)
    if (fs::exists(path)) return path;
  CHECK_MESSAGE(!is_ci(), what, " is missing, and nothing is skipped in CI: scripts/install_packages look");
  skipped(what + " is not installed (scripts/install_packages look)");
  return std::nullopt;
}

/// A run with room for 3 of its 6 jobs at once: refused, paused, half done.
void half_done_run(const Desk& desk) {
  desk.write("qa.jsonl", questions(60));
  const Outcome begun = desk.run({"submit", "qa.jsonl", "--chunk-records", "10", "--run", "qa", "--patience", "0s"});
  REQUIRE_MESSAGE(begun.exit == 75, begun.told());
}

Sandbox small_service() {
  return Sandbox({"--max-jobs", "3", "--time-scale", "100", "--pending", "2h", "--running", "2h"});
}

struct Seen {
  Outcome outcome;
  std::string console;  // what the page's console said
  std::optional<Picture> picture;
};

/// Opens a page of the desk in a browser without a window.
Seen seen_in(const std::string& browser, const Desk& desk, const std::string& page, int width, int height,
             const Words& more = {}) {
  const std::string shot = page + ".png";
  Start start = desk.start({"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                            "--disable-background-networking", "--disable-component-update", "--disable-sync",
                            "--disable-dev-shm-usage", "--hide-scrollbars", "--enable-logging=stderr", "--v=0",
                            "--user-data-dir=" + desk.path(page + ".profile"),
                            fmt::format("--window-size={},{}", width, height), "--screenshot=" + desk.path(shot)});
  start.words = joined(start.words, more);
  start.words.push_back("file://" + desk.path(page));
  start.program = browser;
  Seen seen;
  seen.outcome = run(start);
  for (const std::string& line : lines_of(seen.outcome.err))
    if (has(line, ":CONSOLE")) seen.console += line + "\n";
  if (desk.has(shot)) seen.picture = picture_of(desk.read(shot));
  return seen;
}

int mode_of(const std::string& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0 ? static_cast<int>(facts.st_mode & 0777U) : -1;
}

}  // namespace

TEST_CASE(
    "the HTML report opens in a browser without a complaint, and shows something, by day, by night and on a phone") {
  const auto browser = installed("a headless Chromium", {"/usr/bin/chromium-headless-shell", "/usr/bin/chromium"});
  if (!browser) return;
  const Sandbox sandbox = small_service();
  const Desk desk(sandbox);
  half_done_run(desk);
  const Outcome made = desk.run({"report", "--as", "html", "--output", "report.html"});
  REQUIRE_MESSAGE(made.exit == 0, made.told());
  struct Look {
    int width, height;
    Words more;
  };
  for (const Look& look :
       {Look{1280, 2400, {}}, Look{1280, 2400, {"--blink-settings=preferredColorScheme=0"}}, Look{600, 3200, {}}}) {
    const Seen seen = seen_in(*browser, desk, "report.html", look.width, look.height, look.more);
    CAPTURE(seen.outcome.told());
    CHECK(seen.outcome.exit == 0);
    CHECK(seen.console == "");
    REQUIRE(seen.picture.has_value());
    CHECK(seen.picture->width == look.width);
    CHECK(seen.picture->colours > 30);
    CHECK(seen.picture->plain < 0.97);
  }

  // That this judge can say no.
  desk.write("bad.html", desk.read("report.html")
                             .replace(desk.read("report.html").find("<header>"), 8,
                                      "<header style=\"color:red\"><script>1</script>"));
  CHECK(has(seen_in(*browser, desk, "bad.html", 800, 600).console, "Content Security Policy"));
  desk.write("blank.html", "<!DOCTYPE html><title>blank</title>");
  const Seen blank = seen_in(*browser, desk, "blank.html", 800, 600);
  REQUIRE(blank.picture.has_value());
  CHECK(blank.picture->colours == 1);
}

TEST_CASE("the HTML report of a run agrees with its status, to standard output and into a file") {
  const Sandbox sandbox = small_service();
  const Desk desk(sandbox);
  half_done_run(desk);
  const Json status = desk.status("qa");
  const Outcome page = desk.run({"report", "--as", "html"});
  REQUIRE_MESSAGE(page.exit == 0, page.told());
  CHECK(has(page.out, "<h1>Run <bdi>qa</bdi></h1>"));
  CHECK(has(page.out, fmt::format("submitted <b>{}</b>", status["chunks"]["submitted"].get<int>())));
  CHECK(has(page.out, "RESOURCE_EXHAUSTED"));
  CHECK(has(page.out, "refused <b>"));
  CHECK_FALSE(has(page.out, desk.environment.at("GEMINI_API_KEY")));
  const Outcome json = desk.run({"report", "--as", "html", "--output", "r.html", "--json"});
  CHECK(schema_faults("status", json.json()) == "");
  CHECK(has(desk.read("r.html"), "</html>"));
}

TEST_CASE("metrics tell of all runs or of one, before the first of them too, in a file that all can read") {
  const Sandbox sandbox = small_service();
  const Desk desk(sandbox);
  const Outcome none = desk.run({"report", "--as", "metrics"});
  REQUIRE_MESSAGE(none.exit == 0, none.told());
  CHECK(has(none.out, "batchctl_build_info{"));
  CHECK(has(none.out, "\n# EOF\n"));
  CHECK(!fs::exists(fs::path(desk.state_path()).parent_path()));
  CHECK(desk.run({"report", "nobody", "--as", "metrics"}).exit == 10);

  half_done_run(desk);
  desk.write("few.jsonl", questions(5, "other"));
  desk.run({"submit", "few.jsonl", "--run", "few", "--patience", "0s"});
  const ::mode_t before = ::umask(0077);
  const Outcome all = desk.run({"report", "--as", "metrics", "--output", "batchctl.prom"});
  ::umask(before);
  REQUIRE_MESSAGE(all.exit == 0, all.told());
  CHECK(all.out.empty());
  CHECK(mode_of(desk.path("batchctl.prom")) == 0644);
  const std::string text = desk.read("batchctl.prom");
  const Json status = desk.status("qa");
  CHECK(has(text, fmt::format("batchctl_run_chunks{{run=\"qa\",state=\"submitted\"}} {}\n",
                              status["chunks"]["submitted"].get<int>())));
  CHECK(has(text, "batchctl_run_paused{run=\"qa\",reason=\"RESOURCE_EXHAUSTED\""));
  CHECK(has(text, "run=\"few\""));
  CHECK_FALSE(has(desk.run({"report", "qa", "--as", "metrics"}).out, "run=\"few\""));
  for (const std::string& name : files_below(desk.directory())) CHECK_FALSE(has(name, ".part"));
}

TEST_CASE("Prometheus' own reader understands the metrics in both of its formats") {
  const auto module = installed("python3-prometheus-client", {"/usr/lib/python3/dist-packages/prometheus_client"});
  if (!module) return;
  const Sandbox sandbox = small_service();
  const Desk desk(sandbox);
  half_done_run(desk);
  REQUIRE(desk.run({"report", "--as", "metrics", "--output", "m.prom"}).exit == 0);
  const auto read_by = [&](const std::string& parser, const std::string& file) {
    Start start =
        desk.start({"-c",
                    "import sys\n"
                    "from prometheus_client." +
                        parser +
                        " import text_string_to_metric_families as read\n"
                        "print(*[(s.name, s.labels.get('run'), float(s.value)) for f in read(open(sys.argv[1]).read())"
                        " for s in f.samples if s.name == 'batchctl_run_input_records'])",
                    desk.path(file)});
    start.program = "/usr/bin/python3";
    return run(start);
  };
  desk.write("bad.prom", "batchctl_x{a=\"b} 1\n");
  for (const char* parser : {"parser", "openmetrics.parser"}) {
    const Outcome read = read_by(parser, "m.prom");
    CAPTURE(read.told());
    CHECK(read.exit == 0);
    CHECK(read.out == "('batchctl_run_input_records', 'qa', 60.0)\n");
    CHECK(read_by(parser, "bad.prom").exit != 0);
  }
}

}  // namespace batchctl::e2e
