#include "os/files.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "base/error.hpp"
#include "child.hpp"
#include "temporary_directory.hpp"

using namespace batchctl;
using batchctl::os::DiskFiles;

namespace {

unsigned permissions(const std::string& path) {
  struct stat facts {};
  REQUIRE(::stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 0777U;
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("directories that are made belong to their owner alone, those that were there stay as they are") {
  const TemporaryDirectory here;
  REQUIRE(::chmod(here.path().c_str(), 0755) == 0);
  DiskFiles files;
  files.make_directory(here / "a/b/c");
  CHECK(permissions(here.path()) == 0755U);
  CHECK(permissions(here / "a") == 0700U);
  CHECK(permissions(here / "a/b/c") == 0700U);
  REQUIRE(::chmod((here / "a").c_str(), 0750) == 0);
  files.make_directory(here / "a/b/c");
  files.make_directory(here / "a/b/d/");
  CHECK(permissions(here / "a") == 0750U);
  CHECK(files.exists(here / "a/b/d"));
}

TEST_CASE("a directory in the place of which a file stands is refused with path and reason") {
  const TemporaryDirectory here;
  const std::string path = here.write("file", "x");
  DiskFiles files;
  for (const std::string& wanted : {path, path + "/below"}) {
    CAPTURE(wanted);
    try {
      files.make_directory(wanted);
      FAIL("no error");
    } catch (const Fatal& problem) {
      CHECK(problem.exit() == ExitCode::failed);
      CHECK(problem.code() == "disk");
      CHECK(std::string(problem.what()) == "cannot make directory " + wanted + ": Not a directory");
      CHECK_FALSE(problem.next().empty());
    }
  }
}

TEST_CASE("what is published replaces the old file as a whole") {
  const TemporaryDirectory here;
  const std::string from = here.write("new.tmp", "new");
  const std::string to = here.write("result", "old");
  DiskFiles().publish(from, to);
  CHECK(content(to) == "new");
  CHECK_FALSE(DiskFiles().exists(from));
}

TEST_CASE("publishing what is not there, or to where nothing can be, says which path and why") {
  const TemporaryDirectory here;
  const std::string from = here.write("new.tmp", "new");
  CHECK_THROWS_WITH_AS(DiskFiles().publish(here / "absent", here / "x"),
                       ("cannot read " + (here / "absent") + ": No such file or directory").c_str(), Fatal);
  CHECK_THROWS_WITH_AS(DiskFiles().publish(from, here / "no/x"),
                       ("cannot write " + (here / "no/x") + ": No such file or directory").c_str(), Fatal);
  CHECK(content(from) == "new");
}

TEST_CASE("a lock is given even when there is no room to write the process id into its file") {
  if (!std::filesystem::exists("/dev/full")) return;
  const TemporaryDirectory here;
  std::filesystem::create_symlink("/dev/full", here / "lock");
  CHECK(DiskFiles().try_lock(here / "lock") != nullptr);
}

TEST_CASE("removing what is not there is no error") {
  const TemporaryDirectory here;
  const std::string path = here.write("file", "x");
  DiskFiles files;
  files.remove(path);
  CHECK_FALSE(files.exists(path));
  CHECK_NOTHROW(files.remove(path));
  files.make_directory(here / "tree/inner");
  here.write("tree/inner/leaf", "x");
  files.remove_tree(here / "tree");
  CHECK_FALSE(files.exists(here / "tree"));
  CHECK_NOTHROW(files.remove_tree(here / "tree"));
}

TEST_CASE("a size is in bytes and the size of nothing is an error") {
  const TemporaryDirectory here;
  CHECK(DiskFiles().size(here.write("five", "12345")) == 5U);
  CHECK_THROWS_AS(static_cast<void>(DiskFiles().size(here / "absent")), Fatal);
}

TEST_CASE("free room is told for a path that does not exist yet") {
  const TemporaryDirectory here;
  CHECK(DiskFiles().free_bytes(here.path()) > 0U);
  CHECK(DiskFiles().free_bytes(here / "not/yet/made") > 0U);
  CHECK(DiskFiles().free_bytes("not/yet/made") > 0U);
}

TEST_CASE("an absolute path keeps .. and drops what means nothing") {
  const DiskFiles files;
  CHECK(files.absolute("/a//b/./c/") == "/a/b/c");
  CHECK(files.absolute("/a/link/../b") == "/a/link/../b");
  CHECK(files.absolute("/") == "/");
  const std::string here = std::filesystem::current_path().string();
  CHECK(files.absolute("qa.jsonl") == here + "/qa.jsonl");
  CHECK(files.absolute("./qa.jsonl") == here + "/qa.jsonl");
  CHECK(files.absolute("../qa.jsonl") == here + "/../qa.jsonl");
}

TEST_CASE("a lock that another process holds is not given") {
  const TemporaryDirectory here;
  const std::string path = here / "run.lock";
  Child other([&](const ChildTalk& talk) {
    const auto lock = DiskFiles().try_lock(path);
    talk.say(lock ? 'y' : 'n');
    talk.wait();
    return 0;
  });
  REQUIRE(other.hear() == 'y');
  CHECK(DiskFiles().try_lock(path) == nullptr);
  CHECK(content(path) == std::to_string(other.process()) + "\n");
  CHECK(permissions(path) == 0600U);

  other.let_go_on();
  other.ended();
  CHECK(DiskFiles().try_lock(path) != nullptr);
}

TEST_CASE("a lock is free again when its process was killed") {
  const TemporaryDirectory here;
  const std::string path = here / "run.lock";
  Child other([&](const ChildTalk& talk) {
    const auto lock = DiskFiles().try_lock(path);
    talk.say(lock ? 'y' : 'n');
    talk.wait();
    return 0;
  });
  REQUIRE(other.hear() == 'y');
  other.send(SIGKILL);
  other.ended();
  const auto lock = DiskFiles().try_lock(path);
  CHECK(lock != nullptr);
  CHECK(content(path) == std::to_string(::getpid()) + "\n");
}

TEST_CASE("a lock is held once even inside one process, and given back with its owner") {
  const TemporaryDirectory here;
  const std::string path = here / "run.lock";
  auto lock = DiskFiles().try_lock(path);
  REQUIRE(lock != nullptr);
  CHECK(DiskFiles().try_lock(path) == nullptr);
  lock.reset();
  CHECK(DiskFiles().try_lock(path) != nullptr);
}

TEST_CASE("a lock file that was removed under its holder locks anew under its name") {
  const TemporaryDirectory here;
  const std::string path = here / "run.lock";
  const auto old = DiskFiles().try_lock(path);
  std::filesystem::remove(path);
  const auto fresh = DiskFiles().try_lock(path);
  CHECK(fresh != nullptr);
  CHECK(DiskFiles().try_lock(path) == nullptr);
}

TEST_CASE("a place that may not be written is called so") {
  if (::geteuid() == 0) return;  // root may write everywhere
  const TemporaryDirectory here;
  DiskFiles files;
  files.make_directory(here / "closed");
  REQUIRE(::chmod((here / "closed").c_str(), 0500) == 0);
  try {
    files.make_directory(here / "closed/inner");
    FAIL("no error");
  } catch (const Fatal& problem) {
    CHECK(problem.code() == "not_writable");
    CHECK(std::string(problem.what()).find("Permission denied") != std::string::npos);
  }
  REQUIRE(::chmod((here / "closed").c_str(), 0700) == 0);
}
