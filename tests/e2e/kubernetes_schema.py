"""Checks Kubernetes objects against the API types of Debian's python3-kubernetes, without a cluster.

usage: kubernetes_schema.py FILE...   ('-' is standard input)

Refuses what an API server with strict field validation refuses: a kind that does not exist, a field that does not
exist, a missing required field, a value of the wrong type, and a name that is no DNS name.
"""

import re
import sys

import yaml
from kubernetes import client

DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
SCALARS = {"str": str, "int": int, "bool": bool, "float": (int, float), "date": str, "datetime": str}


def model_of(document: dict):
    """The model class of an object: apiVersion apps/v1 and kind Deployment are V1Deployment."""
    group, _, version = str(document.get("apiVersion", "")).rpartition("/")
    kind = str(document.get("kind", ""))
    model = getattr(client, f"{version.capitalize()}{kind}", None)
    if model is None or "metadata" not in model.openapi_types:
        raise ValueError(f"unknown kind {kind} of {document.get('apiVersion')}")
    api = {"": "CoreV1Api", "apps": "AppsV1Api", "batch": "BatchV1Api", "networking.k8s.io": "NetworkingV1Api",
           "rbac.authorization.k8s.io": "RbacAuthorizationV1Api", "policy": "PolicyV1Api",
           "autoscaling": "AutoscalingV1Api"}.get(group)
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower()
    methods = dir(getattr(client, api)) if api else []
    if f"create_{snake}" not in methods and f"create_namespaced_{snake}" not in methods:
        raise ValueError(f"kind {kind} is not in API group '{group}'")
    return model


def check(value, kind: str, path: str, problems: list) -> None:
    if value is None:
        return
    if kind.startswith("list["):
        if not isinstance(value, list):
            problems.append(f"{path}: not a list")
            return
        for index, item in enumerate(value):
            if item is None:
                problems.append(f"{path}[{index}]: empty item")
            check(item, kind[5:-1], f"{path}[{index}]", problems)
    elif kind.startswith("dict("):
        if not isinstance(value, dict):
            problems.append(f"{path}: not a map")
            return
        for key, item in value.items():
            # A quantity (limits, requests) may be written as a number.
            if not (isinstance(item, int) and re.search(r"\.(limits|requests)$", path)):
                check(item, kind[5:-1].split(", ", 1)[1], f"{path}.{key}", problems)
    elif kind in SCALARS:
        # In Python a bool is an int; for Kubernetes it is not. An int-or-string field has the type object here.
        if not isinstance(value, SCALARS[kind]) or (isinstance(value, bool) and kind != "bool"):
            problems.append(f"{path}: {value!r} is no {kind}")
    elif kind != "object":
        check_model(value, getattr(client, kind), path, problems)


def check_model(value, model, path: str, problems: list) -> None:
    if not isinstance(value, dict):
        problems.append(f"{path}: not a map")
        return
    names = {json_name: name for name, json_name in model.attribute_map.items()}
    for key, item in value.items():
        if key not in names:
            problems.append(f"{path}: unknown field {key!r}")
        else:
            check(item, model.openapi_types[names[key]], f"{path}.{key}", problems)
    given = {names[key]: item for key, item in value.items() if key in names}
    try:
        model(**given)   # the models themselves refuse a missing required field
    except ValueError as error:
        problems.append(f"{path}: {error}")


def check_object(document) -> list:
    problems = []
    if not isinstance(document, dict):
        return ["not an object"]
    try:
        model = model_of(document)
    except ValueError as error:
        return [str(error)]
    name = (document.get("metadata") or {}).get("name")
    if not isinstance(name, str) or not DNS_LABEL.fullmatch(name):
        problems.append(f"metadata.name: {name!r} is no DNS label")
    check_model(document, model, document["kind"], problems)
    return problems


def main(files: list) -> int:
    checked = failed = 0
    for file in files:
        with (sys.stdin if file == "-" else open(file, encoding="utf-8")) as stream:
            for document in yaml.safe_load_all(stream):
                if document is None:
                    continue
                checked += 1
                for problem in check_object(document):
                    failed += 1
                    print(f"{file}: {problem}", file=sys.stderr)
    print(f"{checked} objects checked, {failed} problems")
    return 1 if failed or not checked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
