#!/usr/bin/env python3
"""The CAS under load, side by side with nginx in the same run.

usage: load.py [--binary SCONECTL] [--seconds N] [--runs N] [--clients N] [--sessions N]

nginx (Debian's nginx-light) serves a file of the size of the CAS's reply, with TLS 1.2 and 1.3, a chain of three P-256
certificates like the CAS's, an optional client certificate, and as many workers as the CAS has threads. Each figure is
the median of RUNS runs of SECONDS, taken in turns. Creates: 32 clients. Then sessions are added up to 100, 10000 and,
with --sessions 100000, more; each time the reading speed, the slowest of 1000 services that are provisioned at the same
moment (each over a TLS connection of its own) and the resident memory are printed. The targets stand beside the
figures; this is a measurement, so the exit status is 0 unless something fails.
"""

import os
import pathlib
import shutil
import socket
import statistics
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


def line(name, figure, target=None, note=""):
    print(f"{name:58} {figure:>14}{f'   target {target}' if target else ''}{f'   {note}' if note else ''}", flush=True)


def openssl(directory, *arguments):
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def chain(directory):
    """root, instance and leaf, as the CAS has them; its own leaf key is never on disk."""
    for name, issuer, extension in (("root", None, "CA:TRUE"), ("instance", "root", "CA:TRUE"),
                                    ("leaf", "instance", "CA:FALSE")):
        signed = ["-CA", f"{issuer}.crt", "-CAkey", f"{issuer}.key"] if issuer else []
        openssl(directory, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                f"{name}.key", "-out", f"{name}.crt", "-subj", f"/CN={name}", "-days", "2", *signed,
                "-addext", f"basicConstraints=critical,{extension}")
    certificates = [(directory / f"{name}.crt").read_text() for name in ("leaf", "instance", "root")]
    (directory / "chain.crt").write_text("".join(certificates))


def fsyncs(directory):
    """What the disk can do alone: 4 KiB appended and synced, per second."""
    with open(directory / "fsync", "wb") as file:
        began, count = time.perf_counter(), 0
        while time.perf_counter() - began < 1:
            file.write(b"0" * 4096)
            file.flush()
            os.fdatasync(file.fileno())
            count += 1
    return count


class Bench:
    def __init__(self, directory, options):
        self.directory, self.options = directory, options
        self.tool, self.services = self.compiled("load"), self.compiled("provision")
        self.certificate, self.key = cas.identity(directory)
        self.server = cas.Server(options.binary, directory / "data", "--threads", str(options.threads))
        self.stored = 0

    def compiled(self, name):
        subprocess.run(["g++", "-O2", "-std=c++20", str(HERE / f"{name}.cpp"), "-o", str(self.directory / name),
                        "-lssl", "-lcrypto", "-pthread"], check=True)
        return self.directory / name

    def load(self, mode, port, clients, amount, path, count):
        """Requests per second, and the size of a reply."""
        result = subprocess.run([str(self.tool), mode, str(port), str(clients), str(amount), str(self.certificate),
                                 str(self.key), path, str(count)], check=True, capture_output=True, text=True)
        requests, seconds, failures, size = result.stdout.split()
        if int(failures):
            raise cas.Failed(f"{mode}: {failures} of {requests} requests failed: {result.stderr}")
        return int(requests) / float(seconds), int(size)

    def processor_ms(self, port):
        """Processor time so far of the CAS or of nginx with its workers."""
        main = self.server.process.pid if port == self.server.port else self.nginx.pid
        ticks = 0
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if main in (int(stat.parent.name), int(fields[1])):
                ticks += int(fields[11]) + int(fields[12])
        return ticks * 1000 / os.sysconf("SC_CLK_TCK")

    def create(self, total):
        """Adds sessions until there are so many; creates per second and the processor time of one."""
        before, count = self.processor_ms(self.server.port), total - self.stored
        rate, _ = self.load("create", self.server.port, 32, count, "load-", self.stored)
        self.stored = total
        return rate, (self.processor_ms(self.server.port) - before) / count

    def read(self, mode, port, seconds=None):
        return self.load(mode, port, self.options.clients, seconds or self.options.seconds, "/v1/sessions/load-%",
                         self.stored)

    def provision(self, services=1000):
        """Slowest and median time of services that start at the same moment; the median of the runs, and the worst."""
        slowest, medians, before = [], [], self.processor_ms(self.server.port)
        for _ in range(self.options.runs):
            result = subprocess.run([str(self.services), str(self.server.enclave_port), str(services), "load-", "/app",
                                     str(self.stored), "token"], check=True, capture_output=True, text=True)
            _, failures, worst, median = result.stdout.split()
            if int(failures):
                raise cas.Failed(f"provisioning: {failures} of {services} services failed: {result.stderr}")
            slowest.append(float(worst))
            medians.append(float(median))
        cost = (self.processor_ms(self.server.port) - before) / (self.options.runs * services)
        line(f"{services} services at once, {self.stored} sessions: slowest", f"{statistics.median(slowest):.2f} s",
             "< 2 s", f"worst {max(slowest):.2f} s, median service {statistics.median(medians):.2f} s, none failed, "
             f"processor {cost:.3f} ms each")
        return statistics.median(slowest)

    def start_nginx(self, size):
        chain(self.directory)
        (self.directory / "reply").write_text("x" * size)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.nginx_port = free.getsockname()[1]
        config = self.directory / "nginx.conf"
        config.write_text(NGINX.format(directory=self.directory, workers=self.options.threads, port=self.nginx_port))
        self.directory.chmod(0o755)  # the workers are another user
        self.nginx = subprocess.Popen([self.options.nginx, "-c", str(config), "-e", str(self.directory / "nginx.log")])
        client = cas.Client(cas.tls(), self.nginx_port)
        for _ in range(100):
            time.sleep(0.1)
            try:
                client.connection.connect()
                client.close()
                return
            except OSError:
                continue
        raise cas.Failed(f"nginx does not start: {(self.directory / 'nginx.log').read_text()}")

    def compare(self, name, mode, target):
        """In turns, so that both meet the same noise."""
        rates, costs = ([], []), ([], [])
        for _ in range(self.options.runs):
            for which, port in enumerate((self.server.port, self.nginx_port)):
                before = self.processor_ms(port)
                rate = self.read(mode, port)[0]
                rates[which].append(rate)
                costs[which].append((self.processor_ms(port) - before) / (rate * self.options.seconds))
        ours, theirs = (statistics.median(each) for each in rates)
        spread = ", ".join(f"{a / b:.2f}" for a, b in zip(*rates))
        line(f"{name}: CAS", f"{ours:.0f} /s", None, f"processor {statistics.median(costs[0]):.3f} ms each")
        line(f"{name}: nginx", f"{theirs:.0f} /s", None, f"processor {statistics.median(costs[1]):.3f} ms each")
        line(f"{name}: ratio", f"{ours / theirs:.2f}", f">= {target}", f"runs: {spread}")

    def growth(self):
        """Speed and memory with more and more sessions."""
        first = first_slowest = None
        for count in [n for n in (100, 10000, 100000) if n <= self.options.sessions]:
            if count > self.stored:
                rate, cost = self.create(count)
                line(f"creates up to {count} sessions, 32 clients", f"{rate:.0f} /s", ">= 1000",
                     f"processor {cost:.3f} ms each")
            before = self.processor_ms(self.server.port)
            rates = [self.read("keepalive", self.server.port)[0] for _ in range(self.options.runs)]
            cost = (self.processor_ms(self.server.port) - before) / (sum(rates) * self.options.seconds)
            rate = statistics.median(rates)
            first = first or rate
            line(f"reads with {count} sessions", f"{rate:.0f} /s", "flat within 20 %",
                 f"{(rate / first - 1) * 100:+.0f} %, processor {cost:.3f} ms each")
            slowest = self.provision()
            first_slowest = first_slowest or slowest
            if slowest != first_slowest:
                line("slowest service, against the fewest sessions", f"{slowest / first_slowest:.2f}", "<= 1.2")
            now, most = self.server.rss_mb()
            line(f"resident memory with {count} sessions", f"{now:.0f} MB", "< 100 MB at 100000",
                 f"at most {most:.0f} MB")
        began = time.perf_counter()
        self.server.stop()
        self.server.start()
        line(f"restart with {self.stored} sessions", f"{time.perf_counter() - began:.2f} s", None,
             f"resident {self.server.rss_mb()[0]:.0f} MB")


def run(directory, options):
    bench = Bench(directory, options)
    bench.nginx = None
    bench.server.start()
    try:
        line("fdatasync of the disk alone", f"{fsyncs(directory)} /s")
        bench.create(100)
        _, size = bench.read("keepalive", bench.server.port, 1)
        bench.start_nginx(size)
        print(f"{options.threads} threads or workers each, {options.clients} clients, replies of {size} bytes, "
              f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        bench.compare("new mutual-TLS connection and one read", "connect", 0.8)
        bench.compare("read on a kept connection", "keepalive", 0.5)
        bench.growth()
    finally:
        bench.server.kill()
        if bench.nginx:
            bench.nginx.terminate()
            bench.nginx.wait()


def main():
    parser = cas.arguments(__doc__)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of the CAS, and workers of nginx")
    parser.add_argument("--sessions", type=int, default=10000, help="100000 for the whole measurement")
    parser.add_argument("--nginx", default=shutil.which("nginx") or "/usr/sbin/nginx")
    cas.main(run, parser.parse_args())


if __name__ == "__main__":
    main()
