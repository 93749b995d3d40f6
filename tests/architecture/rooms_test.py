#!/usr/bin/env python3
"""The walls between rooms: reads every #include and refuses what docs/ARCHITECTURE.md does not allow.

usage: rooms_test.py SOURCE_DIRECTORY        the source
       rooms_test.py --self-test            small trees that break each wall: does this test see it?
"""

import pathlib
import re
import sys
import tempfile

ROOM_CALL = re.compile(r"sconectl_room\(\s*(.*?)\)", re.S)
INCLUDE = re.compile(r'^\s*#include\s+[<"]([^>"]+)[>"]', re.M)
THIRD_PARTY = {
    "yaml": ("yaml.h",),
    "json": ("nlohmann/",),
    "toml": ("toml++/",),
    "openssl": ("openssl/",),
    "sodium": ("sodium/", "sodium.h"),
    "gfshare": ("libgfshare.h",),
    "sqlite": ("sqlite3.h",),
    "postgres": ("libpq-fe.h",),
    "beast": ("boost/", "openssl/"),
    "cli11": ("CLI/",),
    "fmt": ("fmt/",),
    "spdlog": ("spdlog/",),
}
# Every room may use fmt. Beast brings OpenSSL's headers along, and has to be used for itself.
USED_BY = {package: prefixes[:1] for package, prefixes in THIRD_PARTY.items() if package != "fmt"}
PART_ROW = re.compile(r"^\| *(\d+) *\| *`(\w+)` *\|", re.M)
KEYWORDS = ("NAME", "SOURCES", "DEPENDS", "THIRD_PARTY")
# What only the outermost rooms may do.
FORBIDDEN = re.compile(r"\b(?:std::)?(getenv|exit|_exit|abort)\s*\(|std::c(?:out|err)\b|system_clock::now|\bsystem\(|\bpopen\(")


def strip_comments(text):
    return re.sub(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"", "", text, flags=re.S)


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


def parts_of_casd(source):
    """Folder or file of the room casd -> its level, from docs/ARCHITECTURE.md."""
    text = (source / "docs/ARCHITECTURE.md").read_text()
    _, _, table = text.partition("| level | part of `casd` |")
    return {part: int(level) for level, part in PART_ROW.findall(table.partition("\n\n")[0])}


def include_fault(source, header, room, dependencies, packages, is_door):
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
    if "/" in header and first != room and (source / "src" / first).is_dir():
        return f"private header of room '{first}'"
    return None


def part_name(path):
    """The part of a room that a file below the room's directory belongs to: its folder, or the file itself."""
    return path.parts[0] if len(path.parts) > 1 else path.stem


def part_faults(source, room, parts):
    """Includes between the parts of a room that do not lead downwards."""
    for path in sorted(source.glob(f"src/{room}/**/*.[ch]pp")):
        part = part_name(path.relative_to(source / "src" / room))
        if part not in parts:
            yield f"{path.relative_to(source)}: '{part}' is not in the table of parts in docs/ARCHITECTURE.md"
            continue
        for header in INCLUDE.findall(path.read_text()):
            if not header.startswith(f"{room}/"):
                continue
            other = part_name(pathlib.PurePath(header).relative_to(room))
            if other not in parts:
                yield f"{path.relative_to(source)}: #include {header}: '{other}' is not in the table of parts"
            elif other != part and parts[other] >= parts[part]:
                yield f"{path.relative_to(source)}: #include {header}: '{part}' stands below '{other}', or beside it"


def unused(room, dependencies, packages, headers):
    """What a room declares and no file of it includes."""
    for other in sorted(dependencies):
        if not any(header.startswith(f"sconectl/{other}/") for header in headers):
            yield f"room '{room}' depends on '{other}' and includes nothing of it"
    for package in sorted(packages & set(USED_BY)):
        if not any(header.startswith(USED_BY[package]) for header in headers):
            yield f"room '{room}' names '{package}' and includes nothing of it"


def faults(source):
    table = room_table(source)
    for directory in sorted(path for path in source.glob("src/*") if path.is_dir()):
        if directory.name not in table:
            yield f"src/{directory.name} is no room: no sconectl_room() names it"
    for room, (dependencies, packages) in table.items():
        files = [(path, True) for path in source.glob(f"include/sconectl/{room}/*.hpp")]
        files += [(path, False) for path in source.glob(f"src/{room}/**/*.[ch]pp")]
        headers = set()
        for path, is_door in sorted(files):
            text = path.read_text()
            for header in INCLUDE.findall(text):
                headers.add(header)
                fault = include_fault(source, header, room, dependencies, packages, is_door)
                if fault:
                    yield f"{path.relative_to(source)}: #include {header}: {fault}"
            found = FORBIDDEN.search(strip_comments(text))
            if found and room not in ("host", "launch", "casd"):
                yield f"{path.relative_to(source)}: {found.group(0)} belongs to host or launch"
        yield from unused(room, dependencies, packages, headers)
    yield from part_faults(source, "casd", parts_of_casd(source))


SOUND_TREE = {
    "docs/ARCHITECTURE.md": "| level | part of `casd` | what |\n|---|---|---|\n| 0 | `store` | x |\n| 0 | `log` | x |\n"
                            "| 1 | `state` | x |\n| 2 | `routes` | x |\n\nText.\n",
    "src/diag/CMakeLists.txt": "sconectl_room(NAME diag SOURCES a.cpp)",
    "src/diag/a.cpp": "#include <fmt/core.h>\n",
    "src/casd/CMakeLists.txt": "sconectl_room(\n  NAME casd\n  SOURCES x.cpp\n  DEPENDS diag\n  THIRD_PARTY sqlite)",
    "src/casd/store/a.cpp": '#include <sqlite3.h>\n#include "sconectl/diag/error.hpp"\n',
    "src/casd/state.hpp": '#include "casd/store/b.hpp"\n',
    "src/casd/routes/a.cpp": '#include "casd/state.hpp"\n#include "casd/routes/b.hpp"\n',
}
BROKEN = [  # what is changed in the sound tree, and the text of the fault
    ({"src/casd/store/b.cpp": '#include "casd/routes/b.hpp"\n'}, "'store' stands below 'routes'"),
    ({"src/casd/store/b.cpp": '#include "casd/log/b.hpp"\n'}, "'store' stands below 'log', or beside it"),
    ({"src/casd/state.hpp": '#include "casd/routes/a.hpp"\n'}, "'state' stands below 'routes'"),
    ({"src/casd/other/a.cpp": ""}, "'other' is not in the table of parts"),
    ({"src/casd/store/b.cpp": '#include "casd/other/b.hpp"\n'}, "'other' is not in the table of parts"),
    ({"src/casd/store/a.cpp": "#include <sqlite3.h>\n"}, "'casd' depends on 'diag' and includes nothing"),
    ({"src/casd/store/a.cpp": '#include "sconectl/diag/error.hpp"\n'}, "'casd' names 'sqlite' and includes nothing"),
    ({"src/diag/b.cpp": '#include "sconectl/casd/server.hpp"\n'}, "'diag' does not depend on 'casd'"),
    ({"src/diag/b.cpp": '#include "casd/state.hpp"\n'}, "private header of room 'casd'"),
    ({"src/diag/b.cpp": "#include <boost/asio.hpp>\n"}, "'beast' is not at home in room 'diag'"),
    ({"include/sconectl/casd/server.hpp": "#include <sqlite3.h>\n"}, "third-party header in a door"),
    ({"src/diag/b.cpp": "int f() { exit(1); }\n"}, "belongs to host or launch"),
    ({"src/cli/main.cpp": ""}, "src/cli is no room"),
]


def faults_of(tree):
    with tempfile.TemporaryDirectory() as directory:
        source = pathlib.Path(directory)
        for name, text in tree.items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text(text)
        return list(faults(source))


def self_test():
    failures = [f"a sound tree has the fault: {fault}" for fault in faults_of(SOUND_TREE)]
    for change, expected in BROKEN:
        found = faults_of({**SOUND_TREE, **change})
        if not any(expected in fault for fault in found):
            failures.append(f"{change}: expected \"{expected}\", found {found}")
    print("\n".join(failures) or f"{len(BROKEN)} broken trees are seen")
    return 1 if failures else 0


def main():
    if sys.argv[1] == "--self-test":
        return self_test()
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
