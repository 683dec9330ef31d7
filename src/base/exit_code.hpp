// The exit codes people script against. The numbers are a promise; README lists them.
#pragma once

namespace batchctl {

enum class ExitCode {
  done = 0,           // all that was asked for
  failed = 1,         // bad or unreadable input, disk, database, bug
  usage = 2,          // unknown option, a value not of its form
  incomplete = 3,     // finished, but some records have no usable answer
  attention = 4,      // a person must act
  mismatch = 10,      // other input or settings than those submitted, or no such run
  busy = 11,          // another batchctl drives this run
  not_finished = 75,  // paused, running, or out of reach: resume later
  interrupted = 130,  // SIGINT; the state is saved
  terminated = 143,   // SIGTERM or SIGHUP; the state is saved
};

}  // namespace batchctl
