// Small steps that the contract tests are made of.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "base/sha256.hpp"
#include "contract/rig.hpp"
#include "fakes/text_source.hpp"
#include "os/temporary_directory.hpp"

namespace batchctl::contract {

using fakes::TextSource;

inline Answer ask(Rig& rig, Request request) {
  static Ticket last = 1000;
  const Ticket ticket = ++last;
  rig.service().start(ticket, std::move(request));
  for (int turn = 0; turn < 20; ++turn) {
    auto completions = rig.service().wait(rig.clock().now() + seconds{30});
    if (completions.empty()) continue;
    REQUIRE(completions.size() == 1);
    CHECK(completions[0].ticket == ticket);
    return std::move(completions[0].answer);
  }
  FAIL("no answer");
  return Done{};
}

template <class Value>
Value as(Answer answer) {
  if (const auto* failure = std::get_if<Failure>(&answer)) INFO("failure: ", failure->message);
  REQUIRE(std::holds_alternative<Value>(answer));
  return std::get<Value>(std::move(answer));
}

inline FailureKind failure_kind(Answer answer) { return as<Failure>(std::move(answer)).kind; }

/// Lines as batchctl renders them.
inline std::string body_of(int records) {
  std::string body;
  for (int i = 0; i < records; ++i) {
    const std::string n = std::to_string(i);
    body += R"({"key":"r)" + n + R"(","request":{"contents":[{"role":"user","parts":[{"text":"question )" + n +
            R"("}]}]}})" + "\n";
  }
  return body;
}

inline UploadFile upload_of(const std::string& id, const std::string& body) {
  UploadFile upload;
  upload.id = RemoteFileName{id};
  upload.display_name = "bc/run/0";
  upload.bytes = body.size();
  upload.sha256 = sha256_hex(body);
  upload.open = [body] { return std::make_unique<TextSource>(body); };
  return upload;
}

inline FileFacts uploaded(Rig& rig, const std::string& id, const std::string& body = body_of(3)) {
  return as<FileFacts>(ask(rig, upload_of(id, body)));
}

inline CreateJob create_of(Rig& rig, const std::string& display_name, const RemoteFileName& input) {
  CreateJob create;
  create.model = "gemini-2.5-flash";
  create.display_name = display_name;
  create.input = input;
  create.input_bytes = 1000;
  create.send_before = rig.clock().boot_now() + std::chrono::seconds{20};
  return create;
}

inline CreateOutcome create(Rig& rig, const std::string& display_name, const RemoteFileName& input) {
  return as<CreateOutcome>(ask(rig, create_of(rig, display_name, input)));
}

inline JobName created(Rig& rig, const std::string& display_name, const RemoteFileName& input) {
  CreateOutcome outcome = create(rig, display_name, input);
  INFO("message: ", outcome.failure.message);
  REQUIRE(outcome.answer == CreateAnswer::created);
  REQUIRE(outcome.job.has_value());
  return outcome.job->name;
}

inline std::string scratch(const std::string& name) {
  static const TemporaryDirectory directory;
  return directory / name;
}

inline std::vector<std::string> lines_in(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(path, std::ios::binary);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

}  // namespace batchctl::contract
