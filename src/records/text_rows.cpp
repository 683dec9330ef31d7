#include "records/text_rows.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "records/json_text.hpp"
#include "records/line_reader.hpp"

namespace batchctl {

namespace {

constexpr std::size_t kMostHeader = 1U << 20U;

Fatal bad_text(const std::string& shown_path, std::int64_t line, const std::string& what, const std::string& next) {
  return {ExitCode::failed, "bad_input", fmt::format("{}:{}: {}", shown_path, line, what),
          next.empty() ? "Correct the row and submit again." : next};
}

void check_text(const std::string& shown_path, std::int64_t line, std::string_view text) {
  if (text.size() > kMaxLineBytes)
    throw bad_text(shown_path, line, fmt::format("a row of more than {} bytes", kMaxLineBytes),
                   "Check the file's line endings and quotes.");
  if (!simdjson::validate_utf8(text.data(), text.size()))
    throw bad_text(shown_path, line, "not UTF-8",
                   "Convert the file, for example: iconv -f WINDOWS-1252 -t UTF-8 OLD >NEW");
}

bool is_blank_field(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == ' ' || c == '\t'; });
}

}  // namespace

// ---- tables -----------------------------------------------------------------------------------------------------

TableRows::TableRows(Table kind, std::string shown_path, ByteSink sink)
    : kind_(kind), shown_path_(std::move(shown_path)), rows_(std::move(sink)) {
  if (kind_ == Table::tsv) separator_ = '\t';
}

void TableRows::bad(std::int64_t line, const std::string& what, const std::string& next) const {
  throw bad_text(shown_path_, line, what, next);
}

/// The first of `,`, `;` and tab that the header has outside of quotes; false: the header has not ended yet. An empty
/// piece ends it.
bool TableRows::choose_separator(std::string_view piece) {
  header_ += piece;
  std::string plain;  // the header's row outside of quotes
  bool quoted = false, ended = piece.empty();
  for (const char c : header_) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    ended = ended || (c == '\n' && !is_blank(plain));
    if (c == '\n' && ended) break;
    if (c != '\n') plain += c;
  }
  if (!ended && header_.size() <= kMostHeader) return false;
  separator_ = ',';
  for (const char one : {'\t', ';', ','})
    if (plain.find(one) != std::string::npos) separator_ = one;
  return true;
}

void TableRows::take(std::string_view piece) {
  if (piece.empty()) return;
  if (separator_ != '\0') return read(piece);
  if (!choose_separator(piece)) return;
  const std::string first = std::move(header_);
  header_.clear();
  read(first);
}

void TableRows::read(std::string_view piece) {
  for (std::size_t at = 0; at < piece.size();) {
    const char c = piece[at];
    switch (state_) {
      case State::quoted: {
        const std::size_t quote = std::min(piece.find('"', at), piece.size());
        const std::string_view text = piece.substr(at, quote - at);
        row_ += text;
        line_ += std::count(text.begin(), text.end(), '\n');
        at = quote;
        if (at < piece.size()) {
          state_ = State::after_quote;
          ++at;
        } else if (row_.size() > kMaxLineBytes) {
          bad(quote_line_, "the quoted field that begins here does not end");
        }
        continue;
      }
      case State::after_quote:
        if (c == '"') {
          row_ += c;
          state_ = State::quoted;
          ++at;
          continue;
        }
        if (c == ' ' && separator_ != ' ') {
          ++at;
          continue;
        }
        if (c != separator_ && c != '\n' && c != '\r')
          bad(line_, fmt::format("text behind the closing quote of field {}", ends_.size() + 1),
              "A quote inside of a quoted field is written twice (\"\").");
        break;
      case State::after_cr:
        if (c != '\n')
          bad(line_, "a carriage return in the middle of a row",
              "Put the field between quotes; if the file ends its lines so, convert it: tr '\\r' '\\n'");
        break;
      case State::begin:
        if (c == '"') {
          // Blanks before it are no text.
          row_.resize(ends_.empty() ? 0 : ends_.back());
          quote_line_ = line_;
          state_ = State::quoted;
          ++at;
          continue;
        }
        if (c == ' ') {
          row_ += c;
          ++at;
          continue;
        }
        state_ = State::plain;
        break;
      case State::plain:
        break;
    }
    if (c == separator_ && state_ != State::after_cr) {
      end_field();
      ++at;
    } else if (c == '\n') {
      end_field();
      end_row();
      ++line_;
      row_line_ = line_;
      ++at;
    } else if (c == '\r') {
      state_ = State::after_cr;
      ++at;
    } else {
      std::size_t end = at;
      while (end < piece.size() && piece[end] != separator_ && piece[end] != '\n' && piece[end] != '\r') ++end;
      row_ += piece.substr(at, end - at);
      at = end;
    }
  }
}

std::string_view TableRows::field(std::size_t i) const {
  const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
  return std::string_view(row_).substr(begin, ends_[i] - begin);
}

void TableRows::end_field() {
  ends_.push_back(row_.size());
  state_ = State::begin;
}

void TableRows::end_row() {
  bool blank = true;
  for (std::size_t i = 0; i < ends_.size() && blank; ++i) blank = is_blank_field(field(i));
  if (!blank) {
    check_text(shown_path_, row_line_, row_);
    if (columns_.empty())
      name_columns();
    else
      write_row();
  }
  row_.clear();
  ends_.clear();
}

void TableRows::name_columns() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    std::string name(trimmed(field(i)));
    if (name.empty()) name = fmt::format("column_{}", i + 1);
    if (std::find(names.begin(), names.end(), name) != names.end())
      bad(row_line_, fmt::format("two columns are called \"{}\"", one_line(name, 40)), "Name each column differently.");
    std::string start = i == 0 ? "{" : ",";
    append_json_string(start, name);
    columns_.push_back(start + ":\"");
    names.push_back(std::move(name));
  }
}

void TableRows::write_row() {
  if (ends_.size() != columns_.size())
    bad(row_line_,
        fmt::format("{} where the header has {}", spell_count(ends_.size(), "field"), spell_count(columns_.size())),
        fmt::format("Put fields that hold {} between quotes.",
                    separator_ == '\t' ? "tabs" : fmt::format("\"{}\"", separator_)));
  rows_.begin(row_line_);
  std::string& out = rows_.text();
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    out += columns_[i];
    append_json_escaped(out, field(i));
    out += '"';
  }
  out += '}';
  rows_.end();
}

void TableRows::finish() {
  if (separator_ == '\0') {
    choose_separator({});
    read(header_);
  }
  if (state_ == State::quoted)
    bad(quote_line_, "the quoted field that begins here does not end",
        "Close the quote; a quote inside of a quoted field is written twice (\"\").");
  if (state_ != State::begin || !row_.empty() || !ends_.empty()) {
    end_field();
    end_row();
  }
  rows_.finish();
}

// ---- one prompt a line ------------------------------------------------------------------------------------------

PromptLines::PromptLines(std::string shown_path, ByteSink sink)
    : shown_path_(std::move(shown_path)), rows_(std::move(sink)) {}

void PromptLines::take(std::string_view piece) {
  for (;;) {
    const std::size_t end = piece.find('\n');
    pending_ += piece.substr(0, end);
    if (end == std::string_view::npos) break;
    end_line();
    piece.remove_prefix(end + 1);
  }
  if (pending_.size() > kMaxLineBytes) check_text(shown_path_, line_, pending_);
}

void PromptLines::end_line() {
  std::string_view text = pending_;
  if (text.ends_with('\r')) text.remove_suffix(1);
  check_text(shown_path_, line_, text);
  if (!is_blank(text)) {
    rows_.begin(line_);
    std::string& out = rows_.text();
    out += "{\"prompt\":";
    append_json_string(out, text);
    out += '}';
    rows_.end();
  }
  ++line_;
  pending_.clear();
}

void PromptLines::finish() {
  if (!pending_.empty()) end_line();
  rows_.finish();
}

}  // namespace batchctl
