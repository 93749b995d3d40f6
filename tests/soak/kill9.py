#!/usr/bin/env python3
"""kill -9 of the CAS at random moments loses nothing that was acknowledged.

usage: kill9.py [--binary SCONECTL] [--seed N] [ROUNDS]        (default 1000 rounds; CI runs 20)

In every round 16 clients create and update sessions until the CAS is killed; one round in ten kills it again while it
starts, and one in ten kills the very first start of another CAS. After the restart:
- every version that was acknowledged reads back with its hash and the content that was sent,
- every version that is listed reads back, and is one that was acknowledged or was in flight,
- the versions of a session form one chain.
The sessions of the round are checked after each restart, all of them after each 200 rounds, where `session
calculate-hash` also confirms the hashes of a sample. Exit status 1 on any loss.
"""

import random
import statistics
import subprocess
import sys
import threading
import time
import types

import cas

CLIENTS = 16
VERSIONS = 4  # of a session, before the next one is created
SAMPLE = 50
SERIES = 200  # rounds with one data directory: every start reads all of it


class Book:
    """What was sent and what was acknowledged: name -> {value: hash or None while in flight}."""

    def __init__(self):
        self.sessions = {}
        self.acknowledged = 0

    def sent(self, name, value):
        self.sessions.setdefault(name, {})[value] = None

    def kept(self, name, value, version):
        self.sessions[name][value] = version
        self.acknowledged += 1


def work(client, book, prefix, refusals):
    """Until the CAS is gone."""
    number = 0
    try:
        while True:
            name, before = f"{prefix}-{number}", None
            number += 1
            for version in range(VERSIONS):
                value = f"{name}-v{version}"
                book.sent(name, value)
                status, reply = client.upload(name, value, before)
                if status != 201:
                    refusals.append(f"{name} version {version}: {status} {reply}")
                    return
                before = reply["hash"]
                book.kept(name, value, before)
    except cas.LOST:
        pass
    finally:
        client.close()


def check(client, name, versions):
    """The versions of one session against the book; returns how many are stored."""
    status, reply = client.history(name)
    acknowledged = {value: version for value, version in versions.items() if version}
    if status == 404 and not acknowledged:
        return 0
    if status != 200:
        raise cas.Failed(f"session {name} with {len(acknowledged)} acknowledged versions is lost: {status} {reply}")
    listed = reply["versions"][::-1]
    before, found = None, {}
    for entry in listed:
        if entry["predecessor"] != before:
            raise cas.Failed(f"the versions of {name} are no chain: {listed}")
        before = entry["hash"]
        status, reply = client.read(name, before)
        if status != 200 or reply["hash"] != before:
            raise cas.Failed(f"{name} lists version {before}, which does not read back: {status} {reply}")
        found[cas.told(reply["session"])] = before
    for value, version in acknowledged.items():
        if found.get(value) != version:
            raise cas.Failed(f"{name}: acknowledged {value} as {version}, stored is {found.get(value)}; all: {found}")
    strangers = set(found) - set(versions)
    if strangers:
        raise cas.Failed(f"{name} holds versions that nobody sent: {strangers}")
    return len(listed)


def check_hashes(binary, client, book, directory):
    """The published way to compute a hash, from the text that is read back."""
    known = [(name, version) for name, values in book.sessions.items() for version in values.values() if version]
    sample = random.sample(known, min(SAMPLE, len(known)))
    for name, version in sample:
        path = directory / "read-back.yaml"
        path.write_text(client.read(name, version)[1]["session"])
        result = subprocess.run([binary, "session", "calculate-hash", str(path)], capture_output=True, text=True,
                                check=False)
        if result.stdout.strip() != version:
            raise cas.Failed(f"{name}: acknowledged hash {version}, the text that is read back has {result.stdout}"
                             f"{result.stderr}")
    return len(sample)


def one_round(server, context, book, number):
    """Clients at work, then the kill; returns the names of the round."""
    refusals, before = [], set(book.sessions)
    threads = [threading.Thread(target=work, args=(cas.Client(context, server.port), book, f"r{number}c{i}", refusals))
               for i in range(CLIENTS)]
    for thread in threads:
        thread.start()
    time.sleep(random.uniform(0, 0.5))
    if not server.alive():
        raise cas.Failed(f"the CAS ended by itself: {server.said()[-2000:]}")
    server.kill()
    for thread in threads:
        thread.join()
    if refusals:
        raise cas.Failed(f"refused: {refusals[0]}")
    return set(book.sessions) - before


def kill_while_starting(server, most):
    server.launch()
    time.sleep(random.uniform(0, most))
    server.kill()


def series(directory, options, context, first, last, total):
    """Rounds with one data directory; everything in it is checked at the end."""
    server, book, starts = cas.Server(options.binary, directory / f"data-{first}"), Book(), []
    server.start()
    try:
        for number in range(first, last):
            names = one_round(server, context, book, number)
            if number % 10 == 3:
                kill_while_starting(server, 2 * starts[-1])
            if number % 10 == 7:
                other = cas.Server(options.binary, directory / f"first-{number}")
                kill_while_starting(other, 0.05)
                other.start()
                other.stop()
            began = time.perf_counter()
            server.start()
            starts.append(time.perf_counter() - began)
            client = cas.Client(context, server.port)
            for name in names:
                stored = check(client, name, book.sessions[name])
                total.in_flight += stored - sum(1 for version in book.sessions[name].values() if version)
            client.close()
        client = cas.Client(context, server.port)
        for name, versions in book.sessions.items():
            check(client, name, versions)
        total.hashes += check_hashes(server.binary, client, book, directory)
    finally:
        server.kill()
    total.sessions += len(book.sessions)
    total.acknowledged += book.acknowledged
    total.starts += starts
    print(f"round {last}: {total.acknowledged} versions acknowledged, none lost", flush=True)


def run(directory, options):
    random.seed(options.seed)
    context = cas.tls(*cas.identity(directory))
    total = types.SimpleNamespace(sessions=0, acknowledged=0, in_flight=0, hashes=0, starts=[])
    for first in range(0, options.rounds, SERIES):
        series(directory, options, context, first, min(first + SERIES, options.rounds), total)
    print(f"{options.rounds} rounds of kill -9 (seed {options.seed}), {CLIENTS} clients: "
          f"{total.sessions} sessions, {total.acknowledged} acknowledged versions, 0 lost, 0 half there; "
          f"{total.in_flight} were stored and not yet acknowledged; {total.hashes} hashes recomputed; "
          f"restart {statistics.median(total.starts) * 1000:.0f} ms (median), "
          f"{max(total.starts) * 1000:.0f} ms (slowest)")


def main():
    parser = cas.arguments(__doc__, 1000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    cas.main(run, parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
