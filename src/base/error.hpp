// Two ways to say that something went wrong.
//
// `Fatal` is thrown when the command cannot go on (usage, input, database, disk, bug); main catches it once and picks
// the exit code. `Result` carries a failure that the program reacts to (everything from the network and the service).
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "base/exit_code.hpp"

namespace batchctl {

/// A command that cannot go on. `code` is a stable word for scripts, `next` tells the person what to do.
class Fatal : public std::runtime_error {
 public:
  Fatal(ExitCode exit, std::string code, const std::string& message, std::string next = {})
      : std::runtime_error(message), exit_(exit), code_(std::move(code)), next_(std::move(next)) {}

  ExitCode exit() const { return exit_; }
  const std::string& code() const { return code_; }
  const std::string& next() const { return next_; }

 private:
  ExitCode exit_;
  std::string code_;
  std::string next_;
};

/// A broken promise inside the program: never the user's fault.
class Bug : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Either a value or the error that explains its absence. `T` and `E` must be different types.
template <class T, class E>
class [[nodiscard]] Result {
 public:
  Result(T value) : either_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit on purpose
  Result(E error) : either_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const { return either_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return std::get<0>(either_); }
  const T& value() const& { return std::get<0>(either_); }
  T&& value() && { return std::get<0>(std::move(either_)); }
  const E& error() const& { return std::get<1>(either_); }
  E&& error() && { return std::get<1>(std::move(either_)); }

 private:
  std::variant<T, E> either_;
};

/// The value of a Result that has nothing to say but success.
struct Done {};

}  // namespace batchctl
