"""JSON Web Tokens in their compact form."""

import base64
import json
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

PADDINGS = {"RS256": padding.PKCS1v15(), "PS256": padding.PSS(padding.MGF1(hashes.SHA256()), 32)}


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text):
    """The bytes; padding may be there. Anything else is a ValueError."""
    if not isinstance(text, str) or not re.fullmatch("[A-Za-z0-9_-]*={0,2}", text):
        raise ValueError("this is not base64url")
    return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))


def sign(header, claims, key=None):
    """claims: an object, or its JSON as text. Without a key there is no signature."""
    text = claims if isinstance(claims, str) else json.dumps(claims, separators=(",", ":"))
    signed = base64url(json.dumps(header, separators=(",", ":")).encode()) + "." + base64url(text.encode())
    signature = key.sign(signed.encode(), PADDINGS["RS256"], hashes.SHA256()) if key else b""
    return signed + "." + base64url(signature)


def parse(token):
    """(header, claims, signed bytes, signature), or a ValueError."""
    parts = token.split(".")
    if len(parts) != 3:
        raise ValueError("this is not a token of three parts")
    header, claims = (json.loads(from_base64url(part)) for part in parts[:2])
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise ValueError("header or claims are no object")
    return header, claims, ".".join(parts[:2]).encode(), from_base64url(parts[2])


def signed_by(public_key, algorithm, signed, signature):
    try:
        public_key.verify(signature, signed, PADDINGS[algorithm], hashes.SHA256())
    except InvalidSignature:
        return False
    return True
