#include "cli/adoption.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/count.hpp"
#include "base/text.hpp"
#include "cli/or_null.hpp"

namespace batchctl::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kPlaces = 5;  // named in a sentence

const std::string& name_of_bound(const app::Adopted& adopted, const plan::Binding& binding) {
  return binding.job ? adopted.jobs[*binding.job].seen.name.value : adopted.files[binding.file.value()].name.value;
}

std::string chunk_of(const app::Adopted& adopted, std::size_t chunk) {
  const plan::AdoptableChunk& one = adopted.chunks[chunk];
  return fmt::format("chunk {}{}", one.index, one.label ? " (" + one_line(*one.label, 60) + ")" : "");
}

std::int64_t count_bound(const app::Adopted& adopted, bool jobs) {
  const auto& bound = adopted.adoption.bound;
  return std::count_if(bound.begin(), bound.end(),
                       [&](const plan::Binding& binding) { return binding.job.has_value() == jobs; });
}

std::string first_of(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < std::min(words.size(), kPlaces); ++i) text += (i == 0 ? "" : ", ") + words[i];
  if (words.size() > kPlaces) text += fmt::format(" and {} more", words.size() - kPlaces);
  return text;
}

}  // namespace

std::string adoption_table(const app::Adopted& adopted) {
  std::string text;
  for (const plan::Binding& binding : adopted.adoption.bound) {
    const std::string state = binding.job ? std::string(name_of(adopted.jobs[*binding.job].seen.state)) : "no job yet";
    text += fmt::format("bind   {} to {}, {}; by {}: {}\n", name_of_bound(adopted, binding),
                        chunk_of(adopted, binding.chunk), state, plan::name_of(binding.evidence), binding.why);
  }
  for (const plan::LeftObject& left : adopted.adoption.left)
    text += fmt::format("leave  {}{}{}; {}: {}\n", left.name, left.chunk ? ", " + chunk_of(adopted, *left.chunk) : "",
                        left.where.empty() ? "" : " (" + left.where + ")", plan::name_of(left.reason),
                        one_line(left.why, 300));
  return text;
}

std::string adoption_summary(const app::Adopted& adopted, bool stored) {
  const auto jobs = count_bound(adopted, true), files = count_bound(adopted, false);
  const auto& bound = adopted.adoption.bound;
  std::string text = fmt::format(
      "{}: {} and {} without a job {} to {} of {}; {} without either.\n", adopted.run.name, count(jobs, "job"),
      count(files, "file"), stored ? "are bound" : "would be bound", count(static_cast<std::int64_t>(bound.size())),
      count(static_cast<std::int64_t>(adopted.chunks.size()), "chunk"), count(app::untouched(adopted)));
  if (adopted.adoption.already > 0)
    text +=
        fmt::format("{} bound already.\n", count(static_cast<std::int64_t>(adopted.adoption.already), "more object"));
  const auto weak = std::count_if(bound.begin(), bound.end(), [](const plan::Binding& binding) {
    return binding.evidence == plan::Evidence::count || binding.evidence == plan::Evidence::size;
  });
  if (weak > 0)
    text += fmt::format(
        "Of these {} by name and count or size alone: nobody compared the questions. Their answers are joined by the "
        "records' own keys.\n",
        count(weak));
  const auto& left = adopted.adoption.left;
  const auto live = std::count_if(left.begin(), left.end(), [](const plan::LeftObject& one) { return one.is_live; });
  if (!left.empty())
    text += fmt::format("{} left alone, as listed.\n", count(static_cast<std::int64_t>(left.size()), "object"));
  if (live > 0)
    text += fmt::format(
        "{} of them {} at work: what {} was made from is asked and paid for once more by resume, unless it "
        "is bound or belongs elsewhere.\n",
        count(live, "job"), live == 1 ? "is" : "are", live == 1 ? "it" : "they");
  if (adopted.unrelated > 0)
    text += fmt::format("{} of the account have nothing to do with it.\n", count(adopted.unrelated, "more object"));
  if (!adopted.understood.empty())
    text += fmt::format("Understood of {}: {}.\n", adopted.from,
                        first_of({adopted.understood.begin(), adopted.understood.end()}));
  if (!adopted.unusable.empty())
    text += fmt::format("{} in it with neither a job nor a file: {}.\n",
                        count(static_cast<std::int64_t>(adopted.unusable.size()), "place"), first_of(adopted.unusable));
  if (adopted.exit == ExitCode::mismatch)
    text +=
        "Nothing of it fits this plan, so nothing is stored. The plan must be that of the other tool: the same files, "
        "cut the same way (--chunk-per-file), the same --model.\n";
  else if (stored)
    text += fmt::format("Nothing was created. Next: batchctl resume {}\n", adopted.run.name);
  return text;
}

Json adoption_document(const app::Adopted& adopted, bool dry_run) {
  Json bound = Json::array(), left = Json::array();
  for (const plan::Binding& binding : adopted.adoption.bound) {
    const plan::AdoptableChunk& chunk = adopted.chunks[binding.chunk];
    const bool is_job = binding.job.has_value();
    bound.push_back({{"chunk", chunk.index},
                     {"label", or_null(chunk.label)},
                     {"kind", is_job ? "job" : "file"},
                     {"name", name_of_bound(adopted, binding)},
                     {"job_state", is_job ? Json(name_of(adopted.jobs[*binding.job].seen.state)) : Json(nullptr)},
                     {"evidence", plan::name_of(binding.evidence)},
                     {"why", binding.why}});
  }
  for (const plan::LeftObject& one : adopted.adoption.left)
    left.push_back({{"kind", one.is_job ? "job" : "file"},
                    {"name", one.name},
                    {"chunk", one.chunk ? Json(adopted.chunks[*one.chunk].index) : Json(nullptr)},
                    {"reason", plan::name_of(one.reason)},
                    {"why", one.why},
                    {"where", one.where.empty() ? Json(nullptr) : Json(one.where)},
                    {"live", one.is_live}});
  return {{"schema", 1},
          {"run", adopted.run.name},
          {"run_id", adopted.stored || !adopted.is_new ? Json(adopted.run.id.value) : Json(nullptr)},
          {"from", adopted.from},
          {"dry_run", dry_run},
          {"stored", adopted.stored},
          {"exit", static_cast<int>(adopted.exit)},
          {"chunks", adopted.chunks.size()},
          {"untouched", app::untouched(adopted)},
          {"already", adopted.adoption.already},
          {"bound", bound},
          {"left", left},
          {"unrelated", adopted.unrelated},
          {"understood", adopted.understood},
          {"unusable", adopted.unusable}};
}

}  // namespace batchctl::cli
