#!/usr/bin/env python3
"""What traces and the bound of requests cost the CAS: reads on kept connections, by one with neither, one with each, and,
with --against, an older one, in turns.

usage: traces.py [--binary SCONECTL] [--against SCONECTL] [--seconds N] [--runs N] [--clients N]

The collector is a small program on the same machine, which takes what it gets; the clients share the machine too, so the
processor time of the CAS for one request says more than the rate. The last lines say how many spans arrived.
"""

import argparse
import http.server
import json
import os
import pathlib
import statistics
import sys
import tempfile
import threading
import urllib.request

from servers import Cas, Tools, cas, processor_ms

SESSIONS = 100


class Collector(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *arguments):
        pass


def measured(servers, options):
    """Name -> [(requests per second, ms of the processor for one)]"""
    figures = {server.name: [] for server in servers}
    for _ in range(options.runs):
        for server in servers:
            before = processor_ms(server.pid)
            rate = server.read("keepalive", options.seconds)
            figures[server.name].append((rate, (processor_ms(server.pid) - before) / (rate * options.seconds)))
    return figures


def spans(directory):
    endpoint = json.loads((directory / "traces/data/endpoint.json").read_text(encoding="ascii"))
    with urllib.request.urlopen(f"http://{endpoint['metrics'][0]}/metrics") as reply:
        lines = reply.read().decode().splitlines()
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if "trace_spans" in line and line[0] != "#"}


def run(directory, options):
    collector = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{collector.server_port}"
    tools = Tools(directory, options.clients)

    def started(name, binary, *more):
        return Cas(name, binary, directory / name.replace(" ", "-"), tools, os.cpu_count(), *more)

    servers = [started("without", options.binary),
               started("rate", options.binary, "--requests-per-second", "1000000"),
               started("traces 0.01", options.binary, "--traces", url, "--traces-ratio", "0.01"),
               started("traces", options.binary, "--traces", url, "--metrics-listen", "127.0.0.1:0")]
    if options.against:
        servers.append(started("before", options.against))
    try:
        for server in servers:
            server.create(SESSIONS)
        figures = measured(servers, options)
        base = statistics.median(cost for _, cost in figures["without"])
        for name, values in figures.items():
            rate, cost = (statistics.median(value[i] for value in values) for i in (0, 1))
            print(f"{name:12} {rate:8.0f} /s   processor {cost:.4f} ms each, {cost / base:.2f} of 'without'")
        print(*(f"{series} {value:.0f}" for series, value in spans(directory).items()), sep="\n")
    finally:
        for server in servers:
            server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(cas.SOURCE / "build/release/sconectl"))
    parser.add_argument("--against")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--clients", type=int, default=16)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sconectl-traces-") as directory:
        run(pathlib.Path(directory), options)


if __name__ == "__main__":
    sys.exit(main())
