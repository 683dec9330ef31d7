#include "store/statement.hpp"

#include <algorithm>
#include <string>

#include "store/fixture.hpp"

using namespace batchctl;
using namespace batchctl::store;

TEST_CASE("every statement of the store can be prepared against the newest schema") {
  Fixture fixture;
  CHECK(all_statements().size() > 50);
  for (const Sql* sql : all_statements()) {
    CAPTURE(sql->text());
    CHECK_NOTHROW(SQLite::Statement(fixture.database(), sql->text()));
  }
}

TEST_CASE("no two statements are the same") {
  std::vector<std::string> texts;
  for (const Sql* sql : all_statements()) texts.push_back(sql->text());
  std::sort(texts.begin(), texts.end());
  CHECK(std::adjacent_find(texts.begin(), texts.end()) == texts.end());
}

namespace {

/// A step of a query plan that reads a table from end to end, other than `run` or the rows of a partial index that
/// stay few.
bool reads_everything(const std::string& step) {
  if (step.rfind("SCAN ", 0) != 0) return false;
  if (step == "SCAN run" || step == "SCAN CONSTANT ROW") return false;
  if (step.find(" pragma_foreign_key_check ") != std::string::npos) return false;  // doctor asks for all of it
  return step.find("INDEX job_held") == std::string::npos && step.find("INDEX file_here") == std::string::npos;
}

}  // namespace

TEST_CASE("no statement reads a growing table from end to end") {
  Fixture fixture;
  for (const Sql* sql : all_statements()) {
    SQLite::Statement plan(fixture.database(), "EXPLAIN QUERY PLAN " + sql->text());
    while (plan.executeStep()) {
      const std::string step = plan.getColumn(3).getString();
      CAPTURE(sql->text());
      CAPTURE(step);
      CHECK_FALSE(reads_everything(step));
    }
  }
}

TEST_CASE("the tallies and the choice of chunks are answered by an index") {
  Fixture fixture;
  int seen = 0;
  for (const Sql* sql : all_statements()) {
    const std::string& text = sql->text();
    const bool tally = text.find("SELECT state, count(*) FROM chunk") == 0;
    const bool held = text.find("max(job.intent_at)") != std::string::npos;
    const bool choice = text.find("state = ? ORDER BY idx") != std::string::npos;
    const bool ready = text.find("ORDER BY idx LIMIT ?") != std::string::npos;
    if (!tally && !held && !choice && !ready) continue;
    ++seen;
    CAPTURE(text);
    SQLite::Statement plan(fixture.database(), "EXPLAIN QUERY PLAN " + text);
    std::string steps;
    while (plan.executeStep()) steps += plan.getColumn(3).getString() + "\n";
    CAPTURE(steps);
    CHECK(steps.find("TEMP B-TREE") == std::string::npos);
    if (tally) CHECK(steps.find("COVERING INDEX chunk_by_state") != std::string::npos);
    if (held) CHECK(steps.find("COVERING INDEX job_held") != std::string::npos);
    if (choice || ready) CHECK(steps.find("INDEX chunk_by_state (run=? AND state=?)") != std::string::npos);
  }
  CHECK(seen == 5);
}

TEST_CASE("what is asked for every chunk does not read all chunks of the run") {
  Fixture fixture;
  int seen = 0;
  for (const Sql* sql : all_statements()) {
    const std::string& text = sql->text();
    const bool about_repairs = text.find("span.first_record + span.n >") != std::string::npos;
    const bool about_one_chunk = text.find("journal.chunk = ?") != std::string::npos;
    if (!about_repairs && !about_one_chunk) continue;
    ++seen;
    CAPTURE(text);
    SQLite::Statement plan(fixture.database(), "EXPLAIN QUERY PLAN " + text);
    std::string steps;
    while (plan.executeStep()) steps += plan.getColumn(3).getString() + "\n";
    CAPTURE(steps);
    CHECK(steps.find("INDEX chunk_by_state (run=?)") == std::string::npos);
    CHECK(steps.find("INDEX journal_of_run") == std::string::npos);
    CHECK(steps.find(about_repairs ? "INDEX chunk_repair" : "INDEX journal_of_chunk") != std::string::npos);
  }
  CHECK(seen == 3);
}
