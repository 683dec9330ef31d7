#include "sandbox/output_rows.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "sandbox/hashing.hpp"
#include "sandbox/open_file.hpp"
#include "sandbox/pseudo_answers.hpp"

namespace batchctl::sandbox {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kBlockBytes = std::size_t{1} << 20U;

const char* message_of(int code) {
  switch (code) {
    case 3:
      return "Request contains an invalid argument.";
    case 8:
      return "Resource has been exhausted (e.g. check quota).";
    case 13:
      return "An internal error has occurred. Please retry or report in "
             "https://developers.generativeai.google/guide/troubleshooting";
    default:
      return nullptr;
  }
}

/// Without the error envelope, and without a message where the service has been seen to give none.
Json status_of(int code) {
  Json status = Json::object();
  if (const char* message = message_of(code)) status["message"] = message;
  status["code"] = code;
  return status;
}

void put_answer(const Job& job, const InputLine& line, RowFate fate, Json& row, TokenCounts& tokens) {
  PseudoAnswer answer = job.kind == JobKind::embed ? embedded(job.rows.seed, line, fate)
                                                   : generated(job.rows.seed, line, fate, job.model);
  row["response"] = std::move(answer.response);
  tokens = answer.tokens;
}

/// Rows on their way to the file, a block at a time; only within a block are they put out of order.
class Block {
 public:
  Block(OpenFile& out, const RowPlan& plan) : out_(out), plan_(plan) {}

  void add(const std::string& row) {
    bytes_ += row.size();
    rows_.push_back(row + "\n");
    if (bytes_ >= kBlockBytes) flush();
  }

  void flush() {
    for (std::size_t left = rows_.size(); plan_.rules.shuffled && left > 1; --left) {
      std::swap(rows_[left - 1], rows_[mixed(plan_.salt + written_ + left) % left]);
    }
    std::string text;
    text.reserve(bytes_ + rows_.size());
    for (const std::string& row : rows_) text += row;
    out_.write_at(written_, text);
    written_ += text.size();
    bytes_ = 0;
    rows_.clear();
  }

 private:
  OpenFile& out_;
  const RowPlan& plan_;
  std::vector<std::string> rows_;
  std::size_t bytes_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace

OutputRow output_row(const Job& job, const InputLine& line, std::uint64_t number) {
  const RowFate fate = fate_of(job.rows, line, number, served_of(job));
  OutputRow made;
  Json row = Json::object();
  switch (fate) {
    case RowFate::missing:
      return made;
    case RowFate::error:
      row["error"] = status_of(job.rows.rules.code);
      break;
    case RowFate::status:
      row[is_inline(job) ? "error" : "status"] = status_of(job.rows.rules.code);  // inline responses have no status
      break;
    case RowFate::invalid:
      row["error"] = status_of(3);
      break;
    case RowFate::unserved:
      row["error"] = status_of(1);
      break;
    case RowFate::answered:
    case RowFate::duplicate:
    case RowFate::keyless:
    case RowFate::truncated:
    case RowFate::blocked:
    case RowFate::blocked_prompt:
    case RowFate::empty:
    case RowFate::garbled:
      put_answer(job, line, fate, row, made.tokens);
      break;
  }
  if (is_inline(job)) {
    if (!line.metadata.empty() && fate != RowFate::keyless) row["metadata"] = Json::parse(line.metadata);
  } else if (line.key && fate != RowFate::keyless) {
    row["key"] = *line.key;
  }
  made.text = row.dump();
  made.is_twice = fate == RowFate::duplicate;
  if (fate == RowFate::garbled) {
    made.text = is_inline(job) ? "{}" : made.text.substr(0, made.text.size() / 2);
    made.tokens = {};
  }
  return made;
}

TokenCounts write_output(const Job& job, const std::string& input, const std::string& output) {
  TokenCounts sums;
  const std::string half = output + ".half";
  {
    OpenFile out(half, OpenFile::Mode::read_write);
    out.truncate(0);
    Block block(out, job.rows);
    LineReader lines(input);
    LineParser parser;
    for (std::uint64_t number = 1; const auto text = lines.next(); ++number) {
      auto parsed = parser.parse(*text, job.kind);
      if (!parsed) throw Bug("an accepted input line is refused now");
      const OutputRow row = output_row(job, parsed.value(), number);
      sums += row.tokens;
      if (row.text.empty()) continue;
      block.add(row.text);
      if (row.is_twice) block.add(row.text);
    }
    block.flush();
  }
  std::filesystem::rename(half, output);
  return sums;
}

std::string list_of_rows(const std::string& output) {
  std::string list = "[";
  LineReader lines(output);
  while (const auto line = lines.next()) {
    if (list.size() > 1) list += ',';
    list += *line;
  }
  return list + ']';
}

}  // namespace batchctl::sandbox
