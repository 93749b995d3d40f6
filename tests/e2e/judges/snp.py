"""SNP reports, judged by `sconectl quote verify` and by go-sev-guest (Go): the two say the same.

usage: snp.py JUDGE VECTORS

JUDGE is the program of judges/go/snp, VECTORS holds folders of reports with certificates and expect.json (snp in the
collection of vectors). Each is judged as it is; recorded ones also before and after they are valid, with a bit of each
part changed, and with certificates of another. What the two see differently, for a reason, is listed. Prints how many
cases there were.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

FILES = ("report.bin", "ark.der", "ask.der", "vcek.der", "vlek.der", "crl.der")
# Where the two differ, read and found right: who refuses, with which words, and why the other does not.
REVIEWED = (
    ("we", "S05: reserved bytes 0x1f8 to 0x29f", "go-sev-guest reads mitigation vectors in reports before version 5"),
    ("we", "S07 root (ARK): it is not a self-signed certificate", "go-sev-guest does not look at the root's own signature"),
    ("we", "S09 list of revoked certificates: list of revoked certificates ended at", "go-sev-guest takes a list that has ended"),
    ("we", "S12 product of the certificate", "go-sev-guest does not compare product and form of the certificate's extensions"),
    ("we", "S17 versions: reported", "go-sev-guest does not compare reported and committed versions"),
    ("we", "S20 policy: the guest has a migration agent", "go-sev-guest looks at the policy only"),
    ("they", "not an AMD KDS OID: 1.3.6.1.4.1.3704.1.3.9", "go-sev-guest does not know the certificates of Turin"),
    ("they", "could not be verified by any trusted roots. Last error: <nil>",
     "go-sev-guest does not know the processors Bergamo and Siena"),
)


def ours(folder):
    """Nothing if the report is genuine, else why it is refused."""
    root = ["--only_for_testing-root", str(folder / "root.der")] if (folder / "root.der").exists() else []
    done = subprocess.run(["sconectl", "--json", "quote", "verify", str(folder / "report.bin"), "--collateral", str(folder),
                           "--at", (folder / "time").read_text(), *root], capture_output=True, text=True)
    if done.stdout:
        return "" if json.loads(done.stdout)["status"] else "no status"
    answer = json.loads(done.stderr[done.stderr.index("{\n"):])  # behind warnings, which have a line each
    return "; ".join([answer["text"], *answer["causes"]])


def reviewed(our_reason, their_reason):
    """Why it is known that the two differ here, or nothing."""
    who, said = ("we", our_reason) if our_reason else ("they", their_reason)
    return next((reason for side, words, reason in REVIEWED if who == side and words in said), "")


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def cases(name, files, other):
    """(name, files)"""
    yield name, files
    if "root.der" in files:
        return
    year, rest = files["time"][:4], files["time"][4:]
    yield f"{name}, years before", {**files, "time": str(int(year) - 10).encode() + rest}
    yield f"{name}, years later", {**files, "time": str(int(year) + 30).encode() + rest}
    for at in (0, 8, 0x34, 0x48, 0x50, 0x90, 0x180, 0x188, 0x1A0, 0x1E0, 0x29F, 0x2A0, 0x2D0, 0x2E8, 0x330):
        yield f"{name}, byte {at:x}", {**files, "report.bin": flipped(files["report.bin"], at)}
    for part in ("ark.der", "ask.der", "vcek.der"):
        if part in files and files[part] != other.get(part, files[part]):
            yield f"{name}, {part} of another", {**files, part: other[part]}
        if part in files:
            yield f"{name}, the end of {part}", {**files, part: flipped(files[part], len(files[part]) - 1)}


def read(folder, vectors):
    files = {name: (folder / name).read_bytes() for name in FILES if (folder / name).exists()}
    expected = json.loads((folder / "expect.json").read_text())
    files["time"] = expected["time"].encode()
    for product in expected.get("roots", {}):
        files["root.der"] = (vectors / "synthetic/pki" / f"{product.lower()}-ark.der").read_bytes()
    return files


def main():
    judge, vectors = sys.argv[1], pathlib.Path(sys.argv[2])
    folders = [each.parent for each in sorted(vectors.rglob("report.bin"))]
    vector = {each.name: read(each, vectors) for each in folders}
    names = list(vector)
    with tempfile.TemporaryDirectory() as directory:
        titles = []
        for i, name in enumerate(names):
            for title, files in cases(name, vector[name], vector[names[i - 1]]):
                folder = pathlib.Path(directory) / f"{len(titles):04}"
                folder.mkdir()
                for file, data in files.items():
                    (folder / file).write_bytes(data)
                titles.append(title)
        answers = subprocess.run([judge, directory], capture_output=True, text=True, check=True).stdout
        theirs = dict(line.split("\t", 1) for line in answers.splitlines())
        different = []
        used = set()
        for number, title in enumerate(titles):
            folder = pathlib.Path(directory) / f"{number:04}"
            we, they = ours(folder), theirs[folder.name].removeprefix("good")
            if bool(we) == bool(they):
                continue
            reason = reviewed(we, they)
            used.add(reason)
            if not reason:
                different.append(f"{title}: we say {we or 'good'}, go-sev-guest says {they or 'good'}")
        different += [f"no case shows: {reason}" for _, _, reason in REVIEWED if reason not in used]
    print("\n".join(different), file=sys.stderr)
    print(f"{len(titles)} cases of {len(names)} reports")
    return 1 if different or len(names) < 17 else 0


if __name__ == "__main__":
    sys.exit(main())
