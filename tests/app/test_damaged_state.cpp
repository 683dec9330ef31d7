// A run goes on with a state file of which one page is not what was written: it is told to be damaged, or the run comes
// to its right end. Never is a job made twice.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "app/rig.hpp"
#include "fakes/failing_disk.hpp"

using namespace batchctl;
using namespace batchctl::app;

namespace {

constexpr std::size_t kPage = 4096;
constexpr int kRecords = 16;

enum class Damage { ones, anything, another_page };

std::string page_of(const std::string& path, std::size_t page) {
  std::string bytes(kPage, '\0');
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(page * kPage));
  file.read(bytes.data(), kPage);
  return bytes;
}

std::string damaged(const std::string& path, std::size_t page, std::size_t pages, Damage how, Random& random) {
  const auto any = [&](std::size_t below) {
    return static_cast<std::size_t>(random.uniform(0, static_cast<double>(below)));
  };
  std::string bytes = page_of(path, page);
  switch (how) {
    case Damage::ones:
      return std::string(kPage, '\xff');
    case Damage::anything:
      for (char& c : bytes) c = static_cast<char>(any(256));
      return bytes;
    case Damage::another_page:
      return page_of(path, (page + 1 + any(pages - 1)) % pages);
  }
  return bytes;
}

/// Some chunks done, some submitted, some uploaded, one in doubt; then the page is overwritten and the run resumed.
/// True when the damage was told.
bool resume_with(std::size_t page, Damage how, std::size_t& pages) {
  const fakes::FailingDisk disk;  // for its speed
  fakes::FakeOptions service = with_cap(5);
  service.job.pending = seconds{40};
  service.job.running = seconds{50};
  Rig rig(service);
  rig.reopen();
  rig.service.order({.fault = Fault::lost_after, .nth = 4});
  rig.ask(kRecords);
  rig.submit();
  rig.clock.advance(minutes{2});
  rig.resume(shortly());
  rig.close();
  const std::string path = rig.context.state_path;
  pages = std::filesystem::file_size(path) / kPage;
  Random random(page * 10 + static_cast<std::size_t>(how));
  {
    const std::string bytes = damaged(path, page, pages, how, random);
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(page * kPage));
    file.write(bytes.data(), kPage);
  }
  rig.door.before_start = [&, asked = 0](const Request&) mutable {
    if (++asked > 2000) throw Bug("it asks the service without end");
  };
  bool told = false;
  try {
    rig.reopen();
    const ExitCode exit = rig.submit(patiently()).exit;
    CHECK(exit == ExitCode::done);
    rig.check_rows();
    rig.check_results(kRecords);
  } catch (const Fatal& fatal) {
    // An empty page of the right kind in the place of a full one is nothing that SQLite can know; here it hides inputs.
    const bool is_lost_rows = how == Damage::another_page && fatal.code() == "other_run";
    const bool is_damage = fatal.code() == "database_damaged" && fatal.exit() == ExitCode::failed;
    CHECK_MESSAGE((is_damage || is_lost_rows), fatal.what());
    CHECK_FALSE(fatal.next().empty());
    told = true;
  }
  CHECK(rig.service.jobs().size() <= kRecords / 2);
  rig.check_service();
  return told;
}

}  // namespace

TEST_CASE("a run whose state file has a damaged page is told so or ends right, and makes no job twice") {
  std::size_t told = 0;
  std::size_t pages = 1;
  for (std::size_t page = 0; page < pages; page += kStride) {
    for (const Damage how : {Damage::ones, Damage::anything, Damage::another_page}) {
      CAPTURE(page);
      CAPTURE(static_cast<int>(how));
      told += resume_with(page, how, pages) ? 1U : 0U;
    }
  }
  CHECK(pages > 30);
  CHECK(told * kStride > 2 * pages);
}
