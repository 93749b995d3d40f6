// Private keys on P-256 in tokens (PKCS#11) and in a TPM 2.0. The program is static and loads no
// module: pkcs11-tool (OpenSC) and the tools of tpm2-tools do what there is to do.
#pragma once

#include <memory>
#include <string_view>

#include "sconectl/crypto/p256.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/host/processes.hpp"

namespace sconectl::token {

/// The key that a URI names; a null pointer for text that is no such URI. Nothing is asked before
/// the key is used. `files` and `processes` have to outlive it.
///
/// "pkcs11:token=LABEL;id=%01?module-path=/usr/lib/...&pin-source=file:/..." (RFC 7512; also
/// serial, manufacturer, model, slot-id, object, type), or
/// "tpm2:handle=0x81000010?auth-source=file:/..." (or &pcrs=sha256:7; ours).
///
/// Throws Error{invalid} for a URI that says less than is needed, or something that would not be
/// heeded. PINs are in files; a URI holds none.
[[nodiscard]] std::shared_ptr<const crypto::P256Key> hardware_key(std::string_view uri,
                                                                  host::Files& files,
                                                                  host::Processes& processes);

}  // namespace sconectl::token
