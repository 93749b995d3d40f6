"""rest_answers.py OPENAPI REPORT... -- OPERATION...: whether the fuzzer came behind the checks of requests.

Of every operation that OPENAPI describes, some answer in the reports of schemathesis (NDJSON) has to be what the
operation is for: 2xx, or 501 where nothing else is described. The OPERATIONs (operationId) are those that have no such
answer; that one of them has, is an error too.
"""

import json
import sys

import yaml

METHODS = {"get", "put", "post", "delete", "head", "patch", "options", "trace"}


def described(document):
    """(method, path) -> (operationId, the first status that is described)"""
    operations = {}
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            statuses = [int(status) for status in item[method]["responses"]]
            good = [status for status in statuses if 200 <= status < 300] or [501]
            operations[method.upper(), path] = (item[method]["operationId"], good)
    return operations


def answers(report):
    """Every (method, path, status) of a report."""
    for line in report:
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        for name, interaction in recorder.get("interactions", {}).items():
            case = recorder["cases"][name]["value"]
            if interaction["response"]:
                yield case["method"], case["path"], interaction["response"]["status_code"]


def main():
    split = sys.argv.index("--")
    with open(sys.argv[1], encoding="utf-8") as file:
        operations = described(yaml.safe_load(file))
    expected = set(sys.argv[split + 1 :])
    unreached = {name for name, _ in operations.values()}
    count = 0
    for path in sys.argv[2:split]:
        with open(path, encoding="utf-8") as file:
            for method, template, status in answers(file):
                count += 1
                name, good = operations.get((method, template), (None, []))
                if status in good:
                    unreached.discard(name)
    print(f"{count} answers, {len(operations) - len(unreached)} of {len(operations)} operations with success")
    for name in sorted(unreached - expected):
        print(f"no answer of {name} is a success", file=sys.stderr)
    for name in sorted(expected - unreached):
        print(f"{name} succeeds, or is not there", file=sys.stderr)
    return 1 if unreached != expected else 0


sys.exit(main())
