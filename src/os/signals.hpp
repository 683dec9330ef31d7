// Stopping politely: the first SIGINT, SIGTERM or SIGHUP is noted, and the program ends at its next safe point.
//
// Waiting calls return early (EINTR), so that the note is seen at once. A second signal ends the process as if it had
// never been handled. SIGPIPE is ignored: a closed pipe is a failed write.
#pragma once

namespace batchctl::os {

/// One for the whole process, as signals are.
class StopSignal {
 public:
  /// A SIGHUP that was ignored from the start (nohup) stays ignored.
  static void install();
  /// The number of the first signal; 0 while there was none.
  static int received();
};

/// A mapped file that can no longer be read ends the process with words and exit code 1, instead of a bare "Bus error".
void name_lost_mappings();

}  // namespace batchctl::os
