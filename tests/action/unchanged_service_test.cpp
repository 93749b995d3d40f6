// A service that is applied again without an engine, on a machine of fakes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "applying.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/oci/config.hpp"
#include "sconectl/oci/manifest.hpp"
#include "support/fake_registry.hpp"
#include "support/matchers.hpp"

namespace sconectl::action {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* registry_host = "127.0.0.1:5000";

class ServiceWithoutEngine : public testing::Test {
 protected:
  ServiceWithoutEngine() {
    options.engine = "none";
    options.runtime = manifest::RuntimeSetting::native;
    options.program_version = "1";
    options.sbom = false;
    machine.environment.variables["SCONECTL_PYTHON_IMAGE"] = base;
    machine.files.put("web.py", "print()\n");
    push_base("first");
  }

  /// An image without layers under the name that services are built on.
  void push_base(const std::string& author) {
    const std::string config = R"({"architecture":")" + oci::this_platform().architecture +
                               R"(","os":"linux","author":")" + author +
                               R"(","rootfs":{"type":"layers","diff_ids":[]}})";
    oci::Manifest manifest;
    manifest.config = {std::string(oci::config_type), oci::digest_of(config), config.size()};
    const std::string bytes = oci::write(manifest);
    registry.blobs[oci::digest_of(config)] = config;
    for (const std::string& selector : {std::string("3"), oci::digest_of(bytes)})
      registry.manifests["python:" + selector] = {std::string(oci::manifest_type), bytes};
  }

  AppliedService apply(const std::string& more = "  copy: [web.py]\n") {
    registry.asked.clear();
    const std::string text =
        "apiVersion: scone/5.8\nkind: genservice\nbuild:\n  name: web\n  kind: python\n  to: " +
        std::string(registry_host) + "/web:1\n  command: python3 web.py\n" + more;
    return apply_service(machine.system, document_of(machine, text), options);
  }

  const std::string base = std::string(registry_host) + "/python:3";
  test::FakeRegistry registry{registry_host};
  test::FakeSystem machine{registry};
  ServiceOptions options;
};

TEST_F(ServiceWithoutEngine, is_unchanged_after_two_questions_and_sends_nothing) {
  const AppliedService first = apply();
  EXPECT_FALSE(first.unchanged);
  const std::string facts =
      machine.files.read("target/images/web/context/scone/policy/service.json", 100'000);
  const std::size_t uploaded = registry.uploaded;
  const AppliedService second = apply();
  EXPECT_TRUE(second.unchanged);
  EXPECT_FALSE(second.pushed);
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.digest, first.digest);
  EXPECT_EQ(registry.uploaded, uploaded);
  EXPECT_EQ(registry.asked.size(), 2U);
  EXPECT_THAT(registry.asked, Each(StartsWith("HEAD /v2/")));
  // With the hash of its files, which only putting it together finds out.
  EXPECT_EQ(machine.files.read("target/images/web/context/scone/policy/service.json", 100'000),
            facts);
  EXPECT_THAT(facts, HasSubstr("file_list"));
}

TEST_F(ServiceWithoutEngine, is_stated_to_be_of_the_manifest_that_was_read) {
  options.sbom = true;
  const std::string text = service_manifest().replace(service_manifest().find("r/web:1"), 7,
                                                      std::string(registry_host) + "/web:1");
  const Document document = document_of(machine, text);
  machine.files.put("service.yaml", "another run's\n");
  (void)apply_service(machine.system, document, options);
  const auto sum = [](const std::string& of) {
    return crypto::hex(crypto::view(crypto::sha256(of)));
  };
  EXPECT_THAT(machine.files.read("target/images/web/provenance.json", 100'000),
              test::HasButNot(sum(text), sum("another run's\n")));
}

TEST_F(ServiceWithoutEngine, is_made_again_when_anything_that_it_is_made_of_changed) {
  (void)apply();
  machine.files.put("web.py", "PRINT()\n");
  EXPECT_FALSE(apply().unchanged);
  EXPECT_TRUE(apply().unchanged);
  machine.files.put("/usr/bin/sconectl-launcher", "THE LAUNCHER", 0755);
  EXPECT_FALSE(apply().unchanged);
  push_base("second");
  EXPECT_FALSE(apply().unchanged);
  machine.environment.variables["SOURCE_DATE_EPOCH"] = "7";
  EXPECT_FALSE(apply().unchanged);
  options.program_version = "2";
  EXPECT_FALSE(apply().unchanged);
  EXPECT_FALSE(apply("  copy: [web.py]\n  integrity: off\n").unchanged);
  EXPECT_TRUE(apply("  copy: [web.py]\n  integrity: off\n").unchanged);
  options.no_cache = true;
  EXPECT_FALSE(apply("  copy: [web.py]\n  integrity: off\n").unchanged);
}

TEST_F(ServiceWithoutEngine, is_made_again_when_the_registry_has_lost_it_or_has_another) {
  const std::string digest = apply().digest;
  registry.manifests.erase("web:1");
  EXPECT_FALSE(apply().unchanged);
  EXPECT_TRUE(apply().unchanged);
  registry.manifests["web:1"] = registry.manifests["python:3"];
  const AppliedService again = apply();
  EXPECT_FALSE(again.unchanged);
  EXPECT_EQ(again.digest, digest);
  EXPECT_EQ(oci::digest_of(registry.manifests["web:1"].second), digest);
}

TEST_F(ServiceWithoutEngine, in_a_layout_is_unchanged_as_long_as_all_of_it_is_there) {
  options.push = false;
  const std::string digest = apply().digest;
  EXPECT_TRUE(apply().unchanged);
  const std::filesystem::path layout = "target/images/web/image";
  const std::filesystem::path blobs = layout / "blobs" / "sha256";
  for (const std::string& name : machine.files.list(blobs)) {
    machine.files.remove_tree(blobs / name);
    EXPECT_FALSE(apply().unchanged) << name;
    machine.files.put(blobs / name, "cut");
    EXPECT_FALSE(apply().unchanged) << name;
    EXPECT_TRUE(apply().unchanged) << name;
  }
  machine.files.put(layout / "index.json", "{");
  EXPECT_THROW((void)apply(), diag::Error);  // whatever it is, it is not ours any more
  machine.files.remove_tree(layout);
  EXPECT_EQ(apply().digest, digest);
  options.image_output = "oci-archive:web.tar";
  EXPECT_FALSE(apply().unchanged);
  EXPECT_FALSE(apply().unchanged);  // an archive is written each time
}

TEST_F(ServiceWithoutEngine, a_record_that_somebody_wrote_proves_nothing) {
  const AppliedService first = apply();
  const std::string record = "target/images/web/built.json";
  const std::string good = machine.files.read(record, 10'000);
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    machine.files.put(record, text.replace(at, from.size(), to));
  };
  with(first.digest, "sha256:" + std::string(64, '0'));
  EXPECT_FALSE(apply().unchanged);
  with("\"none\"", "\"docker\"");
  EXPECT_FALSE(apply().unchanged);
  machine.files.put(record, good.substr(0, good.size() / 2));
  EXPECT_FALSE(apply().unchanged);
  EXPECT_EQ(apply().digest, first.digest);
}

}  // namespace
}  // namespace sconectl::action
