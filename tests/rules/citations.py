"""What is cited and not there: rules without a row in docs/rules, documents that are not in the repository."""

import pathlib
import re

from table import ID

READ = {".cpp", ".hpp", ".txt", ".cmake", ".py", ".sh", ".md", ".yaml", ".yml", ".json", ".Dockerfile", ""}
NOT_HERE = [
    (re.compile(r"\b(CONTRACT|DESIGN)\b"), "names a document that is not in the repository"),
    (re.compile(r"\bspec/[\w-]+\.md"), "names a document that is not in the repository"),
    (re.compile(r"\.\./shared/(?!corpus\b|\.)"), "names a directory beside the repository"),
    (re.compile(r"[(,] ?E\d{1,2}[),]"), "names a fact by a number that nobody knows"),
    (re.compile(r"(?<!RFC \d\d\d\d )§ ?[A-Z\d]"), "names a section without its document"),
]
PAGE = re.compile(r"\bdocs/[\w/.-]+\.md\b")
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


def texts(source):
    """(path, text) of everything that people wrote in this repository."""
    roots = ["CMakeLists.txt", "README.md", "cmake", "docs", "examples", "include", "src", "templates", "tests"]
    for root in roots:
        top = source / root
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.is_file() and path.suffix in READ and "golden" not in path.parts and "target" not in path.parts:
                try:
                    yield path, path.read_text()
                except UnicodeDecodeError:
                    pass  # a database or an image, not a text


def wrong(source, rules):
    """A line for each citation of what is not there."""
    here = pathlib.Path(__file__).resolve().parent
    for path, text in texts(source):
        if path.resolve().parent == here:
            continue  # the patterns themselves
        for number, line in enumerate(text.splitlines(), 1):
            place = f"{path.relative_to(source)}:{number}"
            for rule in ID.findall(line):
                if rule not in rules:
                    yield f"{place}: {rule} is not in docs/rules"
            for pattern, what in NOT_HERE:
                if found := pattern.search(line):
                    yield f"{place}: '{found.group(0)}' {what}"
            for page in PAGE.findall(line):
                if not (source / page).exists():
                    yield f"{place}: there is no {page}"
            if path.suffix == ".md":
                for link in LINK.findall(line):
                    if not (path.parent / link).exists():
                        yield f"{place}: the link to {link} leads nowhere"
