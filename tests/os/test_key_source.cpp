#include "os/key_source.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <map>
#include <string>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/sha256.hpp"
#include "temporary_directory.hpp"

using namespace batchctl;
using os::KeyOptions;
using os::read_key;

namespace {

constexpr const char* kKey = "AIzaSy-not-a-real-key_0123456789";

os::Environment table(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

KeyOptions from_variables(std::map<std::string, std::string> values) {
  KeyOptions options;
  options.lookup = table(std::move(values));
  return options;
}

/// A key file that only its owner can read.
KeyOptions from_file(std::string path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode)) ::chmod(path.c_str(), 0600);
  KeyOptions options = from_variables({{"GEMINI_API_KEY", "from-the-environment"}});
  options.file = std::move(path);
  return options;
}

KeyOptions from_command(std::string command) {
  KeyOptions options = from_variables({{"GEMINI_API_KEY", "from-the-environment"}});
  options.command = std::move(command);
  return options;
}

/// Message and advice of the Fatal{attention} that reading throws; empty when there is none.
std::string complaint(const KeyOptions& options) {
  try {
    static_cast<void>(os::require_key(options));
  } catch (const Fatal& problem) {
    CHECK(problem.exit() == ExitCode::attention);
    CHECK_FALSE(problem.next().empty());
    return std::string(problem.what()) + " / " + problem.next();
  }
  return {};
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the key is the first line of the key file, without the space around it") {
  const TemporaryDirectory here;
  CHECK(read_key(from_file(here.write("key", std::string("  ") + kKey + " \r\nsecond line\n"))) == kKey);
  CHECK(read_key(from_file(here.write("key", kKey))) == kKey);
}

TEST_CASE("a key file goes before a key command, and both before the environment") {
  const TemporaryDirectory here;
  KeyOptions options = from_file(here.write("key", "from-the-file\n"));
  options.command = "echo from-the-command";
  CHECK(read_key(options) == "from-the-file");
  options.file.reset();
  CHECK(read_key(options) == "from-the-command");
  options.command.reset();
  CHECK(read_key(options) == "from-the-environment");
}

TEST_CASE("GOOGLE_API_KEY goes before GEMINI_API_KEY, and empty is not set") {
  CHECK(read_key(from_variables({{"GOOGLE_API_KEY", "google"}, {"GEMINI_API_KEY", "gemini"}})) == "google");
  CHECK(read_key(from_variables({{"GOOGLE_API_KEY", ""}, {"GEMINI_API_KEY", "gemini"}})) == "gemini");
  CHECK(read_key(from_variables({{"GEMINI_API_KEY", "gemini"}})) == "gemini");
  CHECK(read_key(from_variables({{"GEMINI_API_KEY", " \n"}})) == std::nullopt);
  CHECK(read_key(from_variables({})) == std::nullopt);
}

TEST_CASE("a key that must be there and is not is asked for") {
  try {
    static_cast<void>(os::require_key(from_variables({})));
    FAIL("no error");
  } catch (const Fatal& problem) {
    CHECK(problem.exit() == ExitCode::attention);
    CHECK(problem.code() == "no_key");
    CHECK(std::string(problem.what()) == "no API key found");
    CHECK(problem.next() == "set GEMINI_API_KEY, or use --api-key-file");
  }
}

TEST_CASE("a given source that brings no key does not fall back to the environment") {
  const TemporaryDirectory here;
  CHECK(has(complaint(from_file(here / "absent")), "No such file or directory"));
  CHECK(has(complaint(from_file(here.write("empty", "\nsecond\n"))), "no key in its first line"));
  CHECK(has(complaint(from_command("true")), "printed no key"));
  CHECK(has(complaint(from_file(here.path())), "Is a directory"));
}

TEST_CASE("a key command that fails is named by its exit status and never by its output") {
  const std::string failed = complaint(from_command("echo hush-hush-secret; exit 7"));
  CHECK(has(failed, "exit status 7"));
  CHECK_FALSE(has(failed, "hush"));
  CHECK(has(complaint(from_command("kill -9 $$")), "signal 9"));
}

TEST_CASE("the key is the first line of a command's output, however much follows") {
  CHECK(read_key(from_command("echo the-key; yes more | head -c 300000")) == "the-key");
}

TEST_CASE("a key command does not read our input") { CHECK(read_key(from_command("cat; echo done")) == "done"); }

TEST_CASE("a key with a space, a control byte or a foreign letter inside is refused without showing it") {
  const TemporaryDirectory here;
  for (const std::string& bad : {std::string("secret half"), std::string("secret\tx"), std::string("secret\x01x"),
                                 std::string("secret\xc3\xa9"), std::string("secret\0x", 8), std::string(5000, 's')}) {
    for (const KeyOptions& options : {from_file(here.write("key", bad)), from_variables({{"GOOGLE_API_KEY", bad}}),
                                      from_command("cat '" + here.write("key", bad) + "'")}) {
      const std::string said = complaint(options);
      CHECK(has(said, "is not an API key"));
      CHECK_FALSE(has(said, "secret"));
      CHECK_FALSE(has(said, "sssss"));
    }
  }
}

TEST_CASE("a key that was read is hidden from the log from then on") {
  CHECK(read_key(from_variables({{"GEMINI_API_KEY", "hide-me-0123456789"}})).has_value());
  CHECK_FALSE(has(redacted("GET with hide-me-0123456789"), "hide-me"));

  const auto both = from_variables({{"GOOGLE_API_KEY", "first-9876543210"}, {"GEMINI_API_KEY", "other-9876543210"}});
  CHECK(read_key(both) == "first-9876543210");
  CHECK_FALSE(has(redacted("other-9876543210 and first-9876543210"), "9876543210"));
}

TEST_CASE("a fingerprint is 12 hex digits, tells keys apart and is no plain hash of the key") {
  const std::string print = os::key_fingerprint(kKey);
  CHECK(print == sha256_hex(std::string("batchctl key\n") + kKey).substr(0, 12));
  CHECK(print.size() == 12U);
  CHECK(print != os::key_fingerprint("another key"));
  CHECK_FALSE(has(sha256_hex(kKey), print));
}

TEST_CASE("a key file that the group or others can read is refused, with the command that closes it") {
  const TemporaryDirectory here;
  const std::string path = here.write("key", kKey);
  KeyOptions options = from_file(path);
  for (const mode_t mode : {mode_t{0640}, mode_t{0604}, mode_t{0644}}) {
    ::chmod(path.c_str(), mode);
    const std::string words = complaint(options);
    CHECK(has(words, "chmod 600 " + path));
    CHECK(!has(words, kKey));
  }
  ::chmod(path.c_str(), 0400);
  CHECK(read_key(options) == kKey);
}

TEST_CASE("where a key was found is said without a letter of it") {
  CHECK(os::key_origin(from_variables({{"GEMINI_API_KEY", kKey}})) == "GEMINI_API_KEY");
  CHECK(os::key_origin(from_variables({{"GEMINI_API_KEY", kKey}, {"GOOGLE_API_KEY", kKey}})) == "GOOGLE_API_KEY");
  CHECK(has(os::key_origin(from_file("/no/such/file")), "/no/such/file"));
  CHECK(!has(os::key_origin(from_command("echo secret")), "secret"));
}
