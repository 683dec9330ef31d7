// One open database: its transactions, and its prepared statements kept for reuse.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "store/statement.hpp"

namespace batchctl::store {

class Connection {
 public:
  /// `before_commit` runs at the end of every `write`; when it throws, the write is undone.
  Connection(SQLite::Database database, std::string path, std::function<void()> before_commit);

  /// BEGIN IMMEDIATE, body, COMMIT; ROLLBACK when anything throws. Bug when a transaction is open.
  void write(const std::function<void()>& body);
  /// One snapshot; inside of a transaction just runs the body.
  void read(const std::function<void()>& body);
  bool is_reading() const { return transaction_ == Transaction::reading; }
  /// Bug outside of `write`.
  void must_be_writing() const;

  std::int64_t last_row() const { return database_.getLastInsertRowid(); }
  const std::string& path() const { return path_; }
  SQLite::Database& database() { return database_; }

 private:
  friend class Query;
  struct Cached {
    explicit Cached(SQLite::Statement prepared) : statement(std::move(prepared)) {}
    SQLite::Statement statement;
    bool in_use = false;
  };

  Cached& prepared(const Sql& sql);
  void run(const char* command);
  void roll_back() noexcept;

  enum class Transaction { none, reading, writing };

  SQLite::Database database_;
  std::string path_;
  std::function<void()> before_commit_;
  std::unordered_map<const Sql*, std::unique_ptr<Cached>> cache_;  // after database_: closed before it
  Transaction transaction_ = Transaction::none;
};

/// One use of a statement: bind, step, read the columns from left to right. Reset when it goes out of scope; until then
/// the same statement must not be used again (Bug).
class Query {
 public:
  template <class... Values>
  Query(Connection& connection, const Sql& sql, const Values&... values)
      : connection_(connection), cached_(connection.prepared(sql)) {
    begin(static_cast<int>(sizeof...(values)));
    try {
      int index = 0;
      (bind(++index, values), ...);
    } catch (...) {
      end();
      throw;
    }
  }
  ~Query() { end(); }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  /// To the next row; false at the end.
  bool step();
  /// To the only row. Bug when there is none.
  void one();
  /// Steps to the end; the number of rows that were changed.
  std::int64_t run();

  // The next column of the row.
  std::int64_t integer();
  int small() { return static_cast<int>(integer()); }
  std::uint64_t size() { return static_cast<std::uint64_t>(integer()); }
  double real();
  std::string text();
  Instant instant() { return from_unix_ms(integer()); }
  std::optional<std::int64_t> maybe_integer();
  std::optional<std::string> maybe_text();
  std::optional<Instant> maybe_instant();

 private:
  void begin(int values);
  void end() noexcept;
  bool skip_null();

  void bind(int index, std::int64_t value);
  void bind(int index, int value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, std::uint64_t value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, double value);
  void bind(int index, const std::string& value);
  void bind(int index, std::string_view value) { bind(index, std::string(value)); }
  void bind(int index, const char* value) { bind(index, std::string(value)); }
  void bind(int index, Instant value) { bind(index, to_unix_ms(value)); }
  void bind(int index, std::nullopt_t);
  template <class Tag>
  void bind(int index, const TextId<Tag>& value) {
    bind(index, value.value);
  }
  /// An empty row id is NULL.
  template <class Tag>
  void bind(int index, const RowId<Tag>& value) {
    value.empty() ? bind(index, std::nullopt) : bind(index, value.value);
  }
  template <class Value>
  void bind(int index, const std::optional<Value>& value) {
    value ? bind(index, *value) : bind(index, std::nullopt);
  }

  Connection& connection_;
  Connection::Cached& cached_;
  int column_ = 0;
};

}  // namespace batchctl::store
