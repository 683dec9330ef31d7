// The jobs of a run without a look at each of its chunks, of which most may have none.
#pragma once

#include <string>

namespace batchctl::store {

/// What follows FROM, for the run ?1: job, chunk and `joins`, in the order of the chunks; a condition may follow with
/// AND. `index` is one of job's that begins with the chunk. A run's chunks get their row ids in the order of `idx`, so
/// those of its first and its last enclose its jobs (and perhaps those of other runs made meanwhile).
inline std::string jobs_of_run(const std::string& index, const std::string& joins = "") {
  return "job INDEXED BY " + index + " CROSS JOIN chunk ON chunk.chunk = job.chunk " + joins +
         " WHERE job.chunk BETWEEN (SELECT chunk FROM chunk WHERE run = ?1 ORDER BY idx LIMIT 1)"
         " AND (SELECT chunk FROM chunk WHERE run = ?1 ORDER BY idx DESC LIMIT 1) AND chunk.run = ?1";
}

}  // namespace batchctl::store
