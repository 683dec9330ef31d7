// A forked process for a test: it runs a function, and the test can talk to it through two pipes.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

/// The child's side of the talk. It must only use what is safe after fork, and never return to the test.
class ChildTalk {
 public:
  ChildTalk(int from_parent, int to_parent) : from_parent_(from_parent), to_parent_(to_parent) {}
  void say(char word) const { [[maybe_unused]] const auto sent = ::write(to_parent_, &word, 1); }
  /// Until the parent lets go on, or goes itself.
  void wait() const {
    char word = 0;
    [[maybe_unused]] const auto got = ::read(from_parent_, &word, 1);
  }

 private:
  int from_parent_, to_parent_;
};

class Child {
 public:
  /// `life` gets a ChildTalk and returns the exit status.
  template <class Life>
  explicit Child(Life life) {
    std::array<int, 2> down{}, up{};
    if (::pipe(down.data()) != 0 || ::pipe(up.data()) != 0) throw std::runtime_error("pipe failed");
    process_ = ::fork();
    if (process_ == 0) {
      ::close(down[1]);
      ::close(up[0]);
      int status = 99;
      try {
        status = life(ChildTalk(down[0], up[1]));
      } catch (...) {
        status = 98;
      }
      ::_exit(status);
    }
    ::close(down[0]);
    ::close(up[1]);
    to_child_ = down[1];
    from_child_ = up[0];
    if (process_ < 0) throw std::runtime_error("fork failed");
  }
  ~Child() {
    if (process_ > 0) {
      ::kill(process_, SIGKILL);
      ::waitpid(process_, nullptr, 0);
    }
    ::close(to_child_);
    ::close(from_child_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t process() const { return process_; }
  /// What the child said; 0 when it has ended.
  char hear() const {
    char word = 0;
    return ::read(from_child_, &word, 1) == 1 ? word : '\0';
  }
  void let_go_on() const { [[maybe_unused]] const auto sent = ::write(to_child_, "g", 1); }
  void send(int signal) const { ::kill(process_, signal); }
  /// The wait status, once it has ended.
  int ended() {
    int status = 0;
    ::waitpid(process_, &status, 0);
    process_ = -1;
    return status;
  }

 private:
  pid_t process_ = -1;
  int to_child_ = -1, from_child_ = -1;
};
