#include "store/sqlite_store.hpp"

namespace batchctl::store {

void SqliteStore::write(const std::function<void()>& body) {
  connection_.write([&] {
    came_to_rest_.clear();
    body();
    for (const ChunkKey chunk : came_to_rest_) must_be_accounted(chunk);
  });
}

void SqliteStore::read(const std::function<void()>& body) { connection_.read(body); }

}  // namespace batchctl::store
