// The README's tables, printed from the arrays that the program runs on.
#pragma once

#include <string>
#include <string_view>

#include "core/chunk_machine.hpp"
#include "core/create_answer.hpp"

namespace batchctl {

std::string_view name_of(HoldEffect effect);
std::string_view name_of(CreateAnswer answer);
std::string_view name_of(RunEffect effect);

/// A Markdown table of every row of kChunkTable, in its order: from, event, to, hold. Ends with a line feed.
std::string matrix_markdown();

/// A Markdown table of what each answer to a create does to the chunk, its hold and the run. Ends with a line feed.
std::string answers_markdown();

}  // namespace batchctl
