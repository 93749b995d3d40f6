// A registry in memory: what it is sent, it has.
#pragma once

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/http.hpp"
#include "sconectl/oci/name.hpp"

namespace sconectl::test {

/// Answers http://HOST/v2/… for one host, with a token that https://HOST/token gives to a user if
/// `user` is set. Other hosts can not be reached.
class FakeRegistry final : public host::Http {
 public:
  explicit FakeRegistry(std::string host = "127.0.0.1:5000") : host_(std::move(host)) {}

  using host::Http::send;
  host::HttpResponse send(const host::HttpRequest& request, const host::Tls&) override {
    const auto url = host::parse_url(request.url);
    asked.push_back(request.method + " " + url.target);
    if (url.server.authority() != host_)
      throw diag::Error(diag::ErrorKind::unavailable, "can not reach " + url.server.authority());
    if (url.target.starts_with("/token")) return token(request, url.target);
    if (!user.empty() && header(request, "Authorization") != "Bearer good")
      return reply(
          401, "",
          {{"WWW-Authenticate", "Bearer realm=\"http://" + host_ +
                                    "/token\",service=\"r\",scope=\"repository:x:pull\""}});
    host::HttpResponse response = answer(request, url.target.substr(url.target.find('/', 1)));
    if (request.take && response.status == 200) {
      request.take(response.body);
      response.body.clear();
    }
    return response;
  }

  std::map<std::string, std::string> blobs;  ///< by digest
  std::map<std::string, std::pair<std::string, std::string>>
      manifests;            ///< "repo:selector" -> type, bytes
  std::string user;         ///< "": everybody may
  std::string password;     ///< base64 of what stands behind "Basic "
  std::string refuses;      ///< a method that is answered with 403
  int blind_for = 0;        ///< so many manifests are refused, as if their blobs were not there
  int trips = 0;            ///< so many questions for blobs are answered with 500
  bool races = false;       ///< an upload is refused, and its bytes are there: somebody else's
  std::string no_manifest;  ///< the error code of the refusal of every manifest
  std::vector<std::string> asked;
  std::size_t uploaded = 0;  ///< bytes of blobs

 private:
  static host::HttpResponse reply(int status, std::string body, host::HttpHeaders headers = {}) {
    return {status, std::move(headers), std::move(body), {}};
  }
  static std::string header(const host::HttpRequest& request, std::string_view name) {
    for (const auto& [key, value] : request.headers)
      if (key == name) return value;
    return "";
  }

  host::HttpResponse token(const host::HttpRequest& request, const std::string& target) {
    const bool refresh = request.method == "POST" &&
                         request.body.find("refresh_token=" + password) != std::string::npos;
    const bool basic = header(request, "Authorization") == "Basic " + password;
    if (!refresh && !basic) return reply(401, "{}");
    scopes.push_back(target);
    return reply(200, R"({"token":"good"})");
  }

  host::HttpResponse answer(const host::HttpRequest& request, const std::string& rest) {
    if (request.method == refuses)
      return reply(403, R"({"errors":[{"code":"DENIED","message":"not for you"}]})");
    const auto uploads = rest.find("/blobs/uploads/");
    if (uploads != std::string::npos) return upload(request, rest, rest.substr(0, uploads));
    if (const auto at = rest.find("/blobs/"); at != std::string::npos)
      return blob(request, rest.substr(at + 7));
    const auto at = rest.find("/manifests/");
    if (at == std::string::npos) return reply(404, "");
    const std::string key = rest.substr(1, at - 1) + ":" + rest.substr(at + 11);
    return manifest(request, rest.substr(1, at - 1), key);
  }

  host::HttpResponse blob(const host::HttpRequest& request, const std::string& digest) {
    if (trips > 0) {
      --trips;
      return reply(500, "");
    }
    const auto found = blobs.find(digest);
    if (found == blobs.end()) return reply(404, "");
    return reply(200, request.method == "HEAD" ? "" : found->second);
  }

  host::HttpResponse upload(const host::HttpRequest& request, const std::string& rest,
                            const std::string& repository) {
    const std::string place = "/v2" + repository + "/blobs/uploads/1";
    if (request.method == "POST") {
      const auto mount = rest.find("?mount=");
      if (mount != std::string::npos && blobs.contains(rest.substr(mount + 7, 71)))
        return reply(201, "");
      pending_.clear();
      return reply(202, "", {{"Location", place}});
    }
    pending_ += request.body;
    uploaded += request.body.size();
    if (request.method == "PATCH") return reply(202, "", {{"Location", place + "?state=more"}});
    const std::string wanted = "sha256:" + rest.substr(rest.size() - 64);
    if (oci::digest_of(pending_) != wanted)
      return reply(400, R"({"errors":[{"code":"DIGEST_INVALID","message":"other bytes"}]})");
    blobs[wanted] = pending_;
    if (races) return reply(400, R"({"errors":[{"code":"DIGEST_INVALID","message":"raced"}]})");
    return reply(201, "");
  }

  host::HttpResponse manifest(const host::HttpRequest& request, const std::string& repository,
                              const std::string& key) {
    if (request.method == "PUT" && !no_manifest.empty())
      return reply(400, R"({"errors":[{"code":")" + no_manifest + R"(","message":"never"}]})");
    if (request.method == "PUT" && blind_for > 0) {
      --blind_for;
      return reply(400, R"({"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"no blob"}]})");
    }
    if (request.method == "PUT") {
      manifests[key] = {header(request, "Content-Type"), request.body};
      manifests[repository + ":" + oci::digest_of(request.body)] = manifests[key];
      return reply(201, "", {{"Docker-Content-Digest", oci::digest_of(request.body)}});
    }
    const auto found = manifests.find(key);
    if (found == manifests.end()) return reply(404, "");
    return reply(200, request.method == "HEAD" ? "" : found->second.second,
                 {{"Content-Type", found->second.first},
                  {"Docker-Content-Digest", oci::digest_of(found->second.second)}});
  }

 public:
  std::vector<std::string> scopes;  ///< targets of the questions for tokens that were answered

 private:
  std::string host_;
  std::string pending_;
};

}  // namespace sconectl::test
