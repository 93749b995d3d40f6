// `sconectl controller`: uploads the policies of a cluster.
#include <fmt/core.h>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/session_options.hpp"
#include "sconectl/action/controller.hpp"
#include "sconectl/action/platform_status.hpp"
#include "sconectl/cas/address.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/kubernetes/cluster.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::cli {
namespace {

action::CasKeys cas_keys(const std::vector<std::string>& texts) {
  action::CasKeys keys;
  for (const std::string& text : texts) {
    const auto [address, key] = text::cut(text, '=');
    if (!key || !crypto::parse_key_hash(*key))
      throw diag::Error(diag::ErrorKind::usage,
                        fmt::format("--cas-key '{}': write ADDRESS=KEY_HASH", text));
    try {
      (void)cas::parse_address(address);
    } catch (const diag::Error& error) {
      throw diag::Error(diag::ErrorKind::usage, error.text());
    }
    keys.insert_or_assign(std::string(address), std::string(*key));
  }
  return keys;
}

}  // namespace

int controller_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(
      invocation, "controller",
      "Upload the SignedPolicy and EncryptedPolicy objects of a cluster to the CASes that "
      "they name, and write on each how it went.");
  std::string kube_config;
  std::string context;
  std::string name_space;
  std::vector<std::string> keys;
  bool write_platform = false;
  parser
      .add_option("--kubeconfig", kube_config,
                  "Of the cluster (KUBECONFIG; in a pod its service account; ~/.kube/config)")
      ->type_name("FILE");
  parser.add_option("--context", context, "Of the kubeconfig (its current one)")->type_name("NAME");
  parser.add_option("-n,--namespace", name_space, "Only this namespace (all)")
      ->type_name("NAMESPACE");
  parser
      .add_option("--cas-key", keys,
                  "A CAS that gets policies, with its key (repeatable); also those of the state "
                  "file")
      ->allow_extra_args(false)
      ->type_name("ADDRESS=HASH");
  parser.add_flag("--platform-status", write_platform,
                  "Also write the status of CAS, LAS and SGXPlugin objects");
  parser.examples({"sconectl controller --cas-key cas.scone-system=KEY_HASH",
                   "sconectl controller --kubeconfig ~/.kube/config -n demo"});
  if (!parser.read(std::move(arguments))) return 0;
  action::System& system = invocation.system;
  action::ControllerOptions options;
  options.cas_keys = cas_keys(keys);
  kubernetes::ClusterChoice choice;
  if (!kube_config.empty()) choice.kube_config = kube_config;
  choice.context = given(context);
  const cas::ConfigFile config = config_file(invocation);
  kubernetes::Cluster cluster = kubernetes::find_cluster(system.files, system.environment, choice);
  system.tell(fmt::format("watching policies of {} at {}",
                          name_space.empty() ? "all namespaces" : "namespace " + name_space,
                          cluster.server));
  const std::string home = cluster.name_space;
  kubernetes::ApiServer server(system.http, system.files, std::move(cluster));
  kubernetes::Policies policies(server, given(name_space));
  kubernetes::Platform platform(server);
  action::PlatformStatus platform_status(system, config, platform, options.cas_keys);
  kubernetes::Records records(server, home, "sconectl-controller");
  action::Controller controller(system, config, policies, &records, std::move(options));
  action::run_controller(controller, write_platform ? &platform_status : nullptr);
  return 0;
}

}  // namespace sconectl::cli
