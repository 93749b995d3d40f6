// Versions of an application whose pods run side by side while it is updated (docs/rollout.md).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/session/session.hpp"

namespace sconectl::mesh {

/// What the pods of a service are told apart by, and their session.
struct ReleasedService {
  std::string name;      ///< of the sub-chart: the label app.kubernetes.io/name
  std::string session;   ///< "<namespace>/<service>"
  std::string image;     ///< as the pods name it
  std::string revision;  ///< their annotation sconectl/revision; "" without one
  bool native = false;   ///< proves itself with an access token, not with a measurement
  bool operator==(const ReleasedService&) const = default;
};

/// One version (`--release-version`), with the sessions that it needs alone, in upload order.
struct Release {
  std::string version;  ///< "": it was applied without one
  std::vector<session::Session> sessions;
  std::vector<ReleasedService> services;

  [[nodiscard]] const session::Session* find_session(std::string_view name) const;
};

/// From the oldest version to the current one; never empty.
using Rollout = std::vector<Release>;

/// For messages: the version in quotes, or words for one that has no name.
[[nodiscard]] std::string version_text(const Release& release);

/// "" if Kubernetes takes the text as the value of a label (it becomes app.kubernetes.io/version),
/// else what is wrong with it, as the end of a sentence.
[[nodiscard]] std::string version_fault(std::string_view version);

/// With `next` as the current version. An older one of the same name is replaced: the same version
/// applied again, or the way back to it.
[[nodiscard]] Rollout with_release(Rollout rollout, Release next);

/// `current`, and what services of the earlier version need besides: their measurements, services
/// and secrets that are gone, exports to them. Where both say something different, `current` wins.
[[nodiscard]] session::Session accepting(session::Session current, const session::Session& earlier);

/// The sessions of the current version, each accepting the services of all versions. Judged like
/// any session: faults, and services that can not be accepted together, are in `out`.
[[nodiscard]] std::vector<session::Session> accepted_sessions(const Rollout& rollout,
                                                              diag::Diagnostics& out);

/// Another session by its path, or a null pointer if it is not known.
using SessionByName = std::function<const session::Session*(const std::string& name)>;

/// What a service may prove itself with, as "mrenclave <64 hex digits>" or "mrsigner <64 hex
/// digits>", sorted, each once; "secret S of session N" for what stands in a session that is not
/// known.
[[nodiscard]] std::vector<std::string> measurements(const session::Session& session,
                                                    const session::Service& service,
                                                    const SessionByName& others);

}  // namespace sconectl::mesh
