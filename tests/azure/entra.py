"""Microsoft Entra ID: the token endpoint v2 for client credentials, as far as programs without users need it.

tenants: {TENANT: {"authority": HOST, "domains": [NAME], "applications": {CLIENT_ID: {"secret": TEXT, "certificate": PEM or
{"thumbprint": HEX, "public_key": PEM}, "disabled": BOOL, "secret_expired": BOOL, "expires_in": SECONDS}}}}
"""

import hashlib
import time
import urllib.parse
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import load_pem_public_key

import tokens
from certificates import rsa_key, self_signed
from exchange import Reply, bearer

AUTHORITIES = {
    "login.microsoftonline.com": ("vault.azure.net", "attest.azure.net", "managedhsm.azure.net"),
    "login.microsoftonline.us": ("vault.usgovcloudapi.net", "attest.azure.us"),
    "login.chinacloudapi.cn": ("vault.azure.cn",),
    "login.partner.microsoftonline.cn": ("vault.azure.cn",),
    "login.microsoftonline.de": ("vault.microsoftazure.de",),
}
PUBLIC = "login.microsoftonline.com"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
THUMBPRINTS = {"RS256": "x5t", "PS256": "x5t#S256"}
LEEWAY = 300

# AADSTS number: (status, error, text)
ERRORS = {
    50027: (401, "invalid_client", "Invalid JWT token. {}"),
    70003: (400, "unsupported_grant_type", "The app requested an unsupported grant type '{}'."),
    70011: (400, "invalid_scope", "The provided request must include a 'scope' input parameter. The provided value for the input "
            "parameter 'scope' is not valid. The scope {} is not valid."),
    90002: (400, "invalid_request", "Tenant '{}' not found. Check to make sure you have the correct tenant ID and are signing into "
            "the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions "
            "for the tenant."),
    90055: (503, "temporarily_unavailable", "Tenant throttled due to too many requests."),
    500011: (400, "invalid_resource", "The resource principal named {} was not found in the tenant named {}. This can happen if the "
             "application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You "
             "might have sent your authentication request to the wrong tenant."),
    700016: (400, "unauthorized_client", "Application with identifier '{}' was not found in the directory '{}'. This can happen if "
             "the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. "
             "You may have sent your authentication request to the wrong tenant."),
    700021: (401, "invalid_client", "Client assertion application identifier doesn't match 'client_id' parameter."),
    700023: (401, "invalid_client", "Client assertion audience claim does not match Realm issuer. Review the documentation at "
             "https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials ."),
    700024: (401, "invalid_client", "Client assertion is not within its valid time range. Review the documentation at "
             "https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials ."),
    700027: (401, "invalid_client", "Client assertion failed signature validation. [Reason - {}]"),
    900144: (400, "invalid_request", "The request body must contain the following parameter: '{}'."),
    1002012: (400, "invalid_scope", "The provided value for scope {} is not valid. Client credential flows must have a scope value "
              "with /.default suffixed to the resource identifier (application ID URI)."),
    7000112: (400, "unauthorized_client", "Application '{}' is disabled."),
    7000215: (401, "invalid_client", "Invalid client secret provided. Ensure the secret being sent in the request is the client "
              "secret value, not the client secret ID, for a secret added to app '{}'."),
    7000218: (401, "invalid_client", "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."),
    7000222: (401, "invalid_client", "The provided client secret keys for app '{}' are expired. Visit the Azure portal to create new "
              "keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: "
              "https://aka.ms/certCreds."),
}


def error(number, *words, correlation=None):
    status, kind, text = ERRORS[number]
    trace, correlation = str(uuid.uuid4()), correlation or str(uuid.uuid4())
    stamp = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime())
    description = f"AADSTS{number}: {text.format(*words)} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"
    return Reply(status, {
        "error": kind, "error_description": description, "error_codes": [number], "timestamp": stamp, "trace_id": trace,
        "correlation_id": correlation, "error_uri": f"https://{PUBLIC}/error?code={number}",
    }, HEADERS, {"error": f"AADSTS{number}"})


HEADERS = {
    "Cache-Control": "no-store, no-cache", "Pragma": "no-cache", "Expires": "-1",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains", "X-Content-Type-Options": "nosniff",
}


class Entra:
    def __init__(self, directory):
        self.key = rsa_key(directory / "entra.key")
        certificate = self_signed(self.key, "accounts.accesscontrol.windows.net")
        self.key_id = tokens.base64url(hashlib.sha1(certificate).digest())

    def answer(self, request, state):
        name, _, route = request.path.strip("/").partition("/")
        if route != "oauth2/v2.0/token":
            return Reply(404, None, HEADERS)
        if request.method != "POST":
            return Reply(405, None, HEADERS | {"Allow": "POST"})
        return self.token(request, state, name)

    def failure(self, status):
        reply = error(90055)
        reply.status = status
        return reply

    def token(self, request, state, name):
        form = dict(urllib.parse.parse_qsl(request.body.decode(errors="replace"), True))
        correlation = request.headers.get("client-request-id") or form.get("client-request-id")

        def refuse(number, *words):
            return error(number, *words, correlation=correlation)

        tenant_id, tenant = tenant_of(state, request.host, name)
        if tenant is None:
            raise refuse(90002, name)
        for needed in ("grant_type", "client_id", "scope"):
            if not form.get(needed):
                raise refuse(900144, needed)
        if form["grant_type"] != "client_credentials":
            raise refuse(70003, form["grant_type"])
        client = form["client_id"]
        application = tenant.get("applications", {}).get(client)
        if application is None:
            raise refuse(700016, client, tenant_id)
        if application.get("disabled"):
            raise refuse(7000112, client)
        if "client_assertion" in form:
            endpoints = {f"https://{request.host}/{each}/oauth2/v2.0/token" for each in (name, tenant_id)}
            credential = assertion(form, client, application, endpoints, refuse)
        elif form.get("client_secret"):
            credential = "secret"
            if form["client_secret"] != application.get("secret"):
                raise refuse(7000215, client)
            if application.get("secret_expired"):
                raise refuse(7000222, client)
        else:
            raise refuse(7000218)
        life = application.get("expires_in", 3599)
        token = self.issue(tenant_id, client, credential, resource(form["scope"], request.host, tenant_id, refuse), life)
        return Reply(200, {"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": token}, HEADERS,
                     {"client": client, "credential": credential, "scope": form["scope"]})

    def issue(self, tenant, client, credential, audience, life):
        now = int(time.time())
        principal = str(uuid.uuid5(uuid.NAMESPACE_OID, tenant + client))
        issuer = f"https://sts.windows.net/{tenant}/"
        return tokens.sign({"typ": "JWT", "alg": "RS256", "x5t": self.key_id, "kid": self.key_id}, {
            "aud": audience, "iss": issuer, "iat": now, "nbf": now, "exp": now + life, "appid": client,
            "appidacr": "1" if credential == "secret" else "2", "idp": issuer, "oid": principal, "sub": principal, "tid": tenant,
            "uti": tokens.base64url(uuid.uuid4().bytes), "ver": "1.0",
        }, self.key)

    def claims_of(self, request):
        """The claims of the request's bearer token, or a ValueError: what is wrong with it."""
        header, claims, signed, signature = tokens.parse(bearer(request) or "")
        if header.get("alg") != "RS256" or not tokens.signed_by(self.key.public_key(), "RS256", signed, signature):
            raise ValueError("AKV10046: Unable to resolve the key used for signature validation.")
        if not claims["nbf"] - LEEWAY <= time.time() < claims["exp"]:
            raise ValueError("Error validating token: IDX10223")
        return claims


def tenant_of(state, host, name):
    """(id, tenant) by id or domain name, if the tenant is in that cloud; or (name, None)."""
    for tenant_id, tenant in state.get("tenants", {}).items():
        if tenant.get("authority", PUBLIC) == host and name.lower() in (tenant_id.lower(), *tenant.get("domains", ())):
            return tenant_id, tenant
    return name, None


def resource(scope, host, tenant, refuse):
    """The audience that the scope asks for."""
    if " " in scope:
        raise refuse(70011, scope)
    if not scope.endswith("/.default"):
        raise refuse(1002012, scope)
    audience = scope.removesuffix("/.default")
    if audience not in {f"https://{each}" for each in AUTHORITIES[host]}:
        raise refuse(500011, audience, tenant)
    return audience


def assertion(form, client, application, endpoints, refuse):
    """The algorithm of a client assertion that holds."""
    if form.get("client_assertion_type") != JWT_BEARER:
        raise refuse(900144, "client_assertion_type")
    try:
        header, claims, signed, signature = tokens.parse(form["client_assertion"])
        identifier = tokens.from_base64url(header[THUMBPRINTS[header["alg"]]]).hex()
        begin, end = float(claims.get("nbf", claims.get("iat", 0))), float(claims["exp"])
    except (KeyError, TypeError, ValueError) as wrong:
        raise refuse(50027, "JWT token is invalid or malformed.") from wrong
    key = registered(application).get(identifier)
    if key is None:
        raise refuse(700027, f"The key was not found., Thumbprint of key used by client: '{identifier.upper()}'")
    if not tokens.signed_by(key, header["alg"], signed, signature):
        raise refuse(700027, f"The provided signature value did not match the expected signature value., Thumbprint of key used by "
                             f"client: '{identifier.upper()}'")
    if claims.get("iss") != client or claims.get("sub") != client:
        raise refuse(700021)
    if claims.get("aud") not in endpoints:
        raise refuse(700023)
    if not claims.get("jti") or not begin - LEEWAY <= time.time() < end + LEEWAY:
        raise refuse(700024)
    return header["alg"]


def registered(application):
    """{hex thumbprint: public key} of the application's certificate."""
    known = application.get("certificate")
    if known is None:
        return {}
    if isinstance(known, dict):
        return {known["thumbprint"].lower(): load_pem_public_key(known["public_key"].encode())}
    certificate = x509.load_pem_x509_certificate(known.encode())
    return {certificate.fingerprint(each).hex(): certificate.public_key() for each in (hashes.SHA1(), hashes.SHA256())}
