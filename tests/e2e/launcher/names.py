#!/usr/bin/env python3
"""A name server as Kubernetes has it, and servers that names lead to: names.py ADDRESS PORT

On ADDRESS:53 it answers over UDP and TCP. Of `large` names the answer over UDP is truncated. At PORT every address of 127.0.0.0/8
that is listed in LISTENERS, and ::1, takes connections. Prints "ready" and its process, then one line for each question: "udp A name".
"""

import os
import socket
import struct
import sys
import threading

A, AAAA = 1, 28
LISTENERS = ("127.0.0.21", "127.0.0.22", "127.0.0.23", "127.0.0.24")
ZONE = {
    ("cas.services.svc.cluster.local", A): ["127.0.0.21"],
    ("plain.example", A): ["127.0.0.22"],
    ("six.example", AAAA): ["::1"],
    # Nobody listens at the first ones.
    ("several.example", A): ["127.0.0.31", "127.0.0.32", "127.0.0.23"],
    ("large.example", A): [f"127.0.1.{i}" for i in range(1, 100)] + ["127.0.0.24"],
}


def question(packet):
    """The name, its type, and where the question ends."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode().lower())
        at += 1 + packet[at]
    kind, = struct.unpack_from(">H", packet, at + 1)
    return ".".join(labels), kind, at + 5


def answer(packet, way):
    name, kind, end = question(packet)
    print(way, {A: "A", AAAA: "AAAA"}.get(kind, kind), name, flush=True)
    known = any(zone_name == name for zone_name, _ in ZONE)
    addresses = ZONE.get((name, kind), [])
    truncated = way == "udp" and name.startswith("large.") and addresses
    if truncated:
        addresses = addresses[:2]
    flags = 0x8580 | (0x0200 if truncated else 0) | (0 if known else 3)  # an answer, with authority; NXDOMAIN
    reply = packet[:2] + struct.pack(">HHHHH", flags, 1, len(addresses), 0, 0) + packet[12:end]
    for address in addresses:
        data = socket.inet_pton(socket.AF_INET if kind == A else socket.AF_INET6, address)
        reply += struct.pack(">HHHIH", 0xC00C, kind, 1, 5, len(data)) + data
    return reply


def serve_udp(server):
    while True:
        packet, client = server.recvfrom(4096)
        server.sendto(answer(packet, "udp"), client)


def serve_tcp(server):
    while True:
        client, _ = server.accept()
        with client:
            while len(head := client.recv(2, socket.MSG_WAITALL)) == 2:
                reply = answer(client.recv(struct.unpack(">H", head)[0], socket.MSG_WAITALL), "tcp")
                client.sendall(struct.pack(">H", len(reply)) + reply)


def accept(server):
    while True:
        server.accept()[0].close()


def main():
    address, port = sys.argv[1], int(sys.argv[2])
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((address, 53))
    work = [(serve_udp, udp), (serve_tcp, socket.create_server((address, 53)))]
    work += [(accept, socket.create_server((listener, port))) for listener in LISTENERS]
    work += [(accept, socket.create_server(("::1", port), family=socket.AF_INET6))]
    threads = [threading.Thread(target=function, args=(server,)) for function, server in work]
    for thread in threads:
        thread.start()
    print("ready", os.getpid(), flush=True)
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
