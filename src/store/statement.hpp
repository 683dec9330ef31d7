// One SQL statement of the program, by name. Every Sql registers itself, so that one test can prepare them all.
#pragma once

#include <string>
#include <vector>

namespace batchctl::store {

/// Meant for constants at namespace scope; the address is its identity.
class Sql {
 public:
  explicit Sql(std::string text);
  Sql(const Sql&) = delete;
  Sql& operator=(const Sql&) = delete;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Every Sql of the program, in no order.
const std::vector<const Sql*>& all_statements();

}  // namespace batchctl::store
