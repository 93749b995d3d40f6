#include "casd/connections/tls_library.hpp"

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>
#include <vector>

namespace sconectl::casd {

namespace {

/// The default provider, which does all the work; loaded by tls_library().
OSSL_PROVIDER* everything = nullptr;

/// What OpenSSL calls the keys that can prove something in a handshake. "DER" tells their forms
/// apart.
constexpr std::array<std::string_view, 7> key_names = {"EC",      "RSA",   "RSA-PSS", "DSA",
                                                       "ED25519", "ED448", "DER"};

/// `names`: the names of one algorithm, with colons between them.
bool names_a_key(std::string_view names) {
  const auto first = names.substr(0, names.find(':'));
  return std::find(key_names.begin(), key_names.end(), first) != key_names.end();
}

/// The default provider's algorithms of one kind as far as they are wanted; OpenSSL keeps them.
std::vector<OSSL_ALGORITHM> chosen(
    int operation, const std::function<bool(const OSSL_ALGORITHM& algorithm)>& wanted) {
  std::vector<OSSL_ALGORITHM> result;
  int no_cache = 0;
  const auto* all = OSSL_PROVIDER_query_operation(everything, operation, &no_cache);
  for (; all != nullptr && all->algorithm_names != nullptr; ++all)
    if (wanted(*all)) result.push_back(*all);
  result.push_back({});  // the end, for OpenSSL
  return result;
}

bool reads_public_keys(const OSSL_ALGORITHM& decoder) {
  const std::string_view properties = decoder.property_definition;
  return names_a_key(decoder.algorithm_names) &&
         properties.find("input=der") != std::string_view::npos &&
         properties.find("structure=SubjectPublicKeyInfo") != std::string_view::npos;
}

const OSSL_ALGORITHM* query(void*, int operation, int* no_cache) {
  static const auto decoders = chosen(OSSL_OP_DECODER, reads_public_keys);
  if (operation == OSSL_OP_DECODER) {
    *no_cache = 0;
    return decoders.data();
  }
  return OSSL_PROVIDER_query_operation(everything, operation, no_cache);
}

int capabilities(void*, const char* capability, OSSL_CALLBACK* callback, void* argument) {
  return OSSL_PROVIDER_get_capabilities(everything, capability, callback, argument);
}

int begin(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** functions,
          void** context) {
  using Function = void (*)();
  static const std::array<OSSL_DISPATCH, 3> table{{
      {OSSL_FUNC_PROVIDER_QUERY_OPERATION, reinterpret_cast<Function>(query)},
      {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, reinterpret_cast<Function>(capabilities)},
      {0, nullptr},
  }};
  *functions = table.data();
  *context = OSSL_PROVIDER_get0_provider_ctx(everything);
  return 1;
}

OSSL_LIB_CTX* made() {
  constexpr const char* name = "tls";
  everything = OSSL_PROVIDER_load(nullptr, "default");
  OSSL_LIB_CTX* library = everything == nullptr ? nullptr : OSSL_LIB_CTX_new();
  if (library == nullptr || OSSL_PROVIDER_add_builtin(library, name, begin) != 1 ||
      OSSL_PROVIDER_load(library, name) == nullptr)
    return nullptr;
  return library;
}

}  // namespace

OSSL_LIB_CTX* tls_library() {
  static OSSL_LIB_CTX* const library = made();
  return library;
}

}  // namespace sconectl::casd
