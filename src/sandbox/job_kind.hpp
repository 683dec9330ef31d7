#pragma once

namespace batchctl::sandbox {

/// What is asked of a model. The two kinds differ in the members of their requests and in the form of their answers.
enum class JobKind { generate, embed };

}  // namespace batchctl::sandbox
