#include "store/fixture.hpp"

using namespace batchctl;

TEST_CASE("a file is sending until it is here, with what the service said of it") {
  Fixture fixture;
  const ChunkKey chunk = fixture.chunk(0);
  CHECK_FALSE(fixture.store->newest_file(chunk).has_value());
  FileKey key;
  fixture.store->write(
      [&] { key = fixture.store->add_file(chunk, 1, RemoteFileName{"files/ours"}, 5'000'000'000, "hash"); });
  RemoteFile file = fixture.store->file(key).value();
  CHECK(file.chunk == chunk);
  CHECK(file.generation == 1);
  CHECK(file.name.value == "files/ours");
  CHECK(file.bytes == 5'000'000'000);
  CHECK(file.state == FileState::sending);
  CHECK_FALSE(file.uploaded_at.has_value());

  fixture.store->write([&] {
    fixture.store->file_is_here(key, RemoteFileName{"files/theirs"}, "https://x/files/theirs", "text/plain", at(3),
                                at(100));
  });
  file = fixture.store->file(key).value();
  CHECK(file.state == FileState::here);
  CHECK(file.name.value == "files/theirs");
  CHECK(file.uri == "https://x/files/theirs");
  CHECK(file.mime == "text/plain");
  CHECK(file.uploaded_at == at(3));
  CHECK(file.expires_at == at(100));

  for (const FileState state : {FileState::gone, FileState::deleted, FileState::sending}) {
    fixture.store->write([&] { fixture.store->set_file_state(key, state); });
    CHECK(fixture.store->file(key)->state == state);
  }
}

TEST_CASE("a file that was found keeps whose keys its lines carry, and tells nothing of types that are taken") {
  Fixture fixture;
  const ChunkKey chunk = fixture.chunk(0);
  FileKey key;
  fixture.store->write([&] {
    key = fixture.store->add_found_file({chunk, 1, RemoteFileName{"files/theirs"}, "https://x/files/theirs", 12, "hash",
                                         at(3), at(100), FileState::here, LineKeys::own});
  });
  const RemoteFile file = fixture.store->file(key).value();
  CHECK(file.keys == LineKeys::own);
  CHECK(file.state == FileState::here);
  CHECK(file.name.value == "files/theirs");
  CHECK(file.uri == "https://x/files/theirs");
  CHECK(file.bytes == 12);
  CHECK(file.uploaded_at == at(3));
  CHECK(file.expires_at == at(100));
  CHECK(fixture.store->newest_mime().empty());
  fixture.store->write([&] { fixture.store->add_file(chunk, 2, RemoteFileName{"files/ours"}, 1, "hash"); });
  CHECK(fixture.store->newest_file(chunk)->keys == LineKeys::wire);
}

TEST_CASE("the newest generation is the chunk's file, and a generation exists once") {
  Fixture fixture;
  const ChunkKey chunk = fixture.chunk(0);
  const auto add = [&](int generation) {
    fixture.store->write([&] { fixture.store->add_file(chunk, generation, RemoteFileName{"f"}, 1, "h"); });
  };
  add(2);
  add(1);
  CHECK(fixture.store->newest_file(chunk)->generation == 2);
  CHECK_THROWS_AS(add(2), Bug);
  CHECK_FALSE(fixture.store->newest_file(fixture.chunk(1)).has_value());
}

TEST_CASE("a change of a file that is not there is a bug") {
  Fixture fixture;
  CHECK_FALSE(fixture.store->file(FileKey{99}).has_value());
  CHECK_THROWS_AS(fixture.store->write([&] { fixture.store->set_file_state(FileKey{99}, FileState::gone); }), Bug);
}

TEST_CASE("only files that are here and whose chunk rests are cleaned, oldest first") {
  Fixture fixture({1, 1, 1, 1});
  std::vector<FileKey> keys;
  fixture.store->write([&] {
    for (int i = 0; i < 4; ++i) {
      keys.push_back(fixture.store->add_file(fixture.chunk(i), 1, RemoteFileName{"f"}, 1, "h"));
      if (i != 2) fixture.store->file_is_here(keys.back(), RemoteFileName{"f"}, "", "", at(10 - i), std::nullopt);
      if (i != 3) fixture.finish(fixture.chunk(i));
    }
  });
  const auto clean = [&](int limit) {
    std::vector<FileKey> found;
    for (const RemoteFile& file : fixture.store->files_to_clean(fixture.run, limit)) found.push_back(file.key);
    return found;
  };
  CHECK(clean(10) == std::vector{keys[1], keys[0]});
  CHECK(clean(1) == std::vector{keys[1]});
  fixture.store->write([&] { fixture.store->set_file_state(keys[1], FileState::deleted); });
  CHECK(clean(10) == std::vector{keys[0]});
  const RunKey other = fixture.add_run("two", {1});
  CHECK(fixture.store->files_to_clean(other, 10).empty());
}

TEST_CASE("the newest type is that of the newest file that was here, whatever became of it") {
  Fixture fixture;
  CHECK(fixture.store->newest_mime().empty());
  const auto add = [&](ChunkKey chunk, const std::string& mime) {
    FileKey key;
    fixture.store->write([&] {
      key = fixture.store->add_file(chunk, 1, RemoteFileName{"f"}, 1, "h");
      if (!mime.empty()) fixture.store->file_is_here(key, RemoteFileName{"f"}, "", mime, at(3), at(100));
    });
    return key;
  };
  add(fixture.chunk(0), "text/plain");
  const FileKey newer = add(fixture.chunk(1), "application/json");
  add(fixture.chunk(2), "");
  CHECK(fixture.store->newest_mime() == "application/json");
  fixture.store->write([&] { fixture.store->set_file_state(newer, FileState::deleted); });
  CHECK(fixture.store->newest_mime() == "application/json");
}

TEST_CASE("a file is found by its name among those of one chunk, the newest of that name") {
  Fixture fixture;
  FileKey other, newer;
  fixture.store->write([&] {
    fixture.store->add_file(fixture.chunk(0), 1, RemoteFileName{"files/same"}, 1, "h");
    newer = fixture.store->add_file(fixture.chunk(0), 2, RemoteFileName{"files/same"}, 1, "h");
    fixture.store->add_file(fixture.chunk(0), 3, RemoteFileName{"files/third"}, 1, "h");
    other = fixture.store->add_file(fixture.chunk(1), 1, RemoteFileName{"files/same"}, 1, "h");
  });
  const auto find = [&](int index, const std::string& name) {
    return fixture.store->file_named(fixture.chunk(index), RemoteFileName{name});
  };
  CHECK(find(0, "files/same")->key == newer);
  CHECK(find(0, "files/third")->generation == 3);
  CHECK(find(1, "files/same")->key == other);
  CHECK_FALSE(find(1, "files/third").has_value());
  CHECK_FALSE(find(0, "files/sam").has_value());
  CHECK_FALSE(find(0, "").has_value());
}

TEST_CASE("stored are the files that are here and the bodies under way, of this project alone, until they expire") {
  Fixture fixture;
  const std::string project = fixture.store->run(fixture.run).project;
  const auto stored = [&](Instant now) { return fixture.store->stored_files(project, now); };
  CHECK(stored(at(0)).bytes == 0);
  CHECK_FALSE(stored(at(0)).frees_at.has_value());
  const ChunkKey first = fixture.chunk(0), second = fixture.chunk(1);
  fixture.store->write([&] {
    const FileKey file = fixture.store->add_file(first, 1, RemoteFileName{"a"}, 700, "h");
    fixture.store->file_is_here(file, RemoteFileName{"a"}, "u", "m", at(10), at(100));
    const FileKey no_end = fixture.store->add_file(second, 1, RemoteFileName{"b"}, 40, "h");
    fixture.store->file_is_here(no_end, RemoteFileName{"b"}, "u", "m", at(20), std::nullopt);
  });
  CHECK(stored(at(30)).bytes == 740);
  CHECK(stored(at(30)).frees_at == at(100));
  CHECK(stored(at(100)).bytes == 40);
  CHECK(stored(at(100)).frees_at == at(20) + hours{48});
  CHECK(stored(at(20) + hours{48}).bytes == 0);
  CHECK(fixture.store->stored_files("another", at(30)).bytes == 0);
  fixture.store->write([&] { fixture.move(fixture.chunk(2), ChunkEvent::upload_started); });
  CHECK(stored(at(30)).bytes == 740 + fixture.store->chunk_at(fixture.run, 2)->body_bytes);
}
