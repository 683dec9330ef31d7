#include "records/prompt_template.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <kainjow/mustache.hpp>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "records/json_text.hpp"
#include "records/messages.hpp"
#include "records/template_tags.hpp"

namespace batchctl {

namespace {

namespace dom = simdjson::dom;
namespace mustache = kainjow::mustache;
using TemplateData = mustache::data;

constexpr const char* kNext = "Add the member, or name it inside of a section: {{#name}}…{{/name}}.";

// A value stands in the data in two ways, told apart by the first letter of its name: what a variable puts in, and what
// a section asks.
constexpr char kText = '=', kSection = '#';

std::string named(char way, std::string_view name) {
  std::string key(1, way);
  key += name;
  return key;
}

bool is_blank_text(std::string_view text) { return without_outer_space(text).empty(); }

/// Values as the library has them, of the members that the template can name.
class Values {
 public:
  explicit Values(const std::vector<TemplateUse>& uses) {
    for (const TemplateUse& use : uses) {
      if (use.kind == TemplateUse::Kind::text) continue;
      add(use.name);
      for (const std::string& step : use.path) add(step);
    }
  }

  /// What a variable puts in; nullopt for null.
  static std::optional<std::string> text_of(const dom::element& value, std::string_view raw) {
    if (value.is_null()) return std::nullopt;
    std::string_view text;
    return std::string(value.get_string().get(text) == simdjson::SUCCESS ? text : raw);
  }

  /// What a section asks: false, a list, or an object that holds the members and, as `.`, the text.
  TemplateData section_of(const dom::element& value, std::string_view raw) const {
    switch (value.type()) {
      case dom::element_type::NULL_VALUE:
        return TemplateData(false);
      case dom::element_type::BOOL:
        if (!bool(value.get_bool())) return TemplateData(false);
        break;
      case dom::element_type::STRING:
        if (is_blank_text(value.get_string())) return TemplateData(false);
        break;
      case dom::element_type::ARRAY:
        return list_of(value.get_array(), raw);
      default:
        break;
    }
    return holder_of(value, raw);
  }

 private:
  void add(const std::string& name) {
    if (!is_named(name)) names_.push_back(name);
  }
  bool is_named(std::string_view name) const { return std::find(names_.begin(), names_.end(), name) != names_.end(); }

  TemplateData list_of(const dom::array& array, std::string_view raw) const {
    TemplateData list(TemplateData::type::list);
    RawElements elements(raw);
    for (const auto element : array) {
      if (!elements.next()) throw Bug("an array has fewer elements as text");
      list.push_back(holder_of(element, elements.value()));
    }
    return list;
  }

  TemplateData holder_of(const dom::element& value, std::string_view raw) const {
    TemplateData holder(TemplateData::type::object);
    put(holder, ".", value, raw);
    dom::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return holder;
    RawMembers members(raw);
    for (const auto field : object) {
      if (!members.next()) throw Bug("an object has fewer members as text");
      if (is_named(field.key)) put(holder, field.key, field.value, members.value());
    }
    return holder;
  }

  void put(TemplateData& holder, std::string_view name, const dom::element& value, std::string_view raw) const {
    if (!is_named(name)) return;
    if (auto text = text_of(value, raw)) holder.set(named(kText, name), TemplateData(*text));
    // Of an element itself only a list can be asked; an object would hold itself.
    if (name != "." || value.is_array()) holder.set(named(kSection, name), section_of(value, raw));
  }

  std::vector<std::string> names_;
};

/// A member of the record that is rendered.
struct Field {
  std::string name;
  bool here = false;
  std::size_t ordinal = 0;
  dom::element value;
  std::string_view raw;  // empty for text
  std::optional<TemplateData> text, section;
  bool has_text = false, has_section = false;  // made already
};

/// Answers the library's questions, which are numbers of uses.
class Record : public mustache::basic_context<std::string> {
 public:
  explicit Record(const std::vector<TemplateUse>& uses) : uses_(uses), values_(uses), was_found_(uses.size(), false) {
    for (const TemplateUse& use : uses) {
      if (use.kind == TemplateUse::Kind::text) {
        texts_.emplace_back(use.name);
        continue;
      }
      texts_.emplace_back(TemplateData::type::string);
      if (use.path.empty()) continue;
      add(use.name);
      add(use.path.front());
    }
  }

  std::optional<LineFault> take(const dom::object& record, std::string_view line) {
    stack_.clear();
    lacking_ = nullptr;
    for (Field& field : fields_) field.here = field.has_text = field.has_section = false;
    bool needs_raw = false;
    std::size_t ordinal = 0;
    for (const auto member : record) {
      if (Field* field = find(member.key)) {
        if (field->here) return line_fault(fmt::format("\"{}\" is there twice", one_line(field->name, 40)));
        field->here = true;
        field->value = member.value;
        field->raw = {};
        field->ordinal = ordinal;
        needs_raw = needs_raw || !member.value.is_string();
      }
      ++ordinal;
    }
    if (needs_raw) find_raw(line);
    return std::nullopt;
  }

  /// Where a variable outside of every section found nothing.
  std::optional<LineFault> fault(const dom::object& record) const {
    if (lacking_ == nullptr) return std::nullopt;
    const std::string name = one_line(lacking_->name, 40);
    if (const Field* field = find(lacking_->name); field != nullptr && field->here)
      return line_fault(fmt::format("\"{}\" is null, and the template names it", name), kNext);
    return line_fault(fmt::format("no \"{}\", which the template names: found {}", name, member_list(record)), kNext);
  }
  std::optional<std::string> name_never_found() const {
    for (std::size_t i = 0; i < uses_.size(); ++i)
      if (uses_[i].is_outermost && !was_found_[i]) return uses_[i].name;
    return std::nullopt;
  }

  void push(const TemplateData* item) override { stack_.push_back(item); }
  void pop() override { stack_.pop_back(); }
  const TemplateData* get_partial(const std::string&) const override { return nullptr; }
  const TemplateData* get(const std::string& number) const override {
    std::size_t index = 0;
    std::from_chars(number.data(), number.data() + number.size(), index);
    const TemplateUse& use = uses_.at(index);
    if (use.kind == TemplateUse::Kind::text) return &texts_[index];
    const TemplateData* found = use.path.empty() ? of_element(use) : find_in_reach(use);
    if (found != nullptr)
      was_found_[index] = true;
    else if (use.is_outermost && use.kind == TemplateUse::Kind::variable && lacking_ == nullptr)
      lacking_ = &use;
    return found;
  }

 private:
  static char way_of(const TemplateUse& use) { return use.kind == TemplateUse::Kind::variable ? kText : kSection; }

  const TemplateData* of_element(const TemplateUse& use) const {
    const TemplateData* item = stack_.empty() ? nullptr : stack_.back();
    if (item == nullptr) return nullptr;
    return item->get(named(way_of(use), "."));
  }

  /// The innermost thing that has the name's first step decides.
  const TemplateData* find_in_reach(const TemplateUse& use) const {
    for (auto item = stack_.rbegin(); item != stack_.rend(); ++item) {
      if (*item == nullptr || !(*item)->is_object()) continue;
      if (const TemplateData* whole = (*item)->get(named(way_of(use), use.name))) return whole;
      if (use.path.size() > 1)
        if (const TemplateData* first = (*item)->get(named(kSection, use.path.front()))) return inward(*first, use);
    }
    if (Field* whole = find(use.name); whole != nullptr && whole->here)
      return way_of(use) == kText ? text_of(*whole) : section_of(*whole);
    if (use.path.size() == 1) return nullptr;
    Field* first = find(use.path.front());
    if (first == nullptr || !first->here) return nullptr;
    return inward(*section_of(*first), use);
  }

  static const TemplateData* inward(const TemplateData& first, const TemplateUse& use) {
    const TemplateData* at = &first;
    for (std::size_t i = 1; at != nullptr && i < use.path.size(); ++i)
      at = at->get(named(i + 1 == use.path.size() ? way_of(use) : kSection, use.path[i]));
    return at;
  }

  const TemplateData* text_of(Field& field) const {
    if (!field.has_text) {
      auto text = Values::text_of(field.value, field.raw);
      field.text.reset();
      if (text) field.text.emplace(*text);
      field.has_text = true;
    }
    return field.text ? &*field.text : nullptr;
  }
  const TemplateData* section_of(Field& field) const {
    if (!field.has_section) {
      field.section.emplace(values_.section_of(field.value, field.raw));
      field.has_section = true;
    }
    return &*field.section;
  }

  Field* find(std::string_view name) const {
    for (Field& field : fields_)
      if (field.name == name) return &field;
    return nullptr;
  }
  void add(const std::string& name) {
    if (find(name) != nullptr) return;
    fields_.emplace_back().name = name;
  }

  void find_raw(std::string_view line) {
    std::size_t ordinal = 0;
    for (RawMembers members(line); members.next(); ++ordinal)
      for (Field& field : fields_)
        if (field.here && field.ordinal == ordinal) field.raw = members.value();
  }

  const std::vector<TemplateUse>& uses_;
  Values values_;
  std::vector<TemplateData> texts_;      // by use
  mutable std::vector<Field> fields_;    // filled in when they are asked for
  mutable std::vector<bool> was_found_;  // by use
  std::vector<const TemplateData*> stack_;
  mutable const TemplateUse* lacking_ = nullptr;
};

}  // namespace

struct PromptTemplate::State {
  explicit State(std::string_view text) : tags(tags_of(text)), renderer(tags.numbered), record(tags.uses) {
    renderer.set_custom_escape([](const std::string& as_it_is) { return as_it_is; });
    if (!renderer.is_valid())
      throw Fatal(ExitCode::usage, "bad_template", fmt::format("--prompt: {}", renderer.error_message()),
                  "Correct the template.");
  }

  TemplateTags tags;
  mustache::mustache renderer;
  Record record;
};

PromptTemplate::PromptTemplate(std::string_view text) {
  if (!simdjson::validate_utf8(text.data(), text.size()))
    throw Fatal(ExitCode::usage, "bad_template", "--prompt: the template is not UTF-8", "Convert the file.");
  if (is_blank_text(text))
    throw Fatal(ExitCode::usage, "bad_template", "--prompt: the template is empty",
                "Give a text that names members of the records, such as \"{{question}}\".");
  state_ = std::make_unique<State>(text);
}
PromptTemplate::~PromptTemplate() = default;
PromptTemplate::PromptTemplate(PromptTemplate&&) noexcept = default;
PromptTemplate& PromptTemplate::operator=(PromptTemplate&&) noexcept = default;

std::optional<std::string> PromptTemplate::name_never_found() const { return state_->record.name_never_found(); }

std::optional<LineFault> PromptTemplate::render(const dom::object& record, std::string_view line, std::string& out) {
  if (auto wrong = state_->record.take(record, line)) return wrong;
  out.clear();
  struct Sink {
    std::string& text;
    Sink& operator<<(const std::string& piece) {
      text += piece;
      return *this;
    }
  } sink{out};
  state_->renderer.render(state_->record, sink);
  if (auto wrong = state_->record.fault(record)) return wrong;
  if (is_blank_text(out)) return line_fault("the template makes no text of this record");
  return std::nullopt;
}

}  // namespace batchctl
