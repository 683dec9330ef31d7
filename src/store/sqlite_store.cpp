#include "store/sqlite_store.hpp"

#include <sqlite3.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "store/errors.hpp"

namespace batchctl::store {

namespace {

/// The check tells a page that could not be read as a row of words, not as the error that it is.
int code_in(const std::string& words) {
  constexpr std::string_view kMark = "error code=";
  const std::size_t at = words.find(kMark);
  const int code = at == std::string::npos ? 0 : std::atoi(words.c_str() + at + kMark.size());
  return code != 0 ? code : SQLITE_CORRUPT;
}

}  // namespace

const Sql kIntegrity{"PRAGMA integrity_check(1)"};
void SqliteStore::must_be_whole() {
  if (known_whole_) return;
  Query row(connection_, kIntegrity);
  row.one();
  if (const std::string words = row.text(); words != "ok")
    throw_for(SQLite::Exception(words, code_in(words)), connection_.path());
  known_whole_ = true;
}

const Sql kQuickCheck{"PRAGMA quick_check(10)"};
const Sql kForeignKeyCheck{"SELECT \"table\", parent FROM pragma_foreign_key_check LIMIT 10"};
std::vector<std::string> SqliteStore::damage() {
  std::vector<std::string> found;
  for (Query row(connection_, kQuickCheck); row.step();)
    if (std::string words = row.text(); words != "ok") found.push_back(std::move(words));
  if (!found.empty()) return found;
  for (Query row(connection_, kForeignKeyCheck); row.step();) {
    const std::string table = row.text();
    found.push_back("a row of " + table + " names one of " + row.text() + " that is not there");
  }
  return found;
}

void SqliteStore::write(const std::function<void()>& body) {
  connection_.write([&] {
    came_to_rest_.clear();
    body();
    for (const ChunkKey chunk : came_to_rest_) must_be_accounted(chunk);
  });
}

void SqliteStore::read(const std::function<void()>& body) {
  if (!connection_.is_reading()) sums_.reset();
  connection_.read(body);
}

// As many bytes as a run of a million chunks has in its database.
void SqliteStore::map_pages() { connection_.database().exec("PRAGMA mmap_size = 268435456"); }

}  // namespace batchctl::store
