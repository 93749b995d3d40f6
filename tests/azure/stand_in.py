#!/usr/bin/python3
"""A stand-in for Microsoft Azure: Entra ID, Key Vault and Azure Attestation behind an HTTP proxy.

usage: stand_in.py DIR [--address IP] [--port N] [--settings FILE]

Clients reach it with HTTPS_PROXY=http://IP:PORT (127.0.0.1) and trust DIR/ca.pem; it connects to nothing. DIR/port has the port
and is written last; DIR/requests gets a line of JSON for each request. FILE (default: DIR/settings.json) is all of its state:
read again when it changed, written when a client changed something. See README.md.
"""

import argparse
import pathlib
import sys

sys.dont_write_bytecode = True  # the repository stays as it is

from attestation import Attestation  # noqa: E402
from certificates import Authority, write  # noqa: E402
from entra import AUTHORITIES, Entra  # noqa: E402
from proxy import Log, Server  # noqa: E402
from settings import Settings  # noqa: E402
from vault import Vaults  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--address", default="127.0.0.1", metavar="IP")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--settings", type=pathlib.Path, metavar="FILE")
    options = parser.parse_args()
    directory = options.directory
    directory.mkdir(parents=True, exist_ok=True)
    entra = Entra(directory)
    vaults, attestation = Vaults(entra), Attestation(directory, entra)

    def service_of(host, state):
        if host in AUTHORITIES:
            return entra
        if host in state.get("vaults", {}):
            return vaults
        return attestation if host in state.get("providers", {}) else None

    settings = Settings(options.settings or directory / "settings.json")
    with Server((options.address, options.port), Authority(directory), settings, Log(directory / "requests"), service_of) as server:
        write(directory / "port", f"{server.server_address[1]}\n".encode())
        server.serve_forever()


if __name__ == "__main__":
    main()
