#!/usr/bin/env python3
"""Faults of disk and files: the CAS refuses clearly and loses nothing that was acknowledged.

usage: faults.py [--binary SCONECTL] [FAULT...]        (as root, for the mounts; default all faults)

A clear refusal is an end with a status that is not 0 and a message, or an HTTP 5xx in the published form
({"msg":[…]}) with a line in the log. All findings are printed; exit status 1 if there is any.
"""

import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import time

import cas


class Case:
    """A CAS with some sessions, their acknowledged hashes, and the findings."""

    findings = []

    def __init__(self, options, directory, context, name):
        self.name, self.context = name, context
        self.home = directory / name
        self.home.mkdir()
        self.server = cas.Server(options.binary, self.home / "data")
        self.kept = {}

    def finding(self, text):
        self.findings.append(f"{self.name}: {text}")
        print(f"  FINDING: {text}", flush=True)

    def say(self, text):
        print(f"  {text}", flush=True)

    def client(self):
        return cas.Client(self.context, self.server.port)

    def create(self, prefix, count, size=10):
        """Until one is refused; the refusal or None."""
        client = self.client()
        for number in range(count):
            name = f"{prefix}-{number}"
            status, reply = client.upload(name, name + "x" * size)
            if status != 201:
                return status, reply
            self.kept[name] = reply["hash"]
        return None

    def lost(self):
        """Acknowledged sessions that do not read back."""
        client, gone = self.client(), []
        for name, version in self.kept.items():
            status, reply = client.read(name, version)
            if status != 200 or reply["hash"] != version or not cas.told(reply["session"]).startswith(name):
                gone.append(f"{name}: {status} {reply if status != 200 else ''}")
        return gone

    def expect_all(self, when):
        gone = self.lost()
        if gone:
            self.finding(f"{when}: {len(gone)} of {len(self.kept)} acknowledged sessions are lost, e.g. {gone[0]}")
        else:
            self.say(f"{when}: all {len(self.kept)} acknowledged sessions read back")

    def expect_refused_start(self, when, word):
        """The CAS must not serve; the message has to name the matter."""
        try:
            self.server.start()
        except cas.Refused as refused:
            self.say(f"{when}: exit status {refused.status}: {refused.log.splitlines()[-1] if refused.log else ''}")
            if refused.status <= 0 or word not in refused.log:
                self.finding(f"{when}: exit status {refused.status} and the message lacks '{word}': {refused.log!r}")
            return
        gone = len(self.lost())
        self.finding(f"{when}: the CAS starts, and {gone} of {len(self.kept)} acknowledged sessions are lost")
        self.server.kill()

    def expect_refusal(self, when, answer):
        """5xx in the published form, and a line in the log."""
        if answer is None:
            self.finding(f"{when}: nothing is refused")
            return
        status, reply = answer
        self.say(f"{when}: {status} {reply}")
        if status < 500 or not isinstance(reply, dict) or not reply.get("msg"):
            self.finding(f"{when}: not a 5xx in the published form: {status} {reply}")
        lines = [line for line in self.server.said().splitlines() if " ERROR " in line or " WARN " in line]
        self.say(f"log: {lines[-1] if lines else None}")
        if not lines:
            self.finding(f"{when}: the log says nothing")

    def ready(self):
        return self.client().request("GET", "/v1/health/ready")[0]


def full_disk(case):
    """The data directory fills up (tmpfs of 24 MB), gets room again, and fills up between two starts."""
    mount = case.home / "data"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=700", "tmpfs", str(mount)], check=True)
    try:
        case.server.start()
        case.expect_refusal("full disk", case.create("full", 10000, 20000))
        case.create("small", 10000)
        case.expect_all("reads while it is full")
        if case.ready() != 503:
            case.finding(f"full disk: ready answers {case.ready()}")
        case.server.kill()
        filler = mount / "filler"
        try:
            with open(filler, "wb") as file:
                while True:
                    file.write(b"0" * 4096)
                    file.flush()
        except OSError:
            pass
        try:
            case.server.start()
            case.say("start on a full disk: serves")
            case.expect_all("reads after a start on a full disk")
        except cas.Refused as refused:
            case.say(f"start on a full disk: exit status {refused.status}: {refused.log}")
            if refused.status <= 0 or "space" not in refused.log and "full" not in refused.log:
                case.finding(f"start on a full disk: unclear: {refused}")
        filler.unlink(missing_ok=True)
        subprocess.run(["mount", "-o", "remount,size=64m", str(mount)], check=True)
        if not case.server.alive():
            case.server.start()
        refused = case.create("room", 50, 20000)
        if refused:
            case.finding(f"there is room again and the same process refuses: {refused}")
        case.expect_all("room again")
        case.server.stop()
        case.server.start()
        case.expect_all("room again, after a restart")
    finally:
        case.server.kill()
        subprocess.run(["umount", "-l", str(mount)], check=False)


def read_only(case):
    """The file system becomes read-only: while it serves (ext4 after an error), and at the start."""
    image, mount = case.home / "image", case.home / "data"
    mount.mkdir()
    with open(image, "wb") as file:
        file.truncate(64 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-e", "remount-ro", str(image)], check=True)
    if subprocess.run(["mount", "-o", "loop", str(image), str(mount)], check=False).returncode != 0:
        case.say("SKIPPED: no loop devices here")
        return
    try:
        case.server.start()
        case.create("before", 20)
        device = pathlib.Path(os.path.realpath(subprocess.run(
            ["findmnt", "-no", "SOURCE", str(mount)], capture_output=True, text=True, check=True).stdout.strip())).name
        trigger = pathlib.Path(f"/sys/fs/ext4/{device}/trigger_fs_error")
        if trigger.exists():
            trigger.write_text("1")
            case.expect_refusal("read-only while it serves", case.create("after", 20))
            case.expect_all("reads while it is read-only")
            if case.ready() != 503:
                case.finding(f"read-only: ready answers {case.ready()}")
        else:
            case.say("SKIPPED: the kernel has no trigger_fs_error")
        case.server.kill()
        subprocess.run(["umount", str(mount)], check=True)
        subprocess.run(["fsck.ext4", "-fy", str(image)], check=False, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        subprocess.run(["mount", "-o", "loop,ro", str(image), str(mount)], check=True)
        case.expect_refused_start("read-only at the start", "read-only")
        subprocess.run(["umount", str(mount)], check=True)
        subprocess.run(["mount", "-o", "loop", str(image), str(mount)], check=True)
        case.server.start()
        case.expect_all("writable again")
    finally:
        case.server.kill()
        subprocess.run(["umount", "-l", str(mount)], check=False)


def bind_read_only(case):
    """A read-only mount at the start, for kernels without loop devices."""
    case.server.start()
    case.create("before", 20)
    case.server.kill()
    data = str(case.server.data)
    subprocess.run(["mount", "--bind", data, data], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", data], check=True)
        case.expect_refused_start("read-only at the start", "read-only")
    finally:
        case.server.kill()
        subprocess.run(["umount", data], check=True)
    case.server.start()
    case.expect_all("writable again")


def killed_with(case, count):
    """A killed CAS whose newest sessions are in the WAL only; a copy of its directory."""
    case.server.start()
    case.create("kept", count)
    case.server.kill()
    copy = case.home / "copy"
    shutil.copytree(case.server.data, copy)
    return copy


def put_back(case, copy):
    shutil.rmtree(case.server.data)
    shutil.copytree(copy, case.server.data)
    case.server.start()
    case.expect_all("the copy is back")


def short_wal(case):
    """The WAL of a killed CAS lost its end, its middle, or all of it: acknowledged versions are gone."""
    copy = killed_with(case, 40)
    wal = case.server.data / "cas.db-wal"
    size = wal.stat().st_size
    for when, cut in (("half of the WAL is missing", size // 2), ("the last page is missing", size - 4120),
                      ("the WAL is empty", 0)):
        os.truncate(wal, cut)
        case.expect_refused_start(when, "damaged")
        if (case.server.data / "cas-key-hash").read_bytes() != (copy / "cas-key-hash").read_bytes():
            case.finding(f"{when}: the CAS has made itself another key")
        shutil.rmtree(case.server.data)
        shutil.copytree(copy, case.server.data)
    wal.unlink()
    case.expect_refused_start("the WAL is missing", "damaged")
    put_back(case, copy)


def damaged_page(case):
    """64 bytes are wrong in each page of cas.db in turn, while the CAS is stopped."""
    case.server.start()
    case.create("kept", 40)
    if case.server.stop() not in (0, 143):
        case.finding(f"SIGTERM ends it with {case.server.process.returncode}")
    copy = case.home / "copy"
    shutil.copytree(case.server.data, copy)
    size, harmless = (copy / "cas.db").stat().st_size, []
    for page in range(0, size, 4096):
        with open(case.server.data / "cas.db", "r+b") as file:
            file.seek(page + (0 if page == 0 else 2048))
            old = file.read(64)
            file.seek(-len(old), os.SEEK_CUR)
            file.write(bytes(byte ^ 0xff for byte in old))
        try:
            case.server.start()
            gone = case.lost()
            if gone:
                case.finding(f"page {page // 4096} is damaged, it serves without {len(gone)} sessions, e.g. {gone[0]}")
            harmless.append(page // 4096)
            case.server.kill()
        except cas.Refused as refused:
            if refused.status <= 0 or "damaged" not in refused.log and "changed from outside" not in refused.log:
                case.finding(f"page {page // 4096} is damaged: unclear: {refused}")
            elif page in (0, size // 2 // 4096 * 4096):
                case.say(f"page {page // 4096} of {size // 4096}: {refused}")
        shutil.rmtree(case.server.data)
        shutil.copytree(copy, case.server.data)
    case.say(f"{size // 4096} pages; nothing is stored at that place, and nothing lost, in pages {harmless}")
    put_back(case, copy)


def wrong_key(case):
    """The key file is another one, short, empty, missing, or open to others."""
    copy = killed_with(case, 20)
    key = case.server.data / "cas.key-store"
    right = key.read_bytes()
    for when, content, word in (("another key", random.randbytes(32).hex().encode() + b"\n", "key"),
                                ("half a key", right[:32], "key"), ("an empty key file", b"", "key")):
        key.write_bytes(content)
        case.expect_refused_start(when, word)
    key.unlink()
    case.expect_refused_start("no key file", "key file")
    key.write_bytes(right)
    key.chmod(0o644)
    case.expect_refused_start("a key file that all can read", "chmod 600")
    key.chmod(0o600)
    put_back(case, copy)


def large_store(case):
    """More entries than are verified before the CAS serves: some are removed, exchanged, changed while it is stopped."""
    case.server.start()
    case.create("kept", 1200)  # with a value each
    client = case.client()
    status, reply = client.upload("kept-7", "kept-7 second", case.kept["kept-7"])
    newest = reply["hash"]
    if status != 201:
        case.finding(f"an update gives {status} {reply}")
    case.create("later", 1)  # without the newest entry of all, the start would verify everything first
    case.server.stop()
    if not (case.server.data / "cas.index").exists():
        case.finding("there is no cas.index")
    copy = case.home / "copy"
    shutil.copytree(case.server.data, copy)
    for when, sql in (
            ("the newest version is removed", "DELETE FROM session_versions WHERE name = 'kept-7' AND sequence = 2"),
            ("a session is removed", "DELETE FROM session_versions WHERE name = 'kept-7'"),
            ("a value is removed", "DELETE FROM secret_values WHERE session = 'kept-7'"),
            ("texts are exchanged", "UPDATE session_versions SET sealed = (SELECT sealed FROM session_versions WHERE "
                                    "name = 'kept-8') WHERE name = 'kept-7'")):
        database = sqlite3.connect(case.server.data / "cas.db")
        with database:
            database.execute(sql)
        database.close()
        case.server.start()
        status, reply = case.client().read("kept-7")
        if status == 404 or status == 200 and reply["hash"] != newest:
            case.finding(f"{when}: it is served without: {status} {reply}")
        deadline = time.monotonic() + 20
        while case.ready() != 503 and time.monotonic() < deadline:
            time.sleep(0.05)
        answers = [case.ready(), case.client().read("kept-7")[0], case.client().read("kept-9")[0],
                   case.client().upload("more", "more")[0]]
        log = case.server.said()
        case.say(f"{when}: {status} at first, then {answers}")
        if answers != [503] * 4:
            case.finding(f"{when}: it goes on serving: {answers}")
        if "damaged" not in log and "changed from outside" not in log:
            case.finding(f"{when}: the log says nothing: {log!r}")
        case.server.kill()
        shutil.rmtree(case.server.data)
        shutil.copytree(copy, case.server.data)
    (case.server.data / "cas.index").write_bytes(b"garbage")
    case.kept["kept-7"] = newest
    case.server.start()
    case.expect_all("cas.index is damaged")


FAULTS = [full_disk, read_only, bind_read_only, short_wal, damaged_page, large_store, wrong_key]


def run(directory, options):
    if os.geteuid() != 0:
        raise cas.Failed("faults.py mounts file systems: run it as root")
    context = cas.tls(*cas.identity(directory))
    known = {fault.__name__: fault for fault in FAULTS}
    for fault in [known[name] for name in options.faults] or FAULTS:
        print(f"{fault.__name__}: {fault.__doc__}", flush=True)
        case = Case(options, directory, context, fault.__name__)
        try:
            fault(case)
        except cas.Refused as refused:
            case.finding(f"the CAS does not start again: {refused}")
        finally:
            case.server.kill()
    if Case.findings:
        raise cas.Failed(f"{len(Case.findings)} findings:\n" + "\n".join(Case.findings))


def main():
    parser = cas.arguments(__doc__)
    parser.add_argument("faults", nargs="*", metavar="FAULT", choices=[f.__name__ for f in FAULTS] + [[]],
                        help=", ".join(fault.__name__ for fault in FAULTS))
    cas.main(run, parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
