"""What the proxy hands to a service, and what it gets back."""

import collections
import json

# query: {name: last value}; headers: as of http.server, names without case.
Request = collections.namedtuple("Request", "host method path query headers body")


class Reply(Exception):
    """An answer of a service: returned, or raised from wherever it is known. content: what becomes JSON, or bytes. note: what
    the log says beside method, target and status; no secrets."""

    def __init__(self, status, content=None, headers=None, note=None):
        super().__init__(status)
        self.status, self.headers, self.note = status, {}, note or {}
        if isinstance(content, bytes):
            self.body = content
        elif content is None:
            self.body = b""
        else:
            self.body = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
            self.headers["Content-Type"] = "application/json; charset=utf-8"
        self.headers |= headers or {}


def bearer(request):
    """The token of the request, or None."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and token.strip() else None
