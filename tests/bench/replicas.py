#!/usr/bin/env python3
"""Whether three CASes on one PostgreSQL serve three times what one of them does, found out on two cores.

usage: replicas.py [--binary SCONECTL] [--seconds S] [--runs N] [--clients N] [--services N] [--writes N]
                   [--database-cores D]

Three CASes, a database and their clients can not have a core each here, so what many machines serve is modelled, from the
processor time that a request costs a CAS (c) and PostgreSQL (p, all its processes). For that the CASes, of one thread
each, are pinned to one core, and PostgreSQL and the clients to the other, where PostgreSQL goes first. Then

    N CASes with a core of their own each, and a database with D cores, serve min(N / c, D / p) requests per second.

The model stands on what is measured beside it: how much of its core one CAS makes use of; whether three on that core serve
together what one does there, so that they cost each other nothing; and whether the processor times of one CAS say what
three serve when nothing is pinned. A read asks the database what others have committed, in one question for all who wait:
the more clients a CAS has, the fewer questions a read needs, so p is shown for several numbers of clients.

The requests: reads of sessions over mutual TLS on kept connections; the same while another CAS creates sessions, so that
each follows what it commits; and starts of services (a new TLS connection, a challenge, the configuration for an access
token; no evidence of hardware), many at once and few. Statements are those that pg_stat_statements counts. Then durable
creates per second.

All is measured RUNS times, in turns: the median, and the least and the most. Exit status 1 only if something fails.
"""

import concurrent.futures
import contextlib
import os
import pathlib
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from load import fsyncs
from servers import Tools, cas, processor_ms

REPLICAS = 3
SESSIONS = 100
FEW = 16  # starts, which the connections suffice for that a CAS keeps
OTHER_CLIENTS = (1, 4, 64)
SETTINGS = "shared_preload_libraries = 'pg_stat_statements'"


def pin(pid, cores):
    """A process with its threads, and its children."""
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended
            if pid in (int(stat.parent.name), int(stat.read_text().rsplit(")", 1)[1].split()[1])):
                for thread in (stat.parent / "task").iterdir():
                    os.sched_setaffinity(int(thread.name), cores)


class Database:
    def __init__(self, directory):
        self.directory, self.url, self.pid = directory, None, None

    def start(self):
        self.url = cas.postgres("start", self.directory, cas.free_port(), settings=SETTINGS)
        self.pid = int((self.directory / "data/postmaster.pid").read_text().split()[0])
        self.sql("CREATE EXTENSION pg_stat_statements")

    def sql(self, text):
        return subprocess.run(["psql", "--quiet", "--tuples-only", "--no-align", self.url, "-c", text], check=True,
                              capture_output=True, text=True, timeout=30).stdout.strip()

    def counted(self):
        """Statements so far, and connections of CASes that read."""
        return map(int, self.sql("SELECT coalesce(sum(calls), 0), coalesce(sum(calls) FILTER (WHERE query LIKE "
                                 "'SET default_transaction_read_only%'), 0) FROM pg_stat_statements").split("|"))

    def stop(self):
        if (self.directory / "data/postmaster.pid").exists():
            cas.postgres("stop", self.directory, "immediate")


class Measured:
    """Requests per second, and for each of them ms of the processor, the statements, and the connections opened."""

    def __init__(self, rate, requests, *spent):
        self.rate, self.used, self.writes = rate, spent[0] / 1000 * rate / requests, 0
        self.replica, self.database, self.clients, self.statements, self.connections = (each / requests for each in spent)


class Writer(threading.Thread):
    """Creates sessions at a CAS, so many per second, until it is told to stop."""

    def __init__(self, client, rate, prefix):
        super().__init__()
        self.client, self.rate, self.prefix = client, rate, prefix
        self.done, self.took, self.wrong, self.end = 0, 0, None, threading.Event()

    def run(self):
        begin = time.monotonic()
        try:
            while not self.end.wait(max(0, begin + (self.done + 1) / self.rate - time.monotonic())):
                status, reply = self.client.upload(f"{self.prefix}{self.done}", "v")
                if status != 201:
                    raise cas.Failed(f"a session is not created: {status} {reply}")
                self.done += 1
        except (cas.Failed, *cas.LOST) as failure:
            self.wrong = failure
        self.took = time.monotonic() - begin
        self.client.close()


class Bench:
    def __init__(self, directory, options, cleanup):
        self.options, self.directory, self.cleanup = options, directory, cleanup
        self.cores = sorted(os.sched_getaffinity(0))[:2]
        if len(self.cores) < 2:
            raise cas.Failed("two cores are needed")
        self.ours, self.rest = ({core} for core in self.cores)
        self.tools, self.writers = Tools(directory, options.clients), 0
        self.database = Database(directory / "postgres")
        cleanup.callback(self.database.stop)
        self.database.start()
        self.replicas = [self.sharing(f"cas-{i}", "--threads", "1") for i in range(REPLICAS)]
        self.other = self.sharing("writer")
        self.tools.run("create", self.replicas[0].port, SESSIONS, "load-", 0, 4)

    def started(self, data, *options):
        server = cas.Server(self.options.binary, data, *options)
        self.cleanup.callback(server.kill)
        return server.start()

    def sharing(self, name, *options):
        return self.started(cas.sharing_directory(self.directory / name), "--database", self.database.url, *options)

    def place(self, replicas, rest):
        for replica in self.replicas:
            pin(replica.process.pid, replicas)
        for pid in (self.other.process.pid, self.database.pid):
            pin(pid, rest)
        os.sched_setaffinity(0, rest)  # and so are clients from here on

    def measure(self, replicas, work):
        """`work(replica)` returns requests and their rate; all at the same time."""
        processes = [replica.process.pid for replica in replicas]

        def now():
            children = resource.getrusage(resource.RUSAGE_CHILDREN)
            return (sum(map(processor_ms, processes)), processor_ms(self.database.pid),
                    (children.ru_utime + children.ru_stime) * 1000)

        counted, before = self.database.counted(), now()
        # The niceness of a thread of Linux is its own, and of the clients that it starts: all others go first.
        with concurrent.futures.ThreadPoolExecutor(len(replicas), initializer=os.nice, initargs=(19,)) as at_once:
            done = list(at_once.map(work, replicas))
        after = (*now(), *self.database.counted())
        return Measured(sum(rate for _, rate in done), sum(requests for requests, _ in done),
                        *(last - first for last, first in zip(after, (*before, *counted))))

    def reads(self, replicas, clients=None):
        def work(replica):
            rate, _ = self.tools.run("keepalive", replica.port, self.options.seconds, "/v1/sessions/load-%", SESSIONS,
                                     clients)
            return rate * self.options.seconds, rate
        return self.measure(replicas, work)

    def reads_beside_writes(self, replicas):
        client = cas.Client(cas.tls(self.tools.certificate, self.tools.key), self.other.port)
        self.writers += 1
        writer = Writer(client, self.options.writes, f"written-{self.writers}-")
        writer.start()
        try:
            measured = self.reads(replicas)
        finally:
            writer.end.set()
            writer.join()
        if writer.wrong:
            raise cas.Failed(str(writer.wrong))
        measured.writes = writer.done / writer.took
        return measured

    def starts(self, replicas, at_once=None):
        """All at once, or so many after the others."""
        at_once = at_once or self.options.services
        times = max(1, self.options.services // at_once)

        def work(replica):
            took = sum(self.tools.provision(replica.enclave_port, at_once, "load-", SESSIONS)[0] for _ in range(times))
            return times * at_once, times * at_once / took
        return self.measure(replicas, work)

    def few_starts(self, replicas):
        return self.starts(replicas, FEW)

    def turn(self):
        """Name -> what was measured once."""
        one, three, found = self.replicas[:1], self.replicas, {}
        self.place(self.ours, self.rest)
        for name, work in (("reads", self.reads), ("writes", self.reads_beside_writes), ("starts", self.starts),
                           ("few starts", self.few_starts)):
            found[name], found[f"{name}, three"] = work(one), work(three)
        for clients in OTHER_CLIENTS:
            found[clients] = self.reads(one, clients)
        self.place(self.ours | self.rest, self.ours | self.rest)
        found["free"], found["free, three"] = self.reads(one), self.reads(three)
        return found

    def creates(self, port, clients, prefix):
        """Acknowledged creates per second, after some that tell how many to make."""
        rate, _ = self.tools.run("create", port, 20 * clients, f"{prefix}-first-", 0, clients)
        return self.tools.run("create", port, max(1, int(rate * self.options.seconds)), f"{prefix}-", 0, clients)[0]


def spread(values, form="{:.0f}"):
    """The median, and between what it lies."""
    return f"{form} ({form} to {form})".format(statistics.median(values), min(values), max(values))


class Report:
    def __init__(self, turns, cores):
        self.turns, self.cores = turns, cores

    def of(self, name, figure):
        return [figure(turn[name]) for turn in self.turns]

    def line(self, title, values, unit="", form="{:.0f}", note=""):
        print(f"  {title:50} {spread(values, form)}{unit}{note}", flush=True)

    def modelled(self, turn, name):
        """What REPLICAS serve for what one does, how many the database has room for, requests per second of one."""
        one, taken = turn[name], 0
        if name == "writes":  # they take a part of the database that does not grow with the reads
            three, without = turn["writes, three"], turn["reads, three"]
            one, taken = turn["reads"], max(0, three.rate * (three.database - without.database) / 1000)
        each = turn[name].replica
        room = max(0, self.cores - taken) * each / one.database
        return min(REPLICAS, room) / min(1, room), room, min(1, room) * 1000 / each

    def ratio(self, one, other, what="rate"):
        return [getattr(turn[other], what) / getattr(turn[one], what) for turn in self.turns]

    def show(self, title, name):
        print(f"{title}, measured:")
        for what, text in (("replica", "CAS"), ("database", "PostgreSQL"), ("clients", "clients")):
            self.line(f"processor for each: {text}", self.of(name, lambda one: getattr(one, what) * 1000), " µs")
        self.line("statements for each", self.of(name, lambda one: one.statements), form="{:.2f}")
        self.line("connections to PostgreSQL opened for each", self.of(name, lambda one: one.connections), form="{:.3f}")
        if name == "writes":
            self.line("creates beside them", self.of(name, lambda one: one.writes), " /s")
        self.line("one CAS on a core", self.of(name, lambda one: one.rate), " /s")
        self.line("of that core it uses", self.of(name, lambda one: one.used * 100), " %")
        self.line("three on that core, for one", self.ratio(name, f"{name}, three"), form="{:.2f}")
        self.line("processor of each in three for that in one", self.ratio(name, f"{name}, three", "replica"), form="{:.2f}")
        ratios, rooms, rates = zip(*(self.modelled(turn, name) for turn in self.turns))
        bound = "the database" if statistics.median(rooms) < REPLICAS else "the CASes"
        print(f" modelled, with a core for each CAS and {self.cores:g} for PostgreSQL:")
        self.line("one CAS", rates, " /s")
        self.line("three, for one", ratios, form="{:.2f}", note=f", bound by {bound}")
        self.line("PostgreSQL is full with so many CASes", rooms, form="{:.1f}")

    def questions(self):
        """What fewer or more clients make of a read, and with how many CASes like this one PostgreSQL is full."""
        for clients in OTHER_CLIENTS:
            print(f"reads of a session with other numbers of clients, measured: {clients}")
            self.line("one CAS on a core", self.of(clients, lambda one: one.rate), " /s")
            self.line("processor for each: PostgreSQL", self.of(clients, lambda one: one.database * 1000), " µs")
            self.line("statements for each", self.of(clients, lambda one: one.statements), form="{:.2f}")
            self.line("PostgreSQL is full with so many CASes",
                      self.of(clients, lambda one: self.cores * 1000 / one.rate / one.database), form="{:.1f}")

    def free(self):
        """Two cores for all: what the processor times of one, pinned, say of it."""
        print("reads of a session with nothing pinned, measured:")
        self.line("three CASes, for one", self.ratio("free", "free, three"), form="{:.2f}")
        off = []
        for turn in self.turns:
            each = turn["reads"]
            off.append((turn["free, three"].rate * (each.replica + each.database + each.clients) / 2000 - 1) * 100)
        self.line("three CASes, off from 2 cores / (c + p + clients)", off, " %", "{:+.0f}")


def run(directory, options, cleanup):
    directory.chmod(0o755)  # PostgreSQL is another user
    bench = Bench(directory, options, cleanup)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; {options.runs} turns of {options.seconds} s, "
          f"with {options.clients} clients of each CAS", flush=True)
    report = Report([bench.turn() for _ in range(options.runs)], options.database_cores)
    report.show("reads of a session", "reads")
    report.show("reads of a session beside creates at another CAS", "writes")
    report.show(f"starts of a service, {options.services} at once", "starts")
    report.show(f"starts of a service, {FEW} at once", "few starts")
    report.questions()
    report.free()

    embedded = bench.started(directory / "embedded")
    settings = ", ".join(f"{name} {bench.database.sql(f'SHOW {name}')}" for name in ("fsync", "synchronous_commit"))
    found = {}
    for turn in range(options.runs):
        found.setdefault("fdatasync of the disk alone", []).append(fsyncs(directory))
        for clients in (1, 16):
            for name, server in ((f"PostgreSQL ({settings})", bench.other), ("SQLite", embedded)):
                rate = bench.creates(server.port, clients, f"{clients}-{turn}")
                found.setdefault(f"{name}, {clients} client{'s' * (clients > 1)}", []).append(rate)
    print("durable creates per second, with nothing pinned:")
    for name, rates in found.items():
        report.line(name, rates)


def main():
    parser = cas.arguments(__doc__)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--clients", type=int, default=16, help="of each CAS")
    parser.add_argument("--services", type=int, default=1000, help="that start at once at each CAS")
    parser.add_argument("--writes", type=int, default=50, help="per second, at another CAS")
    parser.add_argument("--database-cores", type=float, default=1)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with (tempfile.TemporaryDirectory(prefix="sconectl-replicas-", ignore_cleanup_errors=True) as directory,
              contextlib.ExitStack() as cleanup):
            try:
                run(pathlib.Path(directory), options, cleanup)
            finally:
                for each in (signal.SIGINT, signal.SIGTERM):
                    signal.signal(each, signal.SIG_IGN)  # the end is not interrupted
    except (cas.Failed, cas.Refused, subprocess.CalledProcessError) as failure:
        sys.exit(f"FAILED: {failure}")


if __name__ == "__main__":
    main()
