// A part of the program that is loaded when it is needed.
#pragma once

#include <string>

namespace batchctl::os {

/// The address of `symbol` in the module `file`, which lies beside the program or, installed, in ../lib/batchctl. It
/// stays loaded. Throws Fatal{failed, "module"} when it is not there or cannot be loaded.
const void* module_symbol(const std::string& file, const std::string& symbol);

}  // namespace batchctl::os
