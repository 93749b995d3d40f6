#include "sconectl/host/program.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <system_error>

#include "sconectl/text/ascii.hpp"

namespace sconectl::host {

bool is_program(const std::filesystem::path& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (std::string& text : strings) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

void forbid_dumps() {
  const rlimit none{0, 0};
  (void)::setrlimit(RLIMIT_CORE, &none);
#ifndef SCONECTL_SANITIZED  // the leak checker has to attach to the process
  (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

void name_process(const std::string& name) {
  (void)::prctl(PR_SET_NAME, name.c_str(), 0, 0, 0);
}

void wipe_variable(const std::string& name) {
  if (char* value = ::getenv(name.c_str()); value != nullptr)
    ::explicit_bzero(value, std::strlen(value));
}

std::string reason(int error) {
  std::string text = std::generic_category().message(error);
  const bool abbreviation = text.size() > 1 && text::lower(text[1]) != text[1];
  if (!abbreviation && !text.empty()) text[0] = text::lower(text[0]);
  return text;
}

}  // namespace sconectl::host
