#!/usr/bin/env python3
"""A stand-in for Gramine, and its enclaves measured a second time, from Intel's manual and in another language.

usage: gramine.py install DIRECTORY            an installation with a made libpal.so; its gramine-sgx says what it is asked
       gramine.py measure MANIFEST LIBPAL      MRENCLAVE of a final manifest, in hex
"""

import hashlib
import pathlib
import struct
import sys
import tomllib

PAGE = 4096
SCRIPT = """#!/bin/bash
# Stands for gramine-{mode} where no enclave can run.
if [ "$1" = --version ]; then
    echo "Gramine 1.9 (stand-in)"
    exit 0
fi
[ -f "$1.manifest{ending}" ] || {{ echo "no $1.manifest{ending}" >&2; exit 2; }}
echo "gramine-{mode} $*"
echo "servers ${{SECRET_PROVISION_SERVERS:-none}}"
"""


def made_library(segments, entry, size):
    file = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    file += struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, entry, 64, 0, 0, 64, 56, len(segments), 0, 0, 0)
    for flags, offset, address, in_file, in_memory in segments:
        file += struct.pack("<IIQQQQQQ", 1, flags, offset, address, address, in_file, in_memory, PAGE)
    return file + bytes((i * 37 + i // 251) & 0xFF for i in range(len(file), size))


def install(top):
    library = top / "lib/x86_64-linux-gnu/gramine"
    for folder in (top / "bin", library / "sgx", library / "direct", library / "runtime/glibc"):
        folder.mkdir(parents=True, exist_ok=True)
    for mode, ending in (("sgx", ".sgx"), ("direct", "")):
        script = top / "bin" / f"gramine-{mode}"
        script.write_text(SCRIPT.format(mode=mode, ending=ending))
        script.chmod(0o755)
        (library / mode / "loader").write_text("loader\n")
    segments = [(4, 0, 0, 0x900, 0x900), (5, 0x1000, 0x1000, 0x2345, 0x2345), (6, 0x4080, 0x5080, 0xF00, 0x4321)]
    (library / "sgx/libpal.so").write_bytes(made_library(segments, 0x1234, 0x5000))
    (library / "direct/libpal.so").write_text("direct\n")
    (library / "libsysdb.so").write_text("LibOS\n")
    (library / "runtime/glibc/libc.so.6").write_text("C library\n")
    (top / "lib/x86_64-linux-gnu/libprotobuf-c.so.1.0.0").write_text("protobuf\n")
    link = top / "lib/x86_64-linux-gnu/libprotobuf-c.so.1"
    link.unlink(missing_ok=True)
    link.symlink_to("libprotobuf-c.so.1.0.0")


def size_of(text):
    shift = {"K": 10, "M": 20, "G": 30}.get(text[-1], 0)
    return int(text[:-1] if shift else text, 0) << shift


class Enclave:
    """Adds pages from the top downwards and then measures them in that order."""

    def __init__(self, size):
        self.size, self.top = size, size
        self.digest = hashlib.sha256(struct.pack("<8sIQ44x", b"ECREATE", 4, size))

    def below(self, size):
        self.top -= -(-size // PAGE) * PAGE
        return self.top

    def page(self, address, flags, content=None):
        self.digest.update(struct.pack("<8sQQ40x", b"EADD", address, flags))
        if content is None:
            return
        content = content.ljust(PAGE, b"\0")
        for at in range(0, PAGE, 256):
            self.digest.update(struct.pack("<8sQ48x", b"EEXTEND", address + at) + content[at : at + 256])

    def zeros(self, address, size):
        for at in range(address, address + size, PAGE):
            self.page(at, 0x203, b"")


def measure(manifest, pal):
    sgx = tomllib.loads(manifest.decode())["sgx"]
    threads, edmm = sgx.get("max_threads", 4), sgx.get("edmm_enable", False)
    enclave = Enclave(size_of(sgx.get("enclave_size", "1024G" if edmm else "256M")))
    entry, table = struct.unpack_from("<QQ", pal, 24)
    headers = [struct.unpack_from("<IIQQQQQQ", pal, table + 56 * i) for i in range(struct.unpack_from("<H", pal, 56)[0])]
    segments = [header for header in headers if header[0] == 1]

    memory = manifest + b"\0"
    manifest_at, ssa = enclave.below(len(memory)), enclave.below(threads * 32768)
    tcs, tls = enclave.below(threads * PAGE), enclave.below(threads * PAGE)
    stacks = [enclave.below(0x40000) for _ in range(threads)]
    signal_stacks = [enclave.below(0x10000) for _ in range(threads)]
    pal_at = enclave.below(max(address + size for _, _, _, address, _, _, size, _ in segments))

    for at in range(0, len(memory), PAGE):
        enclave.page(manifest_at + at, 0x201, memory[at : at + PAGE])
    enclave.zeros(ssa, threads * 32768)
    for t in range(threads):
        control = bytearray(PAGE)
        struct.pack_into("<Q4xIQ16xQII", control, 16, ssa + t * 32768, 2, pal_at + entry, tls + t * PAGE, 0xFFF, 0xFFF)
        enclave.page(tcs + t * PAGE, 0x100, bytes(control))
    for t in range(threads):
        frame = ssa + t * 32768
        fields = {0: tls + t * PAGE, 8: 0xBADBADBADBAD, 272: enclave.size, 280: tcs + t * PAGE, 288: stacks[t] + 0x40000,
                  304: signal_stacks[t], 312: signal_stacks[t] + 0x10000, 328: frame, 336: frame + 16384 - 184,
                  416: len(memory), 424: 0x10000, 432: pal_at}
        data = bytearray(PAGE)
        for at, value in fields.items():
            struct.pack_into("<Q", data, at, value)
        enclave.page(tls + t * PAGE, 0x203, bytes(data))
    for stack in stacks:
        enclave.zeros(stack, 0x40000)
    for stack in signal_stacks:
        enclave.zeros(stack, 0x10000)
    for _, flags, offset, address, _, in_file, in_memory, _ in segments:
        first = address - address % PAGE
        image = bytes(address - first) + pal[offset : offset + in_file]
        rights = 0x200 | (flags & 4) >> 2 | (flags & 2) | (flags & 1) << 2
        for at in range(first, address + in_memory, PAGE):
            enclave.page(pal_at + at, rights, image[at - first : at - first + PAGE])
    if not edmm:
        for at in range(0x10000, pal_at, PAGE):
            enclave.page(at, 0x207)
    return enclave.digest.hexdigest()


def main(words):
    if len(words) == 3 and words[1] == "install":
        install(pathlib.Path(words[2]))
    elif len(words) == 4 and words[1] == "measure":
        print(measure(pathlib.Path(words[2]).read_bytes(), pathlib.Path(words[3]).read_bytes()))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv)
