// Which of our jobs may be deleted at the service: only what has ended, and whose answers are safe. Pure.
#pragma once

#include <string>

#include "core/chunk.hpp"

namespace batchctl::plan {

/// Where what a job answered is.
enum class Answers {
  none_stored,
  here,
  purged,  // they were here, and a person had them removed
  lost,    // recorded, but the file is not there, or not of the recorded size
};

enum class Removal {
  remove,
  look,  // nobody saw it end: the service is asked first, and it goes only if it is not known there
  keep,
};

struct Verdict {
  Removal removal = Removal::keep;
  std::string why;  // of `keep`
};

/// A job that ended without any answer has nothing to lose; one that may have answered stays until that is stored.
Verdict judge_removal(const Job& job, Answers answers);

}  // namespace batchctl::plan
