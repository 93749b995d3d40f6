"""Every different mesh below some directories, applied with a stand-in for its images.

usage: public_meshes.py STAND_IN DIRECTORY...

STAND_IN is an image of Docker that takes every name that a mesh has for an image. Each mesh is applied as a dry run and
its chart rendered by helm; the objects are judged by objects.py. Prints how many went well, and those that did not.
"""

import contextlib
import pathlib
import re
import subprocess
import sys
import tempfile

import objects

VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")
IMAGE = re.compile(r'^\s*(?:-\s*)?image: *"?([^\s"#]+)', re.MULTILINE)
PULL_SECRETS = re.compile(r'^\s*image_secrets: *"?([^\s"#]+)', re.MULTILINE)


def value_of(variable):
    for part, value in (("IMAGE", "stand-in"), ("REPO", "stand-in"), ("PORT", "443"), ("KEY", "ab" * 32),
                        ("MODE", "NoUpload")):
        if part in variable:
            return value
    return "demo"


def meshes(directories):
    """{text: its file}"""
    result = {}
    for directory in directories:
        for file in sorted(pathlib.Path(directory).rglob("*")):
            if file.is_file() and file.stat().st_size < 65536:
                text = file.read_text(errors="replace")
                if re.search(r"^kind: *mesh\b", text, re.MULTILINE):
                    result.setdefault(text, file)
    return result


def run(*command, cwd=None):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True)


@contextlib.contextmanager
def named(stand_in, images):
    """The stand-in has these names meanwhile; yields those that Docker refuses."""
    before = {image: run("docker", "image", "inspect", "--format", "{{.Id}}", image).stdout.strip() for image in images}
    try:
        yield [image for image in images if run("docker", "tag", stand_in, image).returncode]
    finally:
        for image, identity in before.items():
            run("docker", *(["tag", identity] if identity else ["rmi"]), image)


def problem(text, stand_in, directory):
    """What is wrong with a mesh, or nothing."""
    filled = VARIABLE.sub(lambda found: value_of(found[1]), text)
    for name in PULL_SECRETS.findall(filled):
        (directory / name).write_text("- {name: stand-in, kind: ascii, size: 8}\n")
    (directory / "mesh.yaml").write_text(text)
    values = [f"-e{name}={value_of(name)}" for name in sorted(set(VARIABLE.findall(text)))]
    with named(stand_in, sorted(set(IMAGE.findall(filled)))) as refused:
        applied = run("sconectl", "-q", "apply", "-f", "mesh.yaml", "--dry-run", "--release", "demo", *values,
                      cwd=directory)
    if refused:  # by us, too
        good = applied.returncode == 3 and "is not an image reference" in applied.stderr
        return "" if good else f"{refused}: {applied.stderr}"
    if applied.returncode:
        return applied.stderr
    rendered = run("helm", "template", "demo", str(directory / "target/helm"))
    return rendered.stderr if rendered.returncode else "\n".join(objects.problems(rendered.stdout))


def main():
    found = meshes(sys.argv[2:])
    good = 0
    for text, file in found.items():
        with tempfile.TemporaryDirectory() as directory:
            wrong = problem(text, sys.argv[1], pathlib.Path(directory))
        if wrong:
            print(f"{file}: {wrong}", file=sys.stderr)
        else:
            good += 1
    print(f"{good} of {len(found)} meshes")
    return 0 if found and good == len(found) else 1


if __name__ == "__main__":
    sys.exit(main())
