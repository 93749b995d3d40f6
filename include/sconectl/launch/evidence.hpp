// Evidence of the machine that a service runs in: the one point where it is made.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "sconectl/cas/wire.hpp"
#include "sconectl/text/words.hpp"

namespace sconectl::launch {

class EvidenceSource {
 public:
  EvidenceSource() = default;
  EvidenceSource(const EvidenceSource&) = delete;
  EvidenceSource& operator=(const EvidenceSource&) = delete;
  virtual ~EvidenceSource() = default;

  /// About these 64 bytes. Throws Error{unavailable} if there is none now, Error{unsupported} for a
  /// machine whose evidence is not known.
  [[nodiscard]] virtual cas::Evidence about(std::string_view report_data) = 0;
};

/// Where evidence is from: `tsm` is what Linux has for TDX and SEV-SNP machines, `automatic` the
/// same where there is such a machine.
enum class EvidenceChoice { automatic, tsm, none };
[[nodiscard]] constexpr auto words_of(EvidenceChoice) {
  return text::words<EvidenceChoice::none>("auto", "tsm", "none");
}

/// What configfs-tsm can do in its directory `report`: entries that the kernel answers with.
class ReportDirectory {
 public:
  ReportDirectory() = default;
  ReportDirectory(const ReportDirectory&) = delete;
  ReportDirectory& operator=(const ReportDirectory&) = delete;
  virtual ~ReportDirectory() = default;

  /// False if there is one of this name. Other failures of all four: Error{unavailable} that names
  /// the path and the reason.
  virtual bool make(const std::string& entry) = 0;
  /// With one write(2), which the kernel applies when the file is closed.
  virtual void write(const std::string& entry, const char* file, std::string_view bytes) = 0;
  /// To the end; empty if there is no such file.
  [[nodiscard]] virtual std::string read(const std::string& entry, const char* file) = 0;
  /// Failures are not told.
  virtual void remove(const std::string& entry) noexcept = 0;
};

/// The real one.
[[nodiscard]] std::unique_ptr<ReportDirectory> report_directory(std::filesystem::path path);

/// Evidence from configfs-tsm (Linux 6.7). A report that another writer disturbed is asked for
/// again, twice; entries are removed whatever happens.
[[nodiscard]] std::unique_ptr<EvidenceSource> tsm_evidence(
    std::unique_ptr<ReportDirectory> directory);

}  // namespace sconectl::launch
