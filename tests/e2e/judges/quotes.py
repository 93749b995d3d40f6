"""Quotes, judged by `sconectl quote verify`, by dcap-qvl (PyPI) and by @phala/dcap-qvl (npm): all say the same.

usage: quotes.py VECTORS [NODE_MODULES]

VECTORS holds folders of quotes with collateral (dcap in the collection of vectors). Each is judged as it is, before and
after it is valid, with a part that is missing from its place (a list of another issuer), with a bit of each part
changed, with a JSON member twice and with bytes behind its end. What they see differently, for a reason, is listed.
NODE_MODULES is where the npm package is; without it there are two. Prints how many cases there were.
"""

import base64
import calendar
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import dcap_qvl

FILES = ("quote.bin", "tcbInfo.json", "qeIdentity.json", "tcbSignChain.pem", "rootCaCrl.der", "intermediateCaCrl.der",
         "pckSignChain.pem", "trustedRootCaCert.pem")
# Where the two differ, read and found right: who refuses, with which words, and why the other does not.
REVIEWED = (
    ("we", " begins at ", "dcap-qvl does not look at the beginning of a list of revoked certificates"),
    ("they", "missing field `sgxtcbcomponents`", "dcap-qvl does not read TCB info of version 2"),
    ("they", "SGX TEE quote must have version 3", "dcap-qvl does not read quotes of SGX enclaves of version 4"),
    ("they", "Invalid MR service TD", "dcap-qvl accepts no service TD; whether one is there is a matter of the session"),
)


# The same for the npm package, which knows less: who refuses, with which words, with which status of the other.
REVIEWED_NPM = (
    ("they", "Failed to decode TcbInfo", "", "it does not read TCB info of version 2"),
    ("they", "No matching TCB level found", "TDRelaunchAdvised", "it does not know this status"),
    ("they", "No matching TCB level found", "OutOfDate", "it compares TDX components from the first one on, whatever the module"),
    ("we", "CRL: it is not from '", "", "it takes lists of other issuers, which say nothing about these certificates"),
    ("we", " CRL ended at ", "", "the same: it looks at the dates of a list only when it is of the right issuer"),
)
# Both accept: our status, theirs.
REVIEWED_NPM_STATUS = {
    ("OutOfDateConfigurationNeeded", "OutOfDate"): "it forgets ConfigurationNeeded when the quoting enclave is out of date",
}


def seconds(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def complete(folder):
    return all((folder / name).exists() for name in FILES)


def ours(files, now):
    """'accepted', status and advisories; or 'refused'."""
    with tempfile.TemporaryDirectory() as directory:
        for name, data in files.items():
            (pathlib.Path(directory) / name).write_bytes(data)
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
        done = subprocess.run(["sconectl", "--json", "quote", "verify", f"{directory}/quote.bin", "--collateral", directory,
                               "--at", at, "--only_for_testing-root", f"{directory}/trustedRootCaCert.pem"],
                              capture_output=True, text=True)
    try:
        verdict = json.loads(done.stdout)
    except ValueError:
        return ("refused",), done.stderr
    if verdict["not_current"] or verdict["missing"]:
        return ("refused",), str(verdict["not_current"] + verdict["missing"])
    if verdict["quote"]["debug"]:
        return ("refused",), "debug mode, which no session accepts by itself"
    if verdict["status"] in ("Revoked", "TcbNotSupported"):
        return ("refused",), verdict["status"]
    return ("accepted", verdict["status"], sorted(verdict["advisories"])), ""


class Npm:
    """The npm package, in a process that answers line by line."""

    def __init__(self, modules):
        self.node = subprocess.Popen(["node", pathlib.Path(__file__).with_name("node") / "quotes.js"], text=True,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "NODE_PATH": modules})

    def judge(self, files, now):
        try:
            question = {"now": now, **{name: base64.b64encode(data).decode() for name, data in asked(files).items()}}
        except ValueError as error:
            return ("refused",), str(error)
        print(json.dumps(question), file=self.node.stdin, flush=True)
        answer = json.loads(self.node.stdout.readline())
        if "refused" in answer:
            return ("refused",), answer["refused"]
        return ("accepted", answer["status"], sorted(answer["advisories"])), ""


def asked(files):
    """What both want: the inner texts and their signatures apart."""
    info, identity = (json.loads(files[name]) for name in ("tcbInfo.json", "qeIdentity.json"))
    root = subprocess.run(["openssl", "x509", "-outform", "DER"], input=files["trustedRootCaCert.pem"],
                          capture_output=True, check=True).stdout
    return {"quote": files["quote.bin"], "root": root, "pck_chain": files["pckSignChain.pem"],
            "signing_chain": files["tcbSignChain.pem"], "root_crl": files["rootCaCrl.der"],
            "pck_crl": files["intermediateCaCrl.der"],
            "tcb_info": inner(files["tcbInfo.json"].decode(), "tcbInfo").encode(),
            "tcb_info_signature": bytes.fromhex(info["signature"]),
            "qe_identity": inner(files["qeIdentity.json"].decode(), "enclaveIdentity").encode(),
            "qe_identity_signature": bytes.fromhex(identity["signature"])}


def theirs(files, now):
    try:
        info, identity = (json.loads(files[name]) for name in ("tcbInfo.json", "qeIdentity.json"))
        raw = {name: files[name].decode() for name in ("tcbInfo.json", "qeIdentity.json")}
        collateral = dcap_qvl.QuoteCollateralV3(
            files["pckSignChain.pem"].decode(), files["rootCaCrl.der"], files["intermediateCaCrl.der"],
            files["tcbSignChain.pem"].decode(), inner(raw["tcbInfo.json"], "tcbInfo"), bytes.fromhex(info["signature"]),
            files["tcbSignChain.pem"].decode(), inner(raw["qeIdentity.json"], "enclaveIdentity"),
            bytes.fromhex(identity["signature"]))
        root = subprocess.run(["openssl", "x509", "-outform", "DER"], input=files["trustedRootCaCert.pem"],
                              capture_output=True, check=True).stdout
        report = dcap_qvl.verify_with_root_ca(files["quote.bin"], collateral, root, now)
    except (ValueError, RuntimeError) as error:
        return ("refused",), str(error)
    return ("accepted", report.status, sorted(report.advisory_ids)), ""


def reviewed_npm(we, our_reason, they, their_reason):
    if len(we) == len(they):
        return we[2:] == they[2:] and (we[1], they[1]) in REVIEWED_NPM_STATUS
    who, reason, accepted = ("we", our_reason, they) if we == ("refused",) else ("they", their_reason, we)
    return any(who == side and words in reason and accepted[1].startswith(status)
               for side, words, status, _ in REVIEWED_NPM)


def reviewed(we, our_reason, they, their_reason):
    if (we == ("refused",)) == (they == ("refused",)):
        return False
    who, reason = ("we", our_reason) if we == ("refused",) else ("they", their_reason)
    return any(who == side and words in reason for side, words, _ in REVIEWED)


def inner(text, member):
    """The text of the inner object; it comes first, and the signature after it."""
    begin = text.index(f'"{member}":') + len(member) + 3
    return text[begin:text.rindex(',"signature"')]


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def cases(name, files, other, now):
    """(name, files, time)"""
    yield name, files, now
    yield f"{name}, years before", files, now - 10 * 365 * 86400
    yield f"{name}, years later", files, now + 30 * 365 * 86400
    yield f"{name}, bytes behind it", {**files, "quote.bin": files["quote.bin"] + b"\0" * 40}, now
    for at in (50, 112, 400, 440, 500, 600, 1000):
        yield f"{name}, byte {at} of the quote", {**files, "quote.bin": flipped(files["quote.bin"], at)}, now
    for part in ("tcbInfo.json", "qeIdentity.json"):
        twice = files[part].replace(b'"version":', b'"version":9,"version":', 1)
        yield f"{name}, a member of {part} twice", {**files, part: twice}, now
        yield f"{name}, another issue of {part}", {**files, part: files[part].replace(b'"issueDate":"2', b'"issueDate":"1')}, now
    for part in ("tcbInfo.json", "qeIdentity.json", "rootCaCrl.der", "intermediateCaCrl.der"):
        yield f"{name}, {part} of another", {**files, part: other[part]}, now


def main():
    folders = [each for each in sorted(pathlib.Path(sys.argv[1]).rglob("*")) if each.is_dir() and complete(each)]
    read = {each.name: {name: (each / name).read_bytes() for name in FILES} for each in folders}
    names = list(read)
    count = 0
    different = []
    npm = Npm(sys.argv[2]) if len(sys.argv) > 2 else None
    for i, name in enumerate(names):
        issued = max(seconds(json.loads(read[name][part].decode())[member]["issueDate"])
                     for part, member in (("tcbInfo.json", "tcbInfo"), ("qeIdentity.json", "enclaveIdentity")))
        for case, files, now in cases(name, read[name], read[names[i - 1]], issued + 86400):
            count += 1
            (we, our_reason), (they, their_reason) = ours(files, now), theirs(files, now)
            if we != they and not reviewed(we, our_reason, they, their_reason):
                different.append(f"{case}: we say {we} {our_reason}, dcap-qvl says {they} {their_reason}")
            if npm is None:
                continue
            they, their_reason = npm.judge(files, now)
            if we != they and not (reviewed(we, our_reason, they, their_reason) or
                                   reviewed_npm(we, our_reason, they, their_reason)):
                different.append(f"{case}: we say {we} {our_reason}, @phala/dcap-qvl says {they} {their_reason}")
    print("\n".join(different), file=sys.stderr)
    print(f"{count} cases of {len(names)} quotes" + ("" if npm is None else ", with three judges"))
    return 1 if different or len(names) < 8 else 0


if __name__ == "__main__":
    sys.exit(main())
