// The records inside of a JSON document of any size, without building it: memory for the deepest path.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "records/record_pointer.hpp"
#include "records/row_writer.hpp"

namespace batchctl {

/// Row n is record n: the elements of every array that the pointer names, or the named value itself when it is none;
/// without white space, otherwise as it stands. Several documents one after another are read when `pointer` is given,
/// one array otherwise. The document's structure is checked here; what a record holds is for its reader to check.
class JsonRecords : public Converter {
 public:
  JsonRecords(RecordPointer pointer, bool several, std::string shown_path, ByteSink sink);

  void take(std::string_view piece) override;
  void finish() override;

 private:
  enum class Expect { document, value, value_or_end, key, key_or_end, colon, comma_or_end };
  struct Frame {
    bool is_object = false;
    bool on_path = false;  // the pointer leads here and further
    bool records = false;  // an array whose elements are records
    std::size_t index = 0;
  };

  void string_bytes(std::string_view piece, std::size_t& at);
  void end_string();
  void token(char c);
  void begin_value(char c);
  void close();
  void value_ended();
  bool is_named() const;
  void put(char c) {
    if (recording_) rows_.text() += c;
  }
  void remember_member();
  [[noreturn]] void bad(const std::string& what) const;

  RecordPointer pointer_;
  bool several_;
  std::string shown_path_;
  RowWriter rows_;

  std::vector<Frame> stack_;
  Expect expect_ = Expect::document;
  bool in_string_ = false, is_key_ = false, escaped_ = false, in_literal_ = false;
  std::string key_;               // of the member that is read; with its escapes
  bool recording_ = false;        // inside of a record
  std::size_t record_depth_ = 0;  // of the stack around it
  std::int64_t records_ = 0;
  std::int64_t documents_ = 0;               // read to their end
  bool named_ = false;                       // the pointer led somewhere
  std::size_t seen_depth_ = 0;               // the deepest object on the pointer's way …
  std::vector<std::string> seen_;            // … and members that it has
  std::uint64_t base_ = 0, line_start_ = 0;  // offsets: of the piece, of the line
  std::size_t here_ = 0;                     // in the piece
  std::int64_t line_ = 1;
};

}  // namespace batchctl
