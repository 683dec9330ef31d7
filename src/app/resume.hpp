// resume: go on exactly where it stopped, one run or all unfinished ones.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/context.hpp"
#include "app/drive.hpp"

namespace batchctl::app {

struct ResumeRequest {
  std::optional<std::string> run_name;   // nullopt: all unfinished
  std::function<void(Options&)> choose;  // puts the options that were given over the remembered ones
  Stay stay{Goal::round, false, std::nullopt, seconds{60}};
  bool take_over = false;  // this copy of the database is the one that counts from now on
  bool release = false;    // what waits behind the pilot may go
};

/// One element a run that was driven; empty when there was nothing to resume.
std::vector<Driven> resume(Context& context, const ResumeRequest& request);

}  // namespace batchctl::app
