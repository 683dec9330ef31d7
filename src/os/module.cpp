#include "os/module.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/auxv.h>

#include <filesystem>
#include <system_error>

#include "base/error.hpp"

namespace batchctl::os {

namespace {

/// As it was started where no /proc is mounted, as in a bare chroot.
std::filesystem::path program() {
  std::error_code failed;
  std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (!failed) return path;
  const auto* started = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
  return started == nullptr ? path : std::filesystem::absolute(started, failed);
}

std::filesystem::path find(const std::string& file) {
  std::error_code failed;
  const std::filesystem::path beside = program().parent_path();
  for (const std::filesystem::path& place : {beside / file, beside.parent_path() / "lib" / "batchctl" / file})
    if (std::filesystem::exists(place, failed)) return place;
  throw Fatal(ExitCode::failed, "module", fmt::format("{} is neither beside the program nor in ../lib/batchctl", file),
              "Install batchctl whole; the program alone is not enough for this.");
}

}  // namespace

const void* module_symbol(const std::string& file, const std::string& symbol) {
  const std::filesystem::path path = find(file);
  void* module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  const void* address = module == nullptr ? nullptr : ::dlsym(module, symbol.c_str());
  if (address == nullptr)
    throw Fatal(ExitCode::failed, "module", fmt::format("{} cannot be used: {}", path.string(), ::dlerror()),
                "Install batchctl again.");
  return address;
}

}  // namespace batchctl::os
