// One streaming pass over the inputs: split, check, estimate, render, hash, cut.
//
// Memory is constant in everything but the longest line. Nothing is written; what is kept of a record is its place.
// Other threads hash large files and the bodies made of them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/chunk.hpp"
#include "core/run.hpp"
#include "records/scan_facts.hpp"

namespace batchctl {

/// The largest body that is ever planned, and so the largest record ("2 GB" of the batch guide, the smaller reading).
inline constexpr std::uint64_t kMaxBodyBytes = 2'000'000'000;

/// A chunk ends before the record that would exceed any of these. A record that exceeds one alone has its own chunk.
struct ChunkLimits {
  std::int64_t records = 100;
  std::int64_t tokens = 1'000'000;      // estimated input tokens
  std::uint64_t bytes = kMaxBodyBytes;  // of the rendered body
  double token_factor = 1.0;            // real tokens over estimated ones, as far as is known
  bool per_input = false;               // every input is one chunk, whatever the limits above but `bytes`
  std::optional<std::int64_t> pilot{};  // chunk 0 is exactly the first so many records, whatever the limits above
  bool check_requests = true;           // not a limit: requests the service would not read are bad records
};

struct PlannedChunk {
  int index = 0;
  std::int64_t records = 0, first_record = 0;
  std::int64_t unsent = 0;  // records between its first and its last that are not among `records`
  std::uint64_t body_bytes = 0;
  std::string body_sha256;  // hex
  std::int64_t tokens = 0;
  std::vector<Span> spans;  // of what is sent: one an input that it touches, more where an unsent record lies between

  std::int64_t end_record() const { return first_record + records + unsent; }
};

/// Where the chunks end that are planned already. The default is the beginning.
struct ScanStart {
  int next_chunk = 0;
  std::int64_t records = 0;  // the one behind the last chunk's last
  int input = 0;             // ordinal
  std::uint64_t offset = 0;  // of the first byte not planned
  std::int64_t line = 1;     // of that byte
  bool operator==(const ScanStart&) const = default;
};

/// The place right after a chunk, given its index and spans.
ScanStart scan_start_after(int chunk_index, const std::vector<Span>& spans);

/// Who else takes part in a scan.
struct ScanHooks {
  ScanWatch* watch = nullptr;       // sees every record that is planned
  std::function<bool()> stopped{};  // asked now and then once nothing goes to the sink any more: then the scan ends
  std::function<void(UnsentRecord)> unsent{};  // needed with Settings::skip_invalid and ::dedupe: what is not sent
  std::string requests_path{};                 // needed with ::dedupe: a file that may be made while the scan lasts
};

struct ScanResult {
  std::string format;         // what Settings::format becomes
  std::int64_t records = 0;   // of all inputs
  std::string first_skipped;  // `place: why` of the first record that was left out; empty: none was
  std::vector<Input> inputs;  // as given, with bytes, records and sha256 filled
};

/// Reads every input (`spool_path` when there is one, else `path`) in order and hands each finished chunk to `sink`, in
/// order. `inputs[i].ordinal` must be i. With a `from` that is not the beginning the bytes before it are hashed and
/// their lines counted, not parsed (but for the first record, which tells the format); the chunks that follow are those
/// an uninterrupted scan would have made.
///
/// Bad lines do not end it, so that all of them are told: after the first nothing is handed to `sink` any more, and at
/// the end Fatal{failed, "bad_input"} is thrown with a line `shown_path:line: what is wrong` each (problems.hpp;
/// container.hpp says how converted input is named). A first line that ends too early, or 20 lines of no known kind,
/// end it at once.
/// Throws the same for an input that makes more than one body `per_input`; {failed, "unreadable"}
/// when a file cannot be opened or read; {usage} for settings
/// that do not fit the format; {mismatch, "input_changed"} when `from` is no longer the start of a line.
/// Whatever `sink` throws ends the scan and passes through.
///
/// With `skip_invalid` a record that cannot be sent goes to `hooks.unsent` and keeps its index, as does an empty line
/// in the middle; bad_input is then an input that cannot be read as one, or a scan with nothing to send. With `dedupe`
/// a record whose request has been seen goes there too. Such records come in order among themselves; after a `from`
/// those behind it come once more.
ScanResult scan(const std::vector<Input>& inputs, const Settings& settings, const ChunkLimits& limits,
                const ScanStart& from, const std::function<void(PlannedChunk)>& sink, const ScanHooks& hooks = {});

}  // namespace batchctl
