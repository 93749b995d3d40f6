"""Greets the user it was given and thanks for a password that it never shows.

What it shows is a checksum: after a restart the same one means the same password.
"""

import hashlib
import os
import signal
import sys


def main() -> int:
    user = os.environ.get("API_USER")
    password = os.environ.get("API_PASSWORD")
    if not user or not password:
        print("API_USER and API_PASSWORD must be set", file=sys.stderr)
        return 1

    checksum = hashlib.sha256(password.encode()).hexdigest()
    print(f"Hello '{user}' - thanks for passing along the API_PASSWORD")
    print(f"The SHA-256 checksum of the API_PASSWORD is {checksum}", flush=True)

    # A service keeps running. The first process of a container has no default reaction to SIGTERM.
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    return 0


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    sys.exit(main())
