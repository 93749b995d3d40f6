// `doctor`: what is missing on this machine for a kind of work, and how to mend it. Facts are
// collected first (doctor_facts) and judged then (diagnose), which is a pure function.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sconectl/action/system.hpp"
#include "sconectl/cas/config.hpp"
#include "sconectl/text/words.hpp"

namespace sconectl::action {

/// What somebody wants to do: build and run services on this machine, install them in a cluster,
/// build them on SCONE base images.
enum class Work { native, kubernetes, scone };
[[nodiscard]] constexpr auto words_of(Work) {
  return text::words<Work::scone>("native", "kubernetes", "scone");
}

struct DoctorOptions {
  std::vector<Work> works = {Work::native};
  std::string version;                ///< of this program
  std::optional<std::string> engine;  ///< --engine; wins over SCONECTL_ENGINE
  std::optional<std::string> cas;     ///< --cas; else the default of the state file
  std::string kubernetes_name_space = "default";

  [[nodiscard]] bool has(Work work) const;
};

/// A program that others provide. `version` as it tells it, "" if it does not.
struct ProgramFacts {
  bool installed = false;
  std::string version;
};

/// How far a container of an image that was there already came.
enum class TrialEnd {
  untried,   ///< the engine does not answer, or is one that only builds
  no_image,  ///< there is no image to try, and none was pulled
  ran,       ///< it ran this program, and was removed
  set_up,    ///< it was made; the engine does not see this program, so it ran nothing
  failed,
};

struct ContainerTrial {
  TrialEnd end = TrialEnd::untried;
  std::string image;  ///< the beginning of its id
  std::string fault;  ///< what the engine said, one line
};

struct EngineFacts {
  std::string name;     ///< "" if none is installed
  std::string unknown;  ///< what --engine or SCONECTL_ENGINE names, if that is no installed engine
  bool answers = false;
  std::string version;
  std::string api;  ///< docker only
  std::string os;
  std::string architecture;
  bool has_socket = false;  ///< docker's own socket is there, whoever may use it
  bool is_root = false;
  ContainerTrial trial = {};
};

struct CpuFacts {
  bool known = false;
  std::vector<std::string> flags;    ///< as /proc/cpuinfo names them
  std::vector<std::string> devices;  ///< of SGX, those that are there
};

/// A custom resource that says how it is.
struct ResourceFacts {
  std::string name;
  std::string name_space;
  std::string state;  ///< status.state
};
/// Nothing if the cluster does not have the kind, or does not show it.
using Resources = std::optional<std::vector<ResourceFacts>>;

struct ClusterFacts {
  bool reachable = false;
  std::string version;
  bool shows_pods = false;
  Resources las;
  Resources sgx_plugins;
  Resources cas;
};

struct CasFacts {
  std::string address;  ///< "" if none is known or named
  bool attested = false;
  bool reachable = false;
  std::string version;
  std::string fault;  ///< why not
};

struct FileFacts {
  std::string path;
  bool exists = false;
  unsigned mode = 0;
  std::string fault;  ///< what is wrong with its content
};

struct RuntimeFacts {
  std::string repository;       ///< SCONECTL_REPO, or the published one
  bool repository_set = false;  ///< SCONECTL_REPO is set
  std::string credentials;      ///< the file that has some for it, "" if there is none
  std::string automatic;        ///< what the runtime `auto` is here
  std::string because;
  std::string chosen;  ///< SCONECTL_RUNTIME, "" if it is not set
};

struct DoctorFacts {
  std::string version;
  std::string executable;
  bool on_path = false;
  bool plugin_on_path = false;  ///< kubectl-provision
  EngineFacts engine;
  CpuFacts cpu;
  RuntimeFacts runtime;
  CasFacts cas;
  FileFacts state_file;
  FileFacts docker_config;
  FileFacts kube_config;
  FileFacts scone_directory;  ///< ~/.scone
  // Only for Work::kubernetes:
  ProgramFacts kubectl;
  ProgramFacts helm;
  ProgramFacts envsubst;
  ClusterFacts cluster;
};

/// Looks; changes and writes nothing that stays: one container is made, without a network, and
/// removed. Other programs are judged by their exit status and what they
/// print for machines. What can not be found out is a fact too: nothing here is an Error, unless
/// the command line is wrong or an interrupt comes.
[[nodiscard]] DoctorFacts doctor_facts(System& system, const cas::ConfigFile& config,
                                       const DoctorOptions& options);

enum class Health { ok, warning, missing };
[[nodiscard]] constexpr auto words_of(Health) {
  return text::words<Health::missing>("ok", "warning", "missing");
}

struct Finding {
  std::string topic;
  Health health = Health::ok;
  std::string text;
  std::string fix;  ///< "" if there is nothing to mend
};

/// The findings in a fixed order.
[[nodiscard]] std::vector<Finding> diagnose(const DoctorFacts& facts, const DoctorOptions& options);

}  // namespace sconectl::action
