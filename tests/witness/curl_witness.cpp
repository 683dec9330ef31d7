// Preloaded before libcurl: tells on stderr when somebody initialises it, then lets it happen.
#include <dlfcn.h>
#include <unistd.h>

#include <cstring>

extern "C" int curl_global_init(long flags) {
  const char* const words = "curl_global_init was called\n";
  if (::write(STDERR_FILENO, words, std::strlen(words)) < 0) return 2;
  using Init = int (*)(long);
  const auto real = reinterpret_cast<Init>(::dlsym(RTLD_NEXT, "curl_global_init"));
  return real != nullptr ? real(flags) : 2;
}
