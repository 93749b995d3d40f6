"""The table of rules in docs/rules, and which tests name a rule."""

import pathlib
import re

ROW = re.compile(r"^\| ((?:SL|RA|CL|CC|EV|XA)-\d{3}) \| (.+) \| ([^|]+) \|$", re.M)
ID = re.compile(r"\b(?:SL|RA|CL|CC|EV|XA)-\d{3}\b")
TEST = re.compile(r"\bTEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)")
IN_NAME = re.compile(r"(SL|RA|CL|CC|EV|XA)_?(\d{3})(?:_to_(?:SL|RA|CL|CC|EV|XA)?_?(\d{3}))?")
SHELL_CASE = re.compile(r"^(case_\w+)\(\) \{\n(.*?)^\}", re.M | re.S)


def rules(source):
    """{id: sentence}, in the order of the files and rows."""
    found = {}
    for name in ("session-language", "cas-rest", "command-line", "cas-server", "evidence", "tee-extension"):
        for rule, sentence, _ in ROW.findall((source / f"docs/rules/{name}.md").read_text()):
            if rule in found:
                raise SystemExit(f"docs/rules/{name}.md: {rule} stands there twice")
            found[rule] = sentence
    return found


def named(test):
    """The rules in the name of a C++ test: SL036_…, SL119_to_SL124_…."""
    for prefix, first, last in IN_NAME.findall(test):
        for number in range(int(first), int(last or first) + 1):
            yield f"{prefix}-{number:03}"


def tests(source):
    """{id: [test]}: C++ tests name rules in their names, cases of tests/e2e in their comments."""
    found = {}

    def add(rule, test):
        if test not in found.setdefault(rule, []):
            found[rule].append(test)

    for path in sorted((source / "tests").rglob("*_test.cpp")):
        for suite, name in TEST.findall(path.read_text()):
            for rule in named(name):
                add(rule, f"`{path.parent.name}` {suite}.{name}")
    for path in sorted((source / "tests/e2e").glob("*.sh")):
        for name, body in SHELL_CASE.findall(path.read_text()):
            for comment in re.findall(r"(?:^|\s)# (.*)", body):
                for rule in ID.findall(comment):
                    add(rule, f"`e2e` {name}")
    return found
