// Who may have the answer of a route. The rule is the type of the route's function, so that no
// route can be without one: the router decides (enforcement.hpp) and only then calls the function,
// with the proof of the decision, a value that nothing else can make.
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "casd/access/authorization.hpp"
#include "casd/cas_state.hpp"
#include "casd/provisioning/lease_holder.hpp"
#include "casd/provisioning/service_authentication.hpp"
#include "casd/routes/call.hpp"
#include "casd/uploads/upload.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/cas/wire_owner.hpp"
#include "sconectl/casd/service.hpp"

namespace sconectl::casd {

/// What every function gets. Not who called: that was judged before.
struct RequestContext {
  CasState& state;
  const Call& call;
  SecretReader& secrets;
  const std::string& source;  ///< Peer::source, to be noted
  /// The key hash of the client's certificate or "", to be noted too.
  const std::string& identity;
};

/// For everybody; what the function shows is public. `may_wait` says whether it may have to wait
/// for the disk now; without it, never.
struct Public {
  Response (*answer)(RequestContext&);
  bool (*may_wait)(const CasState&) = nullptr;
};
/// For everybody, of the secrets that are public.
struct ForPublicSecrets {
  Response (*answer)(RequestContext&, const cas::ValuesQuery&, const PublicSecrets&);
};
/// For whoever may read the session that the path names (RA-016, RA-024).
struct ForSessionReader {
  /// What is shown beside the active version. After a start, older ones may have to be waited for.
  enum class Versions { active, asked_for, all };
  Response (*answer)(RequestContext&, const ReadableSession&);
  Versions shows = Versions::active;
};
/// For whoever may read the session that a denial is about (RA-092).
struct ForDenialReader {
  Response (*answer)(RequestContext&, const cas::DenialInfo&, const ReadableSession&);
};
/// The same, but of a salted session everybody may have the hash.
struct ForHashReader {
  Response (*answer)(RequestContext&, const ReadableHash&);
};
/// For whoever may list the namespace that the query names.
struct ForNamespaceLister {
  Response (*answer)(RequestContext&, const ListableNamespace&);
};
/// For everybody with a TLS client certificate: it checks a session and stores nothing.
struct ForSessionChecker {
  Response (*answer)(RequestContext&, const Upload&);
};
/// For whoever may create or update the session in the body. Nothing instead of an answer: what the
/// decision was based on has changed, and the router decides again.
struct ForSessionWriter {
  UploadForm form;
  std::optional<Response> (*answer)(RequestContext&, const AllowedUpload&);
};
/// For the CAS that a secret is exported to (SL-188).
struct ForPeerCas {
  Response (*answer)(RequestContext&, const cas::ExportRequest&, const ExportedSecret&);
};
/// For a service that fulfils what its session demands of it.
struct ForAttestedService {
  Response (*answer)(RequestContext&, const cas::ConfigRequest&, const AttestedService&);
};
/// For a service that runs: it shows its lease.
template <class Message>
struct ForLeaseHolder {
  cas::WithLeaseProof<Message> (*decode)(std::string_view body);
  Response (*answer)(RequestContext&, const cas::WithLeaseProof<Message>&, const LeaseHolder&);
  LeaseScope scope = LeaseScope::service;
};
/// For whoever may update the session that the path names: it is his.
struct ForSessionOwner {
  Response (*answer)(RequestContext&, const OwnedSession&);
};
/// For whoever shows the key of the sealed namespace that the path names: its policies can not be
/// read without it.
struct ForNamespaceKey {
  Response (*answer)(RequestContext&, const ProvenNamespaceKey&);
};
/// For the owner of the CAS; while it has none, for that of the root session.
struct ForAuditor {
  Response (*answer)(RequestContext&);
};
/// For whoever shows the provisioning token: he becomes the owner (RA-067).
struct ForProvisioner {
  Response (*answer)(RequestContext&, const cas::ProvisionRequest&, const Provisioner&);
};
/// For the owner of a provisioned CAS (RA-068 ... RA-073). Without a function: it is not built in,
/// and refused by name (RA-021).
struct ForOwner {
  Response (*answer)(RequestContext&, const Owner&) = nullptr;
};

using AccessRule =
    std::variant<Public, ForPublicSecrets, ForSessionReader, ForDenialReader, ForHashReader,
                 ForNamespaceLister, ForSessionOwner, ForNamespaceKey, ForSessionChecker,
                 ForSessionWriter, ForPeerCas, ForAttestedService, ForLeaseHolder<cas::TagUpdate>,
                 ForLeaseHolder<cas::SecretsRequest>, ForLeaseHolder<cas::ExitReport>, ForAuditor,
                 ForProvisioner, ForOwner>;

}  // namespace sconectl::casd
