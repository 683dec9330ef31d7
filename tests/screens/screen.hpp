// A terminal as small as the tests need it: cells, a cursor, what batchctl writes to move it. Colours are passed over;
// a sequence that it does not know is remembered, so that no test goes on blind. Lines that were wrapped are joined and
// wrapped anew when the width changes, as terminals do today.
#pragma once

#include <string>
#include <vector>

namespace batchctl {

class Screen {
 public:
  Screen(int columns, int rows) : columns_(columns), rows_(rows) {}

  void write(const std::string& bytes);
  void resize(int columns, int rows);
  /// The lines from the first on, without spaces at their ends and without empty lines at the end; each with `\n`.
  std::string text() const;
  /// Sequences that were not understood.
  const std::string& unknown() const { return unknown_; }

 private:
  struct Line {
    std::vector<std::string> cells;  // a character each; the second column of a wide one is empty
    bool goes_on = false;            // it was wrapped into the next one
  };

  Line& here();
  void put(const std::string& character);
  void obey(const std::string& numbers, char command);
  void next_line(bool wrapped);

  int columns_, rows_;
  std::vector<Line> lines_{1};
  std::size_t row_ = 0, column_ = 0;
  std::size_t top_ = 0;  // of the lines that are on the screen; those above were scrolled away
  std::string pending_, unknown_;
};

}  // namespace batchctl
