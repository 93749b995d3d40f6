"""The secrets of one vault of Azure Key Vault.

In a vault's settings: {"deletion": SECONDS, "secrets": {NAME: [VERSION]}, "deleted": {NAME: {"versions": [VERSION],
"deletedDate": TIME, "scheduledPurgeDate": TIME}}}. VERSION, oldest first: {"value": TEXT, "contentType": TEXT, "attributes":
{"enabled", "nbf", "exp"}, "tags": {}, "managed": BOOL, "version": 32 HEX}; what is left out but the value is filled in.
"""

import base64
import hashlib
import re
import time
import urllib.parse
import uuid

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

import tokens
from exchange import Reply

RECOVERABLE = {"recoveryLevel": "Recoverable+Purgeable", "recoverableDays": 90}
LARGEST = 25 * 1024


def error(status, code, message, inner=None, headers=None):
    content = {"code": code, "message": message}
    if inner:
        content["innererror"] = {"code": inner}
    akv = re.match("AKV[0-9]+", message)
    return Reply(status, {"error": content}, headers, {"error": akv.group() if akv else inner or code})


def bad(message):
    return error(400, "BadParameter", message)


class Contents:
    """What is in one vault. Names are compared without case."""

    def __init__(self, host, vault):
        self.base = f"https://{host}"
        self.secrets, self.gone = vault.setdefault("secrets", {}), vault.setdefault("deleted", {})
        self.deletion = vault.get("deletion", 0)
        for versions in (*self.secrets.values(), *(each["versions"] for each in self.gone.values())):
            for version in versions:
                version.setdefault("version", uuid.uuid4().hex)
                version["attributes"] = attributes(version.get("attributes", {}))

    def page(self, request, name):
        """A page of all secrets, or of a secret's versions."""
        if name is None:
            rows = [self.bundle(each, versions[-1]) for each, versions in sorted(self.secrets.items())]
            for row in rows:
                row["id"] = row["id"].rpartition("/")[0]
        else:
            stored = self.stored(name)
            rows = [self.bundle(stored, version) for version in self.secrets[stored]]
        try:
            begin, size = (int(request.query.get(key, start)) for key, start in (("$skiptoken", "0"), ("maxresults", "25")))
        except ValueError as wrong:
            raise bad("maxresults or $skiptoken is no number.") from wrong
        if not 1 <= size <= 25:
            raise bad("maxresults is not between 1 and 25.")
        following = None
        if begin + size < len(rows):
            query = {"api-version": request.query["api-version"], "$skiptoken": begin + size, "maxresults": size}
            following = f"{self.base}{request.path}?{urllib.parse.urlencode(query)}"
        return Reply(200, {"value": rows[begin:begin + size], "nextLink": following})

    def get(self, name, version=None):
        stored = self.stored(name)
        found = self.version(stored, version)
        if not found["attributes"]["enabled"]:
            raise error(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled")
        return Reply(200, {"value": found["value"], **self.bundle(stored, found)})

    def put(self, name, content):
        if not re.fullmatch("[0-9A-Za-z-]{1,127}", name):
            raise bad(f"The request URI contains an invalid name: {name}")
        if not isinstance(content.get("value"), str):
            raise bad("The property value is not specified.")
        if len(content["value"].encode()) > LARGEST:
            raise bad("The property value is too long. A secret has at most 25k bytes.")
        if gone := found(self.gone, name):
            if self.gone[gone]["deletedDate"] + self.deletion > time.time():
                raise error(409, "Conflict", f"Secret {name} is currently being deleted and cannot be re-created; retry later.",
                            "ObjectIsBeingDeleted")
            raise error(409, "Conflict", f"Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused; "
                        "in this state, the secret can only be recovered or purged.", "ObjectIsDeletedButRecoverable")
        stored = found(self.secrets, name) or name
        version = {key: content[key] for key in ("value", "contentType", "tags") if content.get(key) is not None}
        version |= {"version": uuid.uuid4().hex, "attributes": attributes(content.get("attributes", {}))}
        self.secrets.setdefault(stored, []).append(version)
        return Reply(200, {"value": version["value"], **self.bundle(stored, version)})

    def patch(self, name, content, version=None):
        stored = self.stored(name)
        changed = self.version(stored, version)
        changed |= {key: content[key] for key in ("contentType", "tags") if content.get(key) is not None}
        changed["attributes"] |= content.get("attributes", {}) | {"updated": int(time.time())}
        return Reply(200, self.bundle(stored, changed))

    def delete(self, name):
        stored = self.stored(name)
        now = int(time.time())
        self.gone[stored] = {"versions": self.secrets.pop(stored), "deletedDate": now, "scheduledPurgeDate": now + 90 * 86400}
        return Reply(200, self.deleted_bundle(stored))

    def deleted(self, name):
        return Reply(200, self.deleted_bundle(self.stored_deleted(name)))

    def recover(self, name):
        stored = self.stored_deleted(name)
        self.secrets[stored] = self.gone.pop(stored)["versions"]
        return Reply(200, self.bundle(stored, self.secrets[stored][-1]))

    def purge(self, name):
        del self.gone[self.stored_deleted(name)]
        return Reply(204)

    def certificate(self, name, version=None):
        """The public part of a certificate, whose private part is the secret of its name."""
        stored = found(self.secrets, name)
        if stored is None or not self.secrets[stored][-1].get("managed"):
            raise error(404, "CertificateNotFound", f"A certificate with (name/id) {name} was not found in this key vault.")
        chosen = self.version(stored, version)
        bundle = self.bundle(stored, chosen)
        leaf = leaf_of(chosen)
        der = leaf.public_bytes(Encoding.DER)
        valid = {"nbf": int(leaf.not_valid_before.timestamp()), "exp": int(leaf.not_valid_after.timestamp())}
        return Reply(200, {
            "id": bundle["id"].replace("/secrets/", "/certificates/"), "kid": bundle["kid"], "sid": bundle["id"],
            "x5t": tokens.base64url(hashlib.sha1(der).digest()), "cer": base64.b64encode(der).decode(),
            "attributes": bundle["attributes"] | valid,
            "policy": {
                "id": f"{self.base}/certificates/{stored}/policy",
                "key_props": {"exportable": True, "kty": "RSA", "key_size": leaf.public_key().key_size, "reuse_key": False},
                "secret_props": {"contentType": chosen["contentType"]},
                "x509_props": {"subject": leaf.subject.rfc4514_string()}, "issuer": {"name": "Self"},
            }})

    def stored(self, name):
        """How the name of an existing secret is spelt."""
        stored = found(self.secrets, name)
        if stored is None:
            raise missing(name)
        return stored

    def stored_deleted(self, name):
        stored = found(self.gone, name)
        if stored is None or self.gone[stored]["deletedDate"] + self.deletion > time.time():
            raise error(404, "SecretNotFound", f"Deleted Secret not found: {name}")
        return stored

    def version(self, stored, version):
        if version is None:
            return self.secrets[stored][-1]
        for each in self.secrets[stored]:
            if each["version"] == version.lower():
                return each
        raise missing(f"{stored}/{version}")

    def bundle(self, name, version):
        """All but the value."""
        result = {"id": f"{self.base}/secrets/{name}/{version['version']}", "attributes": version["attributes"] | RECOVERABLE}
        result |= {key: version[key] for key in ("contentType", "tags") if key in version}
        if version.get("managed"):
            result |= {"managed": True, "kid": f"{self.base}/keys/{name}/{version['version']}"}
        return result

    def deleted_bundle(self, name):
        gone = self.gone[name]
        return {"recoveryId": f"{self.base}/deletedsecrets/{name}", "deletedDate": gone["deletedDate"],
                "scheduledPurgeDate": gone["scheduledPurgeDate"], **self.bundle(name, gone["versions"][-1])}


def attributes(given):
    now = int(time.time())
    return {"enabled": True, "created": now, "updated": now, **given}


def found(names, name):
    return next((each for each in names if each.lower() == name.lower()), None)


def missing(name):
    return error(404, "SecretNotFound", f"A secret with (name/id) {name} was not found in this key vault. If you recently deleted this "
                 "secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see "
                 "https://go.microsoft.com/fwlink/?linkid=2125182")


def leaf_of(version):
    """The first certificate, which is the leaf's in what tests put there."""
    if version["contentType"] == "application/x-pkcs12":
        return pkcs12.load_key_and_certificates(base64.b64decode(version["value"]), b"")[1]
    _, begin, rest = version["value"].partition("-----BEGIN CERTIFICATE-----")
    return x509.load_pem_x509_certificate((begin + rest).encode())
