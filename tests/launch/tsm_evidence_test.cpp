// Evidence from a directory that behaves as configfs-tsm does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/launch/evidence.hpp"

namespace sconectl::launch {
namespace {

using diag::Error;
using testing::HasSubstr;
using testing::IsEmpty;

/// The kernel's side: writes count, the report is over what was written last.
class FakeKernel final : public ReportDirectory {
 public:
  std::string provider = "tdx_guest\n";
  std::string floor;
  std::string certificates;
  int taken_names = 0;
  bool loses_writes = false;
  std::string failing_file;
  std::function<void(FakeKernel&)> while_reading;  ///< what another process does meanwhile

  struct Entry {
    unsigned generation = 0;
    std::string blob;
    std::string level;
  };
  std::map<std::string, Entry> entries;
  int made = 0;

  bool make(const std::string& entry) override {
    if (taken_names-- > 0) return false;
    ++made;
    return entries.emplace(entry, Entry{7, "", ""}).second;
  }
  void write(const std::string& entry, const char* file, std::string_view bytes) override {
    fail_if_asked(file);
    auto& it = entries.at(entry);
    if (loses_writes) return;
    ++it.generation;
    (std::string_view(file) == "inblob" ? it.blob : it.level) = bytes;
  }
  std::string read(const std::string& entry, const char* name) override {
    fail_if_asked(name);
    const std::string_view file = name;
    auto& it = entries.at(entry);
    if (file == "provider") return provider;
    if (file == "generation") return std::to_string(it.generation) + "\n";
    if (file == "privlevel_floor") return floor;
    if (file == "auxblob") return certificates;
    EXPECT_EQ(file, "outblob");
    const std::string report = "report over " + it.blob + " at level " + it.level;
    if (while_reading) while_reading(*this);
    return report;
  }
  void remove(const std::string& entry) noexcept override { entries.erase(entry); }

 private:
  void fail_if_asked(std::string_view file) const {
    if (file == failing_file) throw Error(diag::ErrorKind::unavailable, "busy");
  }
};

struct TsmEvidenceTest : testing::Test {
  FakeKernel* kernel = new FakeKernel;
  std::unique_ptr<EvidenceSource> source = tsm_evidence(std::unique_ptr<ReportDirectory>(kernel));
  const std::string data = std::string(64, 'd');

  std::string refusal() {
    try {
      (void)source->about(data);
      return "no error";
    } catch (const Error& error) {
      return error.text();
    }
  }
};

TEST_F(TsmEvidenceTest, a_tdx_machine) {
  kernel->certificates = "not asked for";
  const auto evidence = source->about(data);
  EXPECT_EQ(evidence.type, "tdx");
  EXPECT_EQ(evidence.quote, "report over " + data + " at level ");
  EXPECT_EQ(evidence.certificates, "");
  EXPECT_THAT(kernel->entries, IsEmpty());
}

TEST_F(TsmEvidenceTest, a_sev_snp_machine_under_an_svsm) {
  kernel->provider = "sev_guest\n";
  kernel->certificates = "table";
  kernel->floor = "2\n";
  const auto evidence = source->about(data);
  EXPECT_EQ(evidence.type, "sev-snp");
  EXPECT_EQ(evidence.quote, "report over " + data + " at level 2");
  EXPECT_EQ(evidence.certificates, "table");
}

TEST_F(TsmEvidenceTest, names_that_others_have_are_left_alone) {
  kernel->taken_names = 2;
  EXPECT_EQ(source->about(data).type, "tdx");
  kernel->taken_names = 3;
  EXPECT_THAT(refusal(), HasSubstr("no name is free"));
}

TEST_F(TsmEvidenceTest, a_report_that_another_writer_disturbed_is_asked_for_again) {
  kernel->while_reading = [](FakeKernel& it) {
    ++it.entries.begin()->second.generation;
    it.while_reading = {};
  };
  EXPECT_EQ(source->about(data).quote, "report over " + data + " at level ");
  EXPECT_EQ(kernel->made, 2);
  kernel->while_reading = [](FakeKernel& it) { ++it.entries.begin()->second.generation; };
  EXPECT_THAT(refusal(), HasSubstr("something else writes"));
  EXPECT_EQ(kernel->made, 5);
  EXPECT_THAT(kernel->entries, IsEmpty());
}

TEST_F(TsmEvidenceTest, a_write_that_the_kernel_threw_away_is_noticed) {
  kernel->loses_writes = true;
  EXPECT_THAT(refusal(), HasSubstr("something else writes"));
}

TEST_F(TsmEvidenceTest, entries_go_after_failures_too) {
  kernel->failing_file = "outblob";
  EXPECT_EQ(refusal(), "busy");
  EXPECT_THAT(kernel->entries, IsEmpty());
  kernel->failing_file = "";
  kernel->provider = "arm_cca_guest\n";
  EXPECT_THAT(refusal(), HasSubstr("'arm_cca_guest', which is not known"));
  EXPECT_THAT(kernel->entries, IsEmpty());
}

}  // namespace
}  // namespace sconectl::launch
