#!/usr/bin/env python3
"""The launcher fits into every image: at most 10 MB, static, and without the code of the whole program.

usage: size.py LAUNCHER
"""

import pathlib
import struct
import sys

MOST = 10_000_000
INTERPRETER, DYNAMIC = 3, 2  # PT_INTERP, PT_DYNAMIC: somebody else's libraries
# Words of rooms that do not belong in it: casd, image, kubernetes.
STRANGERS = (b"CREATE TABLE", b"Dockerfile", b"/apis/")


def segments(elf):
    offset, = struct.unpack_from("<Q", elf, 32)
    size, count = struct.unpack_from("<HH", elf, 54)
    return {struct.unpack_from("<I", elf, offset + i * size)[0] for i in range(count)}


def faults(elf):
    if elf[:5] != b"\x7fELF\x02":
        yield "it is no 64-bit program"
        return
    if len(elf) > MOST:
        yield f"it has {len(elf)} bytes, and {MOST} are allowed"
    if segments(elf) & {INTERPRETER, DYNAMIC}:
        yield "it needs libraries of the image"
    for word in STRANGERS:
        if word in elf:
            yield f"'{word.decode()}' is in it: a room is linked that it does not need"


def main():
    elf = pathlib.Path(sys.argv[1]).read_bytes()
    found = list(faults(elf))
    print("\n".join(found) or f"{len(elf)} bytes, static")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
