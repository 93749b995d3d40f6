// The API server of a cluster, as far as policies go: objects in memory, versions, list, watch, the
// status subresource. Tests make it fail.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/http.hpp"

namespace sconectl::test {

/// Answers https://api:6443 as an API server, and gives every other request to `others`.
class FakeApiServer final : public host::Http {
 public:
  using Json = nlohmann::json;

  explicit FakeApiServer(host::Http& others) : others_(others) {}

  using host::Http::send;
  host::HttpResponse send(const host::HttpRequest& request, const host::Tls& tls) override {
    const auto url = host::parse_url(request.url);
    if (url.server.host != "api") {
      ++passed_on[url.server.host];
      if (before_others) before_others(request.method, url.target);
      return others_.send(request, tls);
    }
    requests.push_back(request.method + " " + url.target);
    headers = request.headers;
    if (before) before(request.method, url.target);
    if (!failures.empty()) {
      const host::HttpResponse failure = failures.front();
      failures.pop_front();
      if (failure.status == 0)
        throw diag::Error(diag::ErrorKind::unavailable, "can not reach api:6443: timed out");
      return failure;
    }
    const auto question = url.target.find('?');
    const std::string path = url.target.substr(0, question);
    const std::string query = question == std::string::npos ? "" : url.target.substr(question + 1);
    if (path.starts_with("/api/v1/namespaces/") && path.ends_with("/pods"))
      return pod_list(path, query);
    if (path.starts_with("/api/v1/namespaces/")) return config_map(request, path);
    if (path.starts_with("/apis/apps/v1/namespaces/")) return daemon_set(path);
    if (request.method == "PATCH") return patch(path, Json::parse(request.body));
    if (query.find("watch=1") != std::string::npos)
      return watch(path, parameter(query, "resourceVersion"));
    return list(path, query);
  }

  /// Creates or replaces the spec of an object, as `kubectl apply` does: the same spec changes
  /// nothing.
  void apply(const std::string& plural, const std::string& name_space, const std::string& name,
             const Json& spec, int hook_weight = 0) {
    const std::string key = key_of(plural, name_space, name);
    const auto found = objects_.find(key);
    if (found != objects_.end() && found->second["spec"] == spec) return;
    Json object = found == objects_.end() ? Json::object() : found->second;
    const bool is_new = found == objects_.end();
    object["spec"] = spec;
    Json& meta = object["metadata"];
    meta["name"] = name;
    meta["namespace"] = name_space;
    meta["annotations"]["helm.sh/hook-weight"] = std::to_string(hook_weight);
    if (is_new) meta["uid"] = "uid-" + std::to_string(++uids_);
    meta["generation"] = is_new ? 1 : meta["generation"].get<int>() + 1;
    store(plural, key, std::move(object), is_new ? "ADDED" : "MODIFIED");
  }
  void remove(const std::string& plural, const std::string& name_space, const std::string& name) {
    const auto found = objects_.find(key_of(plural, name_space, name));
    Json object = found->second;
    objects_.erase(found);
    object["metadata"]["resourceVersion"] = std::to_string(++version_);
    events_.push_back({plural, version_, "DELETED", std::move(object)});
  }
  /// As `kubectl delete` does it while a finalizer waits.
  void mark_deleted(const std::string& plural, const std::string& name_space,
                    const std::string& name) {
    const std::string key = key_of(plural, name_space, name);
    Json object = objects_.at(key);
    object["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
    store(plural, key, std::move(object), "MODIFIED");
  }
  /// Forgets what happened: a watch from an older version gets 410.
  void compact() {
    events_.clear();
    compacted_ = ++version_;
  }
  [[nodiscard]] Json object(const std::string& plural, const std::string& name_space,
                            const std::string& name) const {
    const auto found = objects_.find(key_of(plural, name_space, name));
    return found == objects_.end() ? Json() : found->second;
  }
  [[nodiscard]] int version() const { return version_; }
  [[nodiscard]] std::size_t count(const std::string& start) const {
    std::size_t n = 0;
    for (const std::string& request : requests) n += request.starts_with(start) ? 1U : 0U;
    return n;
  }

  std::vector<std::string> requests;
  host::HttpHeaders headers;             ///< of the last request
  std::map<std::string, int> passed_on;  ///< host -> requests for it
  /// Answers of the next requests, whatever they are; status 0: no connection.
  std::deque<host::HttpResponse> failures;
  std::map<std::string, std::map<std::string, std::string>> config_maps;  ///< "namespace/name"
  std::map<std::string, Json> daemon_sets;  ///< "namespace/name" -> status
  std::map<std::string, Json> pods;         ///< "namespace/name"
  /// Called before each request is looked at, and before each that goes to others.
  std::function<void(const std::string& method, const std::string& target)> before;
  std::function<void(const std::string& method, const std::string& target)> before_others;
  /// Where the list of a page ends; 0: all on one page.
  std::size_t page = 0;

 private:
  struct Event {
    std::string plural;
    int version;
    std::string type;
    Json object;
  };

  static std::string key_of(const std::string& plural, const std::string& name_space,
                            const std::string& name) {
    return plural + "/" + name_space + "/" + name;
  }
  static std::string parameter(const std::string& query, const std::string& name) {
    const auto at = query.find(name + "=");
    if (at == std::string::npos) return "";
    const auto start = at + name.size() + 1;
    return query.substr(start, query.find('&', start) - start);
  }
  static host::HttpResponse answer(int status, const std::string& body) {
    host::HttpResponse response;
    response.status = status;
    response.body = body;
    return response;
  }
  static host::HttpResponse status_object(int code, const std::string& message) {
    return answer(code, Json{{"kind", "Status"}, {"code", code}, {"message", message}}.dump());
  }

  void store(const std::string& plural, const std::string& key, Json object,
             const std::string& type) {
    object["metadata"]["resourceVersion"] = std::to_string(++version_);
    objects_[key] = object;
    events_.push_back({plural, version_, type, std::move(object)});
  }

  host::HttpResponse list(const std::string& path, const std::string& query) {
    const std::string plural = path.substr(path.rfind('/') + 1);
    std::string after = parameter(query, "continue");
    for (std::size_t at = 0; (at = after.find("%2F")) != std::string::npos;)
      after.replace(at, 3, "/");
    Json items = Json::array();
    std::string last;
    std::string next;
    for (const auto& [key, object] : objects_) {
      if (!key.starts_with(plural + "/") || (!after.empty() && key <= after)) continue;
      if (page != 0 && items.size() == page) {
        next = last;
        break;
      }
      items.push_back(object);
      last = key;
    }
    return answer(200, Json{{"metadata",
                             {{"resourceVersion", std::to_string(version_)},
                              {"continue", next.empty() ? "" : next}}},
                            {"items", items}}
                           .dump());
  }

  host::HttpResponse watch(const std::string& path, const std::string& from) {
    const std::string plural = path.substr(path.rfind('/') + 1);
    const int since = from.empty() ? 0 : std::stoi(from);
    if (since < compacted_)
      return answer(200, Json{{"type", "ERROR"},
                              {"object", {{"code", 410}, {"message", "too old resource version"}}}}
                                 .dump() +
                             "\n");
    std::string lines;
    for (const Event& event : events_)
      if (event.plural == plural && event.version > since)
        lines += Json{{"type", event.type}, {"object", event.object}}.dump() + "\n";
    lines += Json{{"type", "BOOKMARK"},
                  {"object", {{"metadata", {{"resourceVersion", std::to_string(version_)}}}}}}
                 .dump() +
             "\n";
    return answer(200, lines);
  }

  host::HttpResponse config_map(const host::HttpRequest& request, const std::string& path) {
    // /api/v1/namespaces/NAMESPACE/configmaps[/NAME]
    const std::string rest = path.substr(std::string("/api/v1/namespaces/").size());
    const std::string name_space = rest.substr(0, rest.find('/'));
    const Json sent = request.body.empty() ? Json::object() : Json::parse(request.body);
    const std::string name = request.method == "POST" ? sent["metadata"]["name"].get<std::string>()
                                                      : rest.substr(rest.rfind('/') + 1);
    const auto found = config_maps.find(name_space + "/" + name);
    if (request.method == "POST" && found != config_maps.end())
      return status_object(409, "already exists");
    if (request.method != "POST" && found == config_maps.end())
      return status_object(404, "not found");
    auto& data = config_maps[name_space + "/" + name];
    if (sent.contains("data"))
      for (const auto& [key, value] : sent["data"].items()) {
        if (value.is_null())
          data.erase(key);
        else
          data[key] = value.get<std::string>();
      }
    return answer(200, Json{{"data", data}}.dump());
  }

  host::HttpResponse pod_list(const std::string& path, const std::string& query) {
    // /api/v1/namespaces/NAMESPACE/pods?labelSelector=app.kubernetes.io%2Finstance%3DRELEASE
    const std::string rest = path.substr(std::string("/api/v1/namespaces/").size());
    const std::string name_space = rest.substr(0, rest.find('/')) + "/";
    const std::string wanted = parameter(query, "labelSelector");
    const std::string after = parameter(query, "continue");
    Json items = Json::array();
    std::string next;
    for (const auto& [key, pod] : pods) {
      const std::string name = key.substr(key.find('/') + 1);
      const std::string release =
          pod.at("metadata").at("labels").at("app.kubernetes.io/instance").get<std::string>();
      if (!key.starts_with(name_space) || (!after.empty() && name <= after) ||
          wanted != "app.kubernetes.io%2Finstance%3D" + release)
        continue;
      if (page != 0 && items.size() == page) {
        next = items.back().at("metadata").at("name").get<std::string>();
        break;
      }
      items.push_back(pod);
      items.back()["metadata"]["name"] = name;
    }
    return answer(200, Json{{"metadata", {{"continue", next}}}, {"items", items}}.dump());
  }

  host::HttpResponse daemon_set(const std::string& path) {
    // /apis/apps/v1/namespaces/NAMESPACE/daemonsets/NAME
    const std::string rest = path.substr(std::string("/apis/apps/v1/namespaces/").size());
    const std::string name_space = rest.substr(0, rest.find('/'));
    const auto found = daemon_sets.find(name_space + "/" + rest.substr(rest.rfind('/') + 1));
    if (found == daemon_sets.end()) return status_object(404, "not found");
    return answer(200, Json{{"status", found->second}}.dump());
  }

  host::HttpResponse patch(const std::string& path, const Json& patch) {
    // /apis/GROUP/VERSION/namespaces/NAMESPACE/PLURAL/NAME/status
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < path.size();) {
      const auto end = std::min(path.find('/', at + 1), path.size());
      parts.push_back(path.substr(at + 1, end - at - 1));
      at = end;
    }
    if (parts.size() == 6) parts.insert(parts.begin() + 3, {"namespaces", ""});
    if (parts.size() != 8 || parts[7] != "status") return status_object(404, "no such path");
    const std::string key = key_of(parts[5], parts[4], parts[6]);
    const auto found = objects_.find(key);
    if (found == objects_.end()) return status_object(404, "not found");
    Json object = found->second;
    const Json& meta = object["metadata"];
    if (patch["metadata"]["resourceVersion"] != meta["resourceVersion"] ||
        patch["metadata"]["uid"] != meta["uid"])
      return status_object(409, "the object has been modified");
    Json after = object;
    after["status"].merge_patch(patch["status"]);
    if (after == object) return answer(200, object.dump());
    store(parts[5], key, after, "MODIFIED");
    return answer(200, after.dump());
  }

  host::Http& others_;
  std::map<std::string, Json> objects_;
  std::vector<Event> events_;
  int version_ = 100;
  int compacted_ = 0;
  int uids_ = 0;
};

}  // namespace sconectl::test
