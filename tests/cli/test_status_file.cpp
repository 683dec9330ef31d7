#include "cli/status_file.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

#include "base/error.hpp"

using namespace batchctl;

namespace {

namespace fs = std::filesystem;

/// A directory of its own, and the disk as far as a file is published there.
struct Disk : LocalFiles {
  Disk() {
    std::string name = (fs::temp_directory_path() / "batchctl-cli-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw Bug("no temporary directory");
    root = name;
  }
  ~Disk() override {
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  void make_directory(const std::string&) override {}
  void publish(const std::string& from, const std::string& to) override {
    if (is_full) throw Fatal(ExitCode::failed, "disk_full", "no room");
    fs::rename(from, to);
    ++published;
  }
  bool exists(const std::string& path) const override { return fs::exists(path); }
  std::uint64_t size(const std::string& path) const override { return fs::file_size(path); }
  void remove(const std::string& path) override { fs::remove(path); }
  void remove_tree(const std::string&) override {}
  std::uint64_t free_bytes(const std::string&) const override { return 0; }
  std::unique_ptr<FileLock> try_lock(const std::string&) override { return nullptr; }
  std::string absolute(const std::string& path) const override { return path; }

  std::string read(const std::string& name) const {
    std::ifstream file(root + "/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  long files() const { return std::distance(fs::directory_iterator(root), fs::directory_iterator()); }

  std::string root;
  bool is_full = false;
  int published = 0;
};

struct Listener : Observer {
  std::vector<std::string> heard;
  void moved(const Move&) override { heard.emplace_back("moved"); }
  void says(const Run&, const std::string& line) override { heard.push_back(line); }
};

struct Desk {
  Disk disk;
  Listener listener;
  int drawn = 0;
  cli::StatusFile file{listener, disk, 7, [this](const std::vector<RunKey>& runs) {
                         ++drawn;
                         std::string text = std::to_string(drawn) + ":";
                         for (const RunKey run : runs) text += " " + std::to_string(run.value);
                         return text;
                       }};

  Run run(std::int64_t key, const std::string& name) const {
    Run run;
    run.key = RunKey{key};
    if (!name.empty()) run.options.status_file = disk.root + "/" + name;
    return run;
  }
};

}  // namespace

TEST_CASE("what is said goes on to the next observer, and a run without a status file has none") {
  Desk desk;
  desk.file.says(desk.run(1, ""), "hello");
  const Chunk chunk;
  const Run run = desk.run(1, "");
  desk.file.moved({run, chunk, ChunkState::uploading, ChunkEvent::upload_started, ""});
  desk.file.finish();
  CHECK(desk.listener.heard == std::vector<std::string>{"hello", "moved"});
  CHECK(desk.disk.files() == 0);
}

TEST_CASE("the first change is written at once, a crowd of them once, and the end always") {
  Desk desk;
  desk.file.says(desk.run(1, "s.json"), "one");
  CHECK(desk.disk.read("s.json") == "1: 1");
  for (int i = 0; i < 1000; ++i) desk.file.says(desk.run(1, "s.json"), "more");
  CHECK(desk.drawn < 1000);
  const int before = desk.drawn;
  desk.file.finish();
  CHECK(desk.drawn == before + 1);
  CHECK(desk.disk.read("s.json") == std::to_string(desk.drawn) + ": 1");
  CHECK(desk.disk.files() == 1);
}

TEST_CASE("runs that share a file stand in it together, others in their own") {
  Desk desk;
  desk.file.changed(desk.run(1, "s.json"));
  desk.file.changed(desk.run(2, "s.json"));
  desk.file.changed(desk.run(3, "other.json"));
  desk.file.finish();
  CHECK(desk.disk.read("s.json").substr(2) == " 1 2");
  CHECK(desk.disk.read("other.json").substr(2) == " 3");
}

TEST_CASE("a disk that is full stops nothing and leaves the last picture") {
  Desk desk;
  desk.file.changed(desk.run(1, "s.json"));
  desk.disk.is_full = true;
  CHECK_NOTHROW(desk.file.finish());
  CHECK(desk.disk.read("s.json") == "1: 1");
  CHECK(desk.disk.files() == 1);
}
