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

void SqliteStore::write(const std::function<void()>& body) {
  connection_.write([&] {
    came_to_rest_.clear();
    body();
    for (const ChunkKey chunk : came_to_rest_) must_be_accounted(chunk);
  });
}

void SqliteStore::read(const std::function<void()>& body) { connection_.read(body); }

}  // namespace batchctl::store
