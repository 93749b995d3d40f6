"""Documents that were read lately, and wrong passwords of the last minute, in Memcached, over mutual TLS."""

import hashlib
import os
import ssl

from pymemcache.client.base import PooledClient

TLS = "/tls"
KEPT_SECONDS = 300
LARGEST = 1_000_000  # Memcached takes values of up to 1 MiB


def client() -> PooledClient:
    tls = ssl.create_default_context(cafile=f"{TLS}/cache-ca.crt")
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    tls.load_cert_chain(f"{TLS}/cache.crt", f"{TLS}/cache.key")
    return PooledClient((os.environ["memcached_server_name"], 11211), tls_context=tls, connect_timeout=5, timeout=5,
                        max_pool_size=8)


_client = client()


def _key(*parts: str) -> str:
    # Names of users and documents are neither short enough for a key, nor free of blanks.
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def document(owner: str, name: str) -> bytes | None:
    return _client.get(_key("document", owner, name))


def keep_read(owner: str, name: str, content: bytes) -> None:
    """What a reader found in the database: never over what a writer has put here meanwhile."""
    if len(content) < LARGEST:
        _client.add(_key("document", owner, name), content, expire=KEPT_SECONDS, noreply=False)


def keep_written(owner: str, name: str, content: bytes) -> None:
    if len(content) < LARGEST:
        _client.set(_key("document", owner, name), content, expire=KEPT_SECONDS, noreply=False)
    else:
        _client.delete(_key("document", owner, name), noreply=False)


def wrong_passwords(user: str) -> int:
    return int(_client.get(_key("wrong", user)) or 0)


def count_wrong_password(user: str) -> None:
    if not _client.add(_key("wrong", user), "1", expire=60, noreply=False):
        _client.incr(_key("wrong", user), 1, noreply=False)
