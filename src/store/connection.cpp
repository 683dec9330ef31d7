#include "store/connection.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/error.hpp"
#include "store/errors.hpp"

namespace batchctl::store {

Connection::Connection(SQLite::Database database, std::string path, std::function<void()> before_commit)
    : database_(std::move(database)), path_(std::move(path)), before_commit_(std::move(before_commit)) {}

void Connection::write(const std::function<void()>& body) {
  if (transaction_ != Transaction::none) throw Bug("a write inside of another transaction");
  run("BEGIN IMMEDIATE");
  transaction_ = Transaction::writing;
  try {
    body();
    if (before_commit_) before_commit_();
    run("COMMIT");
  } catch (...) {
    roll_back();
    throw;
  }
  transaction_ = Transaction::none;
}

void Connection::read(const std::function<void()>& body) {
  if (transaction_ != Transaction::none) return body();
  run("BEGIN DEFERRED");
  transaction_ = Transaction::reading;
  try {
    body();
    run("COMMIT");
  } catch (...) {
    roll_back();
    throw;
  }
  transaction_ = Transaction::none;
}

void Connection::must_be_writing() const {
  if (transaction_ != Transaction::writing) throw Bug("a change of the database outside of write()");
}

void Connection::run(const char* command) {
  translated(path_, [&] { database_.exec(command); });
}

void Connection::roll_back() noexcept {
  database_.tryExec("ROLLBACK");  // fails only when SQLite has already done it
  transaction_ = Transaction::none;
}

Connection::Cached& Connection::prepared(const Sql& sql) {
  std::unique_ptr<Cached>& cached = cache_[&sql];
  if (!cached)
    cached = translated(path_, [&] { return std::make_unique<Cached>(SQLite::Statement(database_, sql.text())); });
  return *cached;
}

void Query::begin(int values) {
  if (cached_.in_use) throw Bug(fmt::format("a statement used inside of itself: {}", cached_.statement.getQuery()));
  if (values != cached_.statement.getBindParameterCount())
    throw Bug(fmt::format("{} values for: {}", values, cached_.statement.getQuery()));
  cached_.in_use = true;
}

void Query::end() noexcept {
  cached_.statement.tryReset();
  cached_.in_use = false;
}

bool Query::step() {
  column_ = 0;
  return translated(connection_.path(), [&] { return cached_.statement.executeStep(); });
}

void Query::one() {
  if (!step()) throw Bug(fmt::format("no row for: {}", cached_.statement.getQuery()));
}

std::int64_t Query::run() {
  while (step()) {
  }
  return connection_.database_.getChanges();
}

std::int64_t Query::integer() {
  return translated(connection_.path(), [&] { return cached_.statement.getColumn(column_++).getInt64(); });
}

double Query::real() {
  return translated(connection_.path(), [&] { return cached_.statement.getColumn(column_++).getDouble(); });
}

std::string Query::text() {
  return translated(connection_.path(), [&] { return cached_.statement.getColumn(column_++).getString(); });
}

bool Query::skip_null() {
  const bool null = translated(connection_.path(), [&] { return cached_.statement.isColumnNull(column_); });
  if (null) ++column_;
  return null;
}

std::optional<std::int64_t> Query::maybe_integer() {
  if (skip_null()) return std::nullopt;
  return integer();
}

std::optional<std::string> Query::maybe_text() {
  if (skip_null()) return std::nullopt;
  return text();
}

std::optional<Instant> Query::maybe_instant() {
  const std::optional<std::int64_t> ms = maybe_integer();
  return ms ? std::optional{from_unix_ms(*ms)} : std::nullopt;
}

void Query::bind(int index, std::int64_t value) {
  translated(connection_.path(), [&] { cached_.statement.bind(index, value); });
}

void Query::bind(int index, double value) {
  translated(connection_.path(), [&] { cached_.statement.bind(index, value); });
}

void Query::bind(int index, const std::string& value) {
  translated(connection_.path(), [&] { cached_.statement.bind(index, value); });
}

void Query::bind(int index, std::nullopt_t) {
  translated(connection_.path(), [&] { cached_.statement.bind(index); });
}

}  // namespace batchctl::store
