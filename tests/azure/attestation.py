"""Microsoft Azure Attestation: evidence becomes a signed token, if the provider's policy has nothing against it.

providers: {HOST: {"policy": {"mrenclave": [HEX], ...}, "policies": {TYPE: TEXT}, "token": {"header": {}, "claims": {}, "duplicate":
{}, "age": SECONDS}, "keys": {"bits": 1024, "twice": true, "other": true}}}
policy: the values that a claim x-ms-sgx-NAME may have. policies: texts, which are shown and hashed but not evaluated. token, keys:
what is to be wrong. header and claims replace (null removes), duplicate comes as the first of two members of the same name.
keys.other: the key set has another key under the kid.
"""

import base64
import hashlib
import json
import time
import uuid

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import evidence
import tokens
from certificates import attestation_certificate, rsa_key, self_signed
from exchange import Reply

VERSIONS = {"2020-10-01", "2022-08-01", "2023-04-01-preview", "2025-06-01"}
TDX_VERSIONS = {"2023-04-01-preview", "2025-06-01"}
LIFE, POLICY_LIFE = 28800, 3600
AUDIENCE = "https://attest.azure.net"
OPEN_ENCLAVE_HEADER = 16
# route: (name in the request, parser, attestation type)
EVIDENCE = {
    "SgxEnclave": ("quote", evidence.sgx, "sgx"),
    "OpenEnclave": ("report", lambda report: evidence.sgx(report[OPEN_ENCLAVE_HEADER:]), "sgx"),
    "TdxVm": ("quote", evidence.tdx, "tdxvm"),
    "SevSnpVm": ("report", lambda report: evidence.snp(tokens.from_base64url(json.loads(report)["SnpReport"])), "sevsnpvm"),
}
ISSUED = {
    "x-ms-sgx-is-debuggable": "is-debuggable", "x-ms-sgx-mrsigner": "sgx-mrsigner", "x-ms-sgx-mrenclave": "sgx-mrenclave",
    "x-ms-sgx-product-id": "product-id", "x-ms-sgx-svn": "svn", "x-ms-attestation-type": "tee",
}
DEFAULT_POLICY = "version= 1.0;authorizationrules{=> permit();};issuancerules{" + "".join(
    f'c:[type=="{claim}"] => issue(type="{name}", value=c.value);' for claim, name in ISSUED.items()) + "};"
COLLATERAL = ("qeidcertshash", "qeidcrlhash", "qeidhash", "tcbinfocertshash", "tcbinfocrlhash", "tcbinfohash")
NO_PERMIT = ("Attestation Enclave operation failed with 65518: Exception(0) 83FFFFEE Policy Evaluation Error has occurred    Msg:[Policy "
             "Engine Exception: No Permit claim was issued in the authorizationrules section, authorization failed.] \n\r\nUnhandled "
             'Enclave Exception: "Policy Evaluation Error has occurred"\r\n')


def error(code, message, status=400):
    content = {"code": code, "message": message}
    return Reply(status, {"error": content | {"innererror": content}}, None, {"error": code})


def invalid(message):
    return error("InvalidParameter", message)


class Attestation:
    def __init__(self, directory, entra):
        self.directory, self.entra = directory, entra

    def answer(self, request, state):
        try:
            reply = self.call(request, state["providers"][request.host])
        except Reply as refusal:
            reply = refusal
        trace = uuid.uuid4().hex
        reply.headers |= {"x-ms-request-id": f"00-{trace}-0000000000000000-00", "x-ms-maa-service-version": "1.11.01956.113"}
        return reply

    def failure(self, status):
        return error("TooManyRequests" if status == 429 else "InternalError", "The service has a fault.", status)

    def call(self, request, provider):
        keys = Keys(self.directory, request.host, provider)
        match [request.method, *request.path.strip("/").split("/")]:
            case ["GET", "certs"]:
                return Reply(200, {"keys": keys.set()})
            case ["GET", ".well-known", "openid-configuration"]:
                return Reply(200, metadata(keys.url))
            case ["POST", "attest", kind] if kind in EVIDENCE:
                version_of(request, TDX_VERSIONS if kind == "TdxVm" else VERSIONS)
                return attest(kind, parsed(request.body), provider, keys)
            case ["GET" | "PUT" | "POST" as method, "policies", kind]:
                version_of(request, VERSIONS)
                self.manager(request)
                return policy(method, kind, request.body.decode(errors="replace"), provider, keys)
        return Reply(404)

    def manager(self, request):
        try:
            if self.entra.claims_of(request)["aud"] != AUDIENCE:
                raise ValueError("the token is for another audience")
        except ValueError as wrong:
            raise error("Unauthorized", f"Unauthorized: {wrong}", 401) from wrong


def version_of(request, known):
    if request.query.get("api-version") not in known:
        raise invalid(f"The api-version '{request.query.get('api-version', '')}' is invalid.")


def parsed(body):
    try:
        content = json.loads(body)
    except ValueError as wrong:
        raise invalid("The request body is not JSON.") from wrong
    if not isinstance(content, dict):
        raise invalid("The request body is not an object.")
    return content


def attest(kind, content, provider, keys):
    name, parse, attestation_type = EVIDENCE[kind]
    try:
        shown = tokens.from_base64url(content.get(name))
        claims, report_data, configuration = parse(shown)
        claims |= held(content.get("runtimeData"), report_data[:32], "runtime", attestation_type == "sgx")
        claims |= held(content.get("initTimeData"), configuration[:32], "inittime", False)
    except (KeyError, TypeError, ValueError) as wrong:
        raise invalid(f"Attestation Enclave operation failed with 65534: {wrong}") from wrong
    claims |= {"x-ms-attestation-type": attestation_type, "x-ms-ver": "1.0", "jti": hashlib.sha256(uuid.uuid4().bytes).hexdigest()}
    for claim, values in provider.get("policy", {}).items():
        if claims.get(f"x-ms-sgx-{claim}") not in values:
            raise error("PolicyEvaluationError", NO_PERMIT)
    draft = content.get("draftPolicyForAttestation")
    if attestation_type == "sgx":
        collateral = {each: hashlib.sha256(each.encode()).hexdigest() for each in COLLATERAL}
        claims["x-ms-sgx-collateral"] = collateral | {"quotehash": hashlib.sha256(shown).hexdigest()}
        claims["maa-attestationcollateral"] = claims["x-ms-sgx-collateral"]
        claims["x-ms-policy"] = {issued: claims[claim] for claim, issued in ISSUED.items()}
        claims |= claims["x-ms-policy"]
    claims["x-ms-policy-hash"] = policy_hash(draft or provider.get("policies", {}).get(kind, DEFAULT_POLICY))
    if content.get("nonce") is not None:
        claims["nonce"] = content["nonce"]
    return Reply(200, {"token": keys.token(claims, LIFE, signed=draft is None)}, None, {"type": attestation_type})


def held(data, digest, name, enclave):
    """The claims for runtimeData or initTimeData, whose hash has to be in the evidence."""
    if data is None:
        return {}
    held_data = tokens.from_base64url(data["data"])
    if hashlib.sha256(held_data).digest() != digest:
        raise ValueError(f"the hash of the {name} data is not the one in the evidence")
    if data["dataType"] == "JSON":
        return {f"x-ms-{name}": json.loads(held_data.rstrip(b"\0"))}
    if data["dataType"] != "Binary":
        raise ValueError("dataType is neither Binary nor JSON")
    return {each: tokens.base64url(held_data) for each in ("x-ms-sgx-ehd", "maa-ehd", "aas-ehd")} if enclave else {}


def policy_hash(text):
    return tokens.base64url(hashlib.sha256(tokens.base64url(text.encode()).encode()).digest())


def policy(method, kind, body, provider, keys):
    kind, _, action = kind.partition(":")
    texts = provider.setdefault("policies", {})
    if method == "GET" and not action:
        stored = tokens.sign({"alg": "none"}, {"AttestationPolicy": tokens.base64url(texts.get(kind, DEFAULT_POLICY).encode())})
        return Reply(200, {"token": keys.token({"x-ms-policy": stored}, POLICY_LIFE)})
    try:
        if method == "PUT" and not action:
            texts[kind] = tokens.from_base64url(tokens.parse(body)[1]["AttestationPolicy"]).decode()
            result = "Updated"
        elif method == "POST" and action == "reset":
            texts.pop(kind, None)
            result = "Removed"
        else:
            return Reply(404)
    except (KeyError, ValueError) as wrong:
        raise error("PolicyParsingError", f"The policy is no token with a policy: {wrong}") from wrong
    digest = tokens.base64url(hashlib.sha256(body.encode()).digest())
    return Reply(200, {"token": keys.token({"x-ms-policy-result": result, "x-ms-policy-token-hash": digest}, POLICY_LIFE)})


def metadata(url):
    return {
        "response_types_supported": ["token", "none"], "id_token_signing_alg_values_supported": ["RS256"],
        "revocation_endpoint": f"{url}/revoke", "issuer": url, "jwks_uri": f"{url}/certs",
        "claims_supported": ["cnf", "nonce", "x-ms-ver", "x-ms-attestation-type", "x-ms-policy-hash", "x-ms-policy-signer",
                             "x-ms-sgx-is-debuggable", "x-ms-sgx-mrenclave", "x-ms-sgx-mrsigner", "x-ms-sgx-svn", "x-ms-sgx-ehd",
                             "x-ms-sgx-collateral", "is-debuggable", "sgx-mrsigner", "sgx-mrenclave", "product-id", "svn", "tee"],
    }


class Keys:
    """A provider's signing. As at Microsoft, all providers of a region sign with one key, each with a certificate of its own."""

    def __init__(self, directory, host, provider):
        self.url, self.faults, self.wrong = f"https://{host}", provider.get("keys", {}), provider.get("token", {})
        bits = self.faults.get("bits", 2048)
        self.key = rsa_key(directory / f"maa-{host.split('.')[1]}-{bits}.key", bits)
        self.other = rsa_key(directory / "maa-other.key")
        self.kid = opaque_kid(self.key)

    def set(self):
        shown = attestation_certificate(self.other if self.faults.get("other") else self.key, self.url)
        signing = jwk(self.kid, shown)
        services = self_signed(self.other, "Microsoft Azure Attestation 2020")
        others = [jwk(tokens.base64url(hashlib.sha1(services).digest()), services)]
        return [signing] + ([signing] if self.faults.get("twice") else []) + others

    def token(self, claims, life, signed=True):
        now = int(time.time()) - self.wrong.get("age", 0)
        header = {"alg": "RS256" if signed else "none", "jku": f"{self.url}/certs", "kid": self.kid, "typ": "JWT"}
        header = changed(header, self.wrong.get("header", {}))
        claims = changed(claims | {"iss": self.url, "iat": now, "nbf": now, "exp": now + life}, self.wrong.get("claims", {}))
        text = json.dumps(claims, separators=(",", ":"), sort_keys=True)
        if "duplicate" in self.wrong:
            text = json.dumps(self.wrong["duplicate"], separators=(",", ":"))[:-1] + "," + text[1:]
        return tokens.sign(header, text, None if header["alg"] == "none" else self.key)


def changed(members, changes):
    return {name: value for name, value in (members | changes).items() if value is not None}


def jwk(kid, der):
    return {"x5c": [base64.b64encode(der).decode()], "kid": kid, "kty": "RSA"}


def opaque_kid(key):
    """Base64 of a hash over the public key, as at Microsoft, but always one with all of + / = in it."""
    text = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    while True:
        text += b"\0"
        kid = base64.b64encode(hashlib.sha256(text).digest()).decode()
        if "+" in kid and "/" in kid:
            return kid
