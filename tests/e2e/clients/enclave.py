"""A service that can use protected file systems, as an enclave would: the documented protocol, in another language.

  enclave.py API CONFIG_ID start                        prints the configuration as JSON
  enclave.py API CONFIG_ID tag VOLUME PREVIOUS TAG      '-' for no volume (the own file system) or no tag before
  enclave.py API CONFIG_ID exit STATUS

Between calls the lease is kept in ./lease.json. A refusal is printed and ends with status 1.
"""

import base64
import hashlib
import hmac
import json
import os
import ssl
import sys
import urllib.error
import urllib.request

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def request(api, method, path, body):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the harness's CAS; what matters here is sealed
    asked = urllib.request.Request(f"https://{api}{path}", method=method, data=body.encode())
    try:
        with urllib.request.urlopen(asked, context=context) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as refusal:
        print(refusal.code, *json.load(refusal)["msg"], sep="\n")
        sys.exit(1)


def extract(salt, label, secret, suite):
    return hmac.digest(salt, b"HPKE-v1" + suite + label + secret, "sha256")


def expand(key, label, info, length, suite):
    message = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    result, block = b"", b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.digest(key, block + message + bytes([counter]), "sha256")
        result += block
    return result[:length]


def hpke_open(private, sealed, info):
    """RFC 9180, base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM."""
    encapsulated, ciphertext = sealed[:32], sealed[32:]
    kem, suite = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x02"
    shared = private.exchange(X25519PublicKey.from_public_bytes(encapsulated))
    context = encapsulated + public_bytes(private)
    secret = expand(extract(b"", b"eae_prk", shared, kem), b"shared_secret", context, 32, kem)
    schedule = b"\0" + extract(b"", b"psk_id_hash", b"", suite) + extract(b"", b"info_hash", info, suite)
    master = extract(secret, b"secret", b"", suite)
    key = expand(master, b"key", schedule, 32, suite)
    nonce = expand(master, b"base_nonce", schedule, 12, suite)
    return AESGCM(key).decrypt(nonce, ciphertext, b"")


def public_bytes(private):
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def start(api, config_id):
    nonce = request(api, "POST", "/v1/service/challenge", "")["nonce"]
    private = X25519PrivateKey.generate()
    reply = request(api, "POST", "/v1/service/config", json.dumps({
        "config_id": config_id, "nonce": nonce, "public_key": public_bytes(private).hex(), "protects_files": True}))
    info = b"sconectl service configuration v1\n" + bytes.fromhex(nonce) + config_id.encode()
    text = hpke_open(private, base64.b64decode(reply["sealed"]), info)
    with open("lease.json", "w") as kept:
        json.dump(json.loads(text)["lease"], kept)
    print(text.decode())


def say(api, config_id, method, path, members):
    with open("lease.json") as kept:
        lease = json.load(kept)
    members = {"service": config_id, "lease": lease["id"], **members}
    text = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    members["proof"] = hmac.digest(bytes.fromhex(lease["key"]), f"{path}\n{text}".encode(), hashlib.sha256).hex()
    print(json.dumps(request(api, method, path, json.dumps(members))))


def main(api, config_id, what, *rest):
    if what == "start":
        start(api, config_id)
    elif what == "tag":
        volume, previous, tag = rest
        members = {"tag": tag}
        if volume != "-":
            members["volume"] = volume
        if previous != "-":
            members["previous_tag"] = previous
        say(api, config_id, "PUT", f"/v1/service/{'fspf' if volume == '-' else 'volume'}_tag", members)
    elif what == "exit":
        say(api, config_id, "POST", "/v1/service/exit", {"status": int(rest[0])})
    else:
        os.write(2, f"unknown: {what}\n".encode())
        sys.exit(2)


main(*sys.argv[1:])
