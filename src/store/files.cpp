#include <fmt/format.h>

#include "store/sqlite_store.hpp"
#include "store/words.hpp"

namespace batchctl::store {

namespace {

constexpr Duration kFileLife = hours{48};  // files page, 2026-08

const std::string kFileColumns =
    "file.file, file.chunk, file.generation, file.name, file.uri, file.mime, file.bytes, file.uploaded_at,"
    " file.expires_at, file.state, file.keys";

RemoteFile read_file(Query& row) {
  RemoteFile file;
  file.key = FileKey{row.integer()};
  file.chunk = ChunkKey{row.integer()};
  file.generation = row.small();
  file.name = RemoteFileName{row.text()};
  file.uri = row.text();
  file.mime = row.text();
  file.bytes = row.size();
  file.uploaded_at = row.maybe_instant();
  file.expires_at = row.maybe_instant();
  file.state = enum_of<FileState>(kFileStateNames, row.text()).value_or(FileState::sending);
  file.keys = enum_of<LineKeys>(kLineKeysNames, row.text()).value_or(LineKeys::wire);
  return file;
}

void must_change_one(std::int64_t changed, FileKey file) {
  if (changed != 1) throw Bug(fmt::format("there is no file with row {}", file.value));
}

}  // namespace

const Sql kAddFile{"INSERT INTO file (chunk, generation, name, bytes, sha256) VALUES (?, ?, ?, ?, ?)"};
FileKey SqliteStore::add_file(ChunkKey chunk, int generation, const RemoteFileName& name, std::uint64_t bytes,
                              const std::string& sha256) {
  connection_.must_be_writing();
  Query(connection_, kAddFile, chunk, generation, name, bytes, sha256).run();
  return FileKey{connection_.last_row()};
}

const Sql kAddFoundFile{
    "INSERT INTO file (chunk, generation, name, uri, bytes, sha256, uploaded_at, expires_at, state, keys)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
FileKey SqliteStore::add_found_file(const FoundFile& found) {
  connection_.must_be_writing();
  Query(connection_, kAddFoundFile, found.chunk, found.generation, found.name, found.uri, found.bytes, found.sha256,
        found.uploaded_at, found.expires_at, word_of(found.state), word_of(found.keys))
      .run();
  return FileKey{connection_.last_row()};
}

const Sql kFileIsHere{
    "UPDATE file SET state = 'here', name = ?, uri = ?, mime = ?, uploaded_at = ?, expires_at = ? WHERE file = ?"};
void SqliteStore::file_is_here(FileKey file, const RemoteFileName& name, const std::string& uri,
                               const std::string& mime, Instant uploaded_at, std::optional<Instant> expires_at) {
  connection_.must_be_writing();
  must_change_one(Query(connection_, kFileIsHere, name, uri, mime, uploaded_at, expires_at, file).run(), file);
}

const Sql kSetFileState{"UPDATE file SET state = ? WHERE file = ?"};
void SqliteStore::set_file_state(FileKey file, FileState state) {
  connection_.must_be_writing();
  must_change_one(Query(connection_, kSetFileState, word_of(state), file).run(), file);
}

const Sql kFileNamed{"SELECT " + kFileColumns +
                     " FROM file WHERE chunk = ? AND name = ? ORDER BY generation DESC LIMIT 1"};
std::optional<RemoteFile> SqliteStore::file_named(ChunkKey chunk, const RemoteFileName& name) {
  Query row(connection_, kFileNamed, chunk, name);
  return row.step() ? std::optional{read_file(row)} : std::nullopt;
}

const Sql kNewestFile{"SELECT " + kFileColumns + " FROM file WHERE chunk = ? ORDER BY generation DESC LIMIT 1"};
std::optional<RemoteFile> SqliteStore::newest_file(ChunkKey chunk) {
  Query row(connection_, kNewestFile, chunk);
  return row.step() ? std::optional{read_file(row)} : std::nullopt;
}

// Only files that were never confirmed have none: a window of the newest rows is enough to find one.
const Sql kNewestMime{
    "SELECT mime FROM file WHERE file > (SELECT max(file) FROM file) - 1000 AND mime <> '' ORDER BY file DESC LIMIT 1"};
std::string SqliteStore::newest_mime() {
  Query row(connection_, kNewestMime);
  return row.step() ? row.text() : std::string();
}

const Sql kFile{"SELECT " + kFileColumns + " FROM file WHERE file = ?"};
std::optional<RemoteFile> SqliteStore::file(FileKey file) {
  Query row(connection_, kFile, file);
  return row.step() ? std::optional{read_file(row)} : std::nullopt;
}

const Sql kKnownFile{
    "SELECT file.name FROM file CROSS JOIN chunk ON chunk.chunk = file.chunk"
    " WHERE file.state = 'here' AND chunk.run = ? ORDER BY file.uploaded_at DESC LIMIT 1"};
std::optional<RemoteFileName> SqliteStore::known_file(RunKey run) {
  Query row(connection_, kKnownFile, run);
  return row.step() ? std::optional{RemoteFileName{row.text()}} : std::nullopt;
}

const Sql kStoredHere{
    "SELECT coalesce(sum(file.bytes), 0), min(coalesce(file.expires_at, file.uploaded_at + ?3))"
    " FROM file CROSS JOIN chunk ON chunk.chunk = file.chunk CROSS JOIN run ON run.run = chunk.run"
    " WHERE file.state = 'here' AND file.uploaded_at > ?2 - ?3 AND run.project = ?1"
    " AND coalesce(file.expires_at, file.uploaded_at + ?3) > ?2"};
const Sql kBeingSent{
    "SELECT coalesce(sum(chunk.body_bytes), 0) FROM run CROSS JOIN chunk ON chunk.run = run.run"
    " WHERE run.project = ? AND chunk.state = 'uploading'"};
StoredFiles SqliteStore::stored_files(const std::string& project, Instant now) {
  StoredFiles stored;
  Query here(connection_, kStoredHere, project, now, kFileLife.count());
  here.one();
  stored.bytes = here.size();
  stored.frees_at = here.maybe_instant();
  Query sent(connection_, kBeingSent, project);
  sent.one();
  stored.bytes += sent.size();
  return stored;
}

// CROSS JOIN: from the few files that are here to their chunks, never the other way round.
const Sql kFilesToClean{"SELECT " + kFileColumns +
                        " FROM file CROSS JOIN chunk ON chunk.chunk = file.chunk"
                        " WHERE file.state = 'here' AND chunk.run = ?"
                        " AND chunk.state IN ('done', 'failed', 'cancelled')"
                        " ORDER BY file.uploaded_at, file.file LIMIT ?"};
std::vector<RemoteFile> SqliteStore::files_to_clean(RunKey run, int limit) {
  std::vector<RemoteFile> all;
  for (Query row(connection_, kFilesToClean, run, limit); row.step();) all.push_back(read_file(row));
  return all;
}

// `gone` may be one whose deletion failed; one that was never confirmed and is gone is not ours to delete. What a
// take-over found without a name has none.
const Sql kFilesLeft{"SELECT " + kFileColumns +
                     ", chunk.idx FROM chunk CROSS JOIN file ON file.chunk = chunk.chunk"
                     " WHERE chunk.run = ?1 AND file.name <> ''"
                     " AND (file.state IN ('sending', 'here') OR file.state = 'gone' AND file.uploaded_at IS NOT NULL)"
                     " AND coalesce(file.expires_at, file.uploaded_at + ?3, ?2 + 1) > ?2"
                     " ORDER BY chunk.idx, file.generation"};
std::vector<LeftFile> SqliteStore::files_left(RunKey run, Instant now) {
  std::vector<LeftFile> all;
  for (Query row(connection_, kFilesLeft, run, now, kFileLife.count()); row.step();) {
    LeftFile left;
    left.file = read_file(row);
    left.chunk_index = row.small();
    all.push_back(std::move(left));
  }
  return all;
}

}  // namespace batchctl::store
