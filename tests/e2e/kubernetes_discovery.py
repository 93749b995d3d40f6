"""Answers the discovery questions of kubectl on a free port of loopback, which it prints; every object is unknown."""

import http.server
import json

KINDS = {
    "v1": ["Service", "Secret", "ConfigMap", "ServiceAccount", "PersistentVolumeClaim", "Pod"],
    "apps/v1": ["Deployment", "StatefulSet", "DaemonSet"],
    "batch/v1": ["Job", "CronJob"],
    "networking.k8s.io/v1": ["Ingress", "NetworkPolicy"],
    "policy/v1": ["PodDisruptionBudget"],
    "rbac.authorization.k8s.io/v1": ["Role", "RoleBinding"],
}


def plural(kind: str) -> str:
    name = kind.lower()
    if name.endswith("y"):
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith("s") else f"{name}s"


def resources(group_version: str) -> dict:
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": [
        {"name": plural(kind), "singularName": kind.lower(), "namespaced": True, "kind": kind,
         "verbs": ["create", "get", "list", "patch", "update", "delete"]} for kind in KINDS[group_version]]}


def groups() -> dict:
    listed = []
    for group_version in KINDS:
        if "/" in group_version:
            version = {"groupVersion": group_version, "version": group_version.split("/")[1]}
            listed.append({"name": group_version.split("/")[0], "versions": [version], "preferredVersion": version})
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed}


ANSWERS = {
    "/api": {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []},
    "/api/v1": resources("v1"),
    "/apis": groups(),
    **{f"/apis/{group_version}": resources(group_version) for group_version in KINDS if "/" in group_version},
}


class Discovery(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        answer = ANSWERS.get(self.path.split("?")[0])
        code = 200 if answer else 404
        if not answer:
            answer = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404,
                      "message": "not found"}
        body = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """kubectl's requests are of no interest."""


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Discovery)
    print(server.server_address[1], flush=True)
    server.serve_forever()
