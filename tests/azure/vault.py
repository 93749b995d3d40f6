"""Azure Key Vault: secrets over REST, and the public part of certificates. Who may do what; contents.py has what is done.

vaults: {HOST: {"tenant": TENANT, "access": {CLIENT_ID: [RIGHT]}, "rbac": BOOL, "firewall": BOOL, and what contents.py names}}
RIGHT: get, set, list, delete, recover, purge, certificates/get. rbac chooses the words of a refusal.
"""

import json
import urllib.parse
import uuid

from contents import Contents, bad, error
from entra import PUBLIC
from exchange import Reply, bearer

VERSIONS = {"2016-10-01", "7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01"}
HEADERS = {
    "Cache-Control": "no-cache", "Pragma": "no-cache", "Expires": "-1", "x-ms-keyvault-region": "westus2",
    "x-ms-keyvault-service-version": "1.9.1720.1", "x-ms-keyvault-network-info": "conn_type=Ipv4;addr=192.0.2.1;act_addr_fam=InterNetwork;",
    "X-Content-Type-Options": "nosniff", "Strict-Transport-Security": "max-age=31536000;includeSubDomains",
}
ACTIONS = {"get": "getSecret/action", "set": "setSecret/action", "list": "readMetadata/action", "delete": "delete"}


class Vaults:
    def __init__(self, entra):
        self.entra = entra

    def answer(self, request, state):
        headers = HEADERS | {"x-ms-request-id": str(uuid.uuid4())}
        if "x-ms-client-request-id" in request.headers:
            headers["x-ms-client-request-id"] = request.headers["x-ms-client-request-id"]
        try:
            reply = self.call(request, state)
        except Reply as refusal:
            reply = refusal
        reply.headers |= headers
        return reply

    def failure(self, status):
        if status == 429:
            return error(429, "Throttled", "Request was not processed because too many requests were received. Reason: "
                                           "VaultRequestTypeLimitReached")
        return error(status, "InternalServerError" if status == 500 else "ServiceUnavailable", "The service has a fault.")

    def call(self, request, state):
        vault = state["vaults"][request.host]
        if "api-version" not in request.query:
            raise bad("The parameter api-version is not specified.")
        if request.query["api-version"] not in VERSIONS:
            raise bad(f"The specified version ({request.query['api-version']}) is not recognized. Consider using the latest supported "
                      f"version ({max(VERSIONS)}).")
        claims = self.caller(request, state, vault)

        def needs(right):
            allow(vault, claims, right, request.host)
            return Contents(request.host, vault)

        parts = [urllib.parse.unquote(part) for part in request.path.split("/") if part]
        match [request.method, *parts]:
            case ["GET", "secrets"]:
                return needs("list").page(request, None)
            case ["GET", "secrets", name, "versions"]:
                return needs("list").page(request, name)
            case ["GET", "secrets", name, *version] if len(version) < 2:
                return needs("get").get(name, *version)
            case ["PUT", "secrets", name]:
                return needs("set").put(name, parsed(request.body))
            case ["PATCH", "secrets", name, *version] if len(version) < 2:
                return needs("set").patch(name, parsed(request.body), *version)
            case ["DELETE", "secrets", name]:
                return needs("delete").delete(name)
            case ["GET", "deletedsecrets", name]:
                return needs("get").deleted(name)
            case ["POST", "deletedsecrets", name, "recover"]:
                return needs("recover").recover(name)
            case ["DELETE", "deletedsecrets", name]:
                return needs("purge").purge(name)
            case ["GET", "certificates", name, *version] if len(version) < 2:
                return needs("certificates/get").certificate(name, *version)
        return error(404, "NotFound", "The requested resource was not found.")

    def caller(self, request, state, vault):
        """The claims of a token that is for this vault."""
        audience = "https://" + request.host.partition(".")[2]
        authority = state["tenants"][vault["tenant"]].get("authority", PUBLIC)
        challenge = {"WWW-Authenticate": f'Bearer authorization="https://{authority}/{vault["tenant"]}", resource="{audience}"'}

        def refuse(message):
            return error(401, "Unauthorized", message, headers=challenge)

        if bearer(request) is None:
            raise refuse("AKV10000: Request is missing a Bearer or PoP token.")
        try:
            claims = self.entra.claims_of(request)
        except ValueError as wrong:
            raise refuse(str(wrong)) from wrong
        if claims["aud"] != audience:
            raise refuse(f"AKV10022: Invalid audience. Expected {audience}, found: {claims['aud']}.")
        expected = f"https://sts.windows.net/{vault['tenant']}/"
        if claims["iss"] != expected:
            raise refuse(f"AKV10032: Invalid issuer. Expected one of {expected}, found {claims['iss']}.")
        return claims


def allow(vault, claims, right, host):
    who = f"appid={claims['appid']};oid={claims['oid']};iss={claims['iss']}"
    where = f"{host.partition('.')[0]};location=westus2"
    if vault.get("firewall"):
        raise error(403, "Forbidden", "Client address is not authorized and caller is not a trusted service.\r\nClient address: "
                    f"192.0.2.1\r\nCaller: {who}\r\nVault: {where}", "ForbiddenByFirewall")
    if right in vault.get("access", {}).get(claims["appid"], ()):
        return
    if vault.get("rbac"):
        action = f"Microsoft.KeyVault/vaults/secrets/{ACTIONS.get(right, right + '/action')}"
        raise error(403, "Forbidden", "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny "
                    "assignments or role definitions were changed recently, please observe propagation time.\r\n"
                    f"Caller: {who}\r\nAction: '{action}'\r\nAssignment: (not found)\r\nDecisionReason: 'DeniedWithNoValidRBAC' \r\n"
                    f"Vault: {where}\r\n", "ForbiddenByRbac")
    kind, _, word = right.rpartition("/")
    raise error(403, "Forbidden", f"The user, group or application '{who}' does not have {kind or 'secrets'} {word} permission on key "
                f"vault '{where}'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287",
                "AccessDenied")


def parsed(body):
    try:
        content = json.loads(body)
    except ValueError as wrong:
        raise bad("The request body is not JSON.") from wrong
    if not isinstance(content, dict):
        raise bad("The request body is not an object.")
    attributes, tags = content.get("attributes", {}), content.get("tags", {})
    if not isinstance(attributes, dict) or not isinstance(tags, dict):
        raise bad("attributes or tags are no object.")
    if len(tags) > 15 or any(len(text) > 256 for tag in tags.items() for text in tag):
        raise bad("There are too many tags, or one is too long.")
    if len(content.get("contentType") or "") > 255:
        raise bad("The property contentType is too long.")
    return content
