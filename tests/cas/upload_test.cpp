#include "sconectl/cas/upload.hpp"

#include "chains.hpp"
#include "expect_error.hpp"
#include "memory_cas.hpp"
#include "support/fixed_clock.hpp"
#include "support/matchers.hpp"

namespace sconectl::cas {
namespace {

using diag::ErrorKind;
using test::CasChain;
using test::contains;
using test::error_of;

const CasChain& chain() {
  static const CasChain made;
  return made;
}
const Identity& me() {
  static const Identity made = make_identity();
  return made;
}

session::Session example(const std::string& size = "20", const std::string& policy = "") {
  return session::parse_text("test",
                             "name: a\nversion: 0.3.10\nsecrets:\n  - name: s\n    kind: "
                             "ascii\n    size: " +
                                 size + "\n" + policy);
}

// The CAS knows the uploader by TLS, so a signer as creator needs an explicit read policy (SL-267).
const std::string readable = "access_policy:\n  read: ANY\n  update: CREATOR\n";

class UploadTest : public testing::Test {
 protected:
  UploadTest() {
    http.chain = chain().presented();
    http.otherwise = [this](const host::HttpRequest& request) { return server(request); };
  }
  Uploaded upload_it(const session::Session& session, const UploadForm& form = {}) {
    Client client(http, clock, Peer{parse_address("mycas"), chain().known(), me(), 2});
    return upload(client, session, form);
  }

  test::MemoryCas server{me()};
  test::ScriptedHttp http;
  test::FixedClock clock;
};

TEST_F(UploadTest, CL067_a_new_session_is_created_without_predecessor) {
  const Uploaded done = upload_it(example());
  EXPECT_EQ(done.result, UploadResult::created);
  ASSERT_EQ(server.versions("a").size(), 1U);
  EXPECT_EQ(server.versions("a")[0].predecessor, std::nullopt);
  EXPECT_EQ(done.hash, session::hash(server.versions("a")[0]));
}

TEST_F(UploadTest, XA021_extensions_go_to_a_cas_that_announces_them) {
  const auto machine = session::parse_text(
      "test",
      "name: a\nversion: 0.3.10\nservices:\n- name: s\n  command: x\n  attestation: {snp: "
      "{measurement: " +
          std::string(96, 'a') + "}}\n");
  EXPECT_TRUE(contains(error_of(ErrorKind::unsupported, [&] { return upload_it(machine); }),
                       "does not say that it knows it"));
  EXPECT_EQ(server.creates, 0);
  server.extensions = {"tee/2"};
  error_of(ErrorKind::unsupported, [&] { return upload_it(machine); });
  EXPECT_EQ(server.creates, 0);
  server.extensions = {"other/1", "tee/1"};
  EXPECT_EQ(upload_it(machine).result, UploadResult::created);
  server.extensions = {};
  EXPECT_EQ(upload_it(machine).result, UploadResult::unchanged);  // it has it
}

TEST_F(UploadTest, CL084_SL279_the_creator_that_the_cas_fills_in_is_part_of_our_hash) {
  const Uploaded done = upload_it(example());
  EXPECT_TRUE(server.versions("a")[0].creator.has_value());
  EXPECT_EQ(done.hash, session::hash(with_creator(example(), me())));
  EXPECT_NE(done.hash, session::hash(example()));
}

TEST_F(UploadTest, CL069_an_unchanged_session_is_not_sent_again) {
  const std::string hash = upload_it(example()).hash;
  const Uploaded again = upload_it(example());
  EXPECT_EQ(again.result, UploadResult::unchanged);
  EXPECT_EQ(again.hash, hash);
  EXPECT_EQ(server.creates, 1);
  upload_it(example("21"));
  EXPECT_EQ(upload_it(example("21")).result, UploadResult::unchanged);  // has a predecessor now
  EXPECT_EQ(server.creates, 2);
}

TEST_F(UploadTest, CL069_a_changed_session_follows_its_predecessor) {
  const std::string first = upload_it(example()).hash;
  session::Session changed = example("21");
  changed.predecessor = std::string(64, 'f');  // stale, from an old file
  EXPECT_EQ(upload_it(changed).result, UploadResult::updated);
  ASSERT_EQ(server.versions("a").size(), 2U);
  EXPECT_EQ(server.versions("a")[1].predecessor, first);
}

TEST_F(UploadTest, CL070_an_unreadable_session_is_updated_by_its_hash) {
  const std::string first = upload_it(example()).hash;
  server.readable = false;
  EXPECT_EQ(upload_it(example()).result, UploadResult::updated);
  EXPECT_EQ(server.versions("a").back().predecessor, first);
}

TEST_F(UploadTest, CL084_a_reply_with_another_hash_is_an_error_with_both) {
  server.lie_hash = std::string(64, 'e');
  const auto text = error_of(ErrorKind::refused, [&] { return upload_it(example()); });
  EXPECT_TRUE(contains(text, server.lie_hash)) << text;
  EXPECT_TRUE(contains(text, session::hash(with_creator(example(), me())))) << text;
  EXPECT_TRUE(contains(text, "while uploading session 'a'")) << text;
}

TEST_F(UploadTest, CL084_a_cas_that_changes_the_session_is_caught) {
  http.answers.emplace_back(std::ref(server));  // reading: absent
  http.answers.emplace_back([&](host::HttpRequest request) {
    request.body.replace(request.body.find("20"), 2, "10");
    return server(request);
  });
  EXPECT_TRUE(contains(error_of(ErrorKind::refused, [&] { return upload_it(example()); }),
                       "possible tampering"));
}

TEST_F(UploadTest, CL084_another_creator_than_ours_is_caught) {
  test::MemoryCas other(make_identity());
  http.otherwise = [&](const host::HttpRequest& request) { return other(request); };
  error_of(ErrorKind::refused, [&] { return upload_it(example()); });
  // Without a reference to the creator nothing is filled in, so nothing differs.
  EXPECT_NO_THROW(upload_it(session::parse_text(
      "x", "name: b\nversion: 0.3.10\naccess_policy:\n  read: ANY\n  update: NONE\n")));
}

TEST_F(UploadTest, RA039_a_concurrent_update_is_one_clear_conflict) {
  upload_it(example());
  http.answers.emplace_back([this](const host::HttpRequest& request) { return server(request); });
  http.answers.emplace_back([this](const host::HttpRequest& request) {
    session::Session theirs = example("99");
    theirs.predecessor = session::hash(server.versions("a").back());
    server.store(theirs);
    return server(request);
  });
  const auto text = error_of(ErrorKind::conflict, [&] { return upload_it(example("21")); });
  EXPECT_TRUE(contains(text, "somebody else")) << text;
  EXPECT_TRUE(contains(text, "409")) << text;
  EXPECT_EQ(server.versions("a").size(), 2U);
}

TEST_F(UploadTest, over_another_version_than_the_one_looked_at_nothing_is_sent) {
  UploadForm form;
  form.predecessor = std::string(64, 'a');
  EXPECT_TRUE(contains(error_of(ErrorKind::conflict, [&] { return upload_it(example(), form); }),
                       "somebody else"));
  const std::string first = upload_it(example()).hash;
  EXPECT_TRUE(
      contains(error_of(ErrorKind::conflict, [&] { return upload_it(example("30"), form); }),
               "somebody else"));
  EXPECT_EQ(server.versions("a").size(), 1U);
  EXPECT_EQ(upload_it(example(), form).result, UploadResult::unchanged);
  form.predecessor = first;
  EXPECT_EQ(upload_it(example("30"), form).result, UploadResult::updated);
}

TEST_F(UploadTest, CL012_a_lost_answer_does_not_become_a_conflict) {
  http.answers.emplace_back([this](const host::HttpRequest& request) { return server(request); });
  http.answers.emplace_back([this](const host::HttpRequest& request) -> host::HttpResponse {
    (void)server(request);  // stored, but the answer never arrives
    throw diag::Error(ErrorKind::unavailable, "connection reset");
  });
  const Uploaded done = upload_it(example());
  EXPECT_EQ(done.hash, session::hash(server.versions("a").back()));
  EXPECT_EQ(server.creates, 1);
}

TEST_F(UploadTest, CL016_a_swapped_key_is_not_taken_for_an_unreadable_session) {
  http.chain = CasChain().presented();
  EXPECT_TRUE(contains(error_of(ErrorKind::refused, [&] { return upload_it(example()); }),
                       chain().key_hash()));
  EXPECT_EQ(http.attempts, 1);
}

TEST_F(UploadTest, CL084_a_forged_active_version_is_not_taken_for_an_unreadable_one) {
  http.reply(200, encode(SessionText{session::text(example()), std::string(64, 'd'), {}}));
  error_of(ErrorKind::refused, [&] { return upload_it(example()); });
  EXPECT_EQ(server.creates, 0);
}

TEST_F(UploadTest, CL076_SL281_signed_upload) {
  const UploadForm form{session::Form::signed_session,
                        crypto::PrivateKey::generate(crypto::KeyType::ed25519), ""};
  const auto session = example("20", readable);
  EXPECT_EQ(upload_it(session, form).result, UploadResult::created);
  EXPECT_TRUE(server.versions("a")[0].creator->signer);
  EXPECT_EQ(upload_it(session, form).result, UploadResult::unchanged);
  EXPECT_EQ(upload_it(example("21", readable), form).result, UploadResult::updated);
}

TEST_F(UploadTest, CL081_encrypted_upload) {
  const UploadForm form{session::Form::encrypted_session,
                        crypto::PrivateKey::generate(crypto::KeyType::ed25519),
                        crypto::hex(server.session_encryption.public_key)};
  EXPECT_EQ(upload_it(example("20", readable), form).result, UploadResult::created);
  EXPECT_EQ(http.sent.back().method, "PUT");
  EXPECT_THAT(http.sent.back().body, test::HasButNot("encrypted_session", "ascii"));
  EXPECT_EQ(upload_it(example("20", readable), form).result, UploadResult::unchanged);
}

TEST_F(UploadTest, CL012_an_unreachable_cas_says_what_was_being_done) {
  for (int i = 0; i < 3; ++i) http.break_connection();
  const auto text = error_of(ErrorKind::unavailable, [&] { return upload_it(example()); });
  EXPECT_TRUE(contains(text, "while uploading session 'a'")) << text;
  EXPECT_TRUE(contains(text, "https://mycas:8081/")) << text;
}

}  // namespace
}  // namespace sconectl::cas
