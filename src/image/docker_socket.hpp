// The Docker daemon asked directly: a question takes a millisecond instead of a start of `docker`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sconectl/image/engine.hpp"

namespace sconectl::image {

/// The Unix socket of the daemon that the `docker` program would talk to. Nothing if that program
/// would choose it in a way that is its own business (a context, TCP, SSH).
[[nodiscard]] std::optional<std::string> docker_socket(const host::Environment& environment,
                                                       host::Files& files);

/// The identities of those `references` that exist. Nothing at all if no Docker daemon answers: the
/// `docker` program then says what is wrong. Error{failed} with its reason if it refuses.
[[nodiscard]] std::optional<std::map<std::string, ImageIdentity>> ask_docker(
    host::Http& http, const std::string& socket, const std::vector<std::string>& references);

/// Whether a path exists in a container that is there. Nothing if no Docker daemon answers.
[[nodiscard]] std::optional<bool> container_has(host::Http& http, const std::string& socket,
                                                const std::string& container,
                                                const std::string& path);

/// The id of a new container of an image that the daemon has, never to be started: without a
/// network, its command is `argument`. Nothing if there is none; the `docker` program then says
/// why.
[[nodiscard]] std::optional<std::string> create_container(host::Http& http,
                                                          const std::string& socket,
                                                          const std::string& reference,
                                                          const std::string& argument);
/// The archive (tar) of a path in a container that is there, "" if it has no such path. Nothing if
/// the daemon does not give it.
[[nodiscard]] std::optional<std::string> archive_in_container(host::Http& http,
                                                              const std::string& socket,
                                                              const std::string& container,
                                                              const std::string& path);
/// With its nameless volumes; one that the daemon does not remove stays, as with `docker rm`.
void remove_container(host::Http& http, const std::string& socket, const std::string& container);

/// What `docker image inspect` and the API tell, as an identity: of the digests the one of the
/// reference's own repository.
[[nodiscard]] ImageIdentity identity_of(std::string id, const std::vector<std::string>& digests,
                                        const std::string& reference);

}  // namespace sconectl::image
