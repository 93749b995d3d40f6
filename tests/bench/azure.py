#!/usr/bin/env python3
"""What services that need Azure's key vault cost it, and those that do not.

usage: azure.py [--build BUILD] [--services N] [--at-once N]

1. N services start at once and need one secret of a vault: how often vault and Entra ID are asked.
2. Starts of a service that needs no vault, while others wait for one that hangs, beside such starts alone.
Exit status 1 if a bound is missed: one request to the vault for each 30 seconds (that is how long a value counts), one token, no
failed start; 1.5 times the starts alone.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
VAULT = "bench.vault.azure.net"
SETTINGS = {"tenants": {"tenant": {"applications": {"client": {"secret": "s"}}}},
            "vaults": {VAULT: {"tenant": "tenant", "access": {"client": ["get"]}, "secrets": {"x": [{"value": "value"}]}}}}
DEMO = """name: demo
version: "0.3.10"
security: {attestation: {mode: none}}
services: [{name: s, command: /bin/true, environment: {X: $$SCONE::x$$}}]
secrets:
- {name: t, kind: aad-token, tenant_id: tenant, client_id: client, application_secret: s}
- {name: x, import_akv: {vault: bench.vault.azure.net}}
"""
PLAIN = """name: plain
version: "0.3"
security: {attestation: {mode: none}}
services: [{name: s, command: /bin/true}]
"""


def settings(work, **more):
    (work / "new").write_text(json.dumps({**SETTINGS, **more}))
    (work / "new").rename(work / "settings.json")


class Site:
    """A stand-in of Azure and a CAS that reaches it."""

    def __init__(self, build, work):
        self.work, self.program = work, build / "sconectl"
        settings(work)
        self.azure = subprocess.Popen([HERE.parent / "azure/stand_in.py", work], stdout=subprocess.DEVNULL)
        self.wait(work / "port")
        outside = {"HTTPS_PROXY": f"http://127.0.0.1:{(work / 'port').read_text().strip()}", "SSL_CERT_FILE": str(work / "ca.pem")}
        left = {key: value for key, value in os.environ.items() if key.lower() not in ("https_proxy", "no_proxy", "all_proxy")}
        self.cas = subprocess.Popen([self.program, "cas", "serve", "--data", work / "cas", "--listen", "127.0.0.1:0", "--enclave-listen",
                                     "127.0.0.1:0", "--log", work / "cas.log"], env={**left, **outside})
        self.wait(work / "cas/endpoint.json")
        endpoint, key = json.loads((work / "cas/endpoint.json").read_text()), (work / "cas/cas-key-hash").read_text().strip()
        self.env = {**left, "SCONE_CLI_CONFIG": str(work / "config.json"), "SCONE_CAS_ADDR": endpoint["enclave"][0], "SCONE_CAS_KEY": key,
                    "SCONECTL_RETRIES": "0"}
        self.run("cas", "attest", endpoint["api"][0], "-c", key, check=True)
        for name, text in (("demo", DEMO), ("plain", PLAIN)):
            (work / f"{name}.yml").write_text(text)
            self.run("session", "create", work / f"{name}.yml", check=True)

    @staticmethod
    def wait(file):
        end = time.monotonic() + 20
        while not (file.exists() and file.stat().st_size):
            if time.monotonic() > end:
                raise TimeoutError(file)
            time.sleep(0.05)

    def run(self, *words, check=False):
        return subprocess.run([self.program, *words], env=self.env, check=check, stdout=subprocess.DEVNULL,
                              stderr=None if check else subprocess.DEVNULL).returncode

    def asked(self, host):
        return sum(json.loads(line)["host"] == host for line in (self.work / "requests").read_text().splitlines())

    def end(self):
        self.cas.terminate()
        self.azure.terminate()


def storm(site, services, at_once):
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        failed = sum(pool.map(lambda _: site.run("run", "demo/s") != 0, range(services)))
    seconds = time.monotonic() - begin
    vault, tokens = site.asked(VAULT), site.asked("login.microsoftonline.com")
    print(f"{services} services in {seconds:.1f} s, {at_once} at a time: {vault} requests to the vault, {tokens} to Entra ID, {failed} failed")
    return failed == 0 and tokens == 1 and vault <= 1 + seconds / 30


def median_of_starts(site):
    taken = []
    for _ in range(30):
        begin = time.monotonic()
        if site.run("run", "plain/s") != 0:
            raise RuntimeError("a service that needs no vault did not start")
        taken.append(time.monotonic() - begin)
    return statistics.median(taken)


def hang(site):
    alone = median_of_starts(site)
    settings(site.work, faults={VAULT: {"hang": True}})
    time.sleep(31)  # what is known of the vault has to end
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        waiting = [pool.submit(site.run, "run", "demo/s") for _ in range(16)]
        time.sleep(0.5)
        beside = median_of_starts(site)
        still = sum(not each.done() for each in waiting)
    print(f"a service that needs no vault starts in {alone * 1000:.1f} ms, beside {still} that wait for one that hangs in "
          f"{beside * 1000:.1f} ms: {beside / alone:.2f} (bound 1.5)")
    return still > 0 and beside / alone <= 1.5


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=HERE.parents[1] / "build/release")
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--at-once", type=int, default=64)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        site = Site(options.build, pathlib.Path(directory))
        try:
            good = storm(site, options.services, options.at_once)
            good = hang(site) and good
        finally:
            site.end()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
