#!/usr/bin/env python3
"""What the launcher costs a service: time at its start, memory beside it, bytes in its image.

usage: launcher.py SCONECTL LAUNCHER [--runs N]

A program that does nothing is started alone, and by the launcher from a CAS of this machine that has been asked before, in turns.
Exit status 1 if a bound is missed: 20 ms more than alone (median), 10 MB on disk, 4 MB (PSS) in memory.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

MOST_MORE_MS = 20
MOST_BYTES = 10_000_000
MOST_KB = 4096
PROGRAM = "/bin/true"
STAYS = ["/bin/sleep", "1000"]
SESSION = """name: bench
version: "0.3"
security: {attestation: {mode: none}}
services:
- {name: quick, command: %s, environment: {PASSWORD: $$SCONE::password$$}}
- {name: stays, command: %s}
secrets: [{name: password, kind: ascii, size: 10}]
"""


class Site:
    """A CAS with the session of the services."""

    def __init__(self, program, work):
        self.cas = subprocess.Popen([program, "cas", "serve", "--data", work / "cas", "--listen", "127.0.0.1:0", "--enclave-listen",
                                     "127.0.0.1:0", "--log", work / "cas.log"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        endpoint = work / "cas/endpoint.json"
        end = time.monotonic() + 20
        while not (endpoint.exists() and endpoint.stat().st_size):
            if time.monotonic() > end:
                raise TimeoutError(endpoint)
            time.sleep(0.05)
        told, key = json.loads(endpoint.read_text()), (work / "cas/cas-key-hash").read_text().strip()
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(work), "SCONE_CAS_ADDR": told["enclave"][0], "SCONE_CAS_KEY": key,
                            "SCONECTL_RETRIES": "0"}
        (work / "session.yml").write_text(SESSION % (PROGRAM, " ".join(STAYS)))
        for words in (["-q", "cas", "attest", told["api"][0], "-c", key], ["-q", "session", "create", work / "session.yml"]):
            subprocess.run([program, *words], env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def settings(self, service, **more):
        return {**self.environment, "SCONE_CONFIG_ID": f"bench/{service}", **more}


def milliseconds(command, environment):
    begin = time.perf_counter()
    subprocess.run(command, env=environment, check=True)
    return (time.perf_counter() - begin) * 1000


def start_times(ways, runs):
    """Medians by name; every round has one of each, so that what else the machine does meets all of them."""
    times = {name: [] for name in ways}
    for _ in range(runs):
        for name, (command, environment) in ways.items():
            times[name].append(milliseconds(command, environment))
    return {name: statistics.median(values) for name, values in times.items()}


def memory_kb(process):
    """Of smaps_rollup, by name."""
    rows = (line.split() for line in pathlib.Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:])
    return {words[0].rstrip(":"): int(words[1]) for words in rows}


def beside(command, environment):
    """The memory of a launcher whose program runs, and of that program."""
    with subprocess.Popen(command, env=environment) as launcher:
        try:
            children = pathlib.Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children")
            end = time.monotonic() + 10
            while not (program := children.read_text().split()) or pathlib.Path(f"/proc/{program[0]}/comm").read_text() != "sleep\n":
                if time.monotonic() > end:
                    raise TimeoutError("the program")
                time.sleep(0.01)
            time.sleep(0.5)
            return memory_kb(launcher.pid), memory_kb(program[0])
        finally:
            launcher.terminate()


def report_memory(name, found):
    memory, program = found
    print(f"{name:55} {memory['Pss']:9} kB PSS, {memory['Rss']} kB RSS, {memory['Pss_Anon']} kB of its own;"
          f" ratio to {STAYS[0]} {memory['Pss'] / program['Pss']:.2f}", flush=True)
    return memory["Pss"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sconectl", type=pathlib.Path)
    parser.add_argument("launcher", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=101)
    options = parser.parse_args()
    whole, launcher = options.sconectl.resolve(), options.launcher.resolve()
    missed = []

    def bound(name, value, most, unit):
        if value >= most:
            missed.append(f"{name}: {value:.1f} {unit}, and {most} are allowed")

    bytes_of = {program: program.stat().st_size for program in (whole, launcher)}
    print(f"{'bytes of the whole program':55} {bytes_of[whole]:9}")
    print(f"{'bytes of the launcher':55} {bytes_of[launcher]:9}  (bound {MOST_BYTES})  ratio {bytes_of[launcher] / bytes_of[whole]:.2f}")
    bound("the launcher", bytes_of[launcher], MOST_BYTES + 1, "bytes")
    with tempfile.TemporaryDirectory(prefix="sconectl-bench-") as directory:
        site = Site(whole, pathlib.Path(directory))
        try:
            quick, parent = site.settings("quick"), site.settings("quick", SCONECTL_SUPERVISE="always")
            ways = {"start of a program, alone (reference)": ([PROGRAM], quick), "its start by the launcher": ([launcher, "run"], quick),
                    "its start by the launcher, which stays": ([launcher, "run"], parent),
                    "its start by the whole program": ([whole, "run"], quick),
                    "the launcher itself (pod drain 0)": ([launcher, "pod", "drain", "0"], quick)}
            start_times(ways, 3)  # the CAS is warm, and so are the files
            medians = start_times(ways, options.runs)
            alone = medians["start of a program, alone (reference)"]
            for name, median in medians.items():
                print(f"{name:55} {median:9.2f} ms  {median - alone:+.2f} ms  ratio {median / alone:.1f}")
                if "by the launcher" in name:
                    bound(name, median - alone, MOST_MORE_MS, "ms more than alone")
            for name, program, more in (("launcher beside a program", launcher, {}), ("whole program beside it", whole, {}),
                                        ("launcher that renews files", launcher, {"SCONECTL_REFRESH": "30"})):
                pss = report_memory(name, beside([program, "run"], site.settings("stays", SCONECTL_SUPERVISE="always", **more)))
                bound(name, pss, MOST_KB, "kB")
        finally:
            site.cas.terminate()
            site.cas.wait()
    print("\n".join(missed), end="\n" if missed else "")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
