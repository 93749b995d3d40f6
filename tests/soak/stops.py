#!/usr/bin/env python3
"""A CAS that is told to end does so, whatever its clients do in that moment.

usage: stops.py [--binary SCONECTL] [--clients N] [ROUNDS]        (default 24 clients, 300 rounds)

Each round a CAS starts, clients ask it something and stay connected, and while SIGTERM is on its way they leave, ask
again, or say nothing. It has to end with status 0 within 20 seconds. Exit status 1 otherwise.
"""

import random
import sys
import threading
import time

import cas


def client_life(context, port, began, leave, ended):
    client = cas.Client(context, port)
    try:
        client.request("GET", "/v1/version")
        began.release()
        leave.wait()
        time.sleep(random.random() * 0.01)
        if random.random() < 0.3:
            client.request("GET", "/v1/version")
        elif random.random() < 0.2:
            ended.wait()
    except cas.LOST:
        began.release()
    client.close()


def stops(directory, options):
    server = cas.Server(options.binary, directory / "data")
    context = cas.tls()
    longest = 0.0
    for turn in range(options.rounds):
        server.start()
        began, leave, ended = threading.Semaphore(0), threading.Event(), threading.Event()
        clients = [threading.Thread(target=client_life, args=(context, server.port, began, leave, ended),
                                    daemon=True)
                   for _ in range(options.clients)]
        for client in clients:
            client.start()
        for _ in clients:
            began.acquire()
        leave.set()
        time.sleep(random.random() * 0.01)
        told = time.monotonic()
        status = server.stop()
        ended.set()
        longest = max(longest, time.monotonic() - told)
        if status != 0:
            raise cas.Failed(f"round {turn}: exit status {status}: {server.said()}")
        for client in clients:
            client.join()
    print(f"{options.rounds} ends with {options.clients} clients each, the slowest took {1000 * longest:.0f} ms")


if __name__ == "__main__":
    parser = cas.arguments(__doc__, rounds=300)
    parser.add_argument("--clients", type=int, default=24)
    cas.main(stops, parser.parse_args(sys.argv[1:]))
