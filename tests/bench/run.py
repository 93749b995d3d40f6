#!/usr/bin/env python3
"""Speed of the main job, as medians with a reference measured in the same run.

usage: run.py SCONECTL [--docker]

Without --docker only what needs no container engine is measured; with helm in the path, its rendering of the same chart. With it, a running docker and the image
sconectl-base/python:3 (examples/setup/base-images.sh) are needed: an apply with upload is compared with the bare
`docker run --rm` of a do-nothing image.
"""

import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

RUNS = 21
SERVICE = """apiVersion: scone/5.8
kind: genservice
environment:
  local:
    - {name: API_PASSWORD, value: "$$SCONE::password$$"}
  global:
    - {name: API_USER}
secrets:
  global:
    - {name: password, kind: ascii, size: 10}
build:
  name: bench
  kind: python
  to: sconectl-bench/hello:1
  pwd: /
  command: python3 -c pass
"""
MESH = """apiVersion: scone/5.8
kind: mesh
cas:
  - {{name: cas, alias: [image, security, access, attestation], cas_url: {cas}}}
policy: {{namespace: bench-{count}}}
env:
  - service: global
    env:
      - {{name: API_USER, value: myself}}
services:
"""


def median_ms(command, runs=RUNS, **options):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def report(name, milliseconds, bound, note=""):
    verdict = "" if bound is None else ("  ok" if milliseconds < bound else "  TOO SLOW")
    limit = "" if bound is None else f"  (bound {bound:g} ms)"
    print(f"{name:55} {milliseconds:9.2f} ms{limit}{verdict} {note}", flush=True)


class Bench:
    def __init__(self, sconectl, directory):
        self.sconectl = sconectl
        self.directory = directory
        self.environment = {**os.environ, "HOME": str(directory)}

    def run(self, *arguments):
        subprocess.run([self.sconectl, "-q", *arguments], check=True, cwd=self.directory, env=self.environment,
                       stdout=subprocess.DEVNULL)

    def median(self, *arguments, runs=RUNS):
        return median_ms([self.sconectl, "-q", *arguments], runs, cwd=self.directory, env=self.environment)

    def write_mesh(self, count, cas):
        text = MESH.format(cas=cas, count=count)
        text += "".join(f"  - {{name: service-{i}, image: 'sconectl-bench/hello:1'}}\n" for i in range(count))
        path = self.directory / f"mesh-{count}.yaml"
        path.write_text(text)
        return str(path)

    def dry_runs(self):
        self.run("apply", "-f", "service.yaml", "--runtime", "native", "--dry-run")
        per_service = {}
        for count, bound in ((10, 50), (100, None), (1000, 1000)):
            mesh = self.write_mesh(count, "cas.example")
            milliseconds = self.median("apply", "-f", mesh, "--dry-run")
            per_service[count] = milliseconds / count
            report(f"apply --dry-run, mesh of {count} services", milliseconds, bound,
                   f"{per_service[count]:.3f} ms per service")
            if helm := shutil.which("helm"):
                reference = median_ms([helm, "template", "release", str(self.directory / "target/helm")], 3,
                                      env=self.environment)
                report("helm template of that chart (reference)", reference, None,
                       f"ratio {milliseconds / reference:.3f}")

    def upload(self):
        """Full apply with upload to a running CAS against an empty container start."""
        self.run("apply", "-t", "upload", "-f", "service.yaml", "--runtime", "native", "--no-push")
        mesh = self.write_mesh(1, "embedded")
        self.run("apply", "-t", "upload", "-f", mesh)  # starts the CAS and fills the cache
        unchanged = self.median("apply", "-t", "upload", "-f", mesh)
        changed = []
        text = pathlib.Path(mesh).read_text()
        for turn in range(RUNS):
            pathlib.Path(mesh).write_text(text.replace("myself", f"user-{turn}"))
            changed.append(self.median("apply", "-t", "upload", "-f", mesh, runs=1))
        reference = median_ms(["docker", "run", "--rm", "--entrypoint", "true", "sconectl-base/python:3"])
        report("docker run --rm of a do-nothing image (reference)", reference, None)
        report("apply, nothing changed", unchanged, reference / 10, f"ratio {reference / unchanged:.1f}")
        report("apply with upload of a changed session", statistics.median(changed), reference / 10,
               f"ratio {reference / statistics.median(changed):.1f}")

    def start(self):
        """The launcher on the way to the program, from `upload` on; its session is the one that was uploaded last."""
        [file] = (self.directory / "upload/session_files").glob("*.env")
        told = dict(line.split("=", 1) for line in file.read_text().splitlines())
        program = ["python3", "-c", "pass"]
        alone = median_ms(program, cwd=self.directory, env=self.environment)
        started = median_ms([self.sconectl, "-q", "run"], cwd=self.directory, env={**self.environment, **told})
        report("start of a program (reference)", alone, None)
        report("its start by the launcher", started, alone + 50, f"{started - alone:.1f} ms more")

    def stop_cas(self):
        endpoint = self.directory / ".sconectl/cas/endpoint.json"
        if endpoint.exists():
            os.kill(json.loads(endpoint.read_text())["pid"], signal.SIGTERM)


def main():
    sconectl = os.path.abspath(sys.argv[1])
    directory = pathlib.Path(tempfile.mkdtemp(prefix="sconectl-bench-"))
    bench = Bench(sconectl, directory)
    try:
        (directory / "service.yaml").write_text(SERVICE)
        bench.environment["SCONECTL_PYTHON_IMAGE"] = "sconectl-base/python:3"
        report("sconectl --version", median_ms([sconectl, "--version"], 51), 10)
        bench.dry_runs()
        if "--docker" in sys.argv:
            bench.upload()
            bench.start()
    finally:
        bench.stop_cas()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
