#!/usr/bin/env python3
"""Hostile clients neither stop the CAS nor make it grow, and a normal client is served all the time.

usage: hostile.py [--binary SCONECTL] [--idle N] [--slow N] [ATTACK...]   (default all attacks, 2000 idle, 300 slow)

After each attack the CAS must live, must not have grown by 100 MB (RSS at its highest, against before), and a
normal client (a new connection, one read; every fifth time a create) must have been served within 2 s throughout.
All findings are printed; exit status 1 if there is any.
"""

import concurrent.futures
import os
import random
import resource
import select
import socket
import ssl
import sys
import threading
import time

import cas
import odd_requests
from odd_requests import receive, statuses

SERVED_WITHIN, GROWTH_MB, TIMEOUT = 2.0, 100, 30
# A connection has its TLS state; their number is bounded (16,384, and idle ones go after 5 s when there are many).
CONNECTION_MB = 0.03


class Target:
    def __init__(self, server, context, directory, options):
        self.server, self.context, self.directory, self.options = server, context, directory, options
        self.findings = []
        self.anonymous = cas.tls()

    def tcp(self):
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=10)

    def connect(self, context=None):
        return (context or self.anonymous).wrap_socket(self.tcp())

    def finding(self, text):
        self.findings.append(text)
        print(f"  FINDING: {text}", flush=True)

    def exchange(self, data, patience=3):
        """What comes back for these bytes on a new connection, until it is closed or silent."""
        with self.connect() as sock:
            try:
                sock.sendall(data)
            except OSError:
                pass
            return receive(sock, patience)


class Normal(threading.Thread):
    """An ordinary client at work; keeps its longest wait and its failures since they were last asked for."""

    def __init__(self, target):
        super().__init__(daemon=True)
        self.target, self.ended = target, threading.Event()
        self.worst, self.failures, self.served, self.number = 0.0, [], 0, 0

    def run(self):
        while not self.ended.wait(0.05):
            self.number += 1
            began = time.perf_counter()
            try:
                client = cas.Client(self.target.context, self.target.server.port)
                if self.number % 5 == 0:
                    status, _ = client.upload(f"normal-{self.number}", "x")
                else:
                    status, _ = client.read("known")
                client.close()
                if status not in (200, 201):
                    self.failures.append(f"status {status}")
            except (*cas.LOST, ValueError) as failure:
                self.failures.append(repr(failure))
            self.served += 1
            self.worst = max(self.worst, time.perf_counter() - began)

    def report(self):
        result = self.worst, self.failures, self.served
        self.worst, self.failures, self.served = 0.0, [], 0
        return result


def slow(target):
    """Slow-loris: headers, bodies and handshakes that arrive byte by byte, and nothing at all."""
    socks = []
    for number in range(target.options.slow):
        if number % 3 == 2:
            sock = target.tcp()
            sock.sendall(b"\x16\x03\x01\x02\x00\x01")
        else:
            sock = target.connect()
            sock.sendall(b"GET /v1/health HTTP/1.1\r\nHost: cas\r\nX-a: " if number % 3 == 0 else
                         b"POST /session HTTP/1.1\r\nHost: cas\r\nContent-Length: 100000\r\n\r\n")
        socks.append(sock)
    began, open_ones = time.monotonic(), socks
    while open_ones and time.monotonic() - began < TIMEOUT + 15:
        still = []
        for sock in open_ones:
            try:
                sock.sendall(b"\x00" if not isinstance(sock, ssl.SSLSocket) else b"a")
                if not select.select([sock], [], [], 0)[0] or time.monotonic() - began < 5:
                    still.append(sock)
            except OSError:
                pass
        open_ones = still
        time.sleep(1)
    print(f"  {len(socks)} slow senders, {len(open_ones)} of them not cut off after {time.monotonic() - began:.0f} s")
    if open_ones:
        target.finding(f"slow: {len(open_ones)} slow senders are still served after {TIMEOUT + 15} s")
    for sock in socks:
        sock.close()


def idle(target):
    """Connections that say nothing: before the handshake (half), after it, after a request; then they are cut off."""
    count, socks, before, began = target.options.idle, [], target.server.rss_mb()[0], time.monotonic()

    def open_one(number):
        sock = target.connect() if number < count // 2 else target.tcp()
        if number < count // 4:
            sock.sendall(b"GET /v1/health/live HTTP/1.1\r\nHost: cas\r\n\r\n")
            sock.recv(4096)
        return sock

    with concurrent.futures.ThreadPoolExecutor(8) as openers:
        for number, opened in enumerate([openers.submit(open_one, number) for number in range(count)]):
            if failure := opened.exception():
                target.finding(f"idle: connection {number} of {count} was refused: {failure}")
            else:
                socks.append(opened.result())
    now = target.server.rss_mb()[0]
    end = time.monotonic() + TIMEOUT + 10
    waiting = select.poll()
    for sock in socks:
        waiting.register(sock, select.POLLRDHUP | select.POLLHUP)
    closed = {descriptor for descriptor, _ in waiting.poll(0)}
    for descriptor in closed:
        waiting.unregister(descriptor)
    print(f"  {len(socks)} idle connections were made in {time.monotonic() - began:.0f} s, {len(socks) - len(closed)} "
          f"are open; RSS {before:.0f} -> {now:.0f} MB, "
          f"{(now - before) * 1024 / max(1, len(socks) - len(closed)):.0f} kB for each that is open")
    while len(closed) < len(socks) and time.monotonic() < end:
        for descriptor, events in waiting.poll(500):
            if events & (select.POLLRDHUP | select.POLLHUP | select.POLLERR):
                closed.add(descriptor)
                waiting.unregister(descriptor)
        time.sleep(0.2)
    if len(closed) < len(socks):
        target.finding(f"idle: {len(socks) - len(closed)} idle connections are still open after {TIMEOUT + 10} s")
    for sock in socks:
        sock.close()


def headers(target):
    """Too many, too long, and endless."""
    for name, data in (("a line of 20 KiB", b"GET / HTTP/1.1\r\nX-a: " + b"a" * 20480 + b"\r\n\r\n"),
                       ("3000 lines", b"GET / HTTP/1.1\r\n" + b"X-a: abcd\r\n" * 3000 + b"\r\n"),
                       ("a path of 20 KiB", b"GET /" + b"a" * 20480 + b" HTTP/1.1\r\n\r\n")):
        got, ended = target.exchange(data)
        if statuses(got) not in ([431], [400], [414]) or not ended:
            target.finding(f"headers: {name} is answered {statuses(got)}, connection ended: {ended}")
    got = endless(target, b"GET / HTTP/1.1\r\n", b"X-a: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 1000, 64 << 20)
    print(f"  an endless header ended after {got >> 10} KiB")
    if got > 8 << 20:
        target.finding(f"headers: {got >> 20} MiB of one header were taken")


def endless(target, start, more, most):
    """How much is taken before the server hangs up."""
    sent = 0
    with target.connect() as sock:
        try:
            sock.sendall(start)
            while sent < most:
                sock.sendall(more)
                sent += len(more)
        except OSError:
            pass
    return sent


def bodies(target):
    """Too large, announced too large, endless, and many of the largest size that stop before the end."""
    post = b"POST /session HTTP/1.1\r\nHost: cas\r\n"
    for name, data in (("5 MiB announced", post + b"Content-Length: 5242880\r\n\r\n"),
                       ("5 MiB sent", post + b"Content-Length: 5242880\r\n\r\n" + b"a" * 5242880),
                       ("10^18 announced", post + b"Content-Length: 1000000000000000000\r\n\r\n"),
                       ("a chunk of 5 MiB", post + b"Transfer-Encoding: chunked\r\n\r\n500000\r\n" + b"a" * 5242880)):
        got, ended = target.exchange(data)
        if statuses(got) != [413] or not ended:
            target.finding(f"bodies: {name}: statuses {statuses(got)} instead of [413], connection ended: {ended}")
    chunk = b"4000\r\n" + b"a" * 0x4000 + b"\r\n"
    taken = endless(target, post + b"Transfer-Encoding: chunked\r\n\r\n", chunk, 64 << 20)
    extension = endless(target, post + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a" * 65536, 256 << 20)
    trailer = endless(target, post + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-a: b\r\n" * 8192, 256 << 20)
    print(f"  taken before the end: chunks {taken >> 10} KiB, a chunk extension {extension >> 10} KiB, "
          f"a trailer {trailer >> 10} KiB")
    for name, size in (("chunks", taken), ("a chunk extension", extension), ("a trailer", trailer)):
        if size > 16 << 20:
            target.finding(f"bodies: {size >> 20} MiB of {name} were taken")


def stalled(target):
    """Many of the largest bodies that stop one byte before the end; the client has no certificate."""
    before, socks, refused = target.server.rss_mb()[0], [], 0
    for _ in range(100):
        sock = target.connect()
        socks.append(sock)
        try:
            sock.sendall(b"POST /session HTTP/1.1\r\nHost: cas\r\nContent-Length: 4194304\r\n\r\n" + b"a" * 4194303)
        except OSError:  # 413, and the end of the connection
            refused += 1
    time.sleep(1)
    print(f"  {len(socks)} stalled bodies of 4 MiB, {refused} refused: RSS {before:.0f} MB -> {target.server.rss_mb()[0]:.0f} MB")
    for sock in socks:
        sock.close()


def garbage(target):
    """What is not TLS, or only begins as TLS."""
    shapes = [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"\x01" * 65535, b"\x16\x03\x01\x00\x00" * 1000,
              b"\x15\x03\x03\x00\x02\x02\x28", b"\x80\x2e\x01\x00\x02", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
              b"\x00" * 70000]
    for number in range(300):
        data = shapes[number] if number < len(shapes) else random.randbytes(random.randrange(1, 3000))
        if number % 3 == 0 and number >= len(shapes):
            data = b"\x16\x03\x01" + len(data).to_bytes(2, "big") + data
        with target.tcp() as sock:
            try:
                sock.sendall(data)
                if number < len(shapes):
                    receive(sock, 1)
            except OSError:
                pass
    for _ in range(100):  # garbage and sudden ends behind a good handshake
        sock = target.connect()
        raw = socket.socket(fileno=os.dup(sock.fileno()))
        raw.sendall(b"\x17\x03\x03\x00\x40" + random.randbytes(64))
        raw.close()
        sock.close()


def timing(target):
    """Whether a secret exists is not told by the time of the answer (RA-016): missing and not public alike."""
    secrets = "".join(f"  - {{name: secret-{i:04}, kind: ascii, size: 20}}\n" for i in range(1000))
    client = cas.Client(target.context, target.server.port)
    status, reply = client.request("POST", "/session", f'name: timing\nversion: "0.3"\nsecrets:\n{secrets}')
    if status != 201:
        return target.finding(f"the session is not taken: {status} {reply}")
    asked = {"private, first": "secret-0000", "private, last": "secret-0999", "missing": "secret-nnnn"}
    times = {what: [] for what in asked}
    answers = set()
    for _ in range(3000):
        for what, name in random.sample(sorted(asked.items()), len(asked)):
            began = time.perf_counter()
            status, reply = client.request("GET", f"/v1/values/session=timing,secret={name}")
            times[what].append(time.perf_counter() - began)
            answers.add((status, tuple(line.replace(name, "NAME") for line in reply["msg"])))
    if len(answers) != 1:
        target.finding(f"missing and private answer differently: {answers}")
    for what in ("private, first", "private, last"):
        # How often the missing one takes longer; 3,000 pairs without a difference give 0.50 with an error of 0.01.
        longer = sum(a > b for a, b in zip(times["missing"], times[what])) / len(times[what])
        print(f"  {what}: median {sorted(times[what])[1500] * 1e6:.0f} us, missing "
              f"{sorted(times['missing'])[1500] * 1e6:.0f} us, longer in {longer:.3f} of the pairs")
        if abs(longer - 0.5) > 0.06:
            target.finding(f"missing is told apart from '{what}' by time: longer in {longer:.3f} of the pairs")


ATTACKS = [headers, bodies, garbage, odd_requests.pipelined, odd_requests.paths, odd_requests.smuggling, slow, idle,
           stalled, timing]


def run(directory, options):
    server = cas.Server(options.binary, directory / "data")
    server.start()
    target = Target(server, cas.tls(*cas.identity(directory)), directory, options)
    try:
        client = cas.Client(target.context, server.port)
        client.upload("known", "x")
        for _ in range(200):
            client.read("known")
        target.start_mb = server.rss_mb()[0]
        print(f"RSS at start {target.start_mb:.1f} MB")
        normal = Normal(target)
        normal.start()
        known = {attack.__name__: attack for attack in ATTACKS}
        for attack in [known[name] for name in options.attacks] or ATTACKS:
            print(f"{attack.__name__}: {attack.__doc__}", flush=True)
            before = server.rss_mb()[0]
            try:
                attack(target)
            except OSError as failure:
                target.finding(f"{attack.__name__}: the server refuses to talk: {failure!r}")
            time.sleep(0.3)
            if not server.alive():
                raise cas.Failed(f"{attack.__name__}: the CAS died: {server.said()[-2000:]}")
            worst, failures, served = normal.report()
            now, most = server.rss_mb()
            print(f"  normal client: {served} times, slowest {worst * 1000:.0f} ms, {len(failures)} failures; "
                  f"RSS {now:.1f} MB, at most {most:.1f} MB", flush=True)
            if worst > SERVED_WITHIN or failures or not served:
                target.finding(f"{attack.__name__}: normal client: slowest {worst:.1f} s, failures {failures[:3]}")
            allowed = CONNECTION_MB * options.idle if attack.__name__ == "idle" else GROWTH_MB
            if most - before > allowed:
                target.finding(f"{attack.__name__}: RSS grew from {before:.0f} to {most:.0f} MB")
            with open(f"/proc/{server.process.pid}/clear_refs", "w") as peak:  # the next attack is judged alone
                peak.write("5")
        normal.ended.set()
        normal.join(20)
    finally:
        server.kill()
    if target.findings:
        raise cas.Failed(f"{len(target.findings)} findings:\n" + "\n".join(target.findings))


def main():
    most_files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    parser = cas.arguments(__doc__)
    parser.add_argument("--idle", type=int, default=2000, help="idle connections (10000 for the whole test)")
    parser.add_argument("--slow", type=int, default=300)
    parser.add_argument("attacks", nargs="*", metavar="ATTACK", choices=[a.__name__ for a in ATTACKS] + [[]],
                        help=", ".join(a.__name__ for a in ATTACKS))
    cas.main(run, parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
