#include "sandbox/service.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/sha256.hpp"
#include "sandbox/clock.hpp"
#include "sandbox/replies.hpp"
#include "sandbox/request_body.hpp"

namespace batchctl::sandbox {
namespace {

/// Not the key itself: people may rehearse with the real one, and the state goes to disk.
std::string project_of(const std::string& key) { return sha256_hex(key.substr(0, key.find('.'))).substr(0, 16); }

bool is_accepted(const Options& options, const std::string& key) {
  if (options.keys.empty()) return key.compare(0, 3, "bad") != 0;
  return std::find(options.keys.begin(), options.keys.end(), key) != options.keys.end();
}

bool needs_key(Method method) {
  return method != Method::upload_bytes && method != Method::query_upload && method != Method::cancel_upload;
}

Answer dropped() {
  Answer answer;
  answer.drop = true;
  return answer;
}

}  // namespace

Service::Service(Options options, const std::string& directory)
    : options_(std::move(options)), state_(directory, options_.seed) {
  for (const auto& order : options_.scenario.faults) faults_.add(order);
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
    if (route->method == Method::create) ++state_.ledger.create_requests;
    fault = faults_.next(kind);
    if (fault) ++state_.ledger.faults;
  }
  if (!fault) return served(request, *route);
  if (is_for_method(fault->action)) {
    request.fault = fault->action;
    return served(request, *route);
  }
  switch (fault->action) {
    case FaultAction::drop_before:
      return dropped();
    case FaultAction::drop_after:
      (void)served(request, *route);
      return dropped();
    case FaultAction::status:
    case FaultAction::job_fails:
    case FaultAction::job_expires:
    case FaultAction::job_rows_fail:
    case FaultAction::output_gone:
    case FaultAction::file_stuck:
    case FaultAction::file_fails:
      break;
  }
  Answer ordered;
  ordered.status = fault->status;
  ordered.body = fault->body;
  return ordered;
}

Answer Service::served(Request& request, const Route& route) {
  std::string key = request.header_or_empty("x-goog-api-key");
  if (key.empty()) key = request.query_or_empty("key");
  Answer result;
  if (!needs_key(route.method)) {
    result = dispatch(request, route, "");
  } else if (key.empty()) {
    result = no_key();
  } else if (!is_accepted(options_, key)) {
    result = bad_key();
  } else {
    result = dispatch(request, route, project_of(key));
  }
  if (route.method == Method::create && result.status >= 400 && result.status < 500) {
    const std::lock_guard lock(mutex_);
    state_.ledger.create_refused(result.status);
  }
  return result;
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
    case Method::create:
      return create(request, project, route.id);
    case Method::get_batch:
      return get_batch(project, route.id);
    case Method::list_batches:
      return list_batches(request, project);
    case Method::cancel_batch:
      return cancel_batch(project, route.id);
    case Method::delete_batch:
      return delete_batch(project, route.id);
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
  options_.scenario = scenario.value();
  return json_answer(nlohmann::ordered_json::object());
}

}  // namespace batchctl::sandbox
