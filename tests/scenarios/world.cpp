#include "scenarios/world.hpp"

#include <fmt/format.h>

#include <fstream>

#include "http/client.hpp"

namespace batchctl::scenarios {

namespace {

constexpr const char* kKey = "scenario.key-1";
constexpr int kHangBound = 20;  // waits of half a minute of wall time, none of which brings an answer

app::Stay patiently(app::Goal goal) { return {goal, true, std::nullopt, seconds{60}}; }

}  // namespace

// ---- the service ----------------------------------------------------------------------------------------------------

void Leaping::start(Ticket ticket, Request request) {
  asked.push_back({clock_.now(), request});
  ++under_way_;
  service_->start(ticket, std::move(request));
}

std::vector<Completion> Leaping::wait(Instant wake_at) {
  if (under_way_ == 0) {
    if (wake_at > patience_ends_) throw Bug("the scenario has waited for two months");
    if (!planned.empty() && planned.begin()->first <= wake_at) {
      const auto next = planned.extract(planned.begin());
      if (next.key() > clock_.now()) clock_.advance(next.key() - clock_.now());
      next.mapped()();
      return {};
    }
    if (wake_at > clock_.now()) clock_.advance(wake_at - clock_.now());
    return {};
  }
  for (int i = 0; i < kHangBound; ++i) {
    std::vector<Completion> completions = service_->wait(clock_.now() + seconds{30});
    under_way_ -= static_cast<int>(completions.size());
    if (!completions.empty()) return completions;
  }
  throw Bug("a request is never answered");
}

void Leaping::abandon() {
  under_way_ = 0;
  service_->abandon();
}

// ---- watching -------------------------------------------------------------------------------------------------------

void Witness::moved(const Move& move) {
  lines.push_back(fmt::format("chunk {}: {} -> {} ({}) {}", move.chunk.index, name_of(move.chunk.state),
                              name_of(move.to), name_of(move.event), move.why));
}

bool Witness::heard(const std::string& part) const {
  for (const std::string& line : lines)
    if (line.find(part) != std::string::npos) return true;
  return false;
}

// ---- the world ------------------------------------------------------------------------------------------------------

World::World(const std::string& scenario) {
  sandbox::Options options;
  auto read = sandbox::parse_scenario(scenario, {});
  REQUIRE_MESSAGE(read.ok(), (read.ok() ? "" : read.error()));
  options.scenario = read.value();
  options.now = [this] { return clock.now(); };
  server = std::make_unique<sandbox::Server>(options);
  server->start();
  context = std::make_unique<app::Context>(app::Context{*store,
                                                        clock,
                                                        files_,
                                                        witness,
                                                        random_,
                                                        {},
                                                        directory / "state.db",
                                                        "scenario",
                                                        7,
                                                        [] { return 0; },
                                                        {},
                                                        nullptr,
                                                        1});
  use_key(kKey);
  request.settings.chunk_records = 2;
  request.project = "project";
  request.choose = [](Options&) {};
}

void World::use_key(const std::string& key) {
  gemini::Config config;
  config.base_url = server->base_url();
  config.key = key;
  service = std::make_unique<Leaping>(gemini::connect(std::move(config), clock), clock);
  context->service = service.get();
  context->key_print = "print of " + key;
}

void World::post(const std::string& path, const std::string& body) {
  http::Client client({});
  http::Request post;
  post.method = "POST";
  post.url = server->base_url() + path;
  post.headers = {{"x-goog-api-key", kKey}, {"content-type", "application/json"}};
  post.body = std::make_shared<const std::string>(body);
  client.start(std::move(post));
  const auto responses = client.wait(seconds{30});
  REQUIRE(responses.size() == 1);
  REQUIRE_MESSAGE(responses[0].status == 200, responses[0].body);
}

void World::change(const std::string& scenario) { post("/__sandbox/scenario", scenario); }

void World::change_in(Duration length, const std::string& scenario) {
  service->planned.emplace(clock.now() + length, [this, scenario] { change(scenario); });
}

void World::others_create(int jobs) {
  for (int i = 0; i < jobs; ++i)
    post("/v1beta/models/gemini-2.5-flash:batchGenerateContent",
         R"({"batch":{"displayName":"theirs","inputConfig":{"requests":{"requests":[{"metadata":{"key":"k"},)"
         R"("request":{"contents":[{"parts":[{"text":"Why?"}]}]}}]}}}})");
}

void World::ask(int n) {
  std::string lines;
  for (int i = 0; i < n; ++i) lines += fmt::format("{{\"id\":\"q-{0}\",\"question\":\"What is {0}?\"}}\n", i);
  ask_text(lines);
}

void World::ask_text(const std::string& lines) { request.inputs = {directory.write("qa.jsonl", lines)}; }

ExitCode World::exit_of(const std::function<ExitCode()>& verb) {
  try {
    return verb();
  } catch (const Fatal& fatal) {
    witness.lines.emplace_back(fatal.what());
    witness.lines.emplace_back(fatal.next());
    return fatal.exit();
  }
}

ExitCode World::submit() {
  return exit_of([this] {
    request.stay = patiently(app::Goal::submitted);
    return app::submit(*context, request, [](const Run&, bool) {}).exit;
  });
}

ExitCode World::submit_without_waiting() {
  return exit_of([this] {
    request.stay = {app::Goal::submitted, false, std::nullopt, seconds{60}};
    return app::submit(*context, request, [](const Run&, bool) {}).exit;
  });
}

ExitCode World::resume() {
  return exit_of([this] {
    const auto driven = app::resume(*context, {std::nullopt, request.choose, patiently(app::Goal::round)});
    return driven.empty() ? ExitCode::done : driven.front().exit;
  });
}

ExitCode World::download() {
  return exit_of([this] {
    app::DownloadRequest wanted;
    wanted.output = directory / "results.jsonl";
    return app::download(*context, wanted).exit;
  });
}

std::vector<nlohmann::json> World::results() const {
  std::vector<nlohmann::json> lines;
  std::ifstream file(directory / "results.jsonl");
  for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

std::vector<std::string> World::statuses() const {
  std::vector<std::string> words;
  for (const auto& line : results()) words.push_back(line["status"]);
  return words;
}

std::uint64_t World::requests(const std::string& kind) const {
  const auto counted = ledger().requests;
  const auto found = counted.find(kind);
  return found == counted.end() ? 0 : found->second;
}

void World::check_no_attempt_twice() const {
  const auto jobs = ledger().jobs_by_display_name;
  for (const auto& [name, times] : jobs) CHECK_MESSAGE(times == 1, name);
}

void World::check_nothing_twice() const {
  check_no_attempt_twice();
  CHECK(sandbox::accepted_twice(ledger()).max_of_run <= 1);
}

void World::check_results(int records) const {
  const auto lines = results();
  CHECK(lines.size() == static_cast<std::size_t>(records));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& line = lines[i];
    const std::string question = fmt::format("What is {}?", i);
    CAPTURE(line.dump());
    CHECK(line["index"] == i);
    CHECK(line["key"] == fmt::format("q-{}", i));
    CHECK(line["input"]["question"] == question);
    if (line["status"] == "ok") CHECK(line["answer"].get<std::string>().find(question) != std::string::npos);
  }
}

}  // namespace batchctl::scenarios
