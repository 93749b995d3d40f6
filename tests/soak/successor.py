#!/usr/bin/env python3
"""A CAS that is replaced, as a pod is: its successor waits for the lock, and nothing that was acknowledged is lost.

usage: successor.py [--binary SCONECTL] [--seed N] [ROUNDS]        (default 200 rounds; CI runs 20)

In every round 16 clients create and update sessions, a second CAS is started on the same data directory and waits, and
the first one gets SIGTERM or kill -9 at a random moment. The second one has to serve then, and has every version that
was acknowledged. Some rounds kill the one that waits instead, or tell it to end: it ends at once, and the first one goes
on undisturbed. At last, one that waits in vain has to end with status 4 and say why. Exit status 1 otherwise.
"""

import random
import signal
import sys
import threading
import time
import types

import cas
import kill9

WAITS = "another CAS uses the data directory: waiting for its end"


def successor_of(server, number, *options):
    """On the same data, with a log of its own; it waits when this returns."""
    next_one = cas.Server(server.binary, server.data, *options)
    next_one.log = server.data.parent / f"successor-{number}.log"
    next_one.launch()
    end = time.monotonic() + 20
    while WAITS not in next_one.said():
        if not next_one.alive() or time.monotonic() > end:
            raise cas.Failed(f"it does not wait for the lock: {next_one.said()}")
        time.sleep(0.002)
    return next_one


def served(server):
    """The Server, as soon as it serves; it was launched already."""
    launched, server.launch = server.launch, lambda: None
    try:
        return server.start()
    finally:
        server.launch = launched


def give_up(waiting, number):
    """The one that waits is ended."""
    began = time.monotonic()
    status = waiting.end(number)
    took = time.monotonic() - began
    expected = -signal.SIGKILL if number == signal.SIGKILL else 128 + signal.SIGTERM
    if status != expected or took > 2:
        raise cas.Failed(f"one that waits ended with status {status} {took:.1f} s after signal {number}: {waiting.said()}")


def one_round(server, context, book, number, total):
    """Returns the CAS that serves afterwards."""
    refusals, before = [], set(book.sessions)
    threads = [threading.Thread(target=kill9.work,
                                args=(cas.Client(context, server.port), book, f"r{number}c{i}", refusals))
               for i in range(kill9.CLIENTS)]
    for thread in threads:
        thread.start()
    waiting = successor_of(server, number)
    if number % 5 == 4:
        give_up(waiting, random.choice([signal.SIGKILL, signal.SIGTERM]))
        if not server.alive():
            raise cas.Failed(f"the CAS ended with the one that waited: {server.said()}")
        waiting = successor_of(server, f"{number}-again")
    time.sleep(random.uniform(0, 0.3))
    ending = signal.SIGTERM if number % 2 else signal.SIGKILL
    began = time.perf_counter()
    status = server.end(ending)
    if ending == signal.SIGTERM and status != 0:
        raise cas.Failed(f"the predecessor ended with status {status}: {server.said()}")
    for thread in threads:
        thread.join()
    # One that is told to end refuses what it does not do any more; it must not acknowledge and forget.
    if refusals and ending == signal.SIGKILL:
        raise cas.Failed(f"refused: {refusals[0]}")
    served(waiting)
    total.handovers.append(time.perf_counter() - began)
    if waiting.said().count(WAITS) != 1:
        raise cas.Failed(f"it says more than once that it waits: {waiting.said()}")
    client = cas.Client(context, waiting.port)
    for name in set(book.sessions) - before:
        kill9.check(client, name, book.sessions[name])
    client.close()
    return waiting


def waits_in_vain(server):
    began = time.monotonic()
    waiting = successor_of(server, "in-vain", "--lock-timeout", "1s")
    try:
        served(waiting)
    except cas.Refused as refused:
        took = time.monotonic() - began
        for text in (f"another CAS already uses {server.data}", "it did not end within 1 s"):
            if text not in refused.log:
                raise cas.Failed(f"'{text}' is not in: {refused.log}") from None
        if refused.status != 4 or not 1 <= took < 10:
            raise cas.Failed(f"status {refused.status} after {took:.1f} s: {refused.log}") from None
        return
    raise cas.Failed("two CASes serve one data directory")


def run(directory, options):
    random.seed(options.seed)
    context = cas.tls(*cas.identity(directory))
    server, book, total = cas.Server(options.binary, directory / "data"), kill9.Book(), types.SimpleNamespace(handovers=[])
    server.start()
    try:
        for number in range(options.rounds):
            server = one_round(server, context, book, number, total)
        waits_in_vain(server)
        client = cas.Client(context, server.port)
        for name, versions in book.sessions.items():
            kill9.check(client, name, versions)
    finally:
        server.kill()
    print(f"{options.rounds} successors that waited (seed {options.seed}): {len(book.sessions)} sessions, "
          f"{book.acknowledged} acknowledged versions, 0 lost; from the signal until the successor serves "
          f"at most {max(total.handovers) * 1000:.0f} ms")


def main():
    parser = cas.arguments(__doc__, 200)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    cas.main(run, parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
