#include "casd/provisioning/leases.hpp"

#include "casd/store/fields.hpp"
#include "sconectl/cas/wire_running.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/random.hpp"

namespace sconectl::casd {

namespace {

constexpr std::string_view lease_fact = "lease-key";
constexpr std::size_t lease_root_bytes = 32;

}  // namespace

Leases::Leases(Store& store, const StartPermission& permission) {
  if (auto stored = store.fact(std::string(lease_fact))) {
    root_ = std::move(*stored);
    return;
  }
  root_ = crypto::random_bytes(lease_root_bytes);
  store.keep_fact(permission, std::string(lease_fact), root_.view());
}

cas::Lease Leases::make(std::string_view session, std::string_view service) const {
  const auto id = crypto::random_bytes(cas::lease_id_bytes);
  return {std::string(id.view()), std::string(key(session, service, id.view()).view())};
}

crypto::Secret Leases::key(std::string_view session, std::string_view service,
                           std::string_view id) const {
  const auto message = join_fields({session, service, id});
  return crypto::Secret(crypto::view(crypto::hmac_sha256(root_.view(), message.view())));
}

}  // namespace sconectl::casd
