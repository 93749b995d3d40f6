"""What load.py measures: a CAS of some binary, and nginx, each with the rates that clients get from it."""

import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "soak"))
import cas  # noqa: E402

NGINX = """worker_processes {workers};
pid {directory}/nginx.pid;
error_log {directory}/nginx.log;
daemon off;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  default_type application/json;
  keepalive_requests 1000000000;
  client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy; fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl backlog=4096;
    ssl_certificate {directory}/chain.crt;
    ssl_certificate_key {directory}/leaf.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_verify_client optional_no_ca;
    location / {{ root {directory}; try_files /reply =404; }}
  }}
}}
"""
MESH_SESSION = """name: mesh-{number}
version: "0.3"
security: {{attestation: {{mode: none}}, service_access_token: token-of-the-load}}
services:
  - name: app
    command: app --serve
    image_name: app
images:
  - name: app
    injection_files:
      - {{path: /etc/tls/server.crt, content: "$$SCONE::server:chain$$"}}
      - {{path: /etc/tls/server.key, content: "$$SCONE::server:privatekey$$"}}
secrets:
  - {{name: ca_key, kind: private-key}}
  - {{name: ca, kind: x509-ca, private_key: ca_key, common_name: CA, export_public: true}}
  - {{name: key, kind: private-key}}
  - {{name: server, kind: x509, private_key: key, issuer: ca, endpoint: server, dns: app}}
"""
MESH_SESSIONS = 100


def compiled(name, directory):
    source = cas.SOURCE / "src"
    subprocess.run(["g++", "-O2", "-static", "-std=c++20", "-I", str(source), str(HERE / f"{name}.cpp"),
                    str(source / "casd/connections/tls_library.cpp"), "-o", str(directory / name), "-lssl", "-lcrypto",
                    "-pthread"], check=True)
    return directory / name


class Tools:
    """The compiled clients and their identity."""

    def __init__(self, directory, clients):
        self.load, self.services = compiled("load", directory), compiled("provision", directory)
        self.certificate, self.key = cas.identity(directory)
        self.clients = clients

    def run(self, mode, port, amount, path, count, clients=None):
        """Requests per second, and the size of a reply."""
        result = subprocess.run([str(self.load), mode, str(port), str(clients or self.clients), str(amount),
                                 str(self.certificate), str(self.key), path, str(count)],
                                check=True, capture_output=True, text=True)
        requests, seconds, failures, size = result.stdout.split()
        if int(failures):
            raise cas.Failed(f"{mode}: {failures} of {requests} requests failed: {result.stderr}")
        return int(requests) / float(seconds), int(size)

    def provision(self, port, services, prefix, sessions):
        """Seconds that the slowest and the median of services took that start at the same moment."""
        result = subprocess.run([str(self.services), str(port), str(services), prefix, "/app", str(sessions),
                                 "token-of-the-load"], check=True, capture_output=True, text=True)
        _, failures, slowest, median = result.stdout.split()
        if int(failures):
            raise cas.Failed(f"provisioning: {failures} of {services} services failed: {result.stderr}")
        return float(slowest), float(median)


def processor_ms(pid):
    """Processor time so far of a process and its children, those that have ended among them."""
    ticks = 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if pid in (int(stat.parent.name), int(fields[1])):
            ended = fields[13:15] if pid == int(stat.parent.name) else ()
            ticks += sum(map(int, (*fields[11:13], *ended)))
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


class Cas:
    """Some sconectl as a CAS with sessions load-0, load-1 ..., and mesh-0 ... with certificates."""

    def __init__(self, name, binary, directory, tools, threads, *options):
        self.name, self.tools, self.stored = name, tools, 0
        directory.mkdir()
        self.server = cas.Server(binary, directory / "data", "--threads", str(threads), *options)
        self.server.start()

    @property
    def port(self):
        return self.server.port

    @property
    def pid(self):
        return self.server.process.pid

    def create(self, total):
        """Adds sessions until there are so many; creates per second."""
        rate, _ = self.tools.run("create", self.port, total - self.stored, "load-", self.stored, 32)
        self.stored = total
        return rate

    def create_mesh_sessions(self):
        client = cas.Client(cas.tls(self.tools.certificate, self.tools.key), self.port)
        for number in range(MESH_SESSIONS):
            status, reply = client.request("POST", "/session", MESH_SESSION.format(number=number))
            if status != 201:
                raise cas.Failed(f"a session is not created: {status} {reply}")
        client.close()

    def read(self, mode, seconds):
        return self.tools.run(mode, self.port, seconds, "/v1/sessions/load-%", self.stored)[0]

    def reply_size(self):
        return self.tools.run("keepalive", self.port, 1, "/v1/sessions/load-%", self.stored)[1]

    def read_value(self, seconds, mode="keepalive"):
        return self.tools.run(mode, self.port, seconds, "/v1/values/session=mesh-%,secret=ca",
                              MESH_SESSIONS)[0]

    def provision(self, services):
        return self.tools.provision(self.server.enclave_port, services, "load-", self.stored)

    def provision_with_certificates(self, services):
        return self.tools.provision(self.server.enclave_port, services, "mesh-", MESH_SESSIONS)

    def restart(self):
        """Seconds until it has ended, until it serves again, and until a session was read."""
        began = time.perf_counter()
        self.server.process.terminate()
        self.server.process.wait()  # without a limit: Python would look only every 50 ms
        ended = time.perf_counter()
        self.server.start()
        serves = time.perf_counter()
        client = cas.Client(cas.tls(self.tools.certificate, self.tools.key), self.port)
        status, _ = client.read(f"load-{self.stored - 1}")
        if status != 200:
            raise cas.Failed(f"a session can not be read after a restart: {status}")
        client.close()
        return ended - began, serves - began, time.perf_counter() - began

    def stop(self):
        self.server.kill()


class Nginx:
    """Debian's nginx: a file of the size of a reply, a chain like the CAS's, a worker for each of its threads."""

    name = "nginx"

    def __init__(self, directory, tools, program, workers, size):
        self.tools, self.log = tools, directory / "nginx.log"
        self.chain(directory)
        (directory / "reply").write_text("x" * size)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        config = directory / "nginx.conf"
        config.write_text(NGINX.format(directory=directory, workers=workers, port=self.port))
        directory.chmod(0o755)  # the workers are another user
        self.process = subprocess.Popen([program, "-c", str(config), "-e", str(self.log)])
        self.pid = self.process.pid
        self.wait()

    def chain(self, directory):
        """root, instance and leaf, as the CAS has them; its own leaf key is never on disk."""
        for name, issuer, extension in (("root", None, "CA:TRUE"), ("instance", "root", "CA:TRUE"),
                                        ("leaf", "instance", "CA:FALSE")):
            signed = ["-CA", f"{issuer}.crt", "-CAkey", f"{issuer}.key"] if issuer else []
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                            "-keyout", f"{name}.key", "-out", f"{name}.crt", "-subj", f"/CN={name}", "-days", "2",
                            *signed, "-addext", f"basicConstraints=critical,{extension}"],
                           cwd=directory, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        certificates = [(directory / f"{name}.crt").read_text() for name in ("leaf", "instance", "root")]
        (directory / "chain.crt").write_text("".join(certificates))

    def wait(self):
        client = cas.Client(cas.tls(), self.port)
        for _ in range(100):
            time.sleep(0.1)
            try:
                client.connection.connect()
                client.close()
                return
            except OSError:
                continue
        raise cas.Failed(f"nginx does not start: {self.log.read_text()}")

    def read(self, mode, seconds):
        return self.tools.run(mode, self.port, seconds, "/", 1)[0]

    def stop(self):
        self.process.terminate()
        self.process.wait()


def nginx_program():
    return shutil.which("nginx") or "/usr/sbin/nginx"
