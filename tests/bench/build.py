#!/usr/bin/env python3
"""How long `apply` of a service takes, against `docker build` and `docker push` of the same Dockerfile, in turns.

tests/bench/build.py [--rounds N]: needs docker, the Python base image (examples/setup/base-images.sh), a registry
(REGISTRY, or examples/setup/registry.sh) and sconectl on PATH. Prints medians and ratios, and the bytes of the layers
that one changed file has changed. There is no bound in it: it measures.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

SERVICE = """apiVersion: scone/5.8
kind: genservice
build:
  name: bench
  kind: python
  to: {registry}/bench/app:1
  pwd: /app
  command: python3 main.py
  integrity: {integrity}
  copy: [main.py, data]
"""


def run(*argv, **more):
    begin = time.perf_counter()
    done = subprocess.run(argv, capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(argv)}: {done.stderr or done.stdout}")
    return time.perf_counter() - begin, done.stdout


def layers(reference):
    _, text = run("skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{reference}")
    return {layer["digest"]: layer["size"] for layer in json.loads(text)["layers"]}


def at_once_by_hand(names, registry, changed):
    """Seconds in which `docker build` and `docker push` do the same for all of them, each with a new command."""
    def by_hand(name):
        image = pathlib.Path("target", "images", name)
        hand, reference = image / "Dockerfile.by-hand", f"{registry}/bench/by-hand-{name}:1"
        hand.write_text((image / "Dockerfile").read_text().replace("RUN sleep", f"RUN true {changed}; sleep"))
        run("docker", "build", "--quiet", "--tag", reference, "--file", str(hand), str(image / "context"))
        run("docker", "push", "--quiet", reference)
    begin = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(by_hand, names))
    return time.perf_counter() - begin


def build_kit():
    """DOCKER_BUILDKIT by which docker builds with BuildKit where it has it, as sconectl does."""
    has_it = subprocess.run(["docker", "build", "--help"], capture_output=True, env=os.environ | {"DOCKER_BUILDKIT": "1"})
    return "1" if has_it.returncode == 0 else "0"


def ten_services(registry, turn, wait):
    """Seconds for all of them at once, of those for one alone, and of those that the engine needs for the same: nothing of
    them is in a cache. Each waits in its build."""
    def manifests(folder, count):
        place = pathlib.Path(folder)
        place.mkdir()
        for i in range(count):
            (place / f"{i}.yaml").write_text(SERVICE.format(registry=registry, integrity="full").replace(
                "bench/app:1", f"bench/{folder}{i}:1").replace("name: bench", f"name: {folder}{i}") +
                f"  run: [\"sleep {wait}; echo {folder} {i} {turn} {os.getpid()}\"]\n")
        return place
    apply = ("sconectl", "apply", "--runtime", "native", "--no-sbom", "--jobs", "10", "-f")
    alone = run(*apply, str(manifests(f"alone{wait}-{turn}-", 1)))[0]
    name = f"ten{wait}-{turn}-"
    together = run(*apply, str(manifests(name, 10)))[0]
    by_hand = at_once_by_hand([f"{name}{i}" for i in range(10)], registry, f"{turn} {os.getpid()}")
    return together / alone, together / by_hand


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    setup = pathlib.Path(__file__).resolve().parents[2] / "examples" / "setup"
    registry = os.environ.get("REGISTRY") or run(str(setup / "registry.sh"))[1].strip()
    base = os.environ.setdefault("SCONECTL_PYTHON_IMAGE", "sconectl-base/python:3")
    here = pathlib.Path(tempfile.mkdtemp(prefix="sconectl-bench."))
    os.chdir(here)
    os.environ["XDG_CACHE_HOME"] = str(here / "cache")
    (here / "data").mkdir()
    for i in range(200):
        (here / "data" / f"{i}.txt").write_text("x" * 1000)
    run("docker", "tag", base, f"{registry}/bench/python:3")
    run("docker", "push", "--quiet", f"{registry}/bench/python:3")
    pulled = {**os.environ, "SCONECTL_PYTHON_IMAGE": f"{registry}/bench/python:3"}
    image = f"{registry}/bench/app:1"
    apply = ["sconectl", "apply", "-f", "service.yaml", "--runtime", "native", "--no-sbom"]
    os.environ["DOCKER_BUILDKIT"] = build_kit()
    by_hand = ["docker", "build", "--quiet", "--tag", f"{registry}/bench/hand:1",
               "--file", "target/images/bench/Dockerfile", "target/images/bench/context"]
    times = {}

    def measure(name, act):
        times.setdefault(name, []).append(act())

    def build_and_push():
        return run(*by_hand)[0] + run("docker", "push", "--quiet", f"{registry}/bench/hand:1")[0]

    for integrity in ("full", "off"):
        (here / "service.yaml").write_text(SERVICE.format(registry=registry, integrity=integrity))
        for i in range(rounds):
            # Each of the two has a change of its own: what one has built is in the cache of the other.
            (here / "main.py").write_text(f"print({i}, {os.getpid()}, '{integrity}', 'by hand')\n")
            run(*apply, "--dry-run")
            measure(f"docker, changed, integrity {integrity}: by hand", build_and_push)
            (here / "main.py").write_text(f"print({i}, {os.getpid()}, '{integrity}', 'apply')\n")
            before = layers(image) if i else {}
            measure(f"docker, changed, integrity {integrity}: apply", lambda: run(*apply)[0])
            new = {digest: size for digest, size in layers(image).items() if digest not in before}
            if i:
                times.setdefault(f"bytes of new layers, integrity {integrity}", []).append(sum(new.values()))
            measure("docker, unchanged: by hand", build_and_push)
            measure("docker, unchanged: apply", lambda: run(*apply)[0])
    for i in range(rounds):
        (here / "main.py").write_text(f"print({i}, {os.getpid()}, 'none')\n")
        measure("no engine, changed: apply", lambda: run(*apply, "--engine", "none", env=pulled)[0])
        measure("no engine, unchanged: apply", lambda: run(*apply, "--engine", "none", env=pulled)[0])
    for i in range(rounds):
        (here / "main.py").write_text(f"print({i}, {os.getpid()}, 'at one time')\n")
        measure("docker, changed, SOURCE_DATE_EPOCH: apply",
                lambda: run(*apply, env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"})[0])
    for i in range(rounds):
        for wait in (2, 20):
            of_alone, of_by_hand = ten_services(registry, i, wait)
            measure(f"ten services that wait for {wait} s each, of one alone", lambda: of_alone)
            measure(f"ten services that wait for {wait} s each, of ten by hand", lambda: of_by_hand)
    for name, values in sorted(times.items()):
        unit = " bytes" if name.startswith("bytes") else "" if name.startswith("ten") else " s"
        line = f"{name}: median {statistics.median(values):.3f}{unit}"
        other = name.replace(": apply", ": by hand")
        if other != name and other in times:
            line += f", {statistics.median(values) / statistics.median(times[other]):.2f} of by hand"
        if name.endswith("unchanged: apply"):
            line += f", worst {max(values):.3f} s"
        print(line)


if __name__ == "__main__":
    main()
