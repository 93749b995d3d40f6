#include "casd/audit/audit_sink.hpp"

#include <fmt/core.h>

#include <atomic>

#include "sconectl/cas/audit_log.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/appended_file.hpp"

namespace sconectl::casd {

namespace {

class FileSink final : public AuditSink {
 public:
  explicit FileSink(const std::filesystem::path& path)
      : name_(path.string()), file_(path, std::string(cas::audit_line_begin)) {}

  [[nodiscard]] const std::string& name() const override { return name_; }

  void take(std::deque<AuditText>& entries) override {
    std::string bytes;
    for (const auto& entry : entries) bytes += entry.line + '\n';
    file_.append(bytes);
    entries.clear();
  }

  bool begin_anew_if_asked() override { return file_.reopen_if_moved(); }

 private:
  const std::string name_;
  host::AppendedFile file_;
};

class ServerSink final : public AuditSink {
 public:
  ServerSink(const AuditServer& server, host::Http& http) : name_(server.url), http_(http) {
    (void)host::parse_url(server.url);
    if (server.ca_certificate)
      tls_.trust = host::ChainTo{{*server.ca_certificate}, host::HostName::compared};
  }

  [[nodiscard]] const std::string& name() const override { return name_; }

  void take(std::deque<AuditText>& entries) override {
    while (!entries.empty()) {
      if (stopped_) throw diag::Error(diag::ErrorKind::unavailable, "the CAS ends");
      send(entries.front().line);
      entries.pop_front();
    }
  }

  void stop() override { stopped_ = true; }

 private:
  void send(const std::string& line) {
    host::HttpRequest request;
    request.method = "POST";
    request.url = name_;
    request.headers = {{"Content-Type", "application/json"}};
    request.body = line;
    request.way = host::Way::outside;
    request.connect_timeout = std::chrono::milliseconds(5'000);
    request.timeout = std::chrono::milliseconds(5'000);
    request.response_limit = std::size_t{64} << 10U;
    const auto reply = http_.send(request, tls_);
    if (reply.status < 200 || reply.status > 299)
      throw diag::Error(diag::ErrorKind::unavailable,
                        fmt::format("the server answers with status {}", reply.status));
  }

  const std::string name_;
  host::Http& http_;
  host::Tls tls_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace

std::unique_ptr<AuditSink> audit_file(const std::filesystem::path& path) {
  return std::make_unique<FileSink>(path);
}

std::unique_ptr<AuditSink> audit_server(const AuditServer& server, host::Http& http) {
  return std::make_unique<ServerSink>(server, http);
}

}  // namespace sconectl::casd
