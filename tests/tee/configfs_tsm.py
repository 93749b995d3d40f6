#!/usr/bin/env python3
"""A file system that behaves as Linux's configfs-tsm does, in the machine that sconectl_fake_tee makes up.

usage: configfs_tsm.py MOUNT_POINT LOG tdx|snp DIR SCONECTL_FAKE_TEE

As in the kernel: mkdir makes the files of an entry; inblob takes exactly 64 bytes, which count when the file is closed,
and its result is thrown away; generation counts writes; the first read of outblob makes the report, over what was
written last; files have the kernel's modes. LOG gets a line for every entry that was made and removed.
"""

import errno
import os
import stat
import subprocess
import sys
import threading

import fuse

fuse.fuse_python_api = (0, 2)
FILES = {"inblob": 0o200, "outblob": 0o444, "provider": 0o444, "generation": 0o444}
LOCK = threading.Lock()


class Entry:
    def __init__(self):
        self.generation, self.blob, self.written, self.report = 0, b"", None, None


class Reports(fuse.Fuse):
    entries = {}

    def split(self, path):
        parts = path.strip("/").split("/")
        entry = self.entries.get(parts[0])
        return entry, (parts[1] if len(parts) == 2 else None)

    def getattr(self, path):
        result = fuse.Stat(st_nlink=1, st_uid=0, st_gid=0)
        entry, name = self.split(path)
        if path == "/" or (entry and name is None):
            result.st_mode, result.st_nlink = stat.S_IFDIR | 0o755, 2
        elif entry and name in FILES:
            result.st_mode = stat.S_IFREG | FILES[name]
            result.st_size = 0 if name == "inblob" else 65536
        else:
            return -errno.ENOENT
        return result

    def readdir(self, path, _offset):
        entry, _ = self.split(path)
        for name in [".", "..", *(FILES if entry else self.entries)]:
            yield fuse.Direntry(name)

    def mkdir(self, path, _mode):
        with LOCK:
            if path.count("/") != 1:
                return -errno.EPERM
            self.entries[path.strip("/")] = Entry()
        self.log("made")
        return 0

    def rmdir(self, path):
        with LOCK:
            if self.entries.pop(path.strip("/"), None) is None:
                return -errno.ENOENT
        self.log("removed")
        return 0

    def log(self, what):
        with LOCK, open(self.log_file, "a", encoding="ascii") as log:
            print(what, file=log)

    def open(self, path, flags):
        _, name = self.split(path)
        writes = (flags & os.O_ACCMODE) != os.O_RDONLY
        if writes != (name == "inblob"):
            return -errno.EACCES
        return 0

    def truncate(self, _path, _size):
        return 0

    def write(self, path, data, offset):
        entry, _ = self.split(path)
        if offset != 0:
            return -errno.EINVAL
        entry.written = data
        return len(data)

    def flush(self, path):
        """As the kernel's close(2): what was written counts before it returns."""
        entry, name = self.split(path)
        if entry and name == "inblob" and entry.written is not None:
            with LOCK:
                entry.blob, entry.written, entry.report = entry.written, None, None
                entry.generation += 1
        return 0

    def content(self, entry, name):
        if name == "provider":
            return self.provider
        if name == "generation":
            return b"%d\n" % entry.generation
        if len(entry.blob) != 64:
            return None
        with LOCK:
            if entry.report is None:
                entry.report = subprocess.run([*self.command, entry.blob.hex()], check=True, stdout=subprocess.PIPE).stdout
            return entry.report

    def read(self, path, size, offset):
        entry, name = self.split(path)
        content = self.content(entry, name)
        if content is None:
            return -errno.EINVAL
        return content[offset : offset + size]


def main():
    mount, log, tee, directory, command = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5]
    server = Reports()
    server.log_file = log
    server.provider = b"tdx_guest\n" if tee == "tdx" else b"sev_guest\n"
    server.command = [command, "quote", directory, tee]
    server.parse(["-f", "-o", "direct_io", mount], errex=1)
    server.main()


if __name__ == "__main__":
    main()
