// What a person needs to rehearse with the sandbox besides its options: the words of fault orders, the members of a
// scenario, its own endpoints. Part of `batchctl sandbox --help`.
#pragma once

#include <string>

namespace batchctl::sandbox {

/// Every member of a scenario with its default, as JSON that can be saved and edited.
extern const char* const kDefaultScenario;

std::string guide();

}  // namespace batchctl::sandbox
