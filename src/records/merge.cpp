#include "records/merge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <map>
#include <string_view>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "records/background_sha256.hpp"
#include "records/joined_line.hpp"
#include "records/json_text.hpp"
#include "records/own_keys.hpp"
#include "records/record_ranges.hpp"
#include "records/record_renderer.hpp"
#include "records/repeated_outcomes.hpp"
#include "records/source_index.hpp"
#include "records/span_reader.hpp"
#include "records/text_print.hpp"

namespace batchctl {

namespace {

/// Collects lines and writes them in large pieces.
class LineSink {
 public:
  explicit LineSink(std::FILE* file) : file_(file) {}

  bool is_open() const { return file_ != nullptr; }
  void add(std::string_view line) {
    if (file_ == nullptr) return;
    buffer_ += line;
    if (buffer_.size() >= kEnough) write();
  }
  void finish() {
    if (file_ == nullptr) return;
    write();
    errno = 0;
    if (std::fflush(file_) != 0) throw unwritable(errno);
  }

 private:
  static constexpr std::size_t kEnough = 1U << 20U;

  static Fatal unwritable(int reason) {
    return {ExitCode::failed, "disk", fmt::format("cannot write the results: {}", std::strerror(reason)),
            "Make room, or choose another --output, and download again."};
  }
  void write() {
    errno = 0;
    if (std::fwrite(buffer_.data(), 1, buffer_.size(), file_) != buffer_.size()) throw unwritable(errno);
    buffer_.clear();
  }

  std::FILE* file_;
  std::string buffer_;
};

constexpr std::string_view kNoLine = "the job's results have no line for this record";

/// Rows that were stored together no longer fit together: an empty page in the place of a full one is nothing that
/// SQLite can know.
Fatal lost_rows(std::int64_t record) {
  return {ExitCode::failed, "database_damaged",
          fmt::format("the state file has lost rows: it no longer says where record {} is", record),
          "Restore it from a backup; the results that were fetched lie beside it."};
}

Span place_of(const UnsentRecord& unsent) {
  return {unsent.record, 1, unsent.line, unsent.input, unsent.offset, unsent.bytes};
}

/// What the lines of a chunk must render to.
struct ExpectedBody {
  std::string sha256;
  std::int64_t first_record = 0, last_record = 0;
  std::string shown_path;
};

/// A source while one chunk is merged: walks its lines along with the records.
struct OpenSource {
  const MergeSource* source = nullptr;
  std::vector<IndexedLine>* lines = nullptr;
  RecordRanges covers{{}};
  std::size_t at = 0;
  std::unique_ptr<LineFetcher> fetcher;  // opened by the first line that is wanted

  bool covers_record(std::int64_t record) const {
    return source->covers.empty() || covers.place_of(record).has_value();
  }
  /// The line of `record`, if there is one; records are asked for in order.
  IndexedLine* find(std::int64_t record) {
    while (at < lines->size() && (*lines)[at].record < record) ++at;
    return at < lines->size() && (*lines)[at].record == record ? &(*lines)[at] : nullptr;
  }
  std::string_view fetch(const IndexedLine& line) {
    if (!fetcher) fetcher = std::make_unique<LineFetcher>(source->raw_path);
    return fetcher->fetch(line);
  }
};

}  // namespace

struct Merger::State {
  State(std::vector<Input> inputs, const Settings& settings, LineFormat format, std::FILE* results_file,
        std::FILE* errors_file, OutputForm form)
      : lines(inputs, settings),
        own_inputs(std::move(inputs)),
        own_settings(settings),
        renderer(settings, format),
        results(results_file),
        errors(errors_file),
        parser(compiled_schema(settings.schema)),
        shape(std::move(form)) {}

  std::vector<OpenSource> open(const MergeChunk& chunk);
  void merge_record(const MergeChunk& chunk, std::vector<OpenSource>& sources, const Line& line, std::int64_t record);
  void forget_indexes(const MergeChunk& chunk);
  void begin();
  void merge_unsent_before(std::int64_t end);
  void merge_unsent(const UnsentRecord& unsent);
  void compare_bodies(BackgroundSha256::Wait wait);
  void add(const JoinedLine& row);

  SpanReader lines;
  std::vector<Input> own_inputs;  // where the records' own keys are read
  Settings own_settings;
  RecordRenderer renderer;
  LineSink results, errors;
  ResultLineParser parser;
  ResultShape shape;
  std::function<void(const JoinedLine&)> told;
  bool begun = false;
  std::string shaped;
  std::map<std::string, std::vector<IndexedLine>> indexes;  // by raw path; kept while later chunks need them
  std::string wire_line, joined;
  Sha256Workers workers;
  BackgroundSha256 bodies{workers};
  std::deque<ExpectedBody> expected;  // of chunks whose lines were read, but for those that were compared
  std::int64_t next_record = 0;
  MergeCounts counts{};
  UnsentPages unsent_pages;
  std::optional<RepeatedOutcomes> repeated;
  std::map<std::string, std::unique_ptr<LineFetcher>> repeated_lines;  // by raw path
  std::string raw_input;
};

std::vector<OpenSource> Merger::State::open(const MergeChunk& chunk) {
  std::vector<OpenSource> sources;
  for (const MergeSource& source : chunk.sources) {
    auto known = indexes.find(source.raw_path);
    if (known == indexes.end()) {
      std::optional<OwnKeys> keys;
      if (source.keys == LineKeys::own) keys.emplace(chunk.spans, own_inputs, own_settings);
      known =
          indexes.emplace(source.raw_path, index_result_lines(source.raw_path, parser, keys ? &*keys : nullptr)).first;
    }
    sources.push_back({&source, &known->second, RecordRanges(source.covers), 0, nullptr});
    auto& found = known->second;
    const auto first =
        std::lower_bound(found.begin(), found.end(), chunk.first_record,
                         [](const IndexedLine& line, std::int64_t record) { return line.record < record; });
    sources.back().at = static_cast<std::size_t>(first - found.begin());
  }
  return sources;
}

void Merger::State::merge_record(const MergeChunk& chunk, std::vector<OpenSource>& sources, const Line& line,
                                 std::int64_t record) {
  JoinedLine row;
  row.index = record;
  row.raw_key = lines.parser().raw_user_key();
  row.file = lines.input().shown_path;
  row.line = line.number;
  row.raw_input = without_outer_space(line.text);

  OpenSource* winner = nullptr;
  OpenSource* covering = nullptr;
  const IndexedLine* best = nullptr;
  const IndexedLine* parsed = nullptr;  // the line that the parser has read last
  for (OpenSource& source : sources) {
    if (!source.covers_record(record)) continue;
    covering = &source;
    IndexedLine* found = source.find(record);
    if (found != nullptr && !found->judged) {
      parsed = found;
      if (!judge(*found, parser.parse(source.fetch(*found)))) continue;
    }
    if (found == nullptr || (best != nullptr && !takes_over(found->status, best->status))) continue;
    winner = &source;
    best = found;
  }

  const auto ended = std::lower_bound(chunk.problems.begin(), chunk.problems.end(), record,
                                      [](const RecordProblem& one, std::int64_t value) { return one.record < value; });
  const bool has_ended =
      ended != chunk.problems.end() && ended->record == record && (best == nullptr || best->status != RecordStatus::ok);
  const auto say = [&](const ChunkProblem& problem) {
    row.status = problem.status;
    row.has_error = true;
    row.code = problem.code;
    row.message = problem.message.empty() ? kNoLine : std::string_view(problem.message);
    row.job = problem.job_name;
    row.attempt = problem.attempt;
  };
  if (has_ended) {
    say(ended->problem);
  } else if (best != nullptr) {
    row.raw_result = winner->fetch(*best);
    row.result = parsed == best ? &parser.parsed() : &parser.parse(row.raw_result);
    row.status = best->status;
    row.job = winner->source->job_name;
    row.attempt = winner->source->attempt;
  } else if (chunk.outstanding) {
    row.status = RecordStatus::outstanding;
  } else {
    row.status = chunk.problem ? chunk.problem->status : RecordStatus::missing;
    row.has_error = true;
    row.message = chunk.problem && !chunk.problem->message.empty() ? std::string_view(chunk.problem->message) : kNoLine;
    if (chunk.problem) row.code = chunk.problem->code;
    if (covering != nullptr) {
      row.job = covering->source->job_name;
      row.attempt = covering->source->attempt;
    } else if (chunk.problem) {
      row.job = chunk.problem->job_name;
      row.attempt = chunk.problem->attempt;
    }
  }

  add(row);
  if (std::binary_search(chunk.repeated.begin(), chunk.repeated.end(), record)) {
    const bool has_line = winner != nullptr && row.result != nullptr;
    OutcomePlace place{has_line ? winner->source->raw_path : "", std::string(row.job), row.attempt, {}, {}};
    if (!has_line) {
      place.code = row.code;
      place.message = row.message;
    }
    repeated.value().keep(has_line ? *best : IndexedLine{record, 0, 0, row.status, true}, place);
  }
}

void Merger::State::compare_bodies(BackgroundSha256::Wait wait) {
  while (const auto hash = bodies.next(wait)) {
    const ExpectedBody chunk = std::move(expected.front());
    expected.pop_front();
    if (*hash == chunk.sha256) continue;
    throw Fatal(ExitCode::mismatch, "input_changed",
                fmt::format("{} is no longer what was submitted (records {} to {})", chunk.shown_path,
                            chunk.first_record, chunk.last_record),
                "Put the submitted file back and download again.");
  }
}

void Merger::State::add(const JoinedLine& row) {
  const bool is_joined = shape.form() == OutputForm{};
  const bool to_results = results.is_open();
  const bool to_errors = errors.is_open() && row.status != RecordStatus::ok;
  joined.clear();
  if (to_errors || (to_results && is_joined)) append_joined_line(joined, row);
  if (to_errors) errors.add(joined);
  if (to_results && is_joined) results.add(joined);
  if (to_results && !is_joined) {
    shaped.clear();
    shape.append(shaped, row);
    results.add(shaped);
  }
  if (told) told(row);
  ++counts[static_cast<std::size_t>(row.status)];
}

void Merger::State::merge_unsent_before(std::int64_t end) {
  while (next_record < end) {
    const std::vector<UnsentRecord> page = unsent_pages ? unsent_pages(next_record, end) : std::vector<UnsentRecord>{};
    if (page.empty() || page.front().record != next_record || page.back().record >= end) throw lost_rows(next_record);
    for (const UnsentRecord& unsent : page) {
      if (unsent.record != next_record) throw Bug(fmt::format("merging record {} is missing", next_record));
      merge_unsent(unsent);
      ++next_record;
    }
  }
}

void Merger::State::merge_unsent(const UnsentRecord& unsent) {
  Line line;
  std::int64_t record = 0;
  lines.open(place_of(unsent));
  if (!lines.next(line, record) || print_of(line.text) != unsent.text_print)
    throw Fatal(ExitCode::mismatch, "input_changed",
                fmt::format("{} is no longer what was submitted (record {})", lines.input().shown_path, unsent.record),
                "Put the submitted file back and download again.");
  JoinedLine row;
  row.index = unsent.record;
  row.file = lines.input().shown_path;
  row.line = line.number;
  row.raw_input = without_outer_space(line.text);
  row.raw_key = lines.raw_key(line);
  if (!unsent.same_as) {
    row.status = RecordStatus::error;
    row.has_error = true;
    row.code_word = kInvalidInput;
    row.message = unsent.message;
    if (!lines.is_json(line)) {
      raw_input.clear();
      append_json_string(raw_input, with_valid_utf8(line.text));
      row.raw_input = raw_input;
    }
    return add(row);
  }
  const std::optional<RepeatedOutcomes::Kept> kept = repeated.value().find(*unsent.same_as);
  if (!kept) throw Bug(fmt::format("record {} is the same as {}, which is not kept", unsent.record, *unsent.same_as));
  row.same_as = unsent.same_as;
  row.status = kept->line.status;
  row.job = kept->place->job;
  row.attempt = kept->place->attempt;
  if (!kept->place->raw_path.empty()) {
    constexpr std::size_t kOpenFiles = 4;
    auto file = repeated_lines.find(kept->place->raw_path);
    if (file == repeated_lines.end()) {
      if (repeated_lines.size() >= kOpenFiles) repeated_lines.clear();
      file = repeated_lines.emplace(kept->place->raw_path, std::make_unique<LineFetcher>(kept->place->raw_path)).first;
    }
    row.raw_result = file->second->fetch(kept->line);
    row.result = &parser.parse(row.raw_result);
  } else if (row.status != RecordStatus::outstanding) {
    row.has_error = true;
    row.code = kept->place->code;
    row.message = kept->place->message;
  }
  add(row);
}

/// Keeps the index of a source that also covers later records (a repair chunk's); forgets the others.
void Merger::State::forget_indexes(const MergeChunk& chunk) {
  const std::int64_t end = chunk.end_record();
  for (auto known = indexes.begin(); known != indexes.end();) {
    const bool needed = std::any_of(chunk.sources.begin(), chunk.sources.end(), [&](const MergeSource& source) {
      return source.raw_path == known->first &&
             std::any_of(source.covers.begin(), source.covers.end(),
                         [&](const Span& span) { return span.first_record + span.records > end; });
    });
    known = needed || (!known->second.empty() && known->second.back().record >= end) ? std::next(known)
                                                                                     : indexes.erase(known);
  }
}

Merger::Merger(std::vector<Input> inputs, const Settings& settings, std::FILE* results, std::FILE* errors,
               OutputForm form) {
  const auto format = format_in(settings);
  if (!format) throw Bug("a merge of a format that is not known");
  state_ = std::make_unique<State>(std::move(inputs), settings, *format, results, errors, std::move(form));
}
Merger::~Merger() = default;
Merger::Merger(Merger&&) noexcept = default;
Merger& Merger::operator=(Merger&&) noexcept = default;

void Merger::tell(std::function<void(const JoinedLine&)> each) { state_->told = std::move(each); }

void Merger::look_at(const MergeChunk& chunk) {
  State& state = *state_;
  Line line;
  std::int64_t record = 0;
  for (const Span& span : chunk.spans) {
    state.lines.open(span);
    while (state.lines.next(line, record)) {
      state.lines.parse(line, state.renderer.format());  // that it is still valid JSON
      state.shape.add_columns(without_outer_space(line.text));
    }
  }
}

void Merger::look_at_unsent(std::int64_t end) {
  State& state = *state_;
  Line line;
  std::int64_t record = 0;
  for (std::int64_t next = 0;;) {
    const std::vector<UnsentRecord> page = state.unsent_pages(next, end);
    if (page.empty()) return;
    for (const UnsentRecord& unsent : page) {
      state.lines.open(place_of(unsent));
      if (state.lines.next(line, record) && state.lines.is_json(line))
        state.shape.add_columns(without_outer_space(line.text));
    }
    next = page.back().record + 1;
  }
}

void Merger::State::begin() {
  if (std::exchange(begun, true)) return;
  shaped.clear();
  shape.begin(shaped);
  results.add(shaped);
}

void Merger::merge_chunk(const MergeChunk& chunk) {
  State& state = *state_;
  state.begin();
  state.merge_unsent_before(chunk.first_record);
  if (chunk.first_record != state.next_record)
    throw Bug(fmt::format("merging record {} when {} is next", chunk.first_record, state.next_record));
  std::vector<OpenSource> sources;
  try {
    sources = state.open(chunk);
  } catch (const Fatal& failed) {
    if (failed.code() == "input_changed") throw;
    throw Fatal(ExitCode::failed, "disk", failed.what(), "Restore the raw results, or fetch them again.");
  }
  Line line;
  std::int64_t record = 0;
  for (const Span& span : chunk.spans) {
    state.merge_unsent_before(span.first_record);
    state.lines.open(span);
    while (state.lines.next(line, record)) {
      if (record != state.next_record) throw Bug("a chunk whose spans are not in record order");
      const InputLine parsed = state.lines.parse(line, state.renderer.format());
      if (!chunk.body_sha256.empty()) {
        state.wire_line.clear();
        if (auto wrong = state.renderer.append(state.wire_line, parsed, record))
          throw state.lines.changed(line, *wrong);
        state.bodies.update(state.wire_line);
      }
      state.merge_record(chunk, sources, line, record);
      ++state.next_record;
    }
  }
  const std::int64_t end = chunk.end_record();
  if (state.next_record != end) throw lost_rows(state.next_record);
  if (!chunk.body_sha256.empty()) {
    state.bodies.end();
    state.expected.push_back({chunk.body_sha256, chunk.first_record, end - 1, state.lines.input().shown_path});
    state.compare_bodies(BackgroundSha256::Wait::no);
  }
  state.forget_indexes(chunk);
}

void Merger::read_unsent(UnsentPages pages, std::string outcomes_path) {
  state_->unsent_pages = std::move(pages);
  state_->repeated.emplace(std::move(outcomes_path));
}

void Merger::merge_unsent_before(std::int64_t end) {
  state_->begin();
  state_->merge_unsent_before(end);
}

void Merger::finish() {
  state_->begin();
  state_->compare_bodies(BackgroundSha256::Wait::yes);
  state_->results.finish();
  state_->errors.finish();
}

const MergeCounts& Merger::counts() const { return state_->counts; }

}  // namespace batchctl
