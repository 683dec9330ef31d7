// The steps that make the schema, embedded at build time from migrations/NNNN_name.sql.
#pragma once

#include <string>
#include <vector>

namespace batchctl::store {

struct Migration {
  int number = 0;  // what PRAGMA user_version says once it is applied
  std::string name;
  std::string sql;
};

/// In number order.
const std::vector<Migration>& embedded_migrations();

}  // namespace batchctl::store
