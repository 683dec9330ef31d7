// A command of the user's that runs beside us: started, looked at now and then, ended when it takes too long.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace batchctl::os {

class BackgroundCommand {
 public:
  /// Runs `/bin/sh -c command` in a process group of its own, with `input` (at most 60,000 bytes) on its standard
  /// input, its output kept aside, and an environment without any API key. Throws std::system_error when it cannot be
  /// started.
  BackgroundCommand(const std::string& command, const std::string& input, std::chrono::milliseconds at_most);
  ~BackgroundCommand();  // ends it, with all that it started
  BackgroundCommand(const BackgroundCommand&) = delete;
  BackgroundCommand& operator=(const BackgroundCommand&) = delete;

  /// Looks, without waiting; true once it is over. One that has had its time is ended here.
  bool is_over();
  /// What went wrong, once it is over; empty: exit status 0.
  const std::string& problem() const { return problem_; }
  /// The beginning of what it wrote to either stream, once it is over.
  std::string output() const;

 private:
  void end(int status);

  int pid_ = 0;
  int kept_ = -1;  // a file without a name that its output goes to
  std::chrono::steady_clock::time_point until_;
  bool over_ = false, timed_out_ = false;
  std::string problem_;
};

}  // namespace batchctl::os
