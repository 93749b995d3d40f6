#!/usr/bin/env python3
"""What sconectl writes as YAML, other readers must understand as it was meant.

usage: compare.py TREES [--seed N] [--trees N] [--corpus DIRECTORY...]

TREES is the program sconectl_yaml_trees. Judges: PyYAML (libyaml's sibling, YAML 1.1), the Go reader of Helm and
Kubernetes (through `helm template`), and the `yaml` package of Node (YAML 1.2). Generated trees must mean the same to
each of them; files of --corpus must mean the same to each before and after they were read and written by us. A judge that is missing is a failure with CI=true, else it is named and left out.
"""

import argparse
import base64
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import yaml

NODE = """
const yaml = require(process.argv[1]);
const fs = require('fs');
for (const file of fs.readFileSync(0, 'utf8').split('\\0')) {
  let line;
  try {
    const document = yaml.parseDocument(fs.readFileSync(file, 'utf8'), {customTags: ['binary'], uniqueKeys: true});
    if (document.errors.length) throw document.errors[0];
    line = {value: document.toJS({maxAliasCount: -1})};
  } catch (error) {
    line = {error: String(error)};
  }
  console.log(JSON.stringify(line));
}
"""
NODE_YAML = "/usr/share/nodejs/yaml"


# Words in places where they need no quotes to somebody; what they mean there must survive. Not among them: keys (they
# are text to us, whatever they look like), and tags without a value (Go's reader drops those in lists).
PLAIN = """- -- --- ... -1 +1 0x1F 0o7 017 1_000 1:30 .5 .inf .NAN ~ null Null true True yes no on Off y N = << ? | > % @
    * & ` : :: a: :a #a a#b 2026-01-01 1e3 1e5e 0123456789 0.3 {} [] a=b a/b <a> $a ${a} a\\b a'b a"b""".split()
PLACES = ("a: {}\n", "a: [{}]\n", "a: [{}, x]\n", "a: {{k: {}}}\n", "a:\n  - {}\n", "a: [x,{}]\n")


class Unreadable(Exception):
    pass


class Loader(yaml.CSafeLoader):
    """Application tags are kept beside their value."""


def tagged(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        return ["tag", suffix, loader.construct_scalar(node)]
    if isinstance(node, yaml.SequenceNode):
        return ["tag", suffix, loader.construct_sequence(node, deep=True)]
    return ["tag", suffix, loader.construct_mapping(node, deep=True)]


Loader.add_multi_constructor("!", tagged)


def comparable(value):
    if isinstance(value, dict):
        return {json.dumps(comparable(k)): comparable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [comparable(v) for v in value]
    if isinstance(value, (datetime.date, bytes)):
        return ["typed", repr(value)]
    return value if value == value else "not a number"


def with_pyyaml(files):
    for file in files:
        try:
            yield yaml.load(file.read_bytes(), Loader)
        except (yaml.YAMLError, ValueError) as error:
            yield Unreadable(str(error))


def with_node(files):
    run = subprocess.run(["node", "-e", NODE, NODE_YAML], input="\0".join(map(str, files)), text=True,
                         capture_output=True, check=True)
    for line in run.stdout.strip("\n").split("\n"):
        read = json.loads(line)
        yield Unreadable(read["error"]) if "error" in read else read.get("value")


def with_helm(files):
    """All files in one chart whose template reads them: fromYaml is the reader that values and manifests meet, too."""
    with tempfile.TemporaryDirectory() as directory:
        chart = pathlib.Path(directory, "chart")
        (chart / "templates").mkdir(parents=True)
        (chart / "files").mkdir()
        (chart / "Chart.yaml").write_text("apiVersion: v2\nname: values\nversion: 0.1.0\n")
        (chart / "templates/read.yaml").write_text(
            '{{ range $path, $_ := .Files.Glob "files/*" }}\n'
            "{{ $path }}: {{ $.Files.Get $path | fromYaml | toJson | b64enc }}{{ end }}\n")
        for file in files:
            shutil.copy(file, chart / "files")
        run = subprocess.run(["helm", "template", "x", chart], text=True, capture_output=True, check=True)
    read = dict(line.split(": ") for line in run.stdout.split("\n") if line.startswith("files/"))
    for file in files:
        value = json.loads(base64.b64decode(read[f"files/{file.name}"]))
        failed = isinstance(value, dict) and set(value) == {"Error"}
        yield Unreadable(value["Error"]) if failed else value


def judges():
    found = {"PyYAML": with_pyyaml}
    missing = []
    for name, program, judge in (("Node's yaml", "node", with_node), ("Go's yaml", "helm", with_helm)):
        there = shutil.which(program) and (judge is not with_node or pathlib.Path(NODE_YAML).exists())
        if there:
            found[name] = judge
        else:
            missing.append(name)
    if missing and os.environ.get("CI"):
        sys.exit(f"missing judges: {', '.join(missing)}")
    for name in missing:
        print(f"left out: {name} is not installed")
    return found


def first_difference(meant, read, path="documents"):
    if isinstance(meant, dict) and isinstance(read, dict):
        for key in meant.keys() | read.keys():
            if key not in meant or key not in read:
                return f"{path}: only one has the key {key!r}"
            if meant[key] != read[key]:
                return first_difference(meant[key], read[key], f"{path}.{key!r}")
    if isinstance(meant, list) and isinstance(read, list) and len(meant) == len(read):
        for index, (left, right) in enumerate(zip(meant, read)):
            if left != right:
                return first_difference(left, right, f"{path}[{index}]")
    return f"{path}: meant {json.dumps(meant)[:200]}, read {json.dumps(read, default=str)[:200]}"


def check_generated(trees, directory, seed, count):
    subprocess.run([trees, "generate", str(seed), str(count), directory], check=True)
    files = sorted(directory.glob("written-*.yaml"))
    failures = 0
    for name, judge in judges().items():
        wrong = 0
        for file, read in zip(files, judge(files)):
            meant = json.loads(file.with_name(file.name.replace("written", "meant")).with_suffix(".json").read_text())
            if isinstance(read, Unreadable):
                print(f"{name} can not read {file.name} (seed {seed}): {read}")
                wrong += 1
            elif read != meant:
                print(f"{name}, {file.name} (seed {seed}): {first_difference(meant, read)}")
                wrong += 1
        print(f"{name}: {count} generated trees in {len(files)} files, {wrong} files read differently")
        failures += wrong
    return failures


def check_corpus(trees, directory, folders):
    files = sorted({f for folder in folders for pattern in ("*.yaml", "*.yml") for f in folder.rglob(pattern)})
    subprocess.run([trees, "rewrite", directory, *files], check=True)
    before = sorted(directory.glob("before-*.yaml"))
    failures = 0
    for name, judge in judges().items():
        compared = wrong = 0
        after = [file.with_name(file.name.replace("before", "after")) for file in before]
        for file, old, new in zip(before, judge(before), judge(after)):
            if isinstance(old, Unreadable):
                continue  # not YAML to this judge, or no mapping
            compared += 1
            if isinstance(new, Unreadable):
                print(f"{name} can not read what was written for {file.name}: {new}\n{file.read_text()[:300]}")
                wrong += 1
            elif comparable(old) != comparable(new):
                print(f"{name}, {file.name}: {first_difference(comparable(old), comparable(new))}\n"
                      f"{file.read_text()[:300]}")
                wrong += 1
        print(f"{name}: {compared} of {len(before)} files compared, {wrong} mean something else after writing")
        failures += wrong + (compared == 0)
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("trees")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trees", type=int, default=10_000, dest="count")
    parser.add_argument("--corpus", type=pathlib.Path, nargs="*", default=[])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        failures = check_generated(options.trees, pathlib.Path(directory), options.seed, options.count)
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryDirectory() as plain:
        for index, text in enumerate(place.format(word) for word in PLAIN for place in PLACES):
            pathlib.Path(plain, f"{index}.yaml").write_text(text)
        folders = [folder for folder in options.corpus if folder.exists()]
        failures += check_corpus(options.trees, pathlib.Path(directory), [pathlib.Path(plain), *folders])
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
