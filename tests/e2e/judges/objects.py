"""Kubernetes objects against the strict schemas of three versions of Kubernetes.

usage: objects.py FILE...

Prints what is wrong with which object for which version; the exit status says whether anything is.
"""

import functools
import pathlib
import sys

import kubernetes_validate
import yaml
from kubernetes_validate import utils

# The oldest that some cloud still runs, the one of the test cluster, and the newest.
VERSIONS = ("1.31", "1.35", "1.37")

# Each schema is read once.
utils.schema_contents = functools.lru_cache(None)(utils.schema_contents)


def problems(text):
    """What is wrong with the objects of a YAML text, as lines; the text must hold an object."""
    objects = [each for each in yaml.safe_load_all(text) if each is not None]
    result = [] if objects else ["there is no object"]
    for each in objects:
        for version in VERSIONS:
            try:
                kubernetes_validate.validate(each, version, strict=True)
            except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
                where = ".".join(str(step) for step in getattr(error, "path", []))
                result.append(f"{each.get('kind')} {each['metadata']['name']}, {version}: {where}: {error.message}")
    return result


def main():
    found = [f"{name}: {line}" for name in sys.argv[1:] for line in problems(pathlib.Path(name).read_text())]
    print("\n".join(found), file=sys.stderr)
    return 1 if found or len(sys.argv) < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
