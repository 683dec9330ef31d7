#include "sandbox/service.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "sandbox/clock.hpp"
#include "sandbox/replies.hpp"
#include "sandbox/request_body.hpp"

namespace batchctl::sandbox {
namespace {

constexpr std::uint64_t kSlowBytesPerSecond = 100;
constexpr Duration kLate = seconds{1};

/// Not the key itself: people may rehearse with the real one, and the state goes to disk.
std::string project_of(const std::string& key) { return sha256_hex(key.substr(0, key.find('.'))).substr(0, 16); }

bool is_accepted(const Options& options, const std::string& key) {
  if (options.keys.empty()) return key.compare(0, 3, "bad") != 0;
  return std::find(options.keys.begin(), options.keys.end(), key) != options.keys.end();
}

bool needs_key(Method method) {
  return method != Method::upload_bytes && method != Method::query_upload && method != Method::cancel_upload &&
         method != Method::redirected;
}

bool is_create(Method method) { return method == Method::create || method == Method::create_embeddings; }

std::string key_of(const Request& request) {
  const std::string key = request.header_or_empty("x-goog-api-key");
  return key.empty() ? request.query_or_empty("key") : key;
}

Answer unanswered(Ending ending, Duration length = {}) {
  Answer answer;
  answer.ending = ending;
  answer.delay = length;
  return answer;
}

Answer plain(int status, const std::string& body) {
  Answer answer;
  answer.status = status;
  answer.body = body;
  return answer;
}

Answer web_page() {
  Answer answer = plain(502,
                        "<!DOCTYPE html>\n<html><title>Error 502 (Server Error)!!1</title>\n"
                        "<p>The server encountered a temporary error and could not complete your request.</html>\n");
  answer.content_type = "text/html; charset=UTF-8";
  return answer;
}

/// As if the connection broke within the body: after so many bytes, or half of it.
void cut_body(Request& request, std::optional<std::uint64_t> bytes) {
  const auto length = parse_number(request.header_or_empty("Content-Length"));
  const std::uint64_t most = bytes.value_or(length.value_or(0) / 2);
  request.read_body = [read = std::move(request.read_body), most](const auto& sink) {
    std::uint64_t left = most;
    return read([&](std::string_view piece) {
      const bool is_cut = piece.size() > left;
      const std::string_view kept = piece.substr(0, left);
      left -= kept.size();
      return (kept.empty() || sink(kept)) && !is_cut;
    });
  };
}

/// Takes the whole body in, so that it can be read when the client has left.
void read_ahead(Request& request) {
  std::string body;
  const bool whole = request.read_body([&](std::string_view piece) {
    body += piece;
    return true;
  });
  request.read_body = [body = std::move(body), whole](const auto& sink) {
    return (body.empty() || sink(body)) && whole;
  };
}

/// The scenario at the start; its orders are counted apart, so that a scenario that changes leaves them alone.
Scenario without_faults(Scenario scenario) {
  scenario.faults.clear();
  return scenario;
}

}  // namespace

Service::Service(Options options, const std::string& directory)
    : options_(std::move(options)),
      scenario_file_(options_.scenario_path, without_faults(options_.scenario)),
      state_(directory, options_.seed) {
  for (const auto& order : options_.scenario.faults) faults_.add(order);
  options_.scenario = scenario_file_.scenario();
  faults_.set_scenario(options_.scenario.faults);
}

Ledger Service::ledger() const {
  const std::lock_guard lock(mutex_);
  return state_.ledger;
}

void Service::add_fault(const FaultOrder& order) {
  const std::lock_guard lock(mutex_);
  faults_.add(order);
}

Answer Service::handle(Request& request) {
  Answer result = answer(request);
  result.headers.emplace_back("Date", http_date(now()));
  return result;
}

Answer Service::answer(Request& request) {
  obey_scenario_file();
  if (request.path == "/__sandbox/ledger" && request.method == "GET") return show_ledger(request);
  if (request.path == "/__sandbox/faults" && request.method == "POST") return take_faults(request);
  if (request.path == "/__sandbox/scenario" && request.method == "POST") return take_scenario(request);
  const auto route = route_of(request);
  if (!route) return no_such_method();

  std::optional<FaultOrder> fault;
  {
    const std::lock_guard lock(mutex_);
    const std::string kind = kind_of(route->method);
    ++state_.ledger.requests[kind];
    if (is_create(route->method)) ++state_.ledger.create_requests;
    fault = faults_.next(kind, now());
    if (fault) ++state_.ledger.faults;
    if (fault && fault->action == FaultAction::key_revoked) {
      auto& until = revoked_[sha256_hex(key_of(request))];
      until = fault->lasts > Duration{} ? std::optional(now() + fault->lasts) : std::nullopt;
    }
  }
  return fault ? spoiled(request, *route, *fault) : served(request, *route);
}

Answer Service::spoiled(Request& request, const Route& route, const FaultOrder& order) {
  switch (order.action) {
    case FaultAction::drop_before:
      return unanswered(Ending::close);
    case FaultAction::drop_after:
      (void)served(request, route);
      return unanswered(Ending::close);
    case FaultAction::reset_before:
      return unanswered(Ending::reset);
    case FaultAction::reset_after:
      (void)served(request, route);
      return unanswered(Ending::reset);
    case FaultAction::stall_before:
      return unanswered(Ending::stall, order.lasts);
    case FaultAction::stall_after:
      (void)served(request, route);
      return unanswered(Ending::stall, order.lasts);
    case FaultAction::late:
      read_ahead(request);
      std::this_thread::sleep_for(order.delay > Duration{} ? order.delay : kLate);
      (void)served(request, route);
      return unanswered(Ending::close);
    case FaultAction::status:
      return plain(order.status, order.body);
    case FaultAction::internal:
      return error_answer(500, "Failed to convert server response to JSON");  // as users met it (python-genai 680)
    case FaultAction::unavailable:
      return plain(503, "");
    case FaultAction::html:
      return web_page();
    case FaultAction::quota:
      return quota_refusal(order.form);
    case FaultAction::slow: {
      Answer slow = served(request, route);
      slow.delay = order.delay;
      slow.bytes_per_second = order.bytes.value_or(order.delay > Duration{} ? 0 : kSlowBytesPerSecond);
      return slow;
    }
    case FaultAction::cut: {
      Answer cut = served(request, route);
      cut.cut_after = order.bytes.value_or(cut.body_bytes() / 2);
      return cut;
    }
    case FaultAction::cut_request:
      cut_body(request, order.bytes);
      (void)served(request, route);
      return unanswered(Ending::close);
    case FaultAction::key_revoked:
      return served(request, route);
    case FaultAction::job_fails:
    case FaultAction::job_expires:
    case FaultAction::job_rows_fail:
    case FaultAction::output_gone:
    case FaultAction::file_stuck:
    case FaultAction::file_fails:
      request.fault = order.action;
      return served(request, route);
  }
  throw Bug("fault action");
}

Answer Service::served(Request& request, const Route& route) {
  const std::string key = key_of(request);
  Answer result;
  if (!needs_key(route.method)) {
    result = dispatch(request, route, "");
  } else if (key.empty()) {
    result = no_key();
  } else if (!is_accepted(options_, key) || is_revoked(key)) {
    result = bad_key();
  } else {
    result = dispatch(request, route, project_of(key));
  }
  if (is_create(route.method) && result.status >= 400 && result.status < 500) {
    const std::lock_guard lock(mutex_);
    state_.ledger.create_refused(result.status);
  }
  return result;
}

bool Service::is_revoked(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = revoked_.find(sha256_hex(key));
  return found != revoked_.end() && (!found->second || now() < *found->second);
}

void Service::obey_scenario_file() {
  const std::lock_guard lock(mutex_);
  if (!scenario_file_.has_changed()) return;
  options_.scenario = scenario_file_.scenario();
  faults_.set_scenario(options_.scenario.faults);
}

Answer Service::dispatch(Request& request, const Route& route, const std::string& project) {
  switch (route.method) {
    case Method::start_upload:
      return start_upload(request, project);
    case Method::describe_file:
      return file_without_bytes();
    case Method::upload_bytes:
      return upload_bytes(request);
    case Method::query_upload:
      return query_upload(request);
    case Method::cancel_upload:
      return cancel_upload(request);
    case Method::get_file:
      return get_file(project, route.id);
    case Method::list_files:
      return list_files(request, project);
    case Method::delete_file:
      return delete_file(project, route.id);
    case Method::download:
      return download(request, project, route.id);
    case Method::redirected:
      return redirected(request, route.id);
    case Method::create:
      return create(request, project, route.id, JobKind::generate);
    case Method::create_embeddings:
      return create(request, project, route.id, JobKind::embed);
    case Method::get_batch:
      return get_batch(project, route.id);
    case Method::list_batches:
      return list_batches(request, project);
    case Method::cancel_batch:
      return cancel_batch(project, route.id);
    case Method::delete_batch:
      return delete_batch(project, route.id);
    case Method::update_batch:
      return update_batch(request, project, route.id, JobKind::generate);
    case Method::update_embeddings:
      return update_batch(request, project, route.id, JobKind::embed);
    case Method::count_tokens:
      return count_tokens(request, route.id);
  }
  return no_such_method();
}

Answer Service::show_ledger(const Request& request) const {
  const bool is_short = !request.query_or_empty("summary").empty();
  Answer result;
  result.body = ledger_json(ledger(), is_short ? LedgerDetail::summary : LedgerDetail::full) + "\n";
  return result;
}

Answer Service::take_faults(Request& request) {
  Answer refusal;
  const auto json = read_json(request, refusal);
  if (!json) return refusal;
  const auto order = fault_of(*json);
  if (!order) return error_answer(400, order.error());
  add_fault(order.value());
  return json_answer(nlohmann::ordered_json::object());
}

Answer Service::take_scenario(Request& request) {
  Answer refusal;
  const auto text = read_text(request, refusal);
  if (!text) return refusal;
  const std::lock_guard lock(mutex_);
  auto scenario = parse_scenario(*text, options_.scenario);
  if (!scenario) return error_answer(400, scenario.error());
  options_.scenario = std::move(scenario).value();
  faults_.set_scenario(options_.scenario.faults);
  return json_answer(nlohmann::ordered_json::object());
}

}  // namespace batchctl::sandbox
