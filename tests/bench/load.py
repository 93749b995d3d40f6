#!/usr/bin/env python3
"""The CAS under load, side by side with nginx in the same run.

usage: load.py [--binary SCONECTL] [--against SCONECTL] [--seconds N] [--runs N] [--clients N] [--sessions N]

nginx (Debian's nginx-light) serves a file of the size of the CAS's reply, with TLS 1.2 and 1.3, a chain of three P-256
certificates like the CAS's, an optional client certificate, and as many workers as the CAS has threads. With --against,
the CAS of another (older) binary does the same work. Everything is measured RUNS times, in turns, so that all meet the
same noise: a figure is a median, and a ratio is that of two medians, with the ratio of every turn behind it. Only
ratios tell something when the machine has other work.

New connections and reads, of sessions and of a public certificate, are measured with 100 sessions. Then sessions are
added by 32 clients, up to 10000 and, with --sessions 100000, more. Each time follow the reading speed, the slowest of
1000 services that are provisioned at the same moment (each over a TLS connection of its own), the resident memory,
and the time of a restart. The targets stand beside the figures; this is a measurement, so the exit status is 0 unless
something fails.
"""

import os
import statistics
import time

from servers import Cas, Nginx, Tools, cas, nginx_program, processor_ms

STAGES = (100, 10000, 100000)
SERVICES = 1000


def line(name, figure, target=None, note=""):
    print(f"{name:58} {figure:>14}{f'   target {target}' if target else ''}{f'   {note}' if note else ''}", flush=True)


def fsyncs(directory):
    """What the disk can do alone: 4 KiB appended and synced, per second."""
    with open(directory / "fsync", "wb") as file:
        began, count = time.perf_counter(), 0
        while time.perf_counter() - began < 1:
            file.write(b"0" * 4096)
            file.flush()
            os.fdatasync(file.fileno())
            count += 1
    return count


class Figures:
    """One kind of work, done by several servers in turns."""

    def __init__(self, name, servers, runs, work):
        """`work(server, run)` returns a figure and for how many requests it stands; None: for no number of them."""
        self.name, self.servers = name, servers
        self.values, self.costs = {s.name: [] for s in servers}, {s.name: [] for s in servers}
        for run in range(runs):
            for server in servers:
                before = processor_ms(server.pid)
                value, requests = work(server, run)
                self.values[server.name].append(value)
                if requests:
                    self.costs[server.name].append((processor_ms(server.pid) - before) / requests)

    def median(self, name):
        return statistics.median(self.values[name])

    def cost(self, name):
        """Processor time of the server for one request in ms."""
        return statistics.median(self.costs[name]) if self.costs[name] else None

    def show(self, unit, target=None, note=lambda name: ""):
        for server in self.servers:
            cost = self.cost(server.name)
            notes = [note(server.name), f"processor {cost:.3f} ms each" if cost else ""]
            line(f"{self.name}: {server.name}", unit(self.median(server.name)),
                 target if server is self.servers[0] else None, ", ".join(each for each in notes if each))
        return self

    def ratio(self, other, target, faster_is_more=True):
        """Of ours to another's, so that more is better; and of the servers' processor time alone."""
        if other not in self.values:
            return
        ours, theirs = self.servers[0].name, other
        if not faster_is_more:
            ours, theirs = theirs, ours
        turns = ", ".join(f"{a / b:.2f}" for a, b in zip(self.values[ours], self.values[theirs]))
        alone = self.cost(other) / self.cost(self.servers[0].name)
        line(f"{self.name}: ratio to {other}", f"{self.median(ours) / self.median(theirs):.2f}", f">= {target}",
             f"processor {alone:.2f}, turns: {turns}")


class Bench:
    def __init__(self, directory, options):
        self.options, self.directory = options, directory
        self.tools = Tools(directory, options.clients)
        self.running = []
        self.cases = [self.started(Cas("CAS", options.binary, directory / "cas", self.tools, options.threads))]
        if options.against:
            self.cases.append(self.started(Cas("CAS before", options.against, directory / "before", self.tools,
                                               options.threads)))

    def started(self, server):
        self.running.append(server)
        return server

    def stop(self):
        for server in self.running:
            server.stop()

    def measure(self, name, work, servers=None):
        return Figures(name, servers or self.cases, self.options.runs, work)

    def rate(self, work):
        """For a function that gets the seconds and returns requests per second."""
        def run(server, _):
            rate = work(server, self.options.seconds)
            return rate, rate * self.options.seconds
        return run

    def per_second(self, name, work, target_nginx=None, target_before=1, servers=None):
        figures = self.measure(name, self.rate(work), servers).show(lambda rate: f"{rate:.0f} /s")
        if target_nginx:
            figures.ratio("nginx", target_nginx)
        figures.ratio("CAS before", target_before)
        return figures

    def compare(self):
        """New connections and reads, with few sessions."""
        for each in self.cases:
            each.create(STAGES[0])
            each.create_mesh_sessions()
        size = self.cases[0].reply_size()
        nginx = self.started(Nginx(self.directory, self.tools, self.options.nginx, self.options.threads, size))
        print(f"{self.options.threads} threads or workers each, {self.options.clients} clients, replies of {size} "
              f"bytes, load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        everybody = [*self.cases, nginx]
        self.per_second("new mutual-TLS connection and one read", lambda s, t: s.read("connect", t), 1.3, 1, everybody)
        self.per_second("read on a kept connection", lambda s, t: s.read("keepalive", t), 0.8, 1, everybody)
        self.per_second("public certificate on a kept connection", lambda s, t: s.read_value(t))
        self.provision("certificates: slowest", lambda s: s.provision_with_certificates(SERVICES))

    def grow(self, count):
        """Creates sessions, a part in each turn."""
        begin = self.cases[0].stored

        def work(server, run):
            total = begin + (count - begin) * (run + 1) // self.options.runs
            added = total - server.stored
            return server.create(total), added
        figures = self.measure(f"creates up to {count} sessions, 32 clients", work)
        figures.show(lambda rate: f"{rate:.0f} /s", ">= 1000").ratio("CAS before", 1.4)

    def provision(self, name, provision):
        medians = {each.name: [] for each in self.cases}

        def work(server, _):
            slowest, median = provision(server)
            medians[server.name].append(median)
            return slowest, SERVICES
        figures = self.measure(f"{SERVICES} services at once, {name}", work)
        figures.show(lambda seconds: f"{seconds:.2f} s", "< 2 s", lambda name: (
            f"worst {max(figures.values[name]):.2f} s, median service {statistics.median(medians[name]):.2f} s"))
        figures.ratio("CAS before", 1.2, faster_is_more=False)
        return figures.median("CAS")

    def memory(self, count):
        for each in self.cases:
            now, most = each.server.rss_mb()
            line(f"resident memory with {count} sessions: {each.name}", f"{now:.0f} MB",
                 {10000: "< 50 MB", 100000: "< 100 MB"}.get(count), f"at most {most:.0f} MB")

    def restart(self, count):
        parts = {each.name: [] for each in self.cases}

        def work(server, _):
            ended, serves, read = server.restart()
            parts[server.name].append((ended, read))
            return serves, None
        figures = self.measure(f"restart with {count} sessions", work)

        def note(name):
            ended, read = (statistics.median(each) for each in zip(*parts[name]))
            return f"{ended * 1000:.0f} ms of it until it has ended, a session is read after {read * 1000:.0f} ms"
        figures.show(lambda seconds: f"{seconds * 1000:.0f} ms", "< 150 ms", note)

    def growth(self):
        """Speed and memory with more and more sessions."""
        first_rate = first_slowest = None
        for count in [n for n in STAGES if n <= self.options.sessions]:
            if count > self.cases[0].stored:
                self.grow(count)
            figures = self.per_second(f"reads with {count} sessions", lambda s, t: s.read("keepalive", t))
            slowest = self.provision(f"{count} sessions: slowest", lambda s: s.provision(SERVICES))
            if first_rate:
                line("reads, against the fewest sessions", f"{figures.median('CAS') / first_rate:.2f}", ">= 0.8")
                line("slowest service, against the fewest sessions", f"{slowest / first_slowest:.2f}", "<= 1.2")
            first_rate, first_slowest = first_rate or figures.median("CAS"), first_slowest or slowest
            self.memory(count)
            self.restart(count)


def run(directory, options):
    line("fdatasync of the disk alone", f"{fsyncs(directory)} /s")
    bench = Bench(directory, options)
    try:
        bench.compare()
        bench.growth()
    finally:
        bench.stop()


def main():
    parser = cas.arguments(__doc__)
    parser.add_argument("--against", metavar="SCONECTL", help="another sconectl that does the same in turns")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of the CAS, and workers of nginx")
    parser.add_argument("--sessions", type=int, default=10000, help="100000 for the whole measurement")
    parser.add_argument("--nginx", default=nginx_program())
    cas.main(run, parser.parse_args())


if __name__ == "__main__":
    main()
