#!/usr/bin/env python3
"""Three CASes on one PostgreSQL with a standby: nothing acknowledged is lost, and there are never two answers.

usage: replicas.py [--binary SCONECTL] [--seed N] [--seconds S]        (default 30 s)

Clients read and update a few sessions at whatever CAS they like, while one CAS is killed (kill -9), the network between
another one and the database is cut, and the primary database dies and its standby is promoted; meanwhile the key of the
database is changed, also by a CAS that is killed and while another one can not see it. Then the history of
every session is judged (history.py): it is as if one machine had answered one request after the other, and each
acknowledged version is in every CAS's chain; and every CAS has the same new key. A cold start of three takes
under 10 s. Printed: durable creates per second, in PostgreSQL at one and at three CASes, and in the embedded database. Exit status 1 on any broken promise.
"""

import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import threading
import time

import cas
import history

REPLICAS = 3
CLIENTS = 9
SESSIONS = 6
NOT_NOW = (503, 504)
COLD_START = 10


class Network:
    """A way to a port of this machine that can be cut: then what is open ends in the middle of whatever was said, and
    who connects waits for nothing."""

    def __init__(self, target):
        self.target, self.cut, self.open = target, threading.Event(), set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        """Until the other end is gone: then this port refuses as that one would."""
        while True:
            near, _ = self.listener.accept()
            try:
                far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                self.listener.close()
                near.close()
                return
            far.settimeout(None)
            self.open |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self.carry, args=(one, other), daemon=True).start()

    def carry(self, source, target):
        try:
            while data := source.recv(1 << 16):
                while self.cut.is_set() and source in self.open:
                    time.sleep(0.05)
                target.sendall(data)
        except OSError:
            pass
        finally:
            self.end(source, target)

    def end(self, *sockets):
        for socket_ in sockets:
            self.open.discard(socket_)
            try:
                socket_.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut_off(self):
        self.cut.set()
        self.end(*self.open)


class Worker(threading.Thread):
    """Reads and updates until told to stop, and writes down what it saw."""

    def __init__(self, number, context, replicas, stop):
        super().__init__()
        self.number, self.context, self.replicas, self.stop = number, context, replicas, stop
        self.random = random.Random(random.random())
        self.log, self.wrong, self.clients = {f"s{i}": [] for i in range(SESSIONS)}, [], {}

    def client(self):
        replica = self.random.choice(self.replicas)
        key = (replica.data, replica.port)
        if key not in self.clients:
            self.clients[key] = cas.Client(self.context, replica.port, timeout=40)
        return self.clients[key]

    def read(self, name):
        """Value and hash, after the read was written down; None: not known."""
        begin = time.monotonic()
        try:
            status, reply = self.client().read(name)
        except cas.LOST:
            return None
        end = time.monotonic()
        if status in NOT_NOW:
            return None
        if status not in (200, 404):
            self.wrong.append(f"read of {name}: {status} {reply}")
            return None
        found = (cas.told(reply["session"]), reply["hash"]) if status == 200 else (None, None)
        self.log[name].append(history.Read(begin, end, found[0]))
        return found

    def update(self, name, value, before):
        begin = time.monotonic()
        try:
            status, reply = self.client().upload(name, value, before[1])
        except cas.LOST:
            status, reply = 503, None
        end = time.monotonic()
        outcome = {201: "stored", 409: "refused"}.get(status, "unknown")
        if outcome == "unknown" and status not in NOT_NOW:
            self.wrong.append(f"update of {name}: {status} {reply}")
        self.log[name].append(history.Write(begin, end, value, before[0], outcome))

    def run(self):
        count = 0
        while not self.stop.is_set():
            name = f"s{self.random.randrange(SESSIONS)}"
            before = self.read(name)
            if before is None:
                time.sleep(0.02)
            elif self.random.random() < 0.4:
                count += 1
                self.update(name, f"c{self.number}v{count}", before)
        for client in self.clients.values():
            client.close()


class Application:
    """The servers of the database, and the CASes."""

    def __init__(self, directory, options):
        self.directory, self.binary = directory, os.path.abspath(options.binary)
        directory.chmod(0o755)
        self.primary, self.standby = directory / "primary", directory / "standby"
        self.ports = cas.free_port(), cas.free_port()
        cas.postgres("start", self.primary, self.ports[0], settings="synchronous_standby_names = 'standby'\nwal_keep_size = 64")
        cas.postgres("standby", self.standby, self.ports[1], self.primary)
        self.cut_off = [Network(port) for port in self.ports]
        self.replicas = [cas.Server(options.binary, cas.sharing_directory(directory / f"cas-{i}"), "--database", self.url(i))
                         for i in range(REPLICAS)]

    def url(self, number):
        ports = [network.port for network in self.cut_off] if number == REPLICAS - 1 else self.ports
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
        return f"postgresql://cas@{hosts}/postgres"

    def cold_start(self):
        began = time.monotonic()
        for replica in self.replicas:
            replica.launch()
        for replica in self.replicas:
            replica.await_service()
        took = time.monotonic() - began
        if took > COLD_START:
            raise cas.Failed(f"a cold start of {REPLICAS} took {took:.1f} s")
        return took

    def fail_over(self):
        cas.postgres("stop", self.primary, "immediate")
        time.sleep(0.5)
        # Nobody follows the new one yet: it must not wait for that.
        sql = "ALTER SYSTEM SET synchronous_standby_names = ''"
        cas.postgres("promote", self.standby)
        subprocess.run(["psql", "--quiet", f"postgresql://cas@127.0.0.1:{self.ports[1]}/postgres", "-c", sql, "-c",
                        "SELECT pg_reload_conf()"], check=True, capture_output=True, timeout=30)

    def rotate_key(self, told):
        """All get a next key, if they have none; one is told to take it."""
        files = [replica.data / "cas.key-store" for replica in self.replicas]
        if b"next: " not in files[0].read_bytes():
            subprocess.run([self.binary, "cas", "key", "rotate", "--data", str(files[0].parent)], check=True,
                           capture_output=True, timeout=30)
        for file in files[1:]:
            beside = file.with_name("cas.key-store.new")
            beside.touch(0o600)
            beside.write_bytes(files[0].read_bytes())
            beside.replace(file)
        told.process.send_signal(signal.SIGHUP)

    def settle_key(self, before):
        """The key that all have in the end."""
        for replica in self.replicas:
            replica.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 30
        while True:
            keys = {(replica.data / "cas.key-store").read_bytes() for replica in self.replicas}
            if len(keys) == 1 and b"next: " not in (key := keys.pop()):
                break
            if time.monotonic() > end:
                raise cas.Failed("the CASes have different keys for their database in the end")
            time.sleep(0.1)
        if key == before:
            raise cas.Failed("the database has the key that it had in the beginning")

    def end(self):
        for replica in self.replicas:
            replica.kill()
        for server in (self.primary, self.standby):
            if (server / "data/postmaster.pid").exists():
                cas.postgres("stop", server, "immediate")


def faults(application, seconds):
    """One after the other, spread over the time."""
    killed = application.replicas[0]
    time.sleep(seconds * 0.15)
    application.rotate_key(told=killed)
    time.sleep(random.uniform(0, 0.5))
    killed.kill()
    time.sleep(1)
    killed.start()
    time.sleep(seconds * 0.1)
    for network in application.cut_off:
        network.cut_off()
    application.rotate_key(told=application.replicas[1])
    time.sleep(seconds * 0.2)
    for network in application.cut_off:
        network.cut.clear()
    time.sleep(seconds * 0.1)
    began = time.monotonic()
    application.fail_over()
    failover = time.monotonic() - began
    application.rotate_key(told=application.replicas[2])
    time.sleep(seconds * 0.1)
    application.replicas[1].kill()
    application.replicas[1].start()
    time.sleep(seconds * 0.2)
    return failover


def chain_of(client, name):
    """The values of the versions, oldest first."""
    status, reply = client.history(name)
    if status == 404:
        return []
    if status != 200:
        raise cas.Failed(f"the versions of {name} can not be read: {status} {reply}")
    values = []
    for entry in reply["versions"][::-1]:
        values.append(cas.told(client.read(name, entry["hash"])[1]["session"]))
    return values


def creates_per_second(context, ports, prefix, seconds=3):
    """New sessions, acknowledged, by eight clients."""
    end, counts = time.monotonic() + seconds, []

    def create(number):
        client, count = cas.Client(context, ports[number % len(ports)]), 0
        while time.monotonic() < end:
            count += client.upload(f"{prefix}{number}-{count}", "v")[0] == 201
        counts.append(count)
        client.close()

    threads = [threading.Thread(target=create, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def judge(application, context, workers):
    """Every session at every CAS; returns how many operations there were, and how many writes were acknowledged."""
    operations = stored = unknown = 0
    for name in workers[0].log:
        chains = []
        for replica in application.replicas:
            client = cas.Client(context, replica.port)
            chains.append(chain_of(client, name))
            client.close()
        if any(chain != chains[0] for chain in chains):
            raise cas.Failed(f"{name} has {len(set(map(tuple, chains)))} histories: {[len(chain) for chain in chains]}")
        log = [operation for worker in workers for operation in worker.log[name]]
        found = history.fault(chains[0], log)
        if found:
            raise cas.Failed(f"{name}: {found}")
        operations += len(log)
        writes = [operation for operation in log if isinstance(operation, history.Write)]
        stored += sum(write.outcome == "stored" for write in writes)
        unknown += sum(write.outcome == "unknown" for write in writes)
    return operations, stored, unknown


def run(directory, options):
    wrong = history.self_test()
    print(f"the checker sees each of {wrong} wrong histories", flush=True)
    random.seed(options.seed)
    context = cas.tls(*cas.identity(directory))
    application = Application(directory, options)
    try:
        cold = application.cold_start()
        key = (application.replicas[0].data / "cas.key-store").read_bytes()
        print(f"cold start of {REPLICAS}: {cold:.1f} s", flush=True)
        one = creates_per_second(context, [application.replicas[0].port], "one")
        three = creates_per_second(context, [replica.port for replica in application.replicas], "three")
        embedded = cas.Server(options.binary, directory / "embedded").start()
        alone = creates_per_second(context, [embedded.port], "alone")
        embedded.kill()
        print(f"durable creates per second: {one:.0f} at one CAS, {three:.0f} at three (PostgreSQL with a synchronous "
              f"standby), {alone:.0f} in the embedded database", flush=True)
        stop = threading.Event()
        workers = [Worker(i, context, application.replicas, stop) for i in range(CLIENTS)]
        for worker in workers:
            worker.start()
        try:
            failover = faults(application, options.seconds)
        finally:
            stop.set()
            for worker in workers:
                worker.join()
        for worker in workers:
            if worker.wrong:
                raise cas.Failed(worker.wrong[0])
        application.settle_key(before=key)
        operations, stored, unknown = judge(application, context, workers)
        for replica in application.replicas:
            client = cas.Client(context, replica.port)
            status, reply = client.request("GET", "/v1/health/ready")
            client.close()
            if status != 200:
                raise cas.Failed(f"{replica.data.name} is not ready after all: {status} {reply}")
    finally:
        application.end()
    if stored < 50:
        raise cas.Failed(f"only {stored} writes were acknowledged: nothing was proved")
    print(f"{operations} operations of {CLIENTS} clients at {REPLICAS} CASes (seed {options.seed}), "
          f"{stored} acknowledged writes, none lost; of {unknown} nobody was told how they ended; "
          f"a CAS killed twice, one cut off, the primary database killed and its standby promoted ({failover:.1f} s), "
          "its key changed meanwhile")


def main():
    parser = cas.arguments(__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--seconds", type=float, default=30)
    cas.main(run, parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
