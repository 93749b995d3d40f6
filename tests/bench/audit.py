#!/usr/bin/env python3
"""What an audit log costs the CAS: creates, new connections and reads of sessions on kept connections, by one with a log in
a file and one without, in turns, and nginx with new connections beside them.

usage: audit.py [--binary SCONECTL] [--seconds N] [--runs N] [--clients N] [--creates N]

A read of a session has an entry in the log, that of a public certificate has none. A ratio is the median of those of the
turns, which stand behind it: what a turn compares has met the same noise. What a create costs is a matter of the disk (TMPDIR),
so what that can do alone is printed, too.
"""

import os
import statistics

from load import fsyncs
from servers import Cas, Nginx, Tools, cas, nginx_program

SESSIONS = 100


def show(name, values, base):
    ratios = [value / other for value, other in zip(values, base)]
    turns = " ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"{name:46} {statistics.median(values):9.0f} /s   {statistics.median(ratios):.2f}   ({turns})", flush=True)


def measured(plain, audited, nginx, options):
    kinds = {
        "creates": lambda server: server.create(server.stored + options.creates),
        "new connections": lambda server: (server.read if server is nginx else server.read_value)(
            mode="connect", seconds=options.seconds),
        "new connections that read a session": lambda server: server.read("connect", options.seconds),
        "reads of a session": lambda server: server.read("keepalive", options.seconds),
    }
    for kind, work in kinds.items():
        values = {server: [] for server in ((plain, audited) if kind == "creates" else (plain, audited, nginx))}
        for _ in range(options.runs):
            for server, known in values.items():
                known.append(work(server))
        for server, known in values.items():
            show(f"{kind}, {server.name}", known, values[plain])


def run(directory, options):
    tools = Tools(directory, options.clients)
    log = directory / "audit.log"
    running = []
    try:
        for name, *more in (("without",), ("with", "--audit-log", str(log))):
            running.append(Cas(name, options.binary, directory / name, tools, os.cpu_count(), *more))
            running[-1].create(SESSIONS)
            running[-1].create_mesh_sessions()
        running.append(Nginx(directory, tools, nginx_program(), os.cpu_count(), running[0].reply_size()))
        print(f"the disk alone: {fsyncs(directory)} fdatasync/s; figures in ratio to those without a log")
        measured(*running, options)
        print(f"the log: {log.stat().st_size} bytes")
    finally:
        for server in running:
            server.stop()


def main():
    parser = cas.arguments(__doc__)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--creates", type=int, default=5000, help="sessions of a turn")
    cas.main(run, parser.parse_args())


if __name__ == "__main__":
    main()
