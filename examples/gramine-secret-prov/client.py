"""What Gramine's library has got before this program starts: one secret, from whoever holds it for this enclave."""

import os

print(f"--- Received secret = '{os.environ['SECRET_PROVISION_SECRET_STRING']}'", flush=True)
