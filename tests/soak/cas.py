"""What the soak programs share: a CAS of their own, an identity, clients, and the arguments.

Every program takes `--binary FILE` (default build/release/sconectl) and keeps its files in a temporary directory,
which is left behind, and named, after a failure.
"""

import argparse
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse

SOURCE = pathlib.Path(__file__).resolve().parents[2]
LOST = (OSError, http.client.HTTPException)  # what a client meets when its CAS dies


class Failed(Exception):
    """A promise was broken; the text is the evidence."""


class Refused(Exception):
    """The CAS ended instead of serving."""

    def __init__(self, status, log):
        super().__init__(f"exit status {status}: {log.strip()}")
        self.status = status
        self.log = log.strip()


def arguments(description, rounds=None):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(SOURCE / "build/release/sconectl"), help="the sconectl to test")
    if rounds is not None:
        parser.add_argument("rounds", nargs="?", type=int, default=rounds)
    return parser


class Server:
    """One data directory and the process that serves it."""

    def __init__(self, binary, data, *options):
        self.binary, self.data, self.options = os.path.abspath(binary), pathlib.Path(data), options
        self.log = self.data.parent / f"{self.data.name}.log"
        self.process = None
        self.port = self.enclave_port = None

    def launch(self):
        self.offset = self.log.stat().st_size if self.log.exists() else 0
        command = [self.binary, "cas", "serve", "--data", str(self.data), "--listen", "127.0.0.1:0",
                   "--enclave-listen", "127.0.0.1:0", *self.options]
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={**os.environ, "HOME": str(self.data.parent)})

    def start(self, patience=60):
        """Returns when it serves; Refused if it ends before."""
        self.launch()
        return self.await_service(patience)

    def await_service(self, patience=60):
        end = time.monotonic() + patience
        while time.monotonic() < end:
            served = re.search(r"serves clients at 127\.0\.0\.1:(\d+) and services at 127\.0\.0\.1:(\d+)", self.said())
            if served:
                self.port, self.enclave_port = int(served.group(1)), int(served.group(2))
                return self
            if self.process.poll() is not None:
                raise Refused(self.process.returncode, self.said())
            time.sleep(0.002)
        self.kill()
        raise Failed(f"the CAS was not ready within {patience} s: {self.said()}")

    def said(self):
        """The log since the last start."""
        with open(self.log, errors="replace") as log:
            log.seek(self.offset)
            return log.read()

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        self.end(signal.SIGKILL)

    def stop(self):
        """The exit status."""
        return self.end(signal.SIGTERM)

    def end(self, number):
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failed(f"the CAS did not end within 20 s of signal {number}") from None

    def rss_mb(self):
        """Resident memory now and at most."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return tuple(int(re.search(rf"{name}:\s+(\d+) kB", status).group(1)) / 1024 for name in ("VmRSS", "VmHWM"))


def identity(directory, name="client"):
    """Key and self-signed certificate; the paths of the certificate and the key."""
    certificate, key = pathlib.Path(directory) / f"{name}.crt", pathlib.Path(directory) / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", str(key), "-out", str(certificate), "-subj", f"/CN={name}", "-days", "2"],
                   check=True, stderr=subprocess.DEVNULL)
    return certificate, key


def tls(certificate=None, key=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # what is tested is the server
    if certificate:
        context.load_cert_chain(certificate, key)
    return context


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def postgres(*words, settings=""):
    """A command of postgres.sh; what it prints."""
    return subprocess.run([str(SOURCE / "tests/support/postgres.sh"), *map(str, words)], check=True, timeout=60,
                          capture_output=True, text=True,
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SETTINGS": settings}).stdout.strip()


def sharing_directory(data):
    """The data directory of a CAS that shares its database: all have the same key."""
    data.mkdir(mode=0o700)
    key = data / "cas.key-store"
    key.touch(mode=0o600)
    key.write_text("5e" * 32 + "\n")
    return data


class Client:
    """One keep-alive connection; connects again after a failure."""

    def __init__(self, context, port, timeout=20):
        self.connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=timeout, context=context)

    def request(self, method, path, body=None):
        """Status and the reply as JSON."""
        try:
            self.connection.request(method, path, body)
            reply = self.connection.getresponse()
            content = reply.read()
        except LOST:
            self.connection.close()
            raise
        return reply.status, json.loads(content) if content else None

    def upload(self, name, value, predecessor=None):
        return self.request("POST", "/session", session(name, value, predecessor))

    def read(self, name, version=None):
        query = f"?hash={version}" if version else ""
        return self.request("GET", f"/v1/sessions/{urllib.parse.quote(name)}{query}")

    def history(self, name):
        return self.request("GET", f"/v1/session_history/{urllib.parse.quote(name)}")

    def close(self):
        self.connection.close()


def session(name, value, predecessor=None):
    before = f"predecessor: {predecessor}\n" if predecessor else ""
    return (f'name: {name}\nversion: "0.3"\n{before}secrets:\n'
            f'  - {{name: told, kind: ascii, value: "{value}"}}\n  - {{name: made, kind: ascii, size: 20}}\n')


def told(text):
    """The value that was sent with the session; None in a text that lacks it."""
    found = re.search(r'name: told\n\s+kind: ascii\n\s+value: "?([^"\n]*)"?\n', text)
    return found.group(1) if found else None


def main(body, *given):
    """Runs body(directory, ...) in a temporary directory; the exit status tells whether all promises were kept."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="sconectl-soak-"))
    try:
        body(directory, *given)
    except (Failed, Refused) as failure:
        print(f"FAILED: {failure}\nThe evidence is in {directory}", flush=True)
        sys.exit(1)
    except BaseException:
        print(f"What was left is in {directory}", file=sys.stderr)
        raise
    shutil.rmtree(directory, ignore_errors=True)
