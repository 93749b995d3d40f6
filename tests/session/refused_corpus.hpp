// Sessions of the corpus that are refused, each with the reason that a person would give.
#pragma once

#include <map>
#include <string>

namespace sconectl::session::test {

struct Refused {
  std::string error;   ///< part of our message
  std::string reason;  ///< what is wrong with the file
};

inline const std::map<std::string, Refused>& refused_corpus() {
  static const std::map<std::string, Refused> list{
      {"SconeDocs+SconeDocs.github.io/encrypted_vol_dd4048.yml",
       {"must be base32 text", "the value of $OTPSECRET in vars.env is no base32"}},
      {"SconeDocs+SconeDocs.github.io/encrypted_vol_e3b809.yml",
       {"must be base32 text", "the value of $OTPSECRET in vars.env is no base32"}},
      {"SconeDocs+SconeDocs.github.io/encrypted_vol_efd433.yml",
       {"must be base32 text", "the value of $OTPSECRET in vars.env is no base32"}},
      {"SconeDocs+SconeDocs.github.io/example_policy_3cd5c0.yml",
       {"'version' can not be", "the value of $SESSION_LANG_VERSION in vars.env is no version"}},
      {"SconeDocs+SconeDocs.github.io/history/namespace_6f4a2b.yml",
       {"'...' is neither", "an excerpt: the list ends with \"...\""}},
      {"SconeDocs+SconeDocs.github.io/history/print-arg-env_21661b.yml",
       {"must be base32 text", "the value of $OTPSECRET in vars.env is no base32"}},
      {"SconeDocs+SconeDocs.github.io/namespace_a449de.yml",
       {"'...' is neither", "an excerpt: the list ends with \"...\""}},
      {"SconeDocs+SconeDocs.github.io/otp_demo_a13399.yml",
       {"holds '<'", "an excerpt with <...> where a value belongs"}},
      {"SconeDocs+SconeDocs.github.io/platform_attestation_0637d0.yml",
       {"platforms[0]", "the value of $PLATFORM in vars.env is no identifier of a platform"}},
      {"SconeDocs+SconeDocs.github.io/scone-signer-example_d7f2e3.yml",
       {"holds '$'",
        "from a shell here-document: the shell would remove the backslash before the dollar"}},
      {"T-Systems-MMS+hyperledger-avalon-scone/config/session_template.yml",
       {"hex digits", "a template with words where the author puts hashes in"}},
      {"T-Systems-MMS+hyperledger-avalon-scone/embedded/avalon-scone__create_image.sh_1.yml",
       {"mrenclaves[0]", "the value of $KME_MREnclave in vars.env is no hash"}},
      {"iExecBlockchainComputing+iexec-sms/history/src/main/resources/"
       "2020-05-26_b1e334cc_sms-palaemon-conf.yml.template",
       {"not valid YAML", "a Velocity template, not YAML yet"}},
      {"iExecBlockchainComputing+iexec-sms/history/src/main/resources/"
       "2022-06-09_4636c19e_palaemonTemplate.vm",
       {"not valid YAML", "a Velocity template, not YAML yet"}},
      {"iExecBlockchainComputing+iexec-sms/history/src/test/resources/"
       "2021-04-27_c120ea9c_session.yml",
       {"hex digits", "the expected output of a unit test, with words where hashes belong"}},
      {"iExecBlockchainComputing+iexec-sms/history/src/test/resources/"
       "2021-05-24_d40ebd83_tee-session.yml",
       {"hex digits", "the expected output of a unit test, with words where hashes belong"}},
      {"iExecBlockchainComputing+iexec-sms/history/src/test/resources/"
       "2023-09-26_c92236f8_palaemon-tee-session.yml",
       {"hex digits", "the expected output of a unit test, with words where hashes belong"}},
      {"iExecBlockchainComputing+iexec-sms/src/test/resources/palaemon-tee-session-hardware.yml",
       {"hex digits", "the expected output of a unit test, with words where hashes belong"}},
      {"iExecBlockchainComputing+iexec-sms/src/test/resources/palaemon-tee-session-maa.yml",
       {"hex digits", "the expected output of a unit test, with words where hashes belong"}},
      {"scontain+Exercise/embedded/Exercise4__solution.sh_1.yml",
       {"holds '$'",
        "from a shell here-document: the shell would remove the backslash before the dollar"}},
      {"scontain+Exercise/embedded/Section_OTP__otp_policies__otp_policy.rs_1.yml",
       {"a key must be text", "a template of another language ({{name}}), not YAML yet"}},
      {"scontain+Exercise/embedded/Section_OTP__otp_policies__otp_policy.rs_2.yml",
       {"a key must be text", "a template of another language ({{name}}), not YAML yet"}},
      {"scontain+Exercise/embedded/Section_OTP__otp_policies__otp_policy.rs_3.yml",
       {"a key must be text", "a template of another language ({{name}}), not YAML yet"}},
      {"scontain+Exercise/embedded/Section_cosign__cossign_policies__cosign_policy.rs_1.yml",
       {"a key must be text", "a template of another language ({{name}}), not YAML yet"}},
      {"scontain+Exercise/embedded/Section_cosign__cossign_policies__cosign_policy.rs_3.yml",
       {"a key must be text", "a template of another language ({{name}}), not YAML yet"}},
      {"scontain+Exercise/history/embedded/"
       "Section_OTP__otp_policies__otp_policy.rs_1_2022-02-19_677e13bc.yml",
       {"a key must be text", "a template of another language ({{name}}), not YAML yet"}},
      {"scontain+args-env-tutorial/attestation_policy_5.yaml",
       {"mrsigner", "the values of $MRSIGNER, $ISVPRODID and $ISVSVN in vars.env are no numbers"}},
      {"scontain+args-env-tutorial/embedded/README.md_1.yml",
       {"unknown key 'attestation'",
        "an excerpt of a README: attestation stands outside of security, with the typo \"node\""}},
      {"scontain+args-env-tutorial/history/2024-02-05_4db1939f_attestation_policy_5.yaml",
       {"mrsigner", "the values of $MRSIGNER, $ISVPRODID and $ISVSVN in vars.env are no numbers"}},
      {"scontain+args-env-tutorial/history/2024-02-06_4099453e_fprint_policy.yaml",
       {"is named 'access_token'",
        "the session refers to a secret that it does not define; a later version leaves it out"}},
      {"scontain+args-env-tutorial/history/2024-02-06_4099453e_fprint_policy_2.yaml",
       {"is named 'access_token'",
        "the session refers to a secret that it does not define; a later version leaves it out"}},
      {"scontain+flask_example/history/2020-08-20_62e242af_flask-template.yml",
       {"'$$REDIS_SESSION'", "a typo of the author: $$ instead of $"}},
      {"scontain+flask_example/history/2020-08-20_62e242af_redis-template.yml",
       {"session-ca-certificate",
        "the session refers to a secret that it does not define; the next version calls it "
        "redis_ca_cert"}},
      {"scontain+flask_example/history/2020-08-20_d74e9ca4_redis-template.yml",
       {"session-ca-certificate",
        "the session refers to a secret that it does not define; the next version calls it "
        "redis_ca_cert"}},
      {"scontain+node_example/history/2020-09-12_7b0da8f5_nodejs-session.yml",
       {"holds ':'",
        "the value of $IMAGE, the name of a container image, is no name of a service"}},
      {"scontain+operator-samples/operator-chart/templates/backup_policy.yaml",
       {"a key must be text", "a template of another language ({{name}}), not YAML yet"}},
      {"scontain+sconify_image/history/2020-09-15_e5d29e0a_session-template.yml",
       {"not valid YAML", "a whole line stands for environment variables: meant for envsubst"}},
      {"scontain+sconify_image/history/2021-02-19_f09f5e63_session-template.yml",
       {"not valid YAML", "a whole line stands for environment variables: meant for envsubst"}},
      {"scontain+sconify_image/session-template.yml",
       {"not valid YAML", "a whole line stands for environment variables: meant for envsubst"}},
  };
  return list;
}

}  // namespace sconectl::session::test
