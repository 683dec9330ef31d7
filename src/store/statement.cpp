#include "store/statement.hpp"

#include <utility>

namespace batchctl::store {

namespace {

// A function's static, because constants of other files register before this file's own would be made.
std::vector<const Sql*>& registered() {
  static std::vector<const Sql*> all;
  return all;
}

}  // namespace

Sql::Sql(std::string text) : text_(std::move(text)) { registered().push_back(this); }

const std::vector<const Sql*>& all_statements() { return registered(); }

}  // namespace batchctl::store
