"""Random values that the schema of a service's chart allows, rendered by helm.

usage: random_values.py CHART [COUNT]

Every set of them gives objects that three versions of Kubernetes take, or is refused in the chart's own words, because
one value asks for another. The same values in every run. Prints how many of them were rendered.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import hypothesis
from hypothesis_jsonschema import from_schema

import objects

# What Kubernetes itself defines, and our schema hands on as it is: a few examples of each.
EXAMPLES = {
    "affinity": [{}, {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}]}}}],
    "podSecurityContext": [{}, {"runAsNonRoot": True, "runAsUser": 20000, "fsGroup": 20000}],
    "securityContext": [{}, {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}],
    "extraIngress": [[], [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]],
    "extraEgress": [[], [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"port": 443, "protocol": "TCP"}]}]],
    "extraVolumes": [[], [{"name": "scratch", "emptyDir": {}}]],
    "valueFrom": [{"fieldRef": {"fieldPath": "status.podIP"}}],
    "labelSelector": [{}, {"matchLabels": {"a": "b"}}],
    "global": [{}],
}
# What 'fail' and 'required' say; a fault of a template is reported in other words.
OWN_WORDS = "Error: execution error at ("


def with_examples(schema):
    """The schema with lists of examples where Kubernetes' own objects stand."""
    if isinstance(schema, list):
        return [with_examples(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: with_examples(value) for key, value in schema.items()}
    for name, examples in EXAMPLES.items():
        if isinstance(result.get("properties"), dict) and name in result["properties"]:
            result["properties"][name] = {"enum": examples}
    return result


def as_yaml(values):
    """JSON, which is YAML of one meaning, with every unusual character in YAML's notation."""
    text = json.dumps(values, ensure_ascii=False)
    return "".join(each if " " <= each <= "~" else f"\\U{ord(each):08x}" for each in text)


def rendered(chart, values):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(as_yaml(values))
        file.flush()
        return subprocess.run(["helm", "template", "release", chart, "-f", file.name], capture_output=True, text=True)


def main():
    chart, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100
    schema = with_examples(json.loads((pathlib.Path(chart) / "values.schema.json").read_text()))
    good = 0

    @hypothesis.settings(max_examples=count, derandomize=True, database=None, deadline=None,
                         phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
                         suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(from_schema(schema))
    def every(values):
        nonlocal good
        done = rendered(chart, values)
        if done.returncode:
            assert done.stderr.startswith(OWN_WORDS), done.stderr
        else:
            found = objects.problems(done.stdout)
            assert not found, "\n".join(found)
            good += 1

    every()
    print(f"{good} rendered")
    return 0 if good >= count // 3 else 1


if __name__ == "__main__":
    sys.exit(main())
