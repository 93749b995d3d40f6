// Files of the image with placeholders in them (SL-250).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include "sconectl/cas/wire_running.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/launch/launch.hpp"
#include "support/fixed_clock.hpp"

namespace sconectl::launch {
namespace {

using diag::Error;
using diag::ErrorKind;
using testing::HasSubstr;

/// Gives every placeholder the value "<name>", as a CAS with the lease's key would.
class SecretsCas final : public host::Http {
 public:
  cas::Lease lease{std::string(16, 'i'), std::string(32, 'k')};
  std::vector<std::vector<std::string>> asked;
  std::string refusal;
  std::function<void(cas::SecretsReply&)> spoil;

  host::HttpResponse send(const host::HttpRequest& request, const host::Tls&) override {
    EXPECT_TRUE(request.url.ends_with(cas::path::service_secrets)) << request.url;
    const auto claimed = cas::decode_secrets_request(request.body);
    EXPECT_EQ(claimed.proof, cas::lease_proof(lease.key, claimed.message));
    EXPECT_EQ(claimed.message.claim.service, "a/py");
    EXPECT_EQ(claimed.message.use, cas::SecretUse::file);
    asked.push_back(claimed.message.placeholders);
    host::HttpResponse response;
    if (!refusal.empty()) {
      response.status = 403;
      response.body = cas::encode(cas::ErrorBody{{refusal}, "1"});
      return response;
    }
    std::vector<crypto::Secret> values;
    for (const auto& name : claimed.message.placeholders) values.emplace_back("<" + name + ">");
    cas::SecretsReply reply;
    reply.sealed =
        crypto::hpke_seal(claimed.message.public_key, cas::secrets_seal_info(claimed.proof), "",
                          cas::encode_values(values).view());
    reply.proof = cas::secrets_reply_proof(lease.key, claimed.proof, reply.sealed);
    if (spoil) spoil(reply);
    response.status = 200;
    response.body = cas::encode(reply);
    return response;
  }
};

class Templates : public testing::Test {
 protected:
  Launch launch_of(const std::vector<std::string>& names) {
    Launch launch;
    for (const auto& name : names) launch.templates.push_back({path(name), 0400});
    launch.lease = cas.lease;
    return launch;
  }
  Launch filled(const std::vector<std::string>& names) {
    Launch launch = launch_of(names);
    fill_templates(launch, options, cas, clock);
    EXPECT_TRUE(launch.templates.empty());
    return launch;
  }
  Error refusal(const std::vector<std::string>& names) {
    try {
      (void)filled(names);
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "was filled";
    return {ErrorKind::failed, ""};
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return (directory.path() / name).string();
  }
  void write(const std::string& name, const std::string& text) const {
    files->write(path(name), text);
  }

  std::unique_ptr<host::Files> files = host::system_files();
  host::TemporaryDirectory directory{*files};
  SecretsCas cas;
  test::FixedClock clock;
  Options options = [] {
    Options result;
    result.config_id = "a/py@123456";
    result.address = cas::parse_address("cas", 18765);
    return result;
  }();
};

TEST_F(Templates, SL250_placeholders_of_files_are_replaced) {
  write("one", "a=$$SCONE::x$$ b=$$SCONE::y:hex$$ $$SCONE::x$$\n");
  write("two", "{\"q\":\"$$SCONE::y:hex|escape(json)$$\"} $$SCONE::unclosed");
  const Launch launch = filled({"one", "two"});
  ASSERT_EQ(launch.files.size(), 2U);
  EXPECT_EQ(launch.files[0].path, path("one"));
  EXPECT_EQ(launch.files[0].content, "a=<x> b=<y:hex> <x>\n");
  EXPECT_EQ(launch.files[0].mode, 0400U);
  EXPECT_EQ(launch.files[1].content, "{\"q\":\"<y:hex>\"} $$SCONE::unclosed");
  ASSERT_EQ(cas.asked.size(), 1U) << "one request for all files";
  EXPECT_EQ(cas.asked[0], (std::vector<std::string>{"x", "y:hex"}));
}

TEST_F(Templates, SL250_a_restart_finds_the_template_again) {
  write("one", "$$SCONE::x$$");
  (void)filled({"one"});
  EXPECT_FALSE(files->exists(path("one")));
  write("one", "<x> of the first start");
  EXPECT_EQ(filled({"one"}).files[0].content, "<x>");
  EXPECT_EQ(files->read(path("one.sconectl-template")), "$$SCONE::x$$");
}

TEST_F(Templates, SL250_a_file_without_placeholders_needs_no_secret) {
  write("one", "plain $$ text");
  EXPECT_EQ(filled({"one"}).files[0].content, "plain $$ text");
  EXPECT_TRUE(cas.asked.empty());
}

TEST_F(Templates, a_missing_template_is_named) {
  const Error error = refusal({"gone"});
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  EXPECT_THAT(error.text(), HasSubstr(path("gone")));
}

TEST_F(Templates, SL248_what_the_cas_refuses_changes_no_file) {
  write("one", "$$SCONE::x$$");
  cas.refusal = "secret 'x' is not provided to service 'py' (provide_secrets)";
  const Error error = refusal({"one"});
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  EXPECT_THAT(error.causes(), testing::Contains(HasSubstr("provide_secrets")));
  EXPECT_EQ(files->read(path("one")), "$$SCONE::x$$");
}

TEST_F(Templates, RA085_values_must_come_from_who_gave_the_lease) {
  write("one", "$$SCONE::x$$");
  cas.spoil = [](cas::SecretsReply& reply) {
    reply.proof[0] = static_cast<char>(reply.proof[0] ^ 1);
  };
  EXPECT_EQ(refusal({"one"}).kind(), ErrorKind::refused);
  cas.spoil = [](cas::SecretsReply& reply) {
    reply.sealed.back() = static_cast<char>(reply.sealed.back() ^ 1);
  };
  EXPECT_EQ(refusal({"one"}).kind(), ErrorKind::refused);
  EXPECT_EQ(files->read(path("one")), "$$SCONE::x$$");
}

TEST_F(Templates, what_is_mounted_is_not_replaced) {
  write("one", "$$SCONE::x$$");
  if (::mount(path("one").c_str(), path("one").c_str(), nullptr, MS_BIND, nullptr) != 0)
    GTEST_SKIP() << "mounting needs root";
  const Error error = refusal({"one"});
  EXPECT_EQ(files->read(path("one")), "$$SCONE::x$$");
  EXPECT_EQ(::umount(path("one").c_str()), 0);
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  EXPECT_THAT(error.text(), HasSubstr("can not replace the template"));
}

}  // namespace
}  // namespace sconectl::launch
