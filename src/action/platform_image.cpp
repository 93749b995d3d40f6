#include "sconectl/action/platform_image.hpp"

#include <fmt/format.h>

#include <optional>

#include "action/build_time.hpp"
#include "action/launcher_file.hpp"
#include "sconectl/action/apply_service.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/image/engine.hpp"
#include "sconectl/text/image_reference.hpp"

namespace sconectl::action {

namespace {

using diag::Error;
using diag::ErrorKind;

/// Of Debian's package ca-certificates.
constexpr const char* authorities = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::size_t most_authorities = std::size_t{8} << 20U;
constexpr const char* usual_cli_base = "debian:12-slim";

/// Nothing else is needed at run time: the program is static. Public services are trusted by the
/// authorities of the machine that builds. Without a command it serves everybody who reaches the
/// container, and keeps what it knows in a volume.
constexpr std::string_view cas_dockerfile =
    "FROM scratch\n"
    "COPY sconectl /opt/sconectl/sconectl\n"
    "COPY cert.pem /usr/lib/ssl/cert.pem\n"
    "COPY --chown=10001:10001 empty /var/lib/cas\n"
    "USER 10001\n"
    "VOLUME /var/lib/cas\n"
    "EXPOSE 8081 18765\n"
    "ENTRYPOINT [\"/opt/sconectl/sconectl\"]\n"
    "CMD [\"cas\", \"serve\", \"--data\", \"/var/lib/cas/data\", \"--listen\", \"0.0.0.0:8081\", "
    "\"--enclave-listen\", \"0.0.0.0:18765\"]\n";

/// A shell that finds the program under its names. It is root, as scripts that name a CAS in
/// /etc/hosts need; a base without bash ends the build. With the launcher, `apply` works there.
constexpr std::string_view cli_dockerfile =
    "FROM {}\n"
    "USER 0\n"
    "COPY sconectl sconectl-launcher /opt/sconectl/\n"
    "COPY cert.pem /usr/lib/ssl/cert.pem\n"
    "RUN [\"bash\", \"-c\", \"cd /usr/local/bin && for name in sconectl scone kubectl-provision; "
    "do ln -s /opt/sconectl/sconectl $name; done\"]\n"
    "WORKDIR /\n"
    "ENTRYPOINT []\n"
    "CMD [\"bash\"]\n";

void require_image(const char* option, const std::string& reference) {
  const std::string fault = text::image_reference_fault(reference);
  if (!fault.empty())
    throw Error(ErrorKind::usage,
                fmt::format("{}: '{}' is no image: it {}", option, reference, fault));
}

std::string dockerfile_of(const PlatformImage& image) {
  if (image.name == "cli") return fmt::format(cli_dockerfile, image.base.value_or(usual_cli_base));
  if (image.base)
    throw Error(ErrorKind::usage, fmt::format("--from: '{}' is built from nothing", image.name));
  return std::string(cas_dockerfile);
}

}  // namespace

std::vector<std::string> platform_images() {
  return {"cas", "cli"};
}

std::string build_platform_image(System& system, const PlatformImage& image) {
  require_image("--to", image.reference);
  if (image.base) require_image("--from", *image.base);
  const std::string dockerfile = dockerfile_of(image);
  std::optional<std::filesystem::path> launcher;
  if (image.name == "cli") launcher = program_for_images(system, manifest::Runtime::native);
  image::Engine engine(system.processes, system.files, engine_name(system, image.engine));
  engine.ask_daemon(system.environment, system.http);
  const host::TemporaryDirectory place(system.files);
  system.files.make_directories(place.path() / "context" / "empty");
  system.files.write(place.path() / "Dockerfile", dockerfile);
  system.files.copy_file(system.environment.executable(), place.path() / "context" / "sconectl");
  if (launcher) system.files.copy_file(*launcher, place.path() / "context" / "sconectl-launcher");
  const auto trusted = system.files.read_if_exists(authorities, most_authorities);
  if (!trusted)
    system.warn({diag::Severity::warning,
                 {},
                 fmt::format("there is no {}: the image trusts no public service (Azure, Intel, "
                             "AMD); install ca-certificates and build it again",
                             authorities)});
  system.files.write(place.path() / "context" / "cert.pem", trusted.value_or("# none\n"));
  const auto more = [&](std::string_view line) { system.tell_more(line); };
  system.tell(fmt::format("building {} with {} ...", image.reference, engine.name()));
  image::BuildConfiguration configuration;
  configuration.time = source_date_epoch(system);
  (void)engine.build(place.path(), image.reference, more, configuration);
  if (!image.push) return image.reference;
  system.tell(fmt::format("pushing {} ...", image.reference));
  const std::string digest = engine.push(image.reference, more);
  if (digest.empty()) return image.reference;
  const auto name_begins =
      image.reference.rfind('/') == std::string::npos ? 0 : image.reference.rfind('/');
  const auto tag = image.reference.find(':', name_begins);
  return image.reference.substr(0, tag) + "@" + digest;
}

}  // namespace sconectl::action
