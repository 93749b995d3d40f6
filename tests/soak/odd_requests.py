"""Odd requests and the attacks of hostile.py that are made of them: pipelines, paths, doubtful lengths."""

import re

import cas

LIVE = b"GET /v1/health/live HTTP/1.1\r\nHost: cas\r\n\r\n"


def receive(sock, patience, most=1 << 24):
    """Bytes until the end or silence, and whether the server ended the connection."""
    sock.settimeout(patience)
    got = b""
    try:
        while len(got) < most:
            part = sock.recv(65536)
            if not part:
                return got, True
            got += part
            if patience > 1:
                sock.settimeout(0.5)
    except TimeoutError:
        return got, False
    except OSError:
        return got, True
    return got, False


def statuses(replies):
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d\d\d) ", replies)]


def pipelined(target):
    """Requests in one piece are answered in order; one who never reads the answers gets no memory."""
    count = 500
    with target.connect() as sock:
        sock.sendall(LIVE.replace(b"live", b"nothing-here") + LIVE * count)
        got, _ = receive(sock, 5)
    if statuses(got) != [404] + [200] * count:
        target.finding(f"pipelined: {len(statuses(got))} replies to {count + 1} requests, or out of order")
    with target.connect(target.context) as sock:
        body = cas.session("pipelined", "x").encode()
        sock.sendall(b"POST /session HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body) +
                     b"GET /v1/sessions/pipelined HTTP/1.1\r\nHost: a\r\n\r\n")
        got, _ = receive(sock, 5)
    if statuses(got) != [201, 200]:
        target.finding(f"pipelined: create and read are answered {statuses(got)}")
    socks = [target.connect() for _ in range(20)]
    sent = 0
    for sock in socks:
        sock.settimeout(0.5)
        try:
            for _ in range(200):
                sock.sendall(LIVE * 1000)
                sent += 1000
        except OSError:
            pass
    print(f"  20 clients that never read could send {sent} requests")
    for sock in socks:
        sock.close()


PATHS = ["/v1/sessions/..%2f..", "/v1/sessions/../../etc/passwd", "/v1/sessions/%2e%2e/%2e%2e",
         "/v1//sessions//known", "//v1/sessions/known//", "/v1/sessions/known%00", "/v1/sessions/%00",
         "/v1/sessions/%ff%fe", "/v1/sessions/\xff\xfe", "/v1/sessions/%", "/v1/sessions/%4", "/v1/sessions/%zz",
         "/v1/sessions/%252e%252e", "/v1/sessions/a\tb", "/v1/sessions/known?hash=%00",
         "/v1/sessions/known?hash=" + "f" * 5000, "/v1/sessions/known?hash=a&hash=b", "/v1/sessions/known?&&==&",
         "/v1/sessions/" + "a/" * 5000, "/" * 8000, "", "*", "known", "?", "/?", "/#", "/v1/values/",
         "/v1/values/session=", "/v1/values/session=known,session=known", "/v1/values/session=..%2f..,secret=%00",
         "/v1/values/session=known,secret=told%00", "/v1/values/" + "," * 5000, "http://other/v1/sessions/known",
         "https://cas:99999/v1/sessions/known", "/v1/sessions?namespace=%00", "/v1/sessions?namespace=/&limit=-1",
         "/v1/sessions?namespace=/&limit=99999999999999999999", "/v1/sessions?namespace=/&after=%ff",
         "/v1/sessions/'; DROP TABLE session_versions;--", "/v1/sessions/known%0d%0aX-a:%20b",
         "/v1/attest?nonce=" + "a" * 9000, "/v1/session_history/%c0%ae%c0%ae", "/v1/session_hashes/%ed%a0%80",
         "/v1/sessions/%e2%80%ae"]
HARMLESS = {"/v1//sessions//known", "//v1/sessions/known//", "/v1/sessions/known?&&==&"}


def paths(target):
    """Every odd path gets a published error, none a 5xx, nothing of another path, and the log stays one line each."""
    for path in PATHS:
        for method in (b"GET", b"POST", b"PROPFIND"):
            with target.connect(target.context) as sock:
                sock.sendall(method + b" " + path.encode("latin-1") + b" HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n"
                             b"Connection: close\r\n\r\n")
                got, ended = receive(sock, 3)
            codes = statuses(got)
            shown = f"{method.decode()} {path[:60]!r}"
            if len(codes) > 1 or any(code >= 500 and code != 501 for code in codes) or not ended:
                target.finding(f"paths: {shown}: statuses {codes}, connection ended: {ended}")
            elif codes == [200] and method == b"GET" and path not in HARMLESS:
                print(f"  {shown} is answered 200")
            elif codes and codes[0] >= 400 and b'"msg":["' not in got:
                target.finding(f"paths: {shown}: not the published error form: {got[-200:]!r}")
            try:
                got.decode()
            except UnicodeDecodeError:
                target.finding(f"paths: {shown}: the reply is no UTF-8: {got[-120:]!r}")


# RFC 9112 lets a server refuse these or read them in one way only: then the request behind is answered, as 200.
TOLERATED = {"two equal Content-Lengths", "folded Content-Length", "folded header", "folded first line", "bare LF"}
CHUNKED = b"Transfer-Encoding: chunked\r\n"
SHAPES = {  # header lines and body; the request behind it must not be answered
    "Content-Length and Transfer-Encoding": b"Content-Length: 5\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "Transfer-Encoding and Content-Length": CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n",
    "two Content-Lengths": b"Content-Length: 0\r\nContent-Length: 5\r\n\r\n",
    "two equal Content-Lengths": b"Content-Length: 4\r\nContent-Length: 4\r\n\r\naaaa",
    "a list of Content-Lengths": b"Content-Length: 0, 5\r\n\r\n",
    "signed Content-Length": b"Content-Length: +0\r\n\r\n",
    "negative Content-Length": b"Content-Length: -1\r\n\r\n",
    "hexadecimal Content-Length": b"Content-Length: 0x0\r\n\r\n",
    "Content-Length over 2^64": b"Content-Length: 18446744073709551616\r\n\r\n",
    "empty Content-Length": b"Content-Length: \r\n\r\n",
    "space before the colon": b"Content-Length : 0\r\n\r\n",
    "space before chunked's colon": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "identity": b"Transfer-Encoding: identity\r\n\r\n",
    "chunked is not last": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked twice": CHUNKED + CHUNKED + b"\r\n0\r\n\r\n",
    "vertical tab": b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "folded Content-Length": b"Content-Length:\r\n 0\r\n\r\n",
    "folded header": b"X-a: b\r\n Content-Length: 5\r\n\r\n",
    "folded first line": b" Content-Length: 5\r\n\r\n",
    "NUL in a header": b"X-a: b\x00c\r\nContent-Length: 0\r\n\r\n",
    "bare CR": b"X-a: b\rContent-Length: 5\r\nContent-Length: 0\r\n\r\n",
    "bare LF": b"X-a: b\nContent-Length: 0\r\n\r\n",
    "no colon": b"Nonsense\r\nContent-Length: 0\r\n\r\n",
    "empty name": b": b\r\nContent-Length: 0\r\n\r\n",
    "negative chunk": CHUNKED + b"\r\n-1\r\n\r\n0\r\n\r\n",
    "chunk over 2^64": CHUNKED + b"\r\n10000000000000000\r\n\r\n0\r\n\r\n",
    "chunk 0x0": CHUNKED + b"\r\n0x0\r\n\r\n",
    "chunk with space": CHUNKED + b"\r\n 0\r\n\r\n",
    "chunk without its end": CHUNKED + b"\r\n1\r\naXX0\r\n\r\n",
    "chunk ended by LF": CHUNKED + b"\r\n1\na\n0\n\n",
    "LF in a chunk extension": CHUNKED + b"\r\n0;a\nb\r\n\r\n",
}


def smuggling(target):
    """Requests of doubtful length: 4xx or an end, and what stands behind them is never answered."""
    for name, shape in SHAPES.items():
        for method in (b"POST /v1/session_checks", b"GET /v1/nothing"):
            first = b"Host: a\r\n" if name != "folded first line" else b""
            got, ended = target.exchange(method + b" HTTP/1.1\r\n" + first + shape + LIVE, 2)
            codes = statuses(got)
            refused = ended and len(codes) <= 1 and all(400 <= code < 600 for code in codes)
            tolerated = name in TOLERATED and len(codes) == 2 and codes[1] == 200
            if not refused and not tolerated:
                target.finding(f"smuggling: {name} ({method.decode()}): statuses {codes}, the request behind it was "
                               f"answered: {b'live' in got}, connection ended: {ended}")
    for name, line in (("no Host", b"GET /v1/health/live HTTP/1.1\r\n\r\n"),
                       ("HTTP/0.9", b"GET /v1/health/live\r\n\r\n"),
                       ("HTTP/3.7", b"GET /v1/health/live HTTP/3.7\r\nHost: a\r\n\r\n"),
                       ("two Hosts", b"GET /v1/health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")):
        codes = statuses(target.exchange(line, 1)[0])
        if codes and codes[0] < 400:
            target.finding(f"smuggling: {name} is answered {codes}, RFC 9112 wants 400")
