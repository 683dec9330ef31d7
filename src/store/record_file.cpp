#include "store/record_file.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <optional>
#include <utility>

#include "base/error.hpp"

namespace batchctl {

namespace {

/// SQLite's failures while it makes a file that is not the state's.
template <class Body>
void making(const std::string& path, Body&& body) {
  try {
    body();
  } catch (const SQLite::Exception& problem) {
    const bool full = (problem.getErrorCode() & 0xff) == SQLITE_FULL;
    throw Fatal(ExitCode::failed, full ? "disk_full" : "not_writable",
                fmt::format("cannot write {}: {}", path, problem.what()),
                full ? "make room on this disk, or give another --output FILE" : "give another --output FILE");
  }
}

constexpr const char* kTables = R"(
CREATE TABLE run (
  run TEXT NOT NULL, run_id TEXT NOT NULL, model TEXT NOT NULL, created_at TEXT NOT NULL, exported_at TEXT NOT NULL
) STRICT;
CREATE TABLE bill (
  model TEXT PRIMARY KEY,
  tokens_input INTEGER NOT NULL, tokens_cached INTEGER NOT NULL, tokens_output INTEGER NOT NULL,
  usd_per_1m_input REAL, usd_per_1m_cached REAL, usd_per_1m_output REAL, price_date TEXT, price_page TEXT
) STRICT;
)";

// `index` is a word of SQL, so it stands in quotes; `key` is none in this place.
constexpr const char* kRecord = R"(
CREATE TABLE record (
  "index" INTEGER PRIMARY KEY,
  key TEXT,
  file TEXT NOT NULL,
  line INTEGER NOT NULL,
  status TEXT NOT NULL,
  {}finish_reason TEXT,
  error_code TEXT,
  error_message TEXT,
  tokens_input INTEGER,
  tokens_output INTEGER,
  tokens_thinking INTEGER,
  tokens_cached INTEGER,
  tokens_total INTEGER,
  model TEXT,
  model_version TEXT,
  job TEXT,
  attempt INTEGER,
  same_as INTEGER{}
) STRICT;
)";

// v_records tells what the answer that counts cost; attempts before it are in v_cost alone.
constexpr const char* kViews = R"(
CREATE VIEW v_records AS
  SELECT r.*,
         ((r.tokens_input - min(r.tokens_cached, r.tokens_input)) * b.usd_per_1m_input
          + min(r.tokens_cached, r.tokens_input) * b.usd_per_1m_cached
          + (r.tokens_output + r.tokens_thinking) * b.usd_per_1m_output) / 1e6 AS cost_usd
  FROM record AS r LEFT JOIN bill AS b ON b.model = r.model;
CREATE VIEW v_failures AS
  SELECT * FROM record WHERE status <> 'ok';
CREATE VIEW v_cost AS
  SELECT model, tokens_input, tokens_cached, tokens_output, answers, cost_usd,
         CASE WHEN answers > 0 THEN cost_usd / answers END AS usd_per_answer, price_date, price_page
  FROM (SELECT b.*,
               (SELECT count(*) FROM record AS r WHERE r.model = b.model AND r.status = 'ok') AS answers,
               ((b.tokens_input - min(b.tokens_cached, b.tokens_input)) * b.usd_per_1m_input
                + min(b.tokens_cached, b.tokens_input) * b.usd_per_1m_cached
                + b.tokens_output * b.usd_per_1m_output) / 1e6 AS cost_usd
        FROM bill AS b);
)";

constexpr const char* kAddRun = "INSERT INTO run (run, run_id, model, created_at, exported_at) VALUES (?, ?, ?, ?, ?)";
constexpr const char* kAddBill =
    "INSERT INTO bill (model, tokens_input, tokens_cached, tokens_output, usd_per_1m_input, usd_per_1m_cached,"
    " usd_per_1m_output, price_date, price_page) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr const char* kAddRecord =
    "INSERT INTO record (\"index\", key, file, line, status, finish_reason, error_code, error_message, tokens_input,"
    " tokens_output, tokens_thinking, tokens_cached, tokens_total, model, model_version, job, attempt, same_as{})"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?{})";

class RecordFile final : public RecordSink {
 public:
  RecordFile(const std::string& path, const ExportedRun& run, RecordTexts texts)
      : path_(path), has_texts_(texts == RecordTexts::yes) {
    making(path_, [&] {
      database_.emplace(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
      // A file that is not finished is thrown away, and whoever names it syncs it first.
      database_->exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; BEGIN");
      database_->exec(kTables);
      database_->exec(
          fmt::format(kRecord, has_texts_ ? "answer TEXT,\n  " : "", has_texts_ ? ",\n  input TEXT NOT NULL" : ""));
      database_->exec(kViews);
      put(run);
      add_.emplace(*database_,
                   fmt::format(kAddRecord, has_texts_ ? ", answer, input" : "", has_texts_ ? ", ?, ?" : ""));
    });
  }

  void add(const RecordRow& row) override {
    making(path_, [&] {
      add_->reset();
      column_ = 0;
      bind(row.index);
      bind(row.key);
      bind(row.file);
      bind(row.line);
      bind(name_of(row.status));
      bind(row.finish_reason);
      bind(row.error_code);
      bind(row.error_message);
      bind(row.tokens_input);
      bind(row.tokens_output);
      bind(row.tokens_thinking);
      bind(row.tokens_cached);
      bind(row.tokens_total);
      bind(row.model);
      bind(row.model_version);
      bind(row.job);
      bind(row.attempt);
      bind(row.same_as);
      if (has_texts_) {
        bind(row.answer);
        bind(row.input);
      }
      add_->exec();
    });
  }

  void finish() override {
    making(path_, [&] {
      add_.reset();
      database_->exec("COMMIT");
      database_.reset();
    });
  }

 private:
  void put(const ExportedRun& run) {
    SQLite::Statement add_run(*database_, kAddRun);
    add_run.bind(1, run.name);
    add_run.bind(2, run.id);
    add_run.bind(3, run.model);
    add_run.bind(4, to_rfc3339(run.created_at));
    add_run.bind(5, to_rfc3339(run.exported_at));
    add_run.exec();
    SQLite::Statement add_bill(*database_, kAddBill);
    for (const ModelBill& bill : run.bills) {
      add_bill.reset();
      add_bill.clearBindings();
      add_bill.bind(1, bill.model);
      add_bill.bind(2, bill.input);
      add_bill.bind(3, bill.cached);
      add_bill.bind(4, bill.output);
      if (bill.price) {
        add_bill.bind(5, bill.price->input);
        add_bill.bind(6, bill.price->cached);
        add_bill.bind(7, bill.price->output);
        add_bill.bind(8, bill.price->date);
        add_bill.bind(9, bill.price->page);
      }
      add_bill.exec();
    }
  }

  void bind(std::int64_t value) { add_->bind(++column_, value); }
  void bind(std::string_view text) { add_->bind(++column_, std::string(text)); }
  template <class Value>
  void bind(const std::optional<Value>& value) {
    if (value) return bind(*value);
    add_->bind(++column_);
  }

  std::string path_;
  bool has_texts_;
  std::optional<SQLite::Database> database_;
  std::optional<SQLite::Statement> add_;  // after database_: closed before it
  int column_ = 0;
};

}  // namespace

std::unique_ptr<RecordSink> make_record_file(const std::string& path, const ExportedRun& run, RecordTexts texts) {
  return std::make_unique<RecordFile>(path, run, texts);
}

}  // namespace batchctl
