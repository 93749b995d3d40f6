#!/usr/bin/env python3
"""How much longer the start of a service takes while somebody makes the CAS work: one attack after the other.

usage: attacks.py [--binary SCONECTL] [--starts N] [--seconds N] [ATTACK...]   (default: all attacks, 60 starts)

A start is a new TLS connection, a challenge and the configuration. The attackers are processes with the lowest claim to
the processor, as they would run on other machines. Beside each attack stand the slowest and the median start, how much
longer than the slowest one without an attack that is, and the CAS's memory. With the machine busy otherwise only the
differences tell something. Exit status 1 if a start fails, or waits more than 100 ms longer.
"""

import json
import multiprocessing
import os
import pathlib
import socket
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "soak"))
import cas  # noqa: E402

MOST_MS = 100
HEAD = 'version: "0.3.12"\nname: {}\n'
NONE = "security: {attestation: {mode: none}}\n"


class Target:
    """What an attacker needs; goes to other processes."""

    def __init__(self, server, key_hash, certificate, key):
        self.port, self.enclave_port, self.key_hash = server.port, server.enclave_port, key_hash
        self.certificate, self.key = str(certificate), str(key)

    def client(self, port=None, anonymous=False):
        context = cas.tls() if anonymous else cas.tls(self.certificate, self.key)
        return cas.Client(context, port or self.port, timeout=120)


def start_service(client, config_id):
    _, challenge = client.request("POST", "/v1/service/challenge", "")
    body = {"config_id": config_id, "nonce": challenge["nonce"], "public_key": os.urandom(32).hex()}
    return client.request("POST", "/v1/service/config", json.dumps(body))


def again_and_again(target, work):
    """Until the process is ended; failures are the CAS's answer to an attack."""
    client, number = target.client(), 0
    while True:
        number += 1
        try:
            work(client, f"{os.getpid()}-{number}")
        except (*cas.LOST, ValueError):
            client = target.client()
            time.sleep(0.05)


def upload(client, text):
    return client.request("POST", "/session", text)


def silent(target, ports):
    def work(client, name):
        import_from = ports[hash(name) % len(ports)]
        upload(client, HEAD.format(f"silent-{name}") + "secrets: [{name: y, import: {session: /from, secret: x, "
               f"cas_url: '127.0.0.1:{import_from}', cas_key: {target.key_hash}}}}}]\n")
    again_and_again(target, work)


def circle(target):
    again_and_again(target, lambda _, __: start_service(target.client(target.enclave_port, anonymous=True), "circle/s"))


def mistakes(target):
    text = HEAD.format("mistakes") + "services: [" + "a," * 1_950_000 + "]\n"
    again_and_again(target, lambda client, _: upload(client, text))


def rsa(target):
    keys = "".join(f"- {{name: k{i}, kind: private-key, key_type: RSA-3072}}\n" for i in range(16))
    again_and_again(target, lambda client, name: upload(client, HEAD.format(f"rsa-{name}") + "secrets:\n" + keys))


def certificates(target):
    again_and_again(target, lambda client, _: client.request("GET", "/v1/values/session=certificates"))


def lists(target):
    again_and_again(target, lambda client, _: client.request("GET", "/v1/sessions?namespace=large"))


def strangers(target):
    again_and_again(target, lambda _, __: start_service(target.client(target.enclave_port, anonymous=True), "no/one"))


def prepared(target):
    """The sessions that the attacks use."""
    client = target.client()

    def create(text):
        status, answer = upload(client, text)
        if status != 201:
            raise cas.Failed(f"a session was not created: {answer}")
    service = "services: [{name: s, command: x, environment: {A: $$SCONE::a$$}}]\n"
    # With a certificate that ends, a start may have to wait, and leaves the threads that serve connections.
    create(HEAD.format("quiet") + NONE + "services: [{name: s, command: x, environment: {A: '$$SCONE::a:crt$$'}}]\n"
           "secrets: [{name: k, kind: private-key}, {name: a, kind: x509, private_key: k, valid_for: 90 days}]\n")
    itself = f"cas_url: '127.0.0.1:{target.port}', cas_key: {target.key_hash}"
    create(HEAD.format("circle") + NONE + service + "secrets: [{name: a, import: {session: /circle, secret: a, "
           f"{itself}}}, export: {{session: /circle, {itself}}}}}]\n")
    create(HEAD.format("certificates") + "secrets:\n- {name: k, kind: private-key}\n" + "".join(
        f"- {{name: c{i}, kind: x509-ca, private_key: k, valid_for: 1s, export_public: true}}\n" for i in range(200)))
    create(HEAD.format("large") + "access_policy: {create_sessions: ANY, list_sessions: ANY}\n")
    for i in range(20):
        create(HEAD.format(f"large/s{i}") + "secrets: [{name: a, kind: ascii, value: '" + "x" * 2_000_000 + "'}]\n")


def attacked(attack, *given):
    os.nice(19)
    attack(*given)


def starts(target, count):
    """Milliseconds that each took."""
    result = []
    for _ in range(count):
        began = time.perf_counter()
        status, answer = start_service(target.client(target.enclave_port, anonymous=True), "quiet/s")
        result.append((time.perf_counter() - began) * 1000)
        if status != 200:
            raise cas.Failed(f"a service did not get its configuration: {answer}")
        time.sleep(0.05)
    return result


def run(directory, options):
    server = cas.Server(options.binary, directory / "cas").start()
    target = Target(server, (directory / "cas" / "cas-key-hash").read_text().strip(), *cas.identity(directory))
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(64)]
    ports = [each.getsockname()[1] for each in listeners]
    attacks = {"silent": (silent, 64, ports), "circle": (circle, 4), "mistakes": (mistakes, 13), "rsa": (rsa, 16),
               "certificates": (certificates, 4), "lists": (lists, 4), "strangers": (strangers, 3)}
    try:
        prepared(target)
        usual = starts(target, options.starts)
        print(f"{'no attack':14} slowest {max(usual):6.0f} ms   median {statistics.median(usual):5.0f} ms", flush=True)
        late = []
        for name in options.attacks or attacks:
            attack, attackers, *given = attacks[name]
            running = [multiprocessing.Process(target=attacked, args=(attack, target, *given), daemon=True)
                       for _ in range(attackers)]
            for each in running:
                each.start()
            time.sleep(options.seconds)
            try:
                times = starts(target, options.starts)
            finally:
                for each in running:
                    each.terminate()
                for each in running:
                    each.join()
            longer = max(times) - max(usual)
            now, most = server.rss_mb()
            print(f"{name:14} slowest {max(times):6.0f} ms   median {statistics.median(times):5.0f} ms   "
                  f"{longer:+6.0f} ms   memory {now:.0f} MB, at most {most:.0f} MB", flush=True)
            if longer > MOST_MS:
                late.append(name)
            time.sleep(options.seconds)
        if late:
            raise cas.Failed(f"a service waits more than {MOST_MS} ms longer beside: {', '.join(late)}")
    finally:
        server.kill()  # what attackers have left to do is of no interest


def main():
    parser = cas.arguments(__doc__)
    parser.add_argument("attacks", nargs="*", metavar="ATTACK")
    parser.add_argument("--starts", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=3, help="that an attack runs before it is measured")
    cas.main(run, parser.parse_args())


if __name__ == "__main__":
    main()
