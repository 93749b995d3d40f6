// A registry (OCI distribution specification 1.1).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/host/http.hpp"
#include "sconectl/oci/credentials.hpp"
#include "sconectl/oci/name.hpp"
#include "sconectl/oci/source.hpp"

namespace sconectl::oci {

/// One repository of a registry. Registries on this machine's loopback are spoken to without TLS,
/// as engines do; others by https with the system's authorities and those of
/// /etc/docker/certs.d/HOST[:PORT]/*.crt. Errors: unavailable if the registry does not answer
/// or does not give what is read, failed if it does not take what is pushed, with its own words.
class Registry final : public ImageSource {
 public:
  Registry(host::Http& http, const host::Files& files, Credentials& credentials,
           const ImageName& name);

  ~Registry() override;

  std::optional<FetchedManifest> manifest(const std::string& selector) override;
  void blob(const Descriptor& blob, const Sink& take) override;
  [[nodiscard]] std::string name() const override;

  /// The digest that a tag has, without its manifest; nothing if there is none.
  [[nodiscard]] std::optional<std::string> digest(const std::string& selector);
  [[nodiscard]] bool has_blob(const Descriptor& blob);
  /// Takes a blob from another repository of the same registry; whether the registry did.
  [[nodiscard]] bool mount(const Descriptor& blob, const std::string& from_repository);
  /// Called with what takes the bytes of a blob.
  using Read = std::function<void(const Sink& take)>;
  /// Sends a blob; `sent` is told the bytes of each part that arrived.
  void push_blob(const Descriptor& blob, const Read& read,
                 const std::function<void(std::uint64_t bytes)>& sent = {});
  void push_manifest(const std::string& selector, std::string_view media_type,
                     const std::string& bytes);

 private:
  struct Request {
    std::string method;
    std::string target;  ///< "/v2/…" or an address that the registry named
    host::HttpHeaders headers = {};
    std::string body = {};
    Sink take = {};
    diag::ErrorKind refused = diag::ErrorKind::failed;  ///< what it means if we may not
  };
  host::HttpResponse send(const Request& request);
  host::HttpResponse send_once(const Request& request, const std::string& url, bool authorized);
  [[nodiscard]] std::string url(const std::string& target) const;
  [[nodiscard]] std::string path(std::string_view rest) const;
  bool authorize(const std::string& challenge, diag::ErrorKind refused);
  void ask_for_token(const std::string& parameters, diag::ErrorKind refused);
  [[nodiscard]] std::string upload_target(const host::HttpResponse& response) const;
  [[nodiscard]] std::string begin_upload();
  void push_parts(const Descriptor& blob, const Read& read,
                  const std::function<void(std::uint64_t)>& sent);
  /// A registry may trip over two who push the same bytes at one moment; then one of them has them
  /// there.
  [[nodiscard]] bool comes_from_another(const Descriptor& blob);
  void finish_upload(const std::string& target, const Descriptor& blob, std::string last);
  [[noreturn]] void refuse(const host::HttpResponse& response, std::string_view doing,
                           diag::ErrorKind refused = diag::ErrorKind::failed) const;

  host::Http& http_;
  Credentials& credentials_;
  ImageName image_;
  std::string base_;  ///< "https://registry:5000"
  host::Tls tls_;
  std::string authorization_;
};

}  // namespace sconectl::oci
