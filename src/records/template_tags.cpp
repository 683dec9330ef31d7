#include "records/template_tags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "records/json_text.hpp"

namespace batchctl {

namespace {

constexpr std::string_view kOpen = "{{", kClose = "}}";

class TagReader {
 public:
  explicit TagReader(std::string_view text) : text_(text) {}

  TemplateTags read() {
    std::size_t at = 0;
    for (;;) {
      const std::size_t begin = text_.find(kOpen, at);
      const std::string_view text = text_.substr(at, begin - at);
      if (begin == std::string_view::npos) {
        literal(text);
        break;
      }
      at = tag(text, begin);
    }
    if (!open_.empty())
      bad(open_.back().at, fmt::format("the section \"{}\" is not closed", one_line(open_.back().name, 40)),
          "Close it with {{/" + one_line(open_.back().name, 40) + "}}.");
    return std::move(tags_);
  }

 private:
  struct Section {
    std::string name;
    std::size_t at = 0;
    std::size_t use = 0;
  };

  [[noreturn]] void bad(std::size_t at, const std::string& what, const std::string& next) const {
    const std::string_view before = text_.substr(0, at);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t start = before.rfind('\n');
    const std::size_t column = start == std::string_view::npos ? at + 1 : at - start;
    throw Fatal(ExitCode::usage, "bad_template", fmt::format("--prompt: {} (line {}, column {})", what, line, column),
                next);
  }

  void literal(std::string_view text) {
    if (!text.empty()) put_variable(add(TemplateUse::Kind::text, std::string(text)));
  }

  /// The place after the tag at `begin`; after its line when nothing else is on it.
  std::size_t tag(std::string_view text, std::size_t begin) {
    const bool tripled = text_.substr(begin + kOpen.size()).starts_with('{');
    const std::size_t first = begin + kOpen.size() + (tripled ? 1 : 0);
    const std::string_view close = tripled ? "}}}" : kClose;
    const std::size_t end = text_.find(close, first);
    if (end == std::string_view::npos)
      bad(begin, fmt::format("a tag that begins with {}{{ is not closed", tripled ? "{{" : "{"),
          "Close it, or write two braces that are no tag apart, such as { {.");
    const std::string_view inside = without_outer_space(text_.substr(first, end - first));
    const char kind = tripled || inside.empty() ? '\0' : inside.front();
    std::size_t after = end + close.size();
    if (std::string_view("#^/!").find(kind) != std::string_view::npos)
      if (const auto next_line = line_after(begin, after)) {
        after = *next_line;
        text = text.substr(0, text.find_last_not_of(" \t") + 1);
      }
    literal(text);
    switch (kind) {
      case '!':
        break;
      case '#':
      case '^':
        open(begin, kind, name_in(begin, inside.substr(1)));
        break;
      case '/':
        close_section(begin, name_in(begin, inside.substr(1)));
        break;
      case '>':
        bad(begin, fmt::format("partials ({{{{{}}}}}) are not supported", one_line(inside, 40)),
            "Put the text itself into the template.");
      case '=':
        bad(begin, "other delimiters than {{ and }} are not supported", "Leave the tag out.");
      default:
        put_variable(add(TemplateUse::Kind::variable, name_in(begin, kind == '&' ? inside.substr(1) : inside)));
    }
    return after;
  }

  /// Where the next line begins, if the tag from `begin` to `end` has its line for itself.
  std::optional<std::size_t> line_after(std::size_t begin, std::size_t end) const {
    while (begin > 0 && (text_[begin - 1] == ' ' || text_[begin - 1] == '\t')) --begin;
    if (begin > 0 && text_[begin - 1] != '\n') return std::nullopt;
    end = text_.find_first_not_of(" \t\r", end);
    if (end == std::string_view::npos) return text_.size();
    if (text_[end] != '\n') return std::nullopt;
    return end + 1;
  }

  std::string name_in(std::size_t begin, std::string_view inside) const {
    const std::string name(without_outer_space(inside));
    if (name.empty()) bad(begin, "a tag without a name", "Name a member of the records.");
    if (name.find_first_of("\n{}") != std::string::npos)
      bad(begin, fmt::format("\"{}\" is no name", one_line(name, 40)),
          "Tags are {{name}}, {{#name}}, {{^name}}, {{/name}} and {{! a comment }}.");
    if (name == "." && open_.empty())
      bad(begin, "\".\" stands for an element, and here is no section", "Name a member of the records.");
    for (const auto& step : path_of(name))
      if (step.empty()) bad(begin, fmt::format("\"{}\" has an empty step", one_line(name, 40)), "Write it as a.b.c.");
    return name;
  }

  static std::vector<std::string> path_of(const std::string& name) {
    std::vector<std::string> path;
    if (name == ".") return path;
    std::size_t at = 0;
    for (std::size_t dot = name.find('.'); dot != std::string::npos; at = dot + 1, dot = name.find('.', at))
      path.push_back(name.substr(at, dot - at));
    path.push_back(name.substr(at));
    return path;
  }

  std::size_t add(TemplateUse::Kind kind, const std::string& name) {
    TemplateUse use{kind, name, {}, kind != TemplateUse::Kind::text && open_.empty()};
    if (kind != TemplateUse::Kind::text) use.path = path_of(name);
    tags_.uses.push_back(std::move(use));
    return tags_.uses.size() - 1;
  }

  void put_variable(std::size_t use) { tags_.numbered += fmt::format("{{{{{{{}}}}}}}", use); }

  void open(std::size_t begin, char kind, const std::string& name) {
    const std::size_t use = add(TemplateUse::Kind::section, name);
    open_.push_back({name, begin, use});
    tags_.numbered += fmt::format("{{{{{}{}}}}}", kind, use);
  }

  void close_section(std::size_t begin, const std::string& name) {
    if (open_.empty())
      bad(begin, fmt::format("the section \"{}\" was not opened", one_line(name, 40)),
          "Open it with {{#" + one_line(name, 40) + "}}, or leave the tag out.");
    if (open_.back().name != name)
      bad(begin,
          fmt::format("the section \"{}\" is open, but \"{}\" is closed", one_line(open_.back().name, 40),
                      one_line(name, 40)),
          "Close the inner section first.");
    tags_.numbered += fmt::format("{{{{/{}}}}}", open_.back().use);
    open_.pop_back();
  }

  std::string_view text_;
  std::vector<Section> open_;
  TemplateTags tags_;
};

}  // namespace

TemplateTags tags_of(std::string_view text) { return TagReader(text).read(); }

}  // namespace batchctl
