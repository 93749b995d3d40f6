// The readers of the sections, each used for the document and for fragments put into it.
#pragma once

#include "reader.hpp"

namespace sconectl::session {

void read_services(Reader& session, std::vector<Service>& services);
void read_secrets(Reader& session, std::vector<Secret>& secrets);
void read_volumes(Reader& session, std::vector<Volume>& volumes);
void read_images(Reader& session, std::vector<Image>& images);

/// `attestation`: a map or a list; spliced lists are the caller's business.
std::vector<Setting<AttestationVariant>> read_attestation(const yaml::Value& value,
                                                          const std::string& path,
                                                          Context& context);
std::optional<TdxVariant> read_tdx_variant(const yaml::Value& value, const std::string& path,
                                           Context& context);
std::optional<SnpVariant> read_snp_variant(const yaml::Value& value, const std::string& path,
                                           Context& context);
/// `min_tcb` of `security.attestation`; a list in a fragment is spliced by the caller.
std::vector<Setting<MinTcb>> read_min_tcb(Reader& attestation);
std::vector<std::string> read_platforms(const yaml::Value& value, const std::string& path,
                                        Context& context);
std::optional<AccessPolicy> read_access_policy(const yaml::Value& value, const std::string& path,
                                               Context& context);
/// The entries of one operation, in any of its forms (SL-258).
AccessEntries read_entries(const yaml::Value& value, const std::string& path, Context& context);
std::optional<Security> read_security(const yaml::Value& value, const std::string& path,
                                      Context& context);
std::optional<Creator> read_creator(const yaml::Value& value, Context& context);

/// `export` of a secret (SL-175, SL-325).
std::vector<ExportTarget> read_exports(Reader& secret);
std::vector<VolumeExport> read_volume_exports(Reader& volume);
/// `import` of a secret or volume; `own_name` completes the legacy form (SL-324).
std::optional<SecretImport> read_secret_import(Reader& secret, const std::string& own_name);
std::optional<VolumeImport> read_volume_import(Reader& volume, const std::string& own_name);

/// A signer's key: SPKI PEM, Base58Check v10, or a placeholder (SL-265).
std::optional<Setting<std::string>> read_signer(const yaml::Value& value, const std::string& path,
                                                Context& context);

/// Text for a configuration string: nothing mixed with placeholders (SL-203).
std::optional<std::string> read_setting_text(Reader& reader, std::string_view key);

/// Tags and NUL characters anywhere in the document (SL-003, SL-009).
void check_scalars(const yaml::Value& document, Context& context);

}  // namespace sconectl::session
