#include "sconectl/host/program.hpp"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <system_error>

#include "sconectl/text/ascii.hpp"

namespace sconectl::host {

namespace {

/// Code and constants of this program, which is the first object; nobody writes to them, so that
/// the file has the same bytes.
int drop_constant_segments(dl_phdr_info* program, std::size_t /*size*/, void* /*data*/) {
  const auto page = static_cast<ElfW(Addr)>(::sysconf(_SC_PAGESIZE));
  for (int i = 0; i < program->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = program->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const ElfW(Addr) begin = program->dlpi_addr + segment.p_vaddr;
    const ElfW(Addr) first = begin / page * page;
    const ElfW(Addr) end = (begin + segment.p_memsz + page - 1) / page * page;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the linker's addresses are numbers
    (void)::madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
  }
  return 1;  // no more objects
}

}  // namespace

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

void give_back_memory() {
  (void)::malloc_trim(0);
  (void)::dl_iterate_phdr(drop_constant_segments, nullptr);
}

std::string reason(int error) {
  std::string text = std::generic_category().message(error);
  const bool abbreviation = text.size() > 1 && text::lower(text[1]) != text[1];
  if (!abbreviation && !text.empty()) text[0] = text::lower(text[0]);
  return text;
}

}  // namespace sconectl::host
