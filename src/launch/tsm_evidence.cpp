#include <fmt/format.h>

#include <optional>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/random.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/launch/evidence.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::launch {
namespace {

using diag::Error;
using diag::ErrorKind;

constexpr int report_attempts = 3;
constexpr std::size_t snp_report_bytes = 1184;
constexpr std::size_t name_bytes = 8;

/// An entry of the directory, for one report.
class Entry {
 public:
  explicit Entry(ReportDirectory& directory) : directory_(directory) {
    for (int i = 0; i < report_attempts; ++i) {
      name_ = "sconectl-" + crypto::hex(crypto::random_bytes(name_bytes).view());
      if (directory_.make(name_)) return;
    }
    throw Error(ErrorKind::unavailable, "no evidence of this machine: no name is free");
  }
  ~Entry() { directory_.remove(name_); }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  [[nodiscard]] std::string read(const char* file) { return directory_.read(name_, file); }
  void write(const char* file, std::string_view bytes) {
    directory_.write(name_, file, bytes);
    ++writes_;
  }
  [[nodiscard]] std::string line(const char* file) {
    std::string text = read(file);
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }
  [[nodiscard]] unsigned long number(const char* file) {
    const auto value = text::number<unsigned long>(line(file));
    if (!value)
      throw Error(ErrorKind::unavailable,
                  fmt::format("no evidence of this machine: '{}' is no number", file));
    return *value;
  }
  [[nodiscard]] unsigned long writes() const { return writes_; }

 private:
  ReportDirectory& directory_;
  std::string name_;
  unsigned long writes_ = 0;
};

std::string type_for(const std::string& provider) {
  if (provider == "tdx_guest") return "tdx";
  if (provider == "sev_guest") return "sev-snp";
  throw Error(ErrorKind::unsupported,
              fmt::format("the machine's evidence comes from '{}', which is not known here: only "
                          "tdx_guest and sev_guest are",
                          provider));
}

class TsmEvidence final : public EvidenceSource {
 public:
  explicit TsmEvidence(std::unique_ptr<ReportDirectory> directory)
      : directory_(std::move(directory)) {}

  cas::Evidence about(std::string_view report_data) override {
    for (int i = 0; i < report_attempts; ++i)
      if (auto evidence = one_report(report_data)) return *std::move(evidence);
    throw Error(ErrorKind::unavailable,
                "no evidence of this machine: something else writes to our entry of configfs-tsm");
  }

 private:
  /// Nothing if somebody else wrote meanwhile, so that the report may be about anything.
  std::optional<cas::Evidence> one_report(std::string_view report_data) {
    Entry entry(*directory_);
    cas::Evidence evidence;
    evidence.type = type_for(entry.line("provider"));
    const auto before = entry.number("generation");
    const bool snp = evidence.type == "sev-snp";
    // Under an SVSM we are not the most privileged, and say so.
    if (const std::string floor = snp ? entry.line("privlevel_floor") : "";
        !floor.empty() && floor != "0")
      entry.write("privlevel", floor);
    entry.write("inblob", report_data);
    const auto ours = [&] { return entry.number("generation") == before + entry.writes(); };
    if (!ours()) return std::nullopt;
    evidence.quote = entry.read("outblob");
    if (snp) evidence.certificates = entry.read("auxblob");
    if (!ours()) return std::nullopt;
    if (evidence.quote.empty())
      throw Error(ErrorKind::unavailable, "no evidence of this machine: the report is empty");
    if (snp && evidence.quote.size() > snp_report_bytes) evidence.quote.resize(snp_report_bytes);
    return evidence;
  }

  std::unique_ptr<ReportDirectory> directory_;
};

}  // namespace

std::unique_ptr<EvidenceSource> tsm_evidence(std::unique_ptr<ReportDirectory> directory) {
  return std::make_unique<TsmEvidence>(std::move(directory));
}

}  // namespace sconectl::launch
