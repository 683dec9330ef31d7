// From input files to stored chunks: the one streaming pass, which a killed process takes up where it was.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "app/context.hpp"
#include "app/plan_summary.hpp"
#include "plan/chunk_size.hpp"
#include "records/inputs.hpp"
#include "records/scan.hpp"

namespace batchctl::app {

/// Chunk limits as asked; without any, by the quota: a cap told by the run, else the model's first paid tier, and what
/// earlier runs of the project learned.
ChunkLimits chunk_limits(Context& context, const Run& run);
/// Whether nothing was asked of the chunks' size.
bool is_sized_by_quota(const Settings& settings);
/// The size by the quota alone.
plan::ChunkSize size_by_quota(Context& context, const Run& run);

/// The name of the file that a chunk is, when chunks are files.
std::optional<std::string> label_of(const PlannedChunk& chunk, const Settings& settings,
                                    const std::vector<Input>& inputs);
/// A chunk as the store takes it.
NewChunk stored_form(PlannedChunk chunk, std::optional<std::string> label);

std::vector<Input> inputs_from(const std::vector<ResolvedInput>& resolved);

/// Copies standard input, compressed input and input that is no JSON lines beside the state, once; sets their spool
/// paths.
void spool_inputs(Context& context, const RunId& run, const Settings& settings,
                  const std::vector<ResolvedInput>& resolved, std::vector<Input>& inputs);

/// Where a scan may keep which requests it has seen; empty when it need not.
std::string requests_path(Context& context, const RunId& run, const Settings& settings);

/// Throws Fatal{usage, "chunk_above_quota"} for a chunk above the token cap that was told.
void must_fit_quota(const PlannedChunk& chunk, const Settings& settings, std::optional<std::int64_t> told,
                    const std::vector<Input>& inputs);

/// Scans what is not scanned yet and stores the chunks and what is not sent, a thousand a transaction. Bad input
/// forgets the run: nothing of it was sent. Refuses (usage) a chunk above the known token cap. A `fresh` run that
/// cannot be planned for whatever reason is forgotten, but for a signal; one that was begun before stays unless its
/// input is wrong. `survey` sees what is planned now, which is not all of a scan that goes on.
void plan_chunks(Context& context, Run& run, bool fresh, PlanSurvey& survey);

/// Forgets a run of which nothing was sent.
void forget_run(Context& context, const Run& run);

/// min(maxOutputTokens, 512), mean over the records that were looked at; nullopt: none was.
std::optional<std::int64_t> usual_output(const ScanFacts& facts);

/// The inputs' bytes hashed as they lie now, for comparing with what was submitted.
std::vector<std::string> hash_inputs(const std::vector<Input>& inputs);

}  // namespace batchctl::app
