// export: the results as a table in a file of their own, for other programs.
#pragma once

#include <optional>
#include <string>

#include "app/context.hpp"
#include "app/download.hpp"
#include "ports/record_sink.hpp"

namespace batchctl::app {

struct ExportRequest {
  std::optional<std::string> run_name;
  std::string output;
  RecordTexts texts = RecordTexts::yes;
  bool overwrite = false;  // an existing file may be replaced; the state file never
  bool partial = false;
  Stay stay{Goal::fetched, false, std::nullopt, seconds{60}};
};

/// As download, into the sink that `make` opens. Written beside its place, synced, renamed; nothing is left of one that
/// did not get to its end. Throws Fatal{failed, "exists"} before anything is fetched.
Downloaded export_records(Context& context, const ExportRequest& request, const MakeRecordSink& make);

}  // namespace batchctl::app
