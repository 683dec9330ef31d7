#include "store/sqlite_store.hpp"

#include <sqlite3.h>

#include "store/errors.hpp"

namespace batchctl::store {

const Sql kIntegrity{"PRAGMA integrity_check(1)"};
void SqliteStore::must_be_whole() {
  if (known_whole_) return;
  Query row(connection_, kIntegrity);
  row.one();
  if (const std::string words = row.text(); words != "ok")
    throw_for(SQLite::Exception(words, SQLITE_CORRUPT), connection_.path());
  known_whole_ = true;
}

void SqliteStore::write(const std::function<void()>& body) {
  connection_.write([&] {
    came_to_rest_.clear();
    body();
    for (const ChunkKey chunk : came_to_rest_) must_be_accounted(chunk);
  });
}

void SqliteStore::read(const std::function<void()>& body) { connection_.read(body); }

}  // namespace batchctl::store
