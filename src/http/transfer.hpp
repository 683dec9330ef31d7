// One request on its way: an easy handle, its callbacks, and what they gathered.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "http/client.hpp"
#include "http/curl.hpp"

namespace batchctl::http {

struct FreeEasy {
  void operator()(CURL* easy) const { curl().easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl().slist_free_all(list); }
};
struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// Stays where it is: libcurl holds pointers into it.
class Transfer {
 public:
  Transfer(RequestId id, Request request, const Config& config);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  CURL* easy() const { return easy_.get(); }
  RequestId id() const { return id_; }
  /// Some of it is written, on a connection of its own: what must not be done twice.
  bool is_written_once() const;
  /// Once libcurl is done with it.
  Response finish(CURLcode result);

 private:
  void set_up();
  template <class Value>
  void set(CURLoption option, Value value);

  static int on_prereq(void* self, char*, char*, int, int);
  static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);

  bool is_in_time();
  void take_header(std::string_view line);
  bool take_body(std::string_view bytes);
  bool open_sink();
  bool reopen_sink();
  bool continues_sink() const;
  bool close_sink();

  RequestId id_;
  Request request_;
  const Config& config_;
  std::unique_ptr<CURL, FreeEasy> easy_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  char words_[CURL_ERROR_SIZE] = {};

  int writes_ = 0;           // times that the request was about to be written
  bool head_ended_ = false;  // libcurl takes a head without its end for a whole answer
  std::string too_late_;
  std::string disk_words_;
  std::string wrong_part_;
  std::unique_ptr<std::FILE, CloseFile> sink_;
  Response response_;
};

/// A request that was never begun.
Response not_sent(RequestId id, std::string message);

}  // namespace batchctl::http
