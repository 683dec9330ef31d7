#include "http/curl.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <type_traits>

#include "base/error.hpp"

namespace batchctl::http {

namespace {

constexpr const char* kLibrary = "libcurl.so.4";  // its soname since 2006

[[noreturn]] void cannot_load(const char* words) {
  throw Fatal(ExitCode::failed, "curl", fmt::format("libcurl cannot be used: {}", words == nullptr ? kLibrary : words),
              "Install it: apt-get install libcurl4");
}

Curl load() {
  void* library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) cannot_load(::dlerror());
  const auto find = [&](auto& function, const char* name) {
    void* symbol = ::dlsym(library, name);
    if (symbol == nullptr) cannot_load(::dlerror());
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(symbol);
  };
  Curl curl{};
  find(curl.easy_cleanup, "curl_easy_cleanup");
  find(curl.easy_getinfo, "curl_easy_getinfo");
  find(curl.easy_init, "curl_easy_init");
  find(curl.easy_setopt, "curl_easy_setopt");
  find(curl.easy_strerror, "curl_easy_strerror");
  find(curl.free, "curl_free");
  find(curl.getdate, "curl_getdate");
  find(curl.global_init, "curl_global_init");
  find(curl.multi_add_handle, "curl_multi_add_handle");
  find(curl.multi_cleanup, "curl_multi_cleanup");
  find(curl.multi_info_read, "curl_multi_info_read");
  find(curl.multi_init, "curl_multi_init");
  find(curl.multi_perform, "curl_multi_perform");
  find(curl.multi_poll, "curl_multi_poll");
  find(curl.multi_remove_handle, "curl_multi_remove_handle");
  find(curl.multi_strerror, "curl_multi_strerror");
  find(curl.multi_timeout, "curl_multi_timeout");
  find(curl.multi_wakeup, "curl_multi_wakeup");
  find(curl.slist_append, "curl_slist_append");
  find(curl.slist_free_all, "curl_slist_free_all");
  find(curl.url, "curl_url");
  find(curl.url_cleanup, "curl_url_cleanup");
  find(curl.url_get, "curl_url_get");
  find(curl.url_set, "curl_url_set");
  if (const CURLcode result = curl.global_init(CURL_GLOBAL_DEFAULT); result != CURLE_OK)
    cannot_load(curl.easy_strerror(result));
  return curl;
}

}  // namespace

const Curl& curl() {
  static const Curl loaded = load();
  return loaded;
}

}  // namespace batchctl::http
