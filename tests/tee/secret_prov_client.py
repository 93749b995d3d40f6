"""What Gramine's libsecret_prov does before a program starts, with a certificate that was made before.

usage: secret_prov_client.py CA CERTIFICATE KEY PROGRAM...

Asks the first of SECRET_PROVISION_SERVERS (HOST:PORT), whose certificate has to be one of CA's for that name, puts the
secret into SECRET_PROVISION_SECRET_STRING and becomes the program. Ends with status 1 if there is no secret.
"""

import os
import re
import socket
import ssl
import sys

REQUEST = b"SECRET_PROVISION_RA_TLS_REQUEST_V1\0"
REPLY = b"SECRET_PROVISION_RA_TLS_RESPONSE_V1:\0"


def read(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise EOFError("the server ended the connection")
        data += part
    return data


def secret(ca, certificate, key):
    host, port = re.split("[,; ]", os.environ["SECRET_PROVISION_SERVERS"])[0].rsplit(":", 1)
    context = ssl.create_default_context(cafile=ca)
    context.load_cert_chain(certificate, key)
    with socket.create_connection((host, int(port)), timeout=20) as raw, context.wrap_socket(raw, server_hostname=host) as connection:
        connection.sendall(REQUEST)
        if read(connection, len(REPLY)) != REPLY:
            raise ValueError("this is no reply of secret_prov")
        return read(connection, int.from_bytes(read(connection, 4), "big"))


def main():
    ca, certificate, key, *program = sys.argv[1:]
    try:
        value = secret(ca, certificate, key)
    except (OSError, EOFError, ValueError) as error:
        print(f"no secret: {error}", file=sys.stderr)
        return 1
    if not value.endswith(b"\0"):
        print("no secret: Gramine takes only a text that ends with NUL", file=sys.stderr)
        return 1
    os.environ["SECRET_PROVISION_SECRET_STRING"] = value[:-1].decode()
    os.execvp(program[0], program)


if __name__ == "__main__":
    sys.exit(main())
