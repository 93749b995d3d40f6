// Variables, secrets and names of an application (docs/mesh.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "mesh/joining.hpp"
#include "sconectl/mesh/names.hpp"
#include "sconectl/session/write.hpp"
#include "support/matchers.hpp"

namespace sconectl::mesh {
namespace {

std::string service(const std::string& environment, const std::string& more = "",
                    const std::string& name = "web") {
  return "apiVersion: scone/5.8\nkind: genservice\nenvironment:\n" + environment + more +
         "build:\n  name: " + name + "\n  kind: python\n  to: repo/" + name +
         ":1\n  pwd: /app\n  command: python3 app.py\n";
}

std::string mesh(const std::string& env, const std::string& services) {
  return "apiVersion: scone/5.8\nkind: mesh\ncas:\n  - name: cas\n    cas_url: cas.example\n"
         "policy:\n  namespace: ns\nenv:\n" +
         env + "services:\n" + services;
}

const std::string one_service = "  - name: web\n    image: repo/web:1\n";
const std::string global_x =
    "  - service: global\n    env:\n      - {name: X, value: from-global}\n";
const std::string helm_x = "  - service: helm\n    env:\n      - {name: X, value: from-helm}\n";
const std::string own_x = "  - service: web\n    env:\n      - {name: X, value: from-web}\n";

std::string value_of(const Joined& joined, const std::string& name) {
  for (const auto& variable : joined.application.services.at(0).environment)
    if (variable.name == name) return variable.value;
  return "(none)";
}

TEST(Variables, precedence_is_service_then_helm_then_global_then_image) {
  const auto facts =
      facts_of(service("  local: []\n  global:\n    - {name: X, value: from-image}\n"));
  const std::pair<std::string, std::string> cases[] = {{global_x + helm_x + own_x, "from-web"},
                                                       {own_x + helm_x + global_x, "from-web"},
                                                       {global_x + helm_x, "from-helm"},
                                                       {helm_x + global_x, "from-helm"},
                                                       {global_x, "from-global"},
                                                       {"", "from-image"}};
  for (const auto& [env, expected] : cases) {
    Joined joined;
    join(joined, mesh(env, one_service), {facts});
    EXPECT_EQ(joined.errors, "");
    EXPECT_EQ(value_of(joined, "X"), expected);
  }
}

TEST(Variables, a_global_without_a_value_names_service_variable_and_place) {
  Joined joined;
  join(joined, mesh("", one_service),
       {facts_of(service("  local: []\n  global:\n    - name: X\n"))});
  EXPECT_EQ(
      joined.errors,
      "mesh.yaml:10:5: error: service 'web' needs a value for its global variable 'X': add '- "
      "name: X' with a 'value' to section 'global' (or 'web') of 'env' in the mesh\n");
}

TEST(Variables, a_template_value_is_filled_from_the_mesh_once) {
  const auto facts = facts_of(service("  local:\n    - {name: URL, value: 'http://{{X}}:80'}\n"));
  Joined joined;
  join(joined,
       mesh("  - service: global\n    env:\n      - {name: X, value: '{{Y}}'}\n", one_service),
       {facts});
  EXPECT_EQ(joined.errors, "");
  EXPECT_EQ(value_of(joined, "URL"), "http://{{Y}}:80");
}

TEST(Variables, an_unknown_template_value_is_an_error) {
  const auto facts = facts_of(service("  local:\n    - {name: URL, value: 'http://{{XX}}'}\n"));
  Joined joined;
  join(joined, mesh(global_x, one_service), {facts});
  EXPECT_NE(joined.errors.find("XX"), std::string::npos);
}

TEST(Variables, what_a_service_declares_as_its_own_no_mesh_changes) {
  const auto facts = facts_of(service("  local:\n    - {name: X, value: $$SCONE::pw$$}\n",
                                      "secrets:\n  global:\n    - {name: pw, kind: ascii}\n"));
  Joined joined;
  join(joined, mesh(global_x, one_service), {facts});
  EXPECT_EQ(joined.errors, "");
  EXPECT_EQ(value_of(joined, "X"), "$$SCONE::pw$$");
  Joined overridden;
  join(overridden, mesh(own_x, one_service), {facts});
  EXPECT_EQ(
      overridden.errors,
      "mesh.yaml:11:16: error: 'X' is given a value here, and service 'web' (mesh.yaml:13:5) "
      "declares it under 'environment.local' of the manifest of its image 'repo/web:1', which "
      "a mesh can not change; declare it under 'environment.global' there, or remove it here\n");
  EXPECT_EQ(value_of(overridden, "X"), "$$SCONE::pw$$");
  Joined same;
  join(same, mesh(own_x, one_service),
       {facts_of(service("  local:\n    - {name: X, value: from-web}\n"))});
  EXPECT_EQ(same.errors, "");
}

TEST(Variables, an_open_placeholder_is_completed_wherever_it_comes_from) {
  Joined joined;
  join(
      joined,
      mesh("  - service: web\n    env:\n      - {name: G, value: $$SCONE::pw}\n", one_service),
      {facts_of(service("  local:\n    - {name: X, value: $$SCONE::pw}\n  global:\n    - name: G\n",
                        "secrets:\n  global:\n    - {name: pw, kind: ascii}\n"))});
  EXPECT_EQ(joined.errors, "");
  EXPECT_EQ(value_of(joined, "X"), "$$SCONE::pw$$");
  EXPECT_EQ(value_of(joined, "G"), "$$SCONE::pw$$");
}

std::string unread(const std::string& mesh_text, const std::vector<image::Facts>& facts) {
  Joined joined;
  join(joined, mesh_text, facts);
  EXPECT_EQ(joined.errors, "");
  std::string result;
  std::istringstream lines(joined.warnings);
  for (std::string line; std::getline(lines, line);)
    if (line.find("runs natively") == std::string::npos) result += line + "\n";
  return result;
}

TEST(UnreadValues, a_variable_that_nothing_reads_is_named_with_its_place) {
  const auto facts = facts_of(service(
      "  local:\n    - {name: URL, value: 'http://{{HOST}}'}\n  global:\n    - name: LEVEL\n",
      "injection_files:\n  - {path: /c, content: 'port {{PORT}} {{ INNER }}'}\n"));
  const std::string good =
      "  - service: global\n    env:\n      - {name: HOST, value: '{{NESTED}}'}\n"
      "      - {name: NESTED, value: a}\n      - {name: RELEASE, value: demo}\n"
      "  - service: helm\n    env:\n      - {name: APP_SERVICE_PORT, value: '80'}\n"
      "      - {name: imagePullSecrets, value: x}\n"
      "  - service: web\n    env:\n      - {name: LEVEL, value: info}\n      - {name: PORT, value: "
      "'1'}\n      - {name: INNER, value: '2'}\n";
  EXPECT_EQ(unread(mesh(good, one_service), {facts}), "");
  const auto warned = [&](const std::string& more, const std::string& text) {
    EXPECT_THAT(unread(mesh(good + more, one_service), {facts}), testing::HasSubstr(text));
  };
  warned("      - {name: LEVLE, value: x}\n",
         "nothing reads 'LEVLE', which section 'web' of 'env' sets; did you mean 'LEVEL'?");
  warned("  - service: helm\n    env:\n      - {name: restartPolicy, value: Always}\n",
         "nothing reads 'restartPolicy', which section 'helm' of 'env' sets: a service is a "
         "Deployment, whose pods are always started again; 'jobs: {restartPolicy: OnFailure}'");
  warned("  - service: global\n    env:\n      - {name: useSGXDevPlugin, value: 'true'}\n",
         "nothing reads 'useSGXDevPlugin'");
}

TEST(UnreadValues, values_that_no_template_of_the_chart_reads_are_named) {
  const auto facts = facts_of(service("  local: []\n"));
  const auto extra = [&](const std::string& values) {
    return unread(mesh("", one_service + "    helm_extra_values: {" + values + "}\n"), {facts});
  };
  EXPECT_EQ(extra("replicaCount: 2, podAnnotations: {a: b}, scone: {cas_key: x}"), "");
  const auto helm = [&](const std::string& assignment) {
    return unread(mesh("", "  - name: web\n    image: repo/web:1\nhelm: ['" + assignment + "']\n"),
                  {facts});
  };
  EXPECT_EQ(helm("web.replicaCount=2"), "");
  EXPECT_EQ(helm("web.podAnnotations.a=b"), "");
  EXPECT_THAT(helm("web.replicaCuont=2"), testing::HasSubstr("'replicaCuont' has no effect"));
  EXPECT_THAT(
      extra("replicaCuont: 2"),
      testing::HasSubstr("'replicaCuont' has no effect: no template of the chart of service "
                         "'web' reads .Values.replicaCuont"));
}

TEST(UnreadValues, of_a_mesh_with_unknown_images_only_what_is_known_is_judged) {
  const auto facts = facts_of(service("  local: []\n"));
  const std::string two = one_service + "  - name: db\n    image: repo/db:1\n";
  EXPECT_EQ(unread(mesh(global_x + "  - service: db\n    env:\n      - {name: A, value: b}\n", two),
                   {facts}),
            "");
  EXPECT_THAT(unread(mesh(own_x, two), {facts}), testing::HasSubstr("nothing reads 'X'"));
}

TEST(Sessions, SL246_injected_files_have_the_permission_of_the_manifest) {
  const auto facts = facts_of(
      service("  local: []\n",
              "injection_files:\n  - {path: /a, content: x, permission: 0o440}\n  - {path: /b}\n"));
  Joined joined;
  join(joined, mesh("", one_service), {facts});
  EXPECT_EQ(joined.errors, "");
  const auto& files = joined.sessions.back().images.at(0).injection_files;
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].permission, 0440U);
  EXPECT_EQ(files[1].permission, 0700U);
}

// ---------------------------------------------------------------- secrets

const std::string password = "secrets:\n  global:\n    - {name: password, kind: ascii, size: 10}\n";
const std::string uses_password = "  local:\n    - {name: P, value: $$SCONE::password$$}\n";

std::string exports(const Joined& joined, const std::string& secret) {
  std::string result;
  for (const SharedSecret& shared : joined.application.secrets) {
    if (shared.secret.name != secret) continue;
    for (const auto& target : shared.secret.exports) result += target.session + " ";
    if (shared.secret.export_public) result += "public";
  }
  return result;
}

TEST(Secrets, are_exported_to_exactly_the_services_that_define_use_or_import_them) {
  const auto owner = facts_of(service(uses_password, password, "owner"));
  const auto importer =
      facts_of(service("  local: []\n", "secrets:\n  import:\n    - password\n", "importer"));
  const auto stranger = facts_of(service("  local: []\n", "", "stranger"));
  Joined joined;
  join(joined,
       mesh("",
            "  - {name: a, image: 'repo/owner:1'}\n  - {name: b, image: 'repo/importer:1'}\n"
            "  - {name: c, image: 'repo/stranger:1'}\n"),
       {owner, importer, stranger});
  EXPECT_EQ(joined.errors, "");
  EXPECT_EQ(exports(joined, "password"), "ns/a ns/b ");
}

TEST(Secrets, the_key_of_a_certificate_goes_only_to_those_who_use_it) {
  const std::string certificates =
      "secrets:\n  global:\n    - {name: ca_key, kind: private-key}\n"
      "    - {name: ca, kind: x509-ca, private_key: ca_key}\n"
      "    - {name: key, kind: private-key}\n"
      "    - {name: cert, kind: x509, private_key: key, issuer: ca}\n";
  const auto owner = facts_of(service("  local: []\n", certificates, "owner"));
  const auto with_key =
      facts_of(service("  local:\n    - {name: K, value: '$$SCONE::cert.key$$'}\n",
                       "secrets:\n  import: [cert]\n", "withkey"));
  const auto without = facts_of(service("  local:\n    - {name: C, value: '$$SCONE::cert.crt$$'}\n",
                                        "secrets:\n  import: [cert]\n", "without"));
  Joined joined;
  join(joined,
       mesh("",
            "  - {name: o, image: 'repo/owner:1'}\n  - {name: k, image: 'repo/withkey:1'}\n"
            "  - {name: c, image: 'repo/without:1'}\n"),
       {owner, with_key, without});
  EXPECT_EQ(joined.errors, "");
  EXPECT_EQ(exports(joined, "cert"), "ns/o ns/k ns/c ");
  EXPECT_EQ(exports(joined, "key"), "ns/o ns/k ");
  EXPECT_EQ(exports(joined, "ca_key"), "ns/o ");
  EXPECT_EQ(exports(joined, "ca"), "ns/o public");
}

TEST(Secrets, SL218_generated_private_keys_migrate_unless_the_manifest_says_otherwise) {
  const auto owner =
      facts_of(service("  local: []\n",
                       "secrets:\n  global:\n    - {name: a, kind: private-key}\n"
                       "    - {name: b, kind: private-key, migrate: false}\n"
                       "    - {name: c, kind: private-key, migrate: true, key_type: P-384}\n"
                       "    - {name: d, kind: ascii}\n",
                       "owner"));
  Joined joined;
  join(joined, mesh("", "  - {name: o, image: 'repo/owner:1'}\n"), {owner});
  EXPECT_EQ(joined.errors, "");
  std::string migrating;
  for (const auto& shared : joined.application.secrets)
    if (const auto* key = std::get_if<session::PrivateKey>(&shared.secret.body);
        key != nullptr && key->migrate)
      migrating += shared.secret.name + " ";
  EXPECT_EQ(migrating, "a c ");
}

TEST(Secrets, one_that_nobody_defines_is_an_error_with_a_suggestion) {
  const auto owner = facts_of(service(uses_password, password, "owner"));
  const auto importer =
      facts_of(service("  local: []\n", "secrets:\n  import:\n    - passwort\n", "importer"));
  Joined joined;
  join(joined,
       mesh("", "  - {name: a, image: 'repo/owner:1'}\n  - {name: b, image: 'repo/importer:1'}\n"),
       {owner, importer});
  EXPECT_NE(joined.errors.find("service 'b' refers to secret 'passwort'"), std::string::npos);
  EXPECT_NE(joined.errors.find("did you mean 'password'?"), std::string::npos);
}

TEST(Secrets, two_different_definitions_are_an_error_and_equal_ones_are_one) {
  const auto first = facts_of(service(uses_password, password, "first"));
  const auto same = facts_of(service(uses_password, password, "same"));
  const auto other = facts_of(
      service(uses_password, "secrets:\n  global:\n    - {name: password, kind: ascii, size: 12}\n",
              "other"));
  Joined joined;
  join(joined,
       mesh("", "  - {name: a, image: 'repo/first:1'}\n  - {name: b, image: 'repo/same:1'}\n"),
       {first, same});
  EXPECT_EQ(joined.errors, "");
  EXPECT_EQ(joined.application.secrets.size(), 1U);
  Joined clash;
  join(clash,
       mesh("", "  - {name: a, image: 'repo/first:1'}\n  - {name: b, image: 'repo/other:1'}\n"),
       {first, other});
  EXPECT_NE(clash.errors.find("define secret 'password' differently"), std::string::npos);
}

TEST(Secrets, a_user_s_own_file_keeps_what_it_says) {
  const auto owner = facts_of(service(uses_password, password));
  Options options = test_options();
  options.files["own.yaml"] =
      "- name: password\n  kind: ascii\n  size: 12\n  export:\n    - namespace: {{namespace}}\n";
  Joined joined;
  join(joined, mesh("", one_service + "    image_secrets: own.yaml\n"), {owner}, {}, options);
  EXPECT_EQ(joined.errors, "");
  ASSERT_EQ(joined.application.secrets.size(), 1U);
  const session::Secret& secret = joined.application.secrets[0].secret;
  ASSERT_EQ(secret.exports.size(), 1U);
  EXPECT_TRUE(secret.exports[0].whole_namespace);
  EXPECT_EQ(secret.exports[0].session, "ns");
}

TEST(Secrets, an_unterminated_reference_of_2022_is_completed) {
  const auto owner =
      facts_of(service("  local:\n    - {name: P, value: $$SCONE::password}\n", password));
  Joined joined;
  join(joined, mesh("", one_service), {owner});
  EXPECT_EQ(value_of(joined, "P"), "$$SCONE::password$$");
}

// ---------------------------------------------------------------- sessions

TEST(Sessions, namespace_first_then_secrets_then_services) {
  Joined joined;
  join(joined, mesh("", one_service), {facts_of(service(uses_password, password))});
  ASSERT_EQ(joined.sessions.size(), 3U);
  EXPECT_EQ(joined.sessions[0].name, "ns");
  EXPECT_EQ(joined.sessions[1].name, "ns/secrets");
  EXPECT_EQ(joined.sessions[2].name, "ns/web");
  EXPECT_EQ(joined.application.services[0].config_id(), "ns/web/python3");
}

TEST(Sessions, native_ones_say_mode_none_and_hold_a_token) {
  Joined joined;
  join(joined, mesh("", one_service), {facts_of(service("  local: []\n"))});
  const std::string text = session::text(joined.sessions.back());
  EXPECT_NE(text.find("mode: none"), std::string::npos);
  EXPECT_NE(text.find("service_access_token: token-of-web"), std::string::npos);
  EXPECT_NE(joined.warnings.find("runs natively, without attestation"), std::string::npos);
  Options options = test_options();
  options.access_tokens = false;
  Joined open;
  join(open, mesh("", one_service), {facts_of(service("  local: []\n"))}, {}, options);
  EXPECT_THAT(session::text(open.sessions.back()),
              test::HasButNot("mode: none", "service_access_token"));
  EXPECT_NE(open.warnings.find("--no-access-token"), std::string::npos);
}

TEST(Sessions, of_native_services_name_the_list_of_their_files) {
  image::Facts facts = facts_of(service("  local: [{name: A, value: b}]\n"));
  facts.file_list = std::string(64, 'f');
  Joined joined;
  join(joined, mesh("", one_service), {facts});
  EXPECT_EQ(joined.errors, "");
  const text::Environment expected = {{"A", "b"}, {"SCONECTL_FILES_SHA256", facts.file_list}};
  EXPECT_EQ(joined.sessions.back().services.at(0).environment, expected);
}

TEST(Sessions, of_services_for_scone_open_their_protected_files) {
  image::Facts facts = facts_of(service("  local: []\n"), {}, image::Runtime::scone);
  facts.enclave = {std::string(64, 'a'), std::string(64, 'b'), 9, 2, false};
  facts.fspf = image::FileSystemProtection{"/fspf.pb", std::string(32, 'c')};
  Options options = test_options();
  options.fspf_keys[std::string(32, 'c')] = std::string(64, 'd');
  Joined joined;
  join(joined, mesh("", one_service), {facts}, {}, options);
  EXPECT_EQ(joined.errors, "");
  const session::Service& made = joined.sessions.back().services.at(0);
  EXPECT_EQ(made.fspf, (session::Fspf{"/fspf.pb", std::string(64, 'd'), std::string(32, 'c')}));
  EXPECT_EQ(made.attestation.size(), 1U);
  EXPECT_THAT(session::text(joined.sessions.back()),
              test::HasButNot("mrsigner: " + std::string(64, 'b'), "attestation_service"));
  Joined elsewhere;
  join(elsewhere, mesh("", one_service), {facts});
  EXPECT_NE(elsewhere.errors.find("the key of the protected files of image"), std::string::npos)
      << elsewhere.errors;
}

TEST(Sessions, other_runtimes_never_say_mode_none) {
  Joined joined;
  join(joined, mesh("", one_service),
       {facts_of(service("  local: []\n"), {}, image::Runtime::scone)});
  EXPECT_EQ(joined.errors, "");
  const std::string text = session::text(joined.sessions.back());
  EXPECT_THAT(text, test::HasButNot("$$SCONE::attestation_service$$", "mode: none"));
}

TEST(Sessions, EV063_a_service_for_gramine_is_pinned_to_what_its_image_measures) {
  image::Facts facts = facts_of(service("  local: []\n"), {}, image::Runtime::gramine);
  facts.enclave = {std::string(64, 'a'), std::string(64, 'b'), 9, 2, false};
  Joined joined;
  join(joined, mesh("", one_service), {facts});
  EXPECT_EQ(joined.errors, "");
  const session::Session& made = joined.sessions.back();
  const std::string text = session::text(made);
  EXPECT_THAT(text, test::HasButNot("isvsvn_min: 2", "$$SCONE::attestation_service$$"));
  EXPECT_THAT(text, test::HasButNot("mrsigner: " + std::string(64, 'b'), "mode: none"));
  const auto& variant =
      std::get<session::AttestationVariant>(made.services.at(0).attestation.at(0));
  EXPECT_EQ(std::get<std::string>(variant.mrenclave.at(0)), std::string(64, 'a'));
  const auto& signer = std::get<session::EnclaveSigner>(*variant.signer);
  EXPECT_EQ(std::get<std::uint32_t>(signer.isvprodid), 9U);
  EXPECT_EQ(std::get<std::uint32_t>(*signer.isvsvn_min), 2U);
  EXPECT_EQ(signer.isvsvn, std::nullopt);
}

TEST(Chart, EV063_global_variables_of_an_enclave_are_in_its_pods_and_secrets_are_not) {
  image::Facts facts =
      facts_of(service("  global: [{name: SERVERS, value: 'a:4433'}, {name: OWN, value: x}, {name: "
                       "KEY, value: '$$SCONE::key$$'}]\n",
                       "secrets: {global: [{name: key, kind: ascii, size: 8}]}\n"),
               {}, image::Runtime::gramine);
  facts.enclave = {std::string(64, 'a'), std::string(64, 'b'), 9, 2, false};
  Joined joined;
  join(joined,
       mesh("",
            "  - name: web\n    image: repo/web:1\n    helm_extra_values: {extraEnv: [{name: "
            "OWN, value: mine}]}\n"),
       {facts});
  EXPECT_EQ(joined.errors, "");
  const std::string values = joined.chart.at("values.yaml").text;
  EXPECT_THAT(values, test::HasButNot("- name: SERVERS\n    value: a:4433", "SCONE::"));
  EXPECT_THAT(values, test::HasButNot("- name: OWN\n    value: mine", "value: x"));
  EXPECT_NE(joined.warnings.find("variable 'KEY' is a secret"), std::string::npos);
}

// ---------------------------------------------------------------- names, chart

TEST(Names, become_valid_dns_labels) {
  EXPECT_EQ(kubernetes_name("python_app"), "python-app");
  EXPECT_EQ(kubernetes_name("web"), "web");
  EXPECT_EQ(kubernetes_name("7up.Cola"), "up-cola");
  EXPECT_EQ(kubernetes_name("_-_"), "");
  EXPECT_EQ(kubernetes_name(std::string(80, 'a')).size(), 63U);
}

TEST(Names, a_mapping_is_said_and_a_clash_is_an_error) {
  const auto facts = facts_of(service("  local: []\n"));
  Joined joined;
  join(joined,
       mesh("", "  - {name: a_b, image: 'repo/web:1'}\n  - {name: a.b, image: 'repo/web:1'}\n"),
       {facts});
  EXPECT_NE(joined.warnings.find("'a_b' is not a valid Kubernetes name: 'a-b' is used"),
            std::string::npos);
  EXPECT_NE(joined.errors.find("services 'a_b' and 'a.b' have the same name"), std::string::npos);
}

TEST(Names, a_release_is_one_that_helm_takes) {
  EXPECT_EQ(release_name("python_app"), "python-app");
  EXPECT_EQ(release_name("demo-1"), "demo-1");
  EXPECT_EQ(release_name(std::string(80, 'a')), std::string(44, 'a') + "-0f45e858");
  EXPECT_EQ(release_name(std::string(52, 'a') + "-b"), std::string(44, 'a') + "-82439fea");
}

TEST(Names, names_that_are_too_long_stay_different_and_within_the_limit) {
  const std::string name(70, 'n');
  EXPECT_NE(kubernetes_name(name + "1"), kubernetes_name(name + "2"));
  EXPECT_EQ(kubernetes_name(name + "1").size(), 63U);
  EXPECT_EQ(kubernetes_name(std::string(63, 'n')), std::string(63, 'n'));
  EXPECT_EQ(object_name("demo", "web"), "demo-web");
  EXPECT_EQ(object_name("", "web"), "web");
  const std::string service = kubernetes_name(name + "1");
  EXPECT_EQ(object_name("demo", service).size(), 63U);
  EXPECT_NE(object_name("demo", service), object_name("demo", kubernetes_name(name + "2")));
}

TEST(Names, an_illegal_release_is_replaced_by_a_legal_one_and_said) {
  const auto facts = facts_of(service("  local: []\n"));
  auto options = test_options();
  options.release = "python_app";
  Joined joined;
  join(joined, mesh("", one_service), {facts}, {}, options);
  EXPECT_EQ(joined.errors, "");
  EXPECT_EQ(joined.application.release, "python-app");
  EXPECT_NE(joined.warnings.find("release 'python_app' is not a name that helm takes (at most 53 "
                                 "lower case letters, digits and '-', a letter first): "
                                 "'python-app' is used"),
            std::string::npos);
  options.release = "_42_";
  Joined nothing_left;
  join(nothing_left, mesh("", one_service), {facts}, {}, options);
  EXPECT_NE(nothing_left.errors.find("release '_42_' has no letter"), std::string::npos);
}

const std::string demanding_policy = "policy:\n  require_attestation: true\n  namespace: ns\n";

std::string demanding(std::string mesh_yaml) {
  const std::string policy = "policy:\n  namespace: ns\n";
  return mesh_yaml.replace(mesh_yaml.find(policy), policy.size(), demanding_policy);
}

TEST(Attestation, a_demand_refuses_every_native_service_and_names_who_demands_it) {
  const auto facts = facts_of(service("  local: []\n"));
  auto options = test_options();
  options.attestation_demands = {"'--require-attestation'"};
  Joined joined;
  join(joined, demanding(mesh("", one_service + "  - name: api\n    image: repo/web:1\n")), {facts},
       {}, options);
  EXPECT_EQ(joined.errors,
            "mesh.yaml:11:5: error: attestation is demanded by '--require-attestation' and "
            "'policy.require_attestation' (mesh.yaml:7:24), and service 'web' would have none: its "
            "image 'repo/web:1' is native; build it for 'scone' or 'gramine', or drop the demand\n"
            "mesh.yaml:13:5: error: attestation is demanded by '--require-attestation' and "
            "'policy.require_attestation' (mesh.yaml:7:24), and service 'api' would have none: its "
            "image 'repo/web:1' is native; build it for 'scone' or 'gramine', or drop the "
            "demand\n");
  for (const auto& instance : joined.application.services) EXPECT_EQ(instance.access_token, "");
}

TEST(Attestation, without_a_demand_a_native_service_is_a_warning) {
  Joined joined;
  join(joined, mesh("", one_service), {facts_of(service("  local: []\n"))});
  EXPECT_EQ(joined.errors, "");
  EXPECT_NE(joined.warnings.find("service 'web' runs natively, without attestation"),
            std::string::npos);
}

TEST(Attestation, services_in_enclaves_satisfy_a_demand) {
  Joined joined;
  join(joined, demanding(mesh("", one_service)),
       {facts_of(service("  local: []\n"), {}, image::Runtime::scone)});
  EXPECT_EQ(joined.errors, "");
  EXPECT_EQ(joined.sessions.size(), 2U);
}

/// An image made by others, whose session says what `security` says.
image::Facts image_of_others(const std::string& security) {
  image::Facts facts;
  facts.image = "repo/web:1";
  facts.name = "web";
  facts.binaries = {"/usr/bin/python3"};
  facts.chart["values.yaml.template"] = "image: {{image_name}}\n";
  facts.policy.template_policy =
      "name: {{session}}\nversion: \"0.3.10\"\nservices:\n- name: python3\n  command: python3\n" +
      security;
  return facts;
}

TEST(Attestation, a_demand_refuses_a_template_that_says_mode_none) {
  const auto facts = image_of_others("security: {attestation: {mode: none}}\n");
  Joined without;
  join(without, mesh("", one_service), {facts});
  EXPECT_EQ(without.errors, "");
  Joined joined;
  join(joined, demanding(mesh("", one_service)), {facts});
  EXPECT_EQ(joined.errors,
            "mesh.yaml:11:5: error: attestation is demanded by 'policy.require_attestation' "
            "(mesh.yaml:7:24), and session 'ns/web' of service 'web' says 'mode: none'; change its "
            "template repo/web:1:/scone/policy/template-policy.yaml, or drop the demand\n");
}

TEST(Attestation, a_demand_accepts_a_template_that_asks_for_hardware) {
  Joined joined;
  join(joined, demanding(mesh("", one_service)),
       {image_of_others("  mrenclaves: [" + std::string(64, '1') +
                        "]\nsecurity: {attestation: {mode: hardware}}\n")});
  EXPECT_EQ(joined.errors, "");
  EXPECT_EQ(joined.sessions.size(), 2U);
}

TEST(Names, of_services_can_not_be_the_secrets_session) {
  Joined joined;
  join(joined, mesh("", "  - {name: secrets, image: 'repo/web:1'}\n"),
       {facts_of(service("  local: []\n"))});
  EXPECT_NE(joined.errors.find("a service can not be called 'secrets'"), std::string::npos);
}

TEST(Chart, extra_values_go_to_the_sub_chart_by_service_or_chart_name) {
  const auto facts = facts_of(service("  local: []\n"));
  Joined joined;
  join(joined,
       mesh("", "  - name: front\n    image: repo/web:1\n") +
           "helm_extra_values:\n  web:\n    replicaCount: 3\nhelm:\n  - web.podAnnotations.a=b\n",
       {facts});
  const std::string values = joined.chart.at("values.yaml").text;
  EXPECT_NE(values.find("front:\n"), std::string::npos);
  EXPECT_NE(values.find("replicaCount: 3"), std::string::npos);
  EXPECT_NE(values.find("podAnnotations:\n    a: b"), std::string::npos);
}

TEST(Chart, the_token_is_only_in_files_marked_secret) {
  Joined joined;
  join(joined, mesh("", one_service), {facts_of(service("  local: []\n"))});
  std::size_t found = 0;
  for (const auto& [path, file] : joined.chart) {
    if (file.text.find("token-of-web") == std::string::npos) continue;
    ++found;
    EXPECT_TRUE(file.secret) << path;
  }
  EXPECT_EQ(found, 1U);
}

}  // namespace
}  // namespace sconectl::mesh
