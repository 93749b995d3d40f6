#include <openssl/x509_vfy.h>

#include "crypto/native.hpp"
#include "sconectl/crypto/certificate.hpp"

namespace sconectl::crypto {
namespace {

using StorePtr = std::unique_ptr<X509_STORE, FreeWith<X509_STORE_free>>;
using StoreContextPtr = std::unique_ptr<X509_STORE_CTX, FreeWith<X509_STORE_CTX_free>>;
using StackPtr = std::unique_ptr<STACK_OF(X509), FreeWith<+[](STACK_OF(X509) * stack) {
                                   sk_X509_free(stack);  // its members belong to others
                                 }>>;

StorePtr store_of(std::span<const Certificate> roots) {
  StorePtr store{X509_STORE_new()};
  if (!store) throw_failure("verify a certificate");
  for (const auto& root : roots) {
    if (X509_STORE_add_cert(store.get(), mutable_x509(root.native())) != 1) {
      throw_failure("verify a certificate");
    }
  }
  return store;
}

}  // namespace

ChainVerdict verify_chain(const Certificate& leaf, std::span<const Certificate> intermediates,
                          std::span<const Certificate> roots, std::optional<Time> at) {
  const ErrorQueueGuard guard;
  const StorePtr store = store_of(roots);
  const StackPtr others{sk_X509_new_null()};
  if (!others) throw_failure("verify a certificate");
  for (const auto& certificate : intermediates) {
    if (sk_X509_push(others.get(), mutable_x509(certificate.native())) <= 0) {
      throw_failure("verify a certificate");
    }
  }
  const StoreContextPtr context{X509_STORE_CTX_new()};
  if (!context || X509_STORE_CTX_init(context.get(), store.get(), mutable_x509(leaf.native()),
                                      others.get()) != 1) {
    throw_failure("verify a certificate");
  }
  unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
  if (!at) flags |= X509_V_FLAG_NO_CHECK_TIME;
  X509_STORE_CTX_set_flags(context.get(), flags);
  if (at) {
    X509_STORE_CTX_set_time(context.get(), 0, static_cast<time_t>(at->time_since_epoch().count()));
  }
  if (X509_verify_cert(context.get()) == 1) return {};
  const int error = X509_STORE_CTX_get_error(context.get());
  std::string refusal = X509_verify_cert_error_string(error);
  const X509* where = X509_STORE_CTX_get_current_cert(context.get());
  if (where != nullptr && X509_cmp(where, mutable_x509(leaf.native())) != 0) {
    refusal += " (certificate " + std::to_string(X509_STORE_CTX_get_error_depth(context.get())) +
               " of its chain)";
  }
  return {refusal};
}

}  // namespace sconectl::crypto
