"""A relay before a registry that goes wrong in the middle of what is sent through it.

registry_relay.py PORT UPSTREAM_PORT HOW BYTES STATE: passes connections of 127.0.0.1:PORT on. When BYTES have been sent to
the registry, the file STATE is made, and from then on, until STATE is removed, it
    cut     resets every connection
    refuse  answers 403 with words of its own, and reads no more
    hold    passes nothing on and says nothing
"""
import os
import socket
import struct
import sys
import threading

WORDS = b'{"errors":[{"code":"DENIED","message":"the quota of this project is used up"}]}'
REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"

port, upstream, how, limit, state = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5]
lock = threading.Lock()
sent = 0


def goes_wrong(count):
    """Once, after the limit; then as long as the file is there."""
    global sent
    with lock:
        before, sent = sent, sent + count
        if before < limit <= sent:
            open(state, "w").close()
    return os.path.exists(state)


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def fail(client, server):
    server.close()
    if how == "cut":
        reset(client)
    elif how == "refuse":
        client.sendall(REFUSAL % (len(WORDS), WORDS))
        client.shutdown(socket.SHUT_WR)
        while client.recv(65536):
            pass
        client.close()
    else:
        threading.Event().wait()


def upwards(client, server):
    try:
        while part := client.recv(65536):
            if goes_wrong(len(part)):
                return fail(client, server)
            server.sendall(part)
        server.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def downwards(client, server):
    try:
        while part := server.recv(65536):
            client.sendall(part)
        client.shutdown(socket.SHUT_WR)
    except OSError:
        pass


listener = socket.create_server(("127.0.0.1", port))
while True:
    accepted, _ = listener.accept()
    behind = socket.create_connection(("127.0.0.1", upstream))
    for act in (upwards, downwards):
        threading.Thread(target=act, args=(accepted, behind), daemon=True).start()
