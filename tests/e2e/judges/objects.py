"""Kubernetes objects against the strict schemas of three versions of Kubernetes.

usage: objects.py FILE...

Prints what is wrong with which object for which version; the exit status says whether anything is.
"""

import functools
import pathlib
import sys

import jsonschema
import kubernetes_validate
import yaml
from kubernetes_validate import utils

# The oldest that some cloud still runs, the one of the test cluster, and the newest.
VERSIONS = ("1.31", "1.35", "1.37")

# Our own kinds are defined in the repository.
CRDS = pathlib.Path(__file__).resolve().parents[3] / "templates/platform/crds"

# Each schema is read once.
utils.schema_contents = functools.lru_cache(None)(utils.schema_contents)


@functools.lru_cache(None)
def own_schemas():
    """{(apiVersion, kind): schema}"""
    result = {}
    for file in CRDS.glob("*.yaml"):
        spec = yaml.safe_load(file.read_text())["spec"]
        for version in spec["versions"]:
            schema = version["schema"]["openAPIV3Schema"]
            result[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = schema
    return result


def validate(document, version):
    own = own_schemas().get((document.get("apiVersion"), document.get("kind")))
    if own:
        jsonschema.validate(document, own)
    else:
        kubernetes_validate.validate(document, version, strict=True)


def problems(text):
    """What is wrong with the objects of a YAML text, as lines; the text must hold an object."""
    objects = [each for each in yaml.safe_load_all(text) if each is not None]
    result = [] if objects else ["there is no object"]
    for each in objects:
        for version in VERSIONS:
            try:
                validate(each, version)
            except (jsonschema.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
                where = ".".join(str(step) for step in getattr(error, "path", []))
                result.append(f"{each.get('kind')} {each['metadata']['name']}, {version}: {where}: {error.message}")
    return result


def main():
    found = [f"{name}: {line}" for name in sys.argv[1:] for line in problems(pathlib.Path(name).read_text())]
    print("\n".join(found), file=sys.stderr)
    return 1 if found or len(sys.argv) < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
