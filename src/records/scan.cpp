#include "records/scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "records/background_sha256.hpp"
#include "records/container.hpp"
#include "records/growing_chunk.hpp"
#include "records/line_reader.hpp"
#include "records/problems.hpp"
#include "records/record_renderer.hpp"
#include "records/seen_requests.hpp"
#include "records/text_print.hpp"
#include "records/wire_key.hpp"

namespace batchctl {

namespace {

/// Adds record after record and hands out a chunk when the next one does not fit, as soon as its body is hashed.
class ChunkCutter {
 public:
  ChunkCutter(const ChunkLimits& limits, const ScanStart& from, const std::function<void(PlannedChunk)>& sink,
              Sha256Workers& workers)
      : limits_(limits), next_index_(from.next_chunk), sink_(sink), bodies_(workers) {
    limits_.bytes = std::min(limits_.bytes, kMaxBodyBytes);
  }

  void add(const Input& source, const Line& line, std::int64_t record, std::int64_t estimate,
           std::string_view wire_line) {
    const std::int64_t tokens = calibrated(estimate);
    if (limits_.per_input)
      must_fit(source, wire_line.size());
    else if (limits_.pilot && next_index_ == 0)
      add_to_pilot(record, wire_line.size());
    else if (!chunk_.empty() && (chunk_.records() >= limits_.records || chunk_.tokens() + tokens > limits_.tokens ||
                                 chunk_.bytes() + wire_line.size() > limits_.bytes))
      finish();
    chunk_.add(source.ordinal, line, record, tokens, wire_line.size());
    bodies_.update(wire_line);
  }

  int chunks() const { return next_index_; }

  void end_input() {
    if (limits_.per_input) finish();
  }

  /// Hands out all that is whole.
  void settle() {
    while (!hashing_.empty()) hand_out(BackgroundSha256::Wait::yes);
  }

  void finish() {
    if (chunk_.empty()) return;
    PlannedChunk& planned = hashing_.emplace_back(chunk_.finish());
    planned.index = next_index_++;
    bodies_.end();
    while (hand_out(hashing_.size() > kHashing ? BackgroundSha256::Wait::yes : BackgroundSha256::Wait::no)) {
    }
  }

 private:
  static constexpr std::size_t kHashing = 1024;  // chunks

  bool hand_out(BackgroundSha256::Wait wait) {
    std::optional<std::string> hash = bodies_.next(wait);
    if (!hash) return false;
    PlannedChunk planned = std::move(hashing_.front());
    hashing_.pop_front();
    planned.body_sha256 = *std::move(hash);
    sink_(std::move(planned));
    return true;
  }

  std::int64_t calibrated(std::int64_t tokens) const {
    if (limits_.token_factor == 1.0) return tokens;
    return static_cast<std::int64_t>(std::ceil(static_cast<double>(tokens) * limits_.token_factor));
  }

  void must_fit(const Input& source, std::size_t more) const {
    if (chunk_.bytes() + more <= limits_.bytes) return;
    throw Fatal(
        ExitCode::failed, "bad_input",
        fmt::format("{} makes more than {} to send; --chunk-per-file makes one job of it, and no more fit into one",
                    source.shown_path, spell_size(limits_.bytes)),
        "Cut the file, or leave --chunk-per-file out.");
  }

  void add_to_pilot(std::int64_t record, std::size_t more) {
    if (!chunk_.empty() && record >= *limits_.pilot) return finish();
    if (chunk_.bytes() + more <= kMaxBodyBytes) return;
    throw Fatal(
        ExitCode::usage, "pilot_too_large",
        fmt::format("the first {} make more than {} to send, and the pilot is one job",
                    spell_count(static_cast<std::uint64_t>(*limits_.pilot), "record"), spell_size(kMaxBodyBytes)),
        "Give a smaller --pilot.");
  }

  ChunkLimits limits_;
  int next_index_;
  const std::function<void(PlannedChunk)>& sink_;
  GrowingChunk chunk_;
  BackgroundSha256 bodies_;
  std::deque<PlannedChunk> hashing_;  // whole, but for the hash
};

class Scan {
 public:
  Scan(const Settings& settings, const ChunkLimits& limits, const ScanStart& from,
       const std::function<void(PlannedChunk)>& sink, const ScanHooks& hooks)
      : settings_(settings),
        from_(from),
        reached_(from == ScanStart{}),
        checks_(limits.check_requests),
        format_(format_in(settings)),
        cutter_(limits, from, sink, workers_),
        hooks_(hooks),
        parser_(settings) {
    if (settings.dedupe) seen_.emplace(hooks.requests_path);
    if (hooks.watch != nullptr && settings.prompt) hooks.watch->leave_fields_alone();
    if (checks_) RequestSettings(settings).check();
    if (format_) renderer_.emplace(settings_, *format_);
  }

  void read(Input& input) {
    BackgroundSha256 hash(workers_);
    const bool converted = is_converted(input);
    LineReader reader(input.spool_path.empty() ? input.path : input.spool_path, input.shown_path);
    reader.on_read([&](std::string_view bytes) {
      hash.update(bytes);
      input.bytes += bytes.size();
    });
    input.bytes = 0;
    const std::int64_t before = records_;
    Blank blank;
    Line line;
    while (reader.next(line)) {
      if (line.number == 1 && line.text.starts_with(kByteOrderMark)) {
        line.text.remove_prefix(kByteOrderMark.size());
        line.offset += kByteOrderMark.size();
        line.bytes -= kByteOrderMark.size();
      }
      if (is_blank(line.text)) {
        if (blank.line == 0 && !converted) blank = {line.number, line.offset};
        continue;
      }
      if (blank.line != 0) empty_lines(input, blank, line.offset);
      blank = {};
      record(input, line);
    }
    if (!problems_.any()) cutter_.end_input();
    input.records = records_ - before;
    if (input.records == 0)
      throw Fatal(ExitCode::failed, "bad_input", fmt::format("{}: no records in it", input.shown_path),
                  "Leave it out, or check how it was made.");
    input.sha256 = hash.hex();
  }

  ScanResult finish(std::vector<Input> inputs) {
    if (problems_.any()) throw problems_.fatal();
    if (!reached_ && !prefix_is_whole()) throw changed(inputs.back());
    if (from_ == ScanStart{}) must_be_found();
    cutter_.finish();
    cutter_.settle();
    if (cutter_.chunks() == 0 && !first_skipped_.empty())
      throw Fatal(ExitCode::failed, "bad_input",
                  fmt::format("there is nothing to send: none of the {} is as it must be. The first: {}",
                              spell_count(static_cast<std::uint64_t>(records_), "record"), first_skipped_),
                  "Look at that line; --input-format says what the records are.");
    return {std::string(format_ ? name_of(*format_) : std::string_view{}), records_, first_skipped_, std::move(inputs)};
  }

 private:
  static constexpr std::int64_t kAskEvery = 1000;  // records; some milliseconds
  struct Blank {
    std::int64_t line = 0;  // 0: none
    std::uint64_t offset = 0;
  };

  /// From the first empty line to the one that shows that they are in the middle.
  void empty_lines(const Input& input, const Blank& blank, std::uint64_t end) {
    const LineFault fault{"an empty line in the middle", "Remove it; only lines at the end may be empty."};
    if (!settings_.skip_invalid) return problem(place_in(input, blank.line), fault);
    // Read once more, for there may be any number of them.
    LineReader reader(input.spool_path.empty() ? input.path : input.spool_path, input.shown_path);
    reader.go_to(blank.offset, end - blank.offset, blank.line);
    for (Line line; reader.next(line); ++records_)
      if (!comes_before_start(input, line)) bad_record(input, line, fault);
  }

  void record(const Input& input, const Line& line) {
    const bool planned = comes_before_start(input, line);
    if (!planned || !format_ || seen_) {
      auto parsed = parser_.parse(line.text, format_);
      if (parsed && !format_) {
        format_ = parsed.value().format;
        renderer_.emplace(settings_, *format_);
      }
      if (parsed && (!planned || seen_))
        plan(input, line, parsed.value(), planned);
      else if (!parsed && !(planned && settings_.skip_invalid))
        bad_record(input, line, parsed.error());
    }
    ++records_;
    if (problems_.any() && records_ % kAskEvery == 0 && hooks_.stopped && hooks_.stopped()) throw problems_.fatal();
  }

  /// Whether the last scan has dealt with the line.
  bool comes_before_start(const Input& input, const Line& line) {
    const bool planned =
        !reached_ && (input.ordinal < from_.input || (input.ordinal == from_.input && line.offset < from_.offset));
    if (planned) {
      planned_input_ = input.ordinal;
      planned_end_ = line.offset + line.bytes;
    } else if (!reached_) {
      if (!prefix_is_whole()) throw changed(input);
      reached_ = true;
    }
    return planned;
  }

  /// Every record that cannot be sent comes here. Nothing more is planned then, so that no chunk is stored behind it;
  /// the rest is read for what else is wrong.
  void bad_record(const Input& input, const Line& line, const LineFault& fault) {
    if (settings_.skip_invalid) {
      if (first_skipped_.empty()) first_skipped_ = fmt::format("{}: {}", place_in(input, line.number), fault.what);
      UnsentRecord skipped = unsent_record(input, line);
      skipped.message = fault.what;
      return hooks_.unsent(std::move(skipped));
    }
    problem(place_in(input, line.number), {fault.what, next_step(line, fault)});
    const bool is_document = line.number == 1 && mentions(fault.what, "ends too early");
    const bool of_no_kind = !format_ && problems_.count() >= static_cast<std::int64_t>(Problems::kShown);
    if (is_document || of_no_kind) throw problems_.fatal();
  }

  /// What was whole before the first one is planned.
  void problem(const std::string& place, const LineFault& fault) {
    if (!problems_.any()) cutter_.settle();
    problems_.add(place, fault);
  }

  UnsentRecord unsent_record(const Input& input, const Line& line) const {
    UnsentRecord record;
    record.record = records_;
    record.line = line.number;
    record.input = input.ordinal;
    record.offset = line.offset;
    record.bytes = line.bytes;
    record.text_print = print_of(line.text);
    return record;
  }

  void plan(const Input& input, const Line& line, const InputLine& parsed, bool planned) {
    wire_line_.clear();
    const auto bad = [&](const LineFault& fault) {
      if (!planned || !settings_.skip_invalid) bad_record(input, line, fault);
    };
    if (checks_ && parsed.format == LineFormat::gemini)
      if (auto wrong = parser_.request_fault()) return bad(*wrong);
    if (auto wrong = renderer_->append(wire_line_, parsed, records_)) return bad(*wrong);
    if (wire_line_.size() > kMaxBodyBytes)
      return bad({fmt::format("the record makes {} to send; at most {} fit into one job", spell_size(wire_line_.size()),
                              spell_size(kMaxBodyBytes)),
                  "Split the record."});
    if (problems_.any()) return;
    if (seen_) {
      const std::optional<std::int64_t> first = seen_->first_with(request_in(wire_line_), records_);
      if (planned) return;
      if (first) {
        UnsentRecord repeat = unsent_record(input, line);
        repeat.same_as = first;
        return hooks_.unsent(std::move(repeat));
      }
    }
    const std::int64_t tokens = renderer_->tokens(parsed, parser_);
    cutter_.add(input, line, records_, tokens, wire_line_);
    if (hooks_.watch != nullptr) hooks_.watch->saw(parsed, parser_, wire_line_, tokens, {input.ordinal, line.number});
  }

  void must_be_found() const {
    const auto name = renderer_ ? renderer_->name_never_found() : std::nullopt;
    if (!name) return;
    throw Fatal(ExitCode::usage, "bad_template",
                fmt::format("--prompt: no record has \"{}\", which the template names", one_line(*name, 40)),
                "Correct the name, or leave it out.");
  }

  /// A first line that ends too early is mostly the beginning of a document.
  static std::string next_step(const Line& line, const LineFault& fault) {
    if (line.number > 1 || !mentions(fault.what, "ends too early")) return fault.next;
    return "One record a line is expected. If the file is one JSON document, say where its records are, for example "
           "--records /data";
  }

  /// The last scan ended right behind the records that were planned.
  bool prefix_is_whole() const {
    return records_ == from_.records && planned_input_ == from_.input && planned_end_ == from_.offset;
  }

  static Fatal changed(const Input& input) {
    return {ExitCode::mismatch, "input_changed",
            fmt::format("{} is no longer what it was when the scan was interrupted", input.shown_path),
            "Submit it under another name."};
  }

  const Settings& settings_;
  const ScanStart from_;
  bool reached_;       // the place where the last scan ended
  const bool checks_;  // requests are held against the service's schema
  int planned_input_ = -1;
  std::uint64_t planned_end_ = 0;
  std::optional<LineFormat> format_;
  std::optional<RecordRenderer> renderer_;
  Sha256Workers workers_;
  ChunkCutter cutter_;
  const ScanHooks& hooks_;
  std::optional<SeenRequests> seen_;
  std::string first_skipped_;
  InputLineParser parser_;
  Problems problems_;
  std::string wire_line_;
  std::int64_t records_ = 0;
};

}  // namespace

ScanStart scan_start_after(int chunk_index, const std::vector<Span>& spans) {
  if (spans.empty()) throw Bug("a planned chunk without spans");
  const Span& last = spans.back();
  // Every line of a span is a record, but for the empty ones of converted input.
  return {chunk_index + 1, last.first_record + last.records, last.input, last.offset + last.bytes,
          last.first_line + last.records};
}

ScanResult scan(const std::vector<Input>& inputs, const Settings& settings, const ChunkLimits& limits,
                const ScanStart& from, const std::function<void(PlannedChunk)>& sink, const ScanHooks& hooks) {
  if (inputs.empty()) throw Bug("a scan of no inputs");
  if (limits.records < 1 || limits.tokens < 1 || limits.bytes < 1) throw Bug("chunk limits below 1");
  if ((settings.skip_invalid || settings.dedupe) && !hooks.unsent) throw Bug("no way for records that are not sent");
  std::vector<Input> seen = inputs;
  Scan pass(settings, limits, from, sink, hooks);
  for (Input& input : seen) pass.read(input);
  return pass.finish(std::move(seen));
}

}  // namespace batchctl
