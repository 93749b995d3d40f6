#!/usr/bin/env python3
"""The walls between rooms: reads every #include and refuses what docs/ARCHITECTURE.md does not allow.

usage: rooms_test.py SOURCE_DIRECTORY
"""

import pathlib
import re
import sys

ROOM_CALL = re.compile(r"sconectl_room\(\s*(.*?)\)", re.S)
INCLUDE = re.compile(r'^\s*#include\s+[<"]([^>"]+)[>"]', re.M)
THIRD_PARTY = {
    "yaml": ("yaml.h",),
    "json": ("nlohmann/",),
    "openssl": ("openssl/",),
    "sqlite": ("sqlite3.h",),
    "beast": ("boost/", "openssl/"),
    "cli11": ("CLI/",),
    "fmt": ("fmt/",),
}
ALL_THIRD_PARTY = tuple(prefix for prefixes in THIRD_PARTY.values() for prefix in prefixes)
KEYWORDS = ("NAME", "SOURCES", "DEPENDS", "THIRD_PARTY")
# What only the outermost rooms may do.
FORBIDDEN = re.compile(r"\b(?:std::)?(getenv|exit|_exit|abort)\s*\(|std::c(?:out|err)\b|system_clock::now|\bsystem\(|\bpopen\(")


def room_table(source):
    """Name -> (dependencies, third-party packages), from the sconectl_room() calls."""
    table = {}
    for cmake in sorted(source.glob("src/*/CMakeLists.txt")):
        call = ROOM_CALL.search(cmake.read_text())
        if not call:
            continue
        parts, current = {key: [] for key in KEYWORDS}, None
        for word in call.group(1).split():
            if word in KEYWORDS:
                current = word
            else:
                parts[current].append(word)
        table[parts["NAME"][0]] = (set(parts["DEPENDS"]), set(parts["THIRD_PARTY"]) | {"fmt"})
    return table


def include_fault(header, room, dependencies, packages, is_door):
    """Why a file of a room may not include a header, or None."""
    if header.startswith("sconectl/"):
        other = header.split("/")[1]
        if other != room and other not in dependencies:
            return f"room '{room}' does not depend on '{other}'"
        return None
    foreign = [package for package, prefixes in THIRD_PARTY.items() if header.startswith(prefixes)]
    if foreign:
        if is_door:
            return "third-party header in a door"
        if not any(package in packages for package in foreign):
            return f"'{foreign[0]}' is not at home in room '{room}'"
        return None
    first = header.split("/")[0]
    if "/" in header and first != room and (pathlib.Path(sys.argv[1]) / "src" / first).is_dir():
        return f"private header of room '{first}'"
    return None


def strip_comments(text):
    return re.sub(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"", "", text, flags=re.S)


def faults(source):
    table = room_table(source)
    for room, (dependencies, packages) in table.items():
        files = [(path, True) for path in source.glob(f"include/sconectl/{room}/*.hpp")]
        files += [(path, False) for path in source.glob(f"src/{room}/**/*.[ch]pp")]
        for path, is_door in sorted(files):
            text = path.read_text()
            for header in INCLUDE.findall(text):
                fault = include_fault(header, room, dependencies, packages, is_door)
                if fault:
                    yield f"{path.relative_to(source)}: #include {header}: {fault}"
            found = FORBIDDEN.search(strip_comments(text))
            if found and room not in ("host", "launch", "casd"):
                yield f"{path.relative_to(source)}: {found.group(0)} belongs to host or cli"


def main():
    source = pathlib.Path(sys.argv[1])
    table = room_table(source)
    if len(table) < 10:
        print(f"only {len(table)} rooms found: the table could not be read")
        return 1
    found = list(faults(source))
    for fault in found:
        print(fault)
    print(f"{len(table)} rooms, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
