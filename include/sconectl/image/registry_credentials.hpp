// What a container engine's own configuration says about logging in to a registry.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace sconectl::host {
class Environment;
class Files;
}  // namespace sconectl::host

namespace sconectl::image {

/// The file in which `engine` (docker, podman or buildah) keeps credentials for `repository`
/// ("registry.scontain.com/sconectl"), or names a credential helper that does; nothing if there is
/// none. Looks where the engine looks: docker in $DOCKER_CONFIG/config.json (default ~/.docker);
/// the others in $REGISTRY_AUTH_FILE alone, else in containers/auth.json of the runtime and the
/// configuration directory and in docker's file. Contacts nobody and starts no helper. A file that
/// can not be understood is Error{unavailable}: it must not decide by accident.
[[nodiscard]] std::optional<std::filesystem::path> credentials_file(
    const std::string& engine, const std::string& repository, const host::Environment& environment,
    const host::Files& files);

}  // namespace sconectl::image
