#include "app/repair.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "app/planning.hpp"
#include "app/quota_view.hpp"
#include "records/repair_source.hpp"

namespace batchctl::app {

namespace {

class Cutter {
 public:
  Cutter(Context& context, const Run& run, const std::vector<Input>& inputs, const Overrides& overrides)
      : run_(with_model(run, overrides.model)), inputs_(inputs), overrides_(overrides), limits_(limits(context)) {}

  void add(const FoundRecord& found) {
    const auto tokens = static_cast<std::int64_t>(std::ceil(static_cast<double>(found.tokens) * limits_.token_factor));
    const bool is_full = chunk_.records >= limits_.records || chunk_.tokens + tokens > limits_.tokens ||
                         chunk_.body_bytes + found.bytes > limits_.bytes;
    if (chunk_.records > 0 && is_full) finish();
    if (chunk_.records == 0) chunk_.first_record = found.span.first_record;
    append_span(chunk_.spans, found.span);
    ++chunk_.records;
    chunk_.tokens += tokens;
    chunk_.body_bytes += found.bytes;
  }

  std::vector<NewChunk> take() {
    finish();
    return std::move(done_);
  }

 private:
  ChunkLimits limits(Context& context) const {
    ChunkLimits limits = chunk_limits(context, run_);
    if (const auto told = plan::told_tokens(limits_of(context, run_))) limits.tokens = std::min(limits.tokens, *told);
    limits.bytes = std::min(limits.bytes, kMaxBodyBytes);
    return limits;
  }

  void finish() {
    if (chunk_.records == 0) return;
    chunk_.kind = ChunkKind::repair;
    chunk_.overrides = overrides_;
    const BodyFacts body = read_body(chunk_.spans, inputs_, run_.settings, overrides_);
    chunk_.body_bytes = body.bytes;
    chunk_.body_sha256 = body.sha256;
    done_.push_back(std::exchange(chunk_, {}));
  }

  Run run_;
  const std::vector<Input>& inputs_;
  const Overrides& overrides_;
  ChunkLimits limits_;
  NewChunk chunk_;
  std::vector<NewChunk> done_;
};

}  // namespace

std::vector<NewChunk> cut_repairs(Context& context, const Run& run, const std::vector<Input>& inputs,
                                  const std::vector<std::int64_t>& records, const Overrides& overrides) {
  RepairSource source(inputs, run.settings, overrides);
  Cutter cutter(context, run, inputs, overrides);
  auto next = records.begin();
  std::optional<Chunk> holder;  // of the records from `next` on, up to where the following base chunk begins
  const auto find_until = [&](std::int64_t end) {
    const auto stop = std::lower_bound(next, records.end(), end);
    if (!holder || next == stop) return;
    for (const FoundRecord& found :
         source.find(context.store.spans(holder->key), holder->body_sha256, std::span(next, stop)))
      cutter.add(found);
    next = stop;
  };
  constexpr int kPage = 256;
  for (int from = 0; next != records.end(); from += kPage) {
    std::vector<Chunk> chunks = context.store.chunks(run.key, from, from + kPage - 1);
    if (chunks.empty()) break;
    for (Chunk& chunk : chunks) {
      if (is_interrupted(context)) return {};
      if (chunk.kind != ChunkKind::base || !chunk.replaces.empty()) continue;  // the whole has the halves' records
      find_until(chunk.first_record);
      holder = std::move(chunk);
    }
  }
  find_until(std::numeric_limits<std::int64_t>::max());
  if (next != records.end()) throw Bug("a record to be repaired is of no chunk");
  return cutter.take();
}

}  // namespace batchctl::app
