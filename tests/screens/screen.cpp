#include "screens/screen.hpp"

#include <algorithm>
#include <cstdlib>

#include "cli/columns.hpp"

namespace batchctl {

Screen::Line& Screen::here() {
  if (row_ >= lines_.size()) lines_.resize(row_ + 1);
  return lines_[row_];
}

void Screen::next_line(bool wrapped) {
  here().goes_on = wrapped;
  ++row_;
  here();
  if (row_ - top_ >= static_cast<std::size_t>(rows_)) ++top_;
}

void Screen::put(const std::string& character) {
  const std::size_t wide = cli::columns(character);
  if (wide == 0) {
    if (column_ > 0 && column_ <= here().cells.size()) here().cells[column_ - 1] += character;
    return;
  }
  if (column_ + wide > static_cast<std::size_t>(columns_)) {
    next_line(true);
    column_ = 0;
  }
  std::vector<std::string>& cells = here().cells;
  if (cells.size() < column_ + wide) cells.resize(column_ + wide, " ");
  cells[column_] = character;
  if (wide == 2) cells[column_ + 1].clear();
  column_ += wide;
}

void Screen::obey(const std::string& numbers, char command) {
  const int told = numbers.empty() ? 1 : std::atoi(numbers.c_str());
  switch (command) {
    case 'm':
      return;
    case 'A':
      row_ = std::max(row_ - std::min<std::size_t>(row_, static_cast<std::size_t>(told)), top_);
      return;
    case 'K':
      if (here().cells.size() > column_) here().cells.resize(column_);
      here().goes_on = false;
      return;
    case 'J':
      if (here().cells.size() > column_) here().cells.resize(column_);
      here().goes_on = false;
      lines_.resize(row_ + 1);
      return;
    default:
      unknown_ += "ESC[" + numbers + command + " ";
  }
}

void Screen::write(const std::string& bytes) {
  pending_ += bytes;
  std::size_t at = 0;
  while (at < pending_.size()) {
    const auto first = static_cast<unsigned char>(pending_[at]);
    if (first == 0x1B) {
      if (at + 1 >= pending_.size()) break;
      if (pending_[at + 1] != '[') {
        unknown_ += "ESC" + pending_.substr(at + 1, 1) + " ";
        at += 2;
        continue;
      }
      std::size_t end = at + 2;
      while (end < pending_.size() && !(pending_[end] >= '@' && pending_[end] <= '~')) ++end;
      if (end >= pending_.size()) break;  // the rest comes with the next bytes
      obey(pending_.substr(at + 2, end - at - 2), pending_[end]);
      at = end + 1;
      continue;
    }
    if (first < 0x20) {
      if (first == '\r')
        column_ = 0;
      else if (first == '\n')
        next_line(false);
      else
        unknown_ += "control " + std::to_string(first) + " ";
      ++at;
      continue;
    }
    const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (at + length > pending_.size()) break;
    put(pending_.substr(at, length));
    at += length;
  }
  pending_.erase(0, at);
}

void Screen::resize(int columns, int rows) {
  std::vector<Line> old = std::move(lines_);
  const std::size_t cursor_row = row_, cursor_column = column_;
  lines_.assign(1, {});
  columns_ = columns;
  rows_ = rows;
  row_ = column_ = top_ = 0;
  std::size_t new_row = 0, new_column = 0;
  for (std::size_t i = 0; i < old.size(); ++i) {
    for (std::size_t j = 0; j < old[i].cells.size(); ++j) {
      if (!old[i].cells[j].empty()) put(old[i].cells[j]);
      if (i == cursor_row && j + 1 == cursor_column) {
        new_row = row_;
        new_column = column_;
      }
    }
    if (i == cursor_row && cursor_column == 0) {
      new_row = row_;
      new_column = 0;
    }
    if (!old[i].goes_on && i + 1 < old.size()) {
      next_line(false);
      column_ = 0;
    }
  }
  row_ = new_row;
  column_ = new_column;
  top_ = lines_.size() > static_cast<std::size_t>(rows_) ? lines_.size() - static_cast<std::size_t>(rows_) : 0;
}

std::string Screen::text() const {
  std::vector<std::string> shown;
  for (const Line& line : lines_) {
    std::string text;
    for (const std::string& cell : line.cells) text += cell;
    while (!text.empty() && text.back() == ' ') text.pop_back();
    shown.push_back(text);
  }
  while (!shown.empty() && shown.back().empty()) shown.pop_back();
  std::string text;
  for (const std::string& line : shown) text += line + "\n";
  return text;
}

}  // namespace batchctl
