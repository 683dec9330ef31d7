// What is drawn on stderr and redrawn in place: whoever writes a line there has it taken away first.
#pragma once

#include <functional>

namespace batchctl {

/// `erase` is called before a log line is written; an empty function ends that. From one thread.
void erase_before_lines(std::function<void()> erase);
/// For whoever writes to stderr beside the log.
void erase_what_is_drawn();

}  // namespace batchctl
