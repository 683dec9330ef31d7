#include "sandbox/faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/error.hpp"
#include "sandbox/json_reader.hpp"

namespace batchctl::sandbox {
namespace {

constexpr const char* kAny = "any";

bool has_word(std::string_view words, std::string_view word) {
  return fmt::format(" {} ", words).find(fmt::format(" {} ", word)) != std::string::npos;
}

const FaultWord& word_of(FaultAction action) {
  for (const FaultWord& word : kFaultWords) {
    if (word.action == action) return word;
  }
  throw Bug("fault action");
}

bool can_befall(const FaultWord& word, std::string_view kind) {
  return *word.kinds == '\0' || has_word(word.kinds, kind);
}

std::string kinds_of(const FaultWord& word) {
  std::string all = kAny;
  for (const RequestKind& kind : kRequestKinds) {
    if (can_befall(word, kind.text)) all += fmt::format(", {}", kind.text);
  }
  return all;
}

bool has_length_of_its_own(FaultAction action) {
  return action == FaultAction::stall_before || action == FaultAction::stall_after ||
         action == FaultAction::key_revoked;
}

void read_members(JsonReader& reader, const FaultWord& word, FaultOrder& order) {
  const auto takes = [&](const char* name) { return has_word(word.members, name); };
  const auto duration = [&](const char* name, Duration& into) {
    reader.duration(name, into);
    if (reader.member(name) != nullptr && into == Duration{}) reader.fault(name, "is 0; leave it out");
  };
  if (takes("times")) reader.count("times", order.times, 1);
  if (takes("for")) duration("for", order.lasts);
  if (takes("delay")) duration("delay", order.delay);
  if (takes("status")) reader.integer("status", order.status, 200, 599);
  if (takes("body")) reader.text("body", order.body);
  if (takes("form")) reader.word("form", order.form, kQuotaForms);
  if (takes("bytes") && reader.member("bytes") != nullptr) {
    reader.count("bytes", order.bytes.emplace(), word.action == FaultAction::slow ? 1 : 0);
  }
  if (takes("times") && reader.member("times") != nullptr && order.lasts > Duration{} &&
      !has_length_of_its_own(word.action)) {
    reader.fault("times", "stands beside \"for\"; give one of the two");
  }
}

}  // namespace

Result<FaultOrder, std::string> fault_of(const nlohmann::json& json) {
  FaultOrder order;
  JsonReader reader(json, "fault");
  reader.text("on", order.on);
  reader.count("nth", order.nth, 1);
  const FaultWord* word = reader.row("do", kFaultWords);
  if (word == nullptr) {
    reader.fault("do", "is missing: what is to be done");
    return *reader.end();
  }
  order.action = word->action;
  const bool is_kind = std::any_of(std::begin(kRequestKinds), std::end(kRequestKinds),
                                   [&](const RequestKind& kind) { return order.on == kind.text; });
  if (order.on != kAny && !(is_kind && can_befall(*word, order.on))) {
    reader.fault("on", fmt::format("is \"{}\"; for {} it is one of {}", order.on, word->text, kinds_of(*word)));
  }
  read_members(reader, *word, order);
  if (auto problem = reader.end()) return *std::move(problem);
  return order;
}

Result<FaultOrder, std::string> fault_of_text(const std::string& text) {
  if (text.find('{') != std::string::npos) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded()) return std::string("it is not JSON");
    return fault_of(json);
  }
  const std::size_t first = text.find(':');
  const std::size_t second = first == std::string::npos ? first : text.find(':', first + 1);
  if (second == std::string::npos) {
    return std::string("it is neither ON:NTH:DO, such as create:22:drop-after, nor a JSON object");
  }
  std::uint64_t nth = 0;
  const char* end = text.data() + second;
  const auto [rest, problem] = std::from_chars(text.data() + first + 1, end, nth);
  const std::string nth_text = text.substr(first + 1, second - first - 1);
  nlohmann::json json = {{"on", text.substr(0, first)}, {"do", text.substr(second + 1)}, {"nth", nth_text}};
  if (problem == std::errc{} && rest == end) json["nth"] = nth;
  return fault_of(json);
}

void Faults::set_scenario(const std::vector<FaultOrder>& orders) {
  std::vector<Standing> before = std::move(of_scenario_);
  of_scenario_.clear();
  for (const FaultOrder& order : orders) {
    const auto known =
        std::find_if(before.begin(), before.end(), [&](const Standing& one) { return one.order == order; });
    if (known == before.end()) {
      of_scenario_.emplace_back(order);
    } else {
      of_scenario_.push_back(std::move(*known));
      before.erase(known);
    }
  }
}

std::optional<FaultOrder> Faults::next(const std::string& kind, Instant now) {
  std::optional<FaultOrder> found;
  for (auto* orders : {&added_, &of_scenario_}) {
    for (Standing& one : *orders) {
      const bool is_meant =
          one.order.on == kind || (one.order.on == kAny && can_befall(word_of(one.order.action), kind));
      if (!is_meant || is_over(one, now)) continue;
      if (one.before > 0) {
        --one.before;
      } else if (!found) {  // one fault a request; another order waits for the next
        hit(one, now);
        found = one.order;
      }
    }
  }
  std::erase_if(added_, [now](const Standing& one) { return is_over(one, now); });
  return found;
}

bool Faults::is_over(const Standing& one, Instant now) { return one.until ? now >= *one.until : one.left == 0; }

void Faults::hit(Standing& one, Instant now) {
  const bool lasts = one.order.lasts > Duration{} && !has_length_of_its_own(one.order.action);
  if (!lasts) {
    --one.left;
  } else if (!one.until) {
    one.until = now + one.order.lasts;
  }
}

}  // namespace batchctl::sandbox
