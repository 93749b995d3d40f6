#!/usr/bin/env python3
"""Of clients that race to update one version of a session, exactly one wins.

usage: race.py [--binary SCONECTL] [--clients N] [ROUNDS]        (default 64 clients, 1000 rounds)

Each round all clients send, at the same time, their own successor of the same version; every tenth round they create
the same name instead. One gets 201 and its version becomes active, all others get 409, and the history grows by one.
Exit status 1 otherwise.
"""

import sys
import threading
import time

import cas


class Race:
    """Threads that start together in each round and leave their answers."""

    def __init__(self, context, port, count):
        self.start, self.end = threading.Barrier(count + 1), threading.Barrier(count + 1)
        self.answers = [None] * count
        self.task = None
        self.clients = [cas.Client(context, port) for _ in range(count)]
        for number in range(count):
            threading.Thread(target=self.run, args=(number,), daemon=True).start()

    def run(self, number):
        while True:
            self.start.wait()
            name, turn, predecessor = self.task
            if name is None:
                return
            try:
                self.answers[number] = self.clients[number].upload(name, f"{turn}-{number}", predecessor)
            except cas.LOST as failure:
                self.answers[number] = (0, repr(failure))
            self.end.wait()

    def round(self, *task):
        self.task = task
        self.start.wait()
        if task[0] is not None:
            self.end.wait()
        return self.answers


def judge(client, name, turn, answers, length):
    """The hash of the winner."""
    winners = [(number, reply["hash"]) for number, (status, reply) in enumerate(answers) if status == 201]
    others = [(number, answer) for number, answer in enumerate(answers) if answer[0] not in (201, 409)]
    if len(winners) != 1 or others:
        raise cas.Failed(f"round {turn}: winners {winners}, neither 201 nor 409: {others[:3]}")
    number, version = winners[0]
    status, reply = client.read(name)
    if status != 200 or reply["hash"] != version or cas.told(reply["session"]) != f"{turn}-{number}":
        raise cas.Failed(f"round {turn}: client {number} won with {version}, active is {status} {reply}")
    if turn % 50 == 0 or length < 3:
        status, history = client.history(name)
        if len(history["versions"]) != length:
            raise cas.Failed(f"round {turn}: {len(history['versions'])} versions are stored, {length} were won")
    return version


def run(directory, options):
    server = cas.Server(options.binary, directory / "data")
    server.start()
    context = cas.tls(*cas.identity(directory))
    try:
        client = cas.Client(context, server.port)
        race = Race(context, server.port, options.clients)
        active = client.upload("race", "0")[1]["hash"]
        updates, began = 0, time.perf_counter()
        for turn in range(1, options.rounds + 1):
            if turn % 10 == 0:
                judge(client, f"made-{turn}", turn, race.round(f"made-{turn}", turn, None), 1)
            else:
                updates += 1
                active = judge(client, "race", turn, race.round("race", turn, active), updates + 1)
        seconds = time.perf_counter() - began
        race.round(None, None, None)
        status, history = client.history("race")
        if status != 200 or len(history["versions"]) != updates + 1:
            raise cas.Failed(f"{updates} updates were won, {len(history['versions']) - 1} are stored")
    finally:
        server.kill()
    print(f"{options.rounds} rounds of {options.clients} clients: one winner each, "
          f"{options.rounds * (options.clients - 1)} conflicts (409); "
          f"{options.rounds * options.clients / seconds:.0f} requests/s")


def main():
    parser = cas.arguments(__doc__, 1000)
    parser.add_argument("--clients", type=int, default=64)
    cas.main(run, parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
