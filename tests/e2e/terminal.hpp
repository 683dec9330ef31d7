// The real binary at a terminal: a pseudo-terminal is all of its standard streams, and the test types.
#pragma once

#include <string>

#include "e2e/process.hpp"
#include "screens/screen.hpp"

namespace batchctl::e2e {

class Terminal {
 public:
  explicit Terminal(const Start& start, int columns = 80, int rows = 24);
  ~Terminal();  // kills it when nobody has waited
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// Reads until `text` has been shown; false when it ended first or the hang bound passed.
  bool shows(const std::string& text);
  void type(const std::string& text) const;
  /// Reads what comes next; false when it ended or the hang bound passed.
  bool shows_more() { return read_some(); }
  /// As a person drags the window's corner.
  void resize(int columns, int rows);
  /// What is on the screen now, of what was read.
  const Screen& screen() const { return picture_; }
  /// Reads on until it ends. What it wrote, to whichever stream, is in `out`.
  Outcome wait();

 private:
  bool read_some();

  pid_t pid_ = -1;
  int screen_ = -1;
  bool reaped_ = false;
  std::string shown_, words_;
  Screen picture_;
};

}  // namespace batchctl::e2e
