// Protected file systems of services, through the CAS's interface (RA-084, SL-079, SL-228,
// SL-236 ... SL-253).
#include "casd/service_fixture.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "support/matchers.hpp"

namespace sconectl::test {
namespace {

using Tag = std::optional<std::string>;

std::string tag_bytes(char letter) {
  return std::string(cas::tag_bytes, letter);
}
std::string tag_hex(char letter) {
  return crypto::hex(tag_bytes(letter));
}
const std::string given_key(64, 'a');

/// A service that can use protected file systems, as an enclave would.
struct FileSystems : ServiceClient {
  /// A start that must succeed.
  cas::Configuration start(const std::string& config_id) {
    const auto got = try_to_start(config_id);
    EXPECT_EQ(got.answer.status, 200) << got.answer.body;
    return got.configuration;
  }
  Got try_to_start(const std::string& config_id) {
    auto asked = request(config_id);
    asked.protects_files = true;
    return fetch(asked);
  }
  Answer put(const cas::TagUpdate& update, const std::string& lease_key) {
    return ask(
        "PUT",
        std::string(update.volume ? cas::path::service_volume_tag : cas::path::service_fspf_tag),
        cas::encode(update, lease_key), {}, casd::Port::enclave);
  }
  Answer report(const cas::Configuration& started, const std::string& name,
                const std::optional<std::string>& volume, const Tag& previous,
                const std::string& now) {
    return put({{name, started.lease->id}, volume, previous, now}, started.lease->key);
  }
  /// What a service says when its volume has a new state; nothing else may be wrong.
  void accepted(const cas::Configuration& started, const std::string& name,
                const std::optional<std::string>& volume, const Tag& previous,
                const std::string& now) {
    const auto answer = report(started, name, volume, previous, now);
    EXPECT_EQ(answer.status, 200) << answer.body;
    if (answer.status != 200) return;
    EXPECT_EQ(cas::decode_tag_reply(answer.body).tag, now);
  }
  void replayed(const Answer& answer) {
    refused(answer, 403, "The FSPF tag is not fresh - suspected replay attack");
  }

  std::string with_volume(const std::string& volume, const std::string& mount = "",
                          const std::string& more = "") {
    return "services:\n  - {name: py, command: x, image_name: i}\n"
           "images:\n  - name: i\n    volumes:\n      - {name: v, path: /v" +
           mount + "}\nvolumes:\n  - {name: v" + volume + "}\n" + more + none;
  }
};

TEST_F(FileSystems, SL236_a_volume_without_key_is_made_once) {
  created(session("a", with_volume("")), alice.peer());
  const auto first = start("a/py");
  ASSERT_EQ(first.volumes.size(), 1U);
  const auto& volume = first.volumes[0];
  EXPECT_EQ(volume.name, "v");
  EXPECT_EQ(volume.path, "/v");
  EXPECT_EQ(volume.key.size(), 32U);
  EXPECT_TRUE(volume.fresh());
  ASSERT_TRUE(first.lease);
  accepted(first, "a/py", "v", {}, tag_bytes('1'));
  replayed(report(first, "a/py", "v", {}, tag_bytes('2')));
  accepted(first, "a/py", "v", tag_bytes('1'), tag_bytes('2'));
  reopen();
  const auto second = start("a/py");
  EXPECT_EQ(second.volumes[0].key, volume.key);
  EXPECT_EQ(second.volumes[0].tags, std::vector{tag_bytes('2')});
  // A restart of the CAS ends no lease (RA-087).
  accepted(first, "a/py", "v", tag_bytes('2'), tag_bytes('3'));
  EXPECT_THAT(log(), HasButNot("tag updated", crypto::hex(volume.key)));
  EXPECT_THAT(log(), HasButNot("tag updated", crypto::hex(first.lease->key)));
}

TEST_F(FileSystems, SL252_a_volume_that_was_rolled_back_is_detected) {
  created(session("a", with_volume(", fspf_key: " + given_key + ", fspf_tag: " + tag_hex('0'))),
          alice.peer());
  const auto started = start("a/py");
  EXPECT_EQ(started.volumes[0].key, *crypto::unhex(given_key));
  EXPECT_EQ(started.volumes[0].tags, std::vector{tag_bytes('0')});
  accepted(started, "a/py", "v", tag_bytes('0'), tag_bytes('1'));
  accepted(started, "a/py", "v", tag_bytes('1'), tag_bytes('2'));
  // The disk is put back to an older state: the next start is told the newest tag, and a service
  // that starts in spite of it can not go on from there.
  const auto again = start("a/py");
  EXPECT_EQ(again.volumes[0].tags, std::vector{tag_bytes('2')});
  replayed(report(again, "a/py", "v", tag_bytes('1'), tag_bytes('3')));
  replayed(report(again, "a/py", "v", tag_bytes('0'), tag_bytes('3')));
  EXPECT_NE(log().find("tag refused"), std::string::npos);
  accepted(again, "a/py", "v", tag_bytes('2'), tag_bytes('3'));
}

TEST_F(FileSystems, SL079_SL063_a_service_may_start_from_the_tag_of_the_session) {
  created(session("a", "services:\n  - {name: py, command: x, fspf_path: /f.fspf, fspf_key: " +
                           given_key + ", fspf_tag: " + tag_hex('0') + "}\n" + none),
          alice.peer());
  const auto first = start("a/py");
  ASSERT_TRUE(first.fspf);
  EXPECT_EQ(first.fspf->path, "/f.fspf");
  EXPECT_EQ(first.fspf->key, *crypto::unhex(given_key));
  EXPECT_EQ(first.fspf->tags, std::vector{tag_bytes('0')});
  accepted(first, "a/py", {}, tag_bytes('0'), tag_bytes('1'));
  const auto second = start("a/py");
  EXPECT_EQ(second.fspf->tags, (std::vector{tag_bytes('1'), tag_bytes('0')}));
  accepted(second, "a/py", {}, tag_bytes('0'), tag_bytes('2'));
  accepted(first, "a/py", {}, tag_bytes('1'), tag_bytes('3'));
  replayed(report(first, "a/py", {}, tag_bytes('1'), tag_bytes('4')));
}

TEST_F(FileSystems, SL064_SL077_without_rollback_protection_any_tag_is_good) {
  created(session("a", "services:\n  - {name: py, command: x, fspf_path: /f, fspf_key: " +
                           given_key + ", fspf_update_policy: no_rollback_protection}\n" + none),
          alice.peer());
  const auto started = start("a/py");
  EXPECT_TRUE(started.fspf->fresh());
  EXPECT_EQ(started.fspf->update_policy, session::UpdatePolicy::no_rollback_protection);
  accepted(started, "a/py", {}, tag_bytes('7'), tag_bytes('1'));
  accepted(started, "a/py", {}, tag_bytes('9'), tag_bytes('0'));
}

TEST_F(FileSystems, SL078_SL231_a_key_from_a_secret) {
  created(session("a", with_volume(", fspf_key: $$SCONE::k$$", "",
                                   "secrets:\n  - {name: k, kind: binary, value: \"" + given_key +
                                       "\"}\n")),
          alice.peer());
  const auto started = start("a/py");
  EXPECT_EQ(started.volumes[0].key, *crypto::unhex(given_key));
  EXPECT_TRUE(started.volumes[0].fresh()) << "SL-237: initialised with that key";
  // An imported key may have any size, which only its use can tell.
  created(session("src", "secrets:\n  - {name: k, kind: binary, size: 16, export: {session: b}}\n"),
          alice.peer());
  created(session("b", with_volume(", fspf_key: $$SCONE::k$$", "",
                                   "secrets:\n  - {name: k, import: {session: src, secret: k}}\n")),
          alice.peer());
  refused(try_to_start("b/py"), 403, "32 bytes");
}

TEST_F(FileSystems, SL244_SL252_ephemeral_volumes_keep_their_state) {
  created(session("a", with_volume(", fspf_key: " + given_key + ", fspf_tag: " + tag_hex('0'),
                                   ", update_policy: ephemeral")),
          alice.peer());
  const auto started = start("a/py");
  const auto answer = report(started, "a/py", "v", tag_bytes('0'), tag_bytes('1'));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(cas::decode_tag_reply(answer.body).tag, tag_bytes('0'));
  EXPECT_EQ(start("a/py").volumes[0].tags, std::vector{tag_bytes('0')});
}

TEST_F(FileSystems, SL233_authenticated_only_reaches_the_service) {
  created(session("a", with_volume(", files: authenticated-only")), alice.peer());
  EXPECT_EQ(start("a/py").volumes[0].files, session::VolumeFiles::authenticated_only);
}

TEST_F(FileSystems, SL228_an_update_keeps_states_or_starts_anew) {
  auto hash = created(session("a", with_volume("")), alice.peer());
  const auto first = start("a/py");
  accepted(first, "a/py", "v", {}, tag_bytes('1'));
  const auto updated = [&](const std::string& text) {
    hash = created(session("a", "predecessor: " + hash + "\n" + text), alice.peer());
  };
  updated(with_volume("", "", "salt: 00112233445566778899aabbccddeeff\n"));
  auto kept = start("a/py").volumes[0];
  EXPECT_EQ(kept.key, first.volumes[0].key);
  EXPECT_EQ(kept.tags, std::vector{tag_bytes('1')});
  // Another source of the key, and back: a new volume each time.
  updated(with_volume(", fspf_key: " + given_key + ", fspf_tag: " + tag_hex('0')));
  EXPECT_EQ(start("a/py").volumes[0].tags, std::vector{tag_bytes('0')});
  replayed(report(first, "a/py", "v", tag_bytes('1'), tag_bytes('2')));
  updated(with_volume(", fspf_key: " + given_key + ", fspf_tag: " + tag_hex('5')));
  EXPECT_EQ(start("a/py").volumes[0].tags, std::vector{tag_bytes('5')});
  updated(with_volume(""));
  EXPECT_TRUE(start("a/py").volumes[0].fresh());
  EXPECT_NE(start("a/py").volumes[0].key, first.volumes[0].key);
  // A volume that is left out ends; one with its name that comes later is another one.
  const auto third = start("a/py");
  accepted(third, "a/py", "v", {}, tag_bytes('6'));
  updated("services:\n  - {name: py, command: x}\n" + none);
  refused(report(third, "a/py", "v", tag_bytes('6'), tag_bytes('7')), 404, "does not use");
  updated(with_volume(""));
  EXPECT_TRUE(start("a/py").volumes[0].fresh());
}

TEST_F(FileSystems, SL228_so_does_the_file_system_of_a_service) {
  const auto text = [](const std::string& hex, const std::string& more = "") {
    return "services:\n  - {name: py, command: x, fspf_path: /f, fspf_key: " + hex +
           ", fspf_tag: " + tag_hex('0') + "}\n" + more;
  };
  auto hash = created(session("a", text(given_key, none)), alice.peer());
  accepted(start("a/py"), "a/py", {}, tag_bytes('0'), tag_bytes('1'));
  const auto updated = [&](const std::string& more) {
    hash = created(session("a", "predecessor: " + hash + "\n" + more), alice.peer());
  };
  updated(text(given_key, none + "salt: 00112233445566778899aabbccddeeff\n"));
  EXPECT_EQ(start("a/py").fspf->tags, (std::vector{tag_bytes('1'), tag_bytes('0')}));
  // Another key, and back: it starts anew each time.
  updated(text(std::string(64, 'b'), none));
  EXPECT_EQ(start("a/py").fspf->tags, std::vector{tag_bytes('0')});
  updated(text(given_key, none));
  EXPECT_EQ(start("a/py").fspf->tags, std::vector{tag_bytes('0')});
  accepted(start("a/py"), "a/py", {}, tag_bytes('0'), tag_bytes('2'));
  updated("services:\n  - {name: py, command: x}\n" + none);
  updated(text(given_key, none));
  EXPECT_EQ(start("a/py").fspf->tags, std::vector{tag_bytes('0')});
}

TEST_F(FileSystems, SL228_a_lost_update_ends_nothing) {
  const auto hash = created(session("a", with_volume("")), alice.peer());
  accepted(start("a/py"), "a/py", "v", {}, tag_bytes('1'));
  const auto other = with_volume(", fspf_key: " + given_key + ", fspf_tag: " + tag_hex('0'));
  EXPECT_EQ(
      upload(session("a", "predecessor: " + std::string(64, '0') + "\n" + other), alice.peer())
          .status,
      409);
  EXPECT_EQ(upload(session("a", "predecessor: " + hash + "\n" + other), bob.peer()).status, 403);
  EXPECT_EQ(start("a/py").volumes[0].tags, std::vector{tag_bytes('1')});
}

/// Session `a` has a volume, session `b` imports it.
struct SharedVolumes : FileSystems {
  std::string exporter(const std::string& exports) {
    return session("a", "volumes:\n  - name: v\n    export: " + exports + "\n" + none);
  }
  std::string importer(const std::string& import, const std::string& mount = "") {
    return session("b", with_volume(", import: {session: a, " + import + "}", mount));
  }
};

TEST_F(SharedVolumes, SL234_SL235_two_sessions_share_a_volume) {
  created(exporter("[{session: b}, {session: c}]"), alice.peer());
  created(importer("volume: v"), bob.peer());
  created(session("c", with_volume(", import: {session: a, volume: v}")), bob.peer());
  const auto b = start("b/py");
  const auto c = start("c/py");
  EXPECT_EQ(b.volumes[0].key, c.volumes[0].key);
  accepted(b, "b/py", "v", {}, tag_bytes('1'));
  replayed(report(c, "c/py", "v", {}, tag_bytes('2')));
  EXPECT_EQ(start("c/py").volumes[0].tags, std::vector{tag_bytes('1')});
}

TEST_F(SharedVolumes, SL235_imports_may_come_before_their_source) {
  const auto answer = upload(importer("volume: v"), bob.peer());
  ASSERT_EQ(answer.status, 201) << answer.body;
  EXPECT_NE(answer.body.find("does not exist yet"), std::string::npos);
  refused(try_to_start("b/py"), 404, "Session not found");
  created(exporter("{session: b}"), alice.peer());
  EXPECT_EQ(start("b/py").volumes.size(), 1U);
}

TEST_F(SharedVolumes, SL234_SL241_only_what_is_exported_can_be_imported) {
  auto hash = created(exporter("{to: {session: b}, volume_alias: w}"), alice.peer());
  refused(upload(importer("volume: v"), bob.peer()), 403, "is not exported to session 'b'");
  refused(upload(importer("volume: unknown"), bob.peer()), 403, "is not exported to session 'b'");
  created(importer("volume: w"), bob.peer());
  const auto started = start("b/py");
  accepted(started, "b/py", "v", {}, tag_bytes('1'));
  // What is withdrawn ends at once.
  hash = created("predecessor: " + hash + "\n" + exporter("{session: c}"), alice.peer());
  refused(try_to_start("b/py"), 403, "is not exported to session 'b'");
  refused(report(started, "b/py", "v", tag_bytes('1'), tag_bytes('2')), 403, "is not exported");
  // A pin of the exporter's version (SL-235), which is compared only for who may import (SL-055).
  const auto pinned = [&] {
    return upload("predecessor: " + get("/v1/sessions/b", bob.peer()).hash() + "\n" +
                      importer("volume: v, session_hash: " + std::string(64, '1')),
                  bob.peer());
  };
  refused(pinned(), 403, "is not exported to session 'b'");
  hash = created("predecessor: " + hash + "\n" + exporter("{session: b}"), alice.peer());
  refused(pinned(), 403, "not the version that the import pins");
}

TEST_F(SharedVolumes, SL240_SL253_the_exporter_bounds_the_update_policy) {
  auto hash =
      created(exporter("{to: {session: b}, update_policy: rollback_protected}"), alice.peer());
  auto imported =
      created(importer("volume: v", ", update_policy: no_rollback_protection"), bob.peer());
  refused(try_to_start("b/py"), 403, "exported with rollback protection");
  imported = created(
      "predecessor: " + imported + "\n" + importer("volume: v", ", update_policy: ephemeral"),
      bob.peer());
  EXPECT_EQ(start("b/py").volumes[0].update_policy, session::UpdatePolicy::ephemeral);

  hash = created(
      "predecessor: " + hash + "\n" + exporter("{to: {session: b}, update_policy: ephemeral}"),
      alice.peer());
  imported = created("predecessor: " + imported + "\n" + importer("volume: v"), bob.peer());
  const auto forced = start("b/py");
  EXPECT_EQ(forced.volumes[0].update_policy, session::UpdatePolicy::ephemeral);
  const auto ignored = report(forced, "b/py", "v", {}, tag_bytes('1'));
  EXPECT_EQ(ignored.status, 200) << ignored.body;
  EXPECT_EQ(cas::decode_tag_reply(ignored.body).tag, std::nullopt);

  hash = created("predecessor: " + hash + "\n" +
                     exporter("{to: {session: b}, update_policy: no_rollback_protection}"),
                 alice.peer());
  imported = created("predecessor: " + imported + "\n" +
                         importer("volume: v", ", update_policy: no_rollback_protection"),
                     bob.peer());
  const auto free = start("b/py");
  accepted(free, "b/py", "v", tag_bytes('3'), tag_bytes('1'));
}

TEST_F(FileSystems, RA084_only_the_holder_of_a_lease_may_report) {
  created(session("a", with_volume("")), alice.peer());
  created(session("b", with_volume("")), alice.peer());
  const auto a = start("a/py");
  const auto b = start("b/py");
  const std::string no_lease = "the lease is not one that this CAS gave to service 'a/py'";
  const cas::TagUpdate update{{"a/py", a.lease->id}, "v", {}, tag_bytes('1')};
  refused(put(update, std::string(32, 'x')), 403, no_lease);
  refused(put(update, b.lease->key), 403, no_lease);
  refused(report(b, "a/py", "v", {}, tag_bytes('1')), 403, no_lease);
  auto changed = nlohmann::json::parse(cas::encode(update, a.lease->key));
  changed["tag"] = tag_hex('2');
  refused(ask("PUT", "/v1/service/volume_tag", changed.dump(), {}, casd::Port::enclave), 403,
          no_lease);
  // Nothing about sessions is told to one without a lease.
  refused(put({{"unknown/py", a.lease->id}, "v", {}, tag_bytes('1')}, a.lease->key), 403,
          "the lease is not one");
  EXPECT_TRUE(start("a/py").volumes[0].fresh());
  // Nor on the port of clients.
  EXPECT_EQ(ask("PUT", "/v1/service/volume_tag", cas::encode(update, a.lease->key)).status, 404);
  refused(report(a, "a/py", "w", {}, tag_bytes('1')), 404, "does not use volume 'w'");
  refused(report(a, "a/py", {}, {}, tag_bytes('1')), 404, "no protected file system");
  for (const auto* body : {"", "{", "[]", "{}", "\xff"})
    for (const auto* path : {"volume_tag", "fspf_tag"})
      EXPECT_EQ(
          ask("PUT", std::string("/v1/service/") + path, body, {}, casd::Port::enclave).status,
          400);
}

TEST_F(FileSystems, RA084_the_end_of_a_service_is_noted) {
  created(session("a", with_volume("")), alice.peer());
  const auto started = start("a/py");
  const cas::ExitReport report{{"a/py", started.lease->id}, 137};
  EXPECT_EQ(post("/v1/service/exit", cas::encode(report, started.lease->key)).status, 200);
  EXPECT_NE(log().find("service exited"), std::string::npos);
  EXPECT_NE(log().find("137"), std::string::npos);
  refused(post("/v1/service/exit", cas::encode(report, "x")), 403, "lease");
}

TEST_F(FileSystems, RA087_a_service_without_file_systems_has_no_lease) {
  created(session("a", "services:\n  - {name: py, command: x}\n" + none), alice.peer());
  EXPECT_FALSE(start("a/py").lease);
}

}  // namespace
}  // namespace sconectl::test
