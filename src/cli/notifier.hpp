// --on-event: tells a command of the user's what happens to the runs of this process.
//
// Stands before the observer that it is given and hands everything on. The command runs beside the driver, which never
// waits for it; at the end of the process what still runs has a few seconds. What goes wrong with it is a warning.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "app/events.hpp"
#include "ports/observer.hpp"

namespace batchctl::cli {

/// A command that was started.
class Running {
 public:
  virtual ~Running() = default;  // ends it
  virtual bool is_over() = 0;
  virtual std::string problem() const = 0;  // empty: it went well
  virtual std::string output() const = 0;
};

class Notifier : public Observer {
 public:
  using Start = std::function<std::unique_ptr<Running>(const std::string& command, const std::string& input)>;
  using Look = std::function<app::RunReport(RunKey)>;
  using Take = std::function<std::vector<app::Event>(const app::RunReport&)>;

  Notifier(Observer& next, Start start, Look look, Take take)
      : next_(next), start_(std::move(start)), look_(std::move(look)), take_(std::move(take)) {}

  void moved(const Move& move) override;
  void says(const Run& run, const std::string& line) override;
  /// Looks whether there is anything to tell, when something changed or some time has passed.
  void turned(const Run& run) override;
  /// The command ends: looks once more, and waits a little for what was started.
  void ends_with(const Run& run);
  void finish();

 private:
  void tell(const Run& run);
  void look_after();

  Observer& next_;
  Start start_;
  Look look_;
  Take take_;
  std::list<std::unique_ptr<Running>> running_;
  bool changed_ = true;
  std::chrono::steady_clock::time_point due_{}, old_at_{};
};

}  // namespace batchctl::cli
