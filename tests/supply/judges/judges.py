#!/usr/bin/env python3
"""What the room `supply` writes and reads, judged by others' programs; a line 'ok NAME' for each proof.

usage: judges.py PROGRAM        PROGRAM: sconectl_supply_documents. COSIGN: the program cosign, or empty.
"""

import base64
import contextlib
import hashlib
import importlib.metadata
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PROGRAM = sys.argv[1]
COSIGN = os.environ.get("COSIGN", "")
PASSWORD = "correct horse"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
PREDICATES = {
    "slsaprovenance1": "https://slsa.dev/provenance/v1",
    "spdxjson": "https://spdx.dev/Document",
    "cyclonedx": "https://cyclonedx.org/bom",
}
proofs = []


def ok(name, holds, shown=""):
    if not holds:
        sys.exit(f"not ok {name} {shown}")
    proofs.append(name)
    print(f"ok {name}")


def documents(*words, expected=0):
    done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, check=False,
                          env={**os.environ, "JUDGE_PASSWORD": PASSWORD})
    if done.returncode != expected:
        sys.exit(f"documents {words}: exit status {done.returncode}, {done.stderr}")
    return done.stdout if expected == 0 else done.stderr


# --- bills of materials ---

def make_root(root):
    """The packages of this machine, and some of every other kind."""
    (root / "var/lib/dpkg").mkdir(parents=True)
    shutil.copy("/var/lib/dpkg/status", root / "var/lib/dpkg/status")
    (root / "etc").mkdir()
    shutil.copy("/etc/os-release", root / "etc/os-release")
    for one in importlib.metadata.distributions():
        source = pathlib.Path(one._path)  # pylint: disable=protected-access
        if source.is_dir() and (source / "METADATA").exists() and "dist-packages" not in str(source):
            folder = root / "usr/lib/python3" / source.name
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / "METADATA", folder / "METADATA")
    for name, manifest in NPM.items():
        folder = root / "app/node_modules" / name
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(json.dumps({"name": name, **manifest}))
    jars = root / "app/lib"
    jars.mkdir()
    for name, (group, artifact, version, packed) in JARS.items():
        with zipfile.ZipFile(jars / name, "w", packed) as jar:
            jar.writestr(f"META-INF/maven/{group}/{artifact}/pom.properties",
                         f"#made\ngroupId={group}\nartifactId={artifact}\nversion={version}\n")
            jar.writestr("a/A.class", b"\xca\xfe" * 100)


NPM = {
    "left-pad": {"version": "1.3.0", "license": "WTFPL", "author": "A <a@b.example>"},
    "@types/node": {"version": "20.1.0", "license": "MIT", "author": {"name": "B"}},
    "odd": {"version": "0.0.1-beta+5", "license": "SEE LICENSE IN <file>", "author": "J\u00f6rg \u2713"},
}
JARS = {
    "tool.jar": ("org.example", "tool", "1.2", zipfile.ZIP_STORED),
    "packed.jar": ("org.example", "packed", "3.4", zipfile.ZIP_DEFLATED),
}


def judge_boms(out):
    # pylint: disable=import-outside-toplevel
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator
    from ntia_conformance_checker import SbomChecker
    from packageurl import PackageURL
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    faults = [m.validation_message for m in validate_full_spdx_document(parse_file(str(out / "spdx.json")))]
    ok("spdx-tools finds no fault in the SPDX document", not faults, faults[:5])
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str((out / "cyclonedx.json").read_text())
    ok("the schema of CycloneDX 1.6 holds", fault is None, fault)

    spdx = json.loads((out / "spdx.json").read_text())
    urls = [reference["referenceLocator"] for package in spdx["packages"]
            for reference in package.get("externalRefs", [])]
    parsed = [PackageURL.from_string(url) for url in urls]
    other = [url for url, one in zip(urls, parsed) if one.to_string() != url]
    ok("package URLs are in the canonical form of packageurl", len(urls) > 100 and not other, other[:5])

    unknown = {package["name"] for package in spdx["packages"] if package["supplier"] == "NOASSERTION"}
    checker = SbomChecker(str(out / "spdx.json"), compliance="ntia", sbom_spec="spdx2")
    missing = {name for name, _ in checker.components_without_suppliers}
    ok("the NTIA's minimum elements are there but for suppliers that nothing names",
       missing == unknown and checker.doc_author and checker.doc_version and not checker.components_without_versions
       and not checker.components_without_names and not checker.components_without_identifiers
       and {"org.example:tool", "org.example:packed"} <= unknown, (missing ^ unknown, unknown))
    judge_completeness(parsed, spdx, json.loads((out / "cyclonedx.json").read_text()))


def judge_completeness(parsed, spdx, cyclonedx):
    def found(kind):
        return {(one.name, one.version) for one in parsed if one.type == kind}

    listed = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package} ${Version}\n"],
                            capture_output=True, text=True, check=True).stdout.splitlines()
    installed = {tuple(line.split()[1:]) for line in listed if line.startswith("installed ")}
    ok("dpkg-query lists the same Debian packages", found("deb") == installed, found("deb") ^ installed)
    python = {(one.metadata["Name"].lower().replace("_", "-"), one.version)
              for one in importlib.metadata.distributions()
              if "dist-packages" not in str(one._path)}  # pylint: disable=protected-access
    ok("importlib lists the same Python packages", len(python) > 10 and python <= found("pypi"),
       python - found("pypi"))
    npm = {(name.split("/")[-1], manifest["version"]) for name, manifest in NPM.items()}
    ok("all packages of npm are there", found("npm") == npm, found("npm"))
    java = {(artifact, version) for _, artifact, version, _ in JARS.values()}
    ok("all jars are there", found("maven") == java, found("maven"))
    both = [{reference["referenceLocator"] for package in spdx["packages"][1:]
             for reference in package.get("externalRefs", [])},
            {component["purl"] for component in cyclonedx["components"] if "purl" in component}]
    ok("both documents name the same packages", both[0] == both[1] and len(both[0]) > 100, both[0] ^ both[1])


# --- a registry ---

@contextlib.contextmanager
def registry(work):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (work / "registry.yaml").write_text(
        f"version: 0.1\nlog: {{level: error}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n"
        f"storage: {{filesystem: {{rootdirectory: '{work}/registry'}}}}\n")
    with open(work / "registry.log", "wb") as log, \
            subprocess.Popen(["docker-registry", "serve", str(work / "registry.yaml")], stdout=log, stderr=log) as server:
        try:
            wait_for_port(port)
            yield f"127.0.0.1:{port}"
        finally:
            server.terminate()


def wait_for_port(port):
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    sys.exit("the registry does not start")


def ask(method, url, data=None, media_type=None):
    headers = {"Accept": MANIFEST}
    if media_type:
        headers["Content-Type"] = media_type
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method)) as answer:
        return answer.headers, answer.read()


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def push(repository, tag, manifest, blobs):
    for blob in blobs:
        headers, _ = ask("POST", f"{repository}/blobs/uploads/", b"")
        place = headers["Location"]
        ask("PUT", f"{place}{'&' if '?' in place else '?'}digest={digest_of(blob)}", blob, "application/octet-stream")
    ask("PUT", f"{repository}/manifests/{tag}", manifest, MANIFEST)
    return digest_of(manifest)


def push_image(repository, tag):
    config = json.dumps({"architecture": "amd64", "os": "linux", "comment": tag, "config": {},
                         "rootfs": {"type": "layers", "diff_ids": []}}).encode()
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "layers": [],
                "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": len(config),
                           "digest": digest_of(config)}}
    return push(repository, tag, json.dumps(manifest).encode(), [config])


def push_artifact(repository, folder):
    push(repository, (folder / "tag").read_text(), (folder / "manifest.json").read_bytes(),
         [blob.read_bytes() for blob in (folder / "blobs").iterdir()])


def pull_artifact(repository, tag, folder):
    _, manifest = ask("GET", f"{repository}/manifests/{tag}")
    (folder / "blobs").mkdir(parents=True)
    (folder / "manifest.json").write_bytes(manifest)
    for layer in json.loads(manifest)["layers"]:
        (folder / "blobs" / layer["digest"]).write_bytes(ask("GET", f"{repository}/blobs/{layer['digest']}")[1])


# --- statements and envelopes, by in-toto-attestation and securesystemslib ---

def judge_statement(text):
    # pylint: disable=import-outside-toplevel
    from google.protobuf import json_format
    from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
    from in_toto_attestation.v1 import statement, statement_pb2

    parsed = json_format.Parse(text, statement_pb2.Statement())
    statement.Statement.copy_from_pb(parsed).validate()
    predicate = json_format.Parse(json.dumps(json.loads(text)["predicate"]), provenance_pb2.Provenance())
    ok("in-toto-attestation takes the statement and its SLSA provenance",
       predicate.build_definition.build_type == "urn:sconectl:build:v1" and predicate.run_details.builder.id
       and len(predicate.build_definition.resolved_dependencies) == 2)


def judge_envelope(envelope, public_key, other_key):
    # pylint: disable=import-outside-toplevel
    from securesystemslib import dsse, exceptions
    from securesystemslib.signer import SSlibKey

    def verifies(document, key):
        try:
            pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            one = SSlibKey("", "ecdsa", "ecdsa-sha2-nistp256", {"public": pem.decode()})
            return bool(dsse.Envelope.from_dict(json.loads(json.dumps(document))).verify([one], 1))
        except exceptions.VerificationError:
            return False

    changed = {**envelope, "payload": base64.b64encode(base64.b64decode(envelope["payload"]) + b" ").decode()}
    ok("securesystemslib verifies the envelope, and refuses another key and another payload",
       verifies(envelope, public_key) and not verifies(envelope, other_key) and not verifies(changed, public_key))


# --- cosign's formats, by PyNaCl and cryptography ---

def open_key_file(path, password):
    """A reader of cosign's key files that shares nothing with ours."""
    from nacl.secret import SecretBox  # pylint: disable=import-outside-toplevel
    lines = path.read_text().splitlines()
    assert lines[0] == "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----", lines[0]
    data = json.loads(base64.b64decode("".join(lines[1:-1])))
    cost = data["kdf"]["params"]
    key = hashlib.scrypt(password.encode(), salt=base64.b64decode(data["kdf"]["salt"]), n=cost["N"], r=cost["r"],
                         p=cost["p"], maxmem=1 << 28, dklen=32)
    plain = SecretBox(key).decrypt(base64.b64decode(data["ciphertext"]), base64.b64decode(data["cipher"]["nonce"]))
    return serialization.load_der_private_key(plain, None)


def judge_key_files(keys):
    for name in ("cosign", "ed25519", "rsa"):
        opened = open_key_file(keys / f"{name}.key", PASSWORD).public_key()
        written = serialization.load_pem_public_key((keys / f"{name}.pub").read_bytes())
        form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        ok(f"PyNaCl opens the key file {name}.key", opened.public_bytes(*form) == written.public_bytes(*form))


def judge_signature(out, public_key, digest):
    layer = json.loads((out / "signature/manifest.json").read_text())["layers"][0]
    payload = (out / "signature/blobs" / layer["digest"]).read_bytes()
    signature = base64.b64decode(layer["annotations"]["dev.cosignproject.cosign/signature"])
    public_key.verify(signature, payload, ec.ECDSA(hashes.SHA256()))
    try:
        public_key.verify(signature, payload + b" ", ec.ECDSA(hashes.SHA256()))
        ok("a changed payload is refused", False)
    except InvalidSignature:
        pass
    ok("cryptography verifies the signature of the image",
       json.loads(payload)["critical"]["image"]["docker-manifest-digest"] == digest)


# --- cosign itself ---

def cosign(*words, expected=0):
    done = subprocess.run([COSIGN, *map(str, words)], capture_output=True, text=True, check=False,
                          env={**os.environ, "COSIGN_PASSWORD": PASSWORD})
    if (done.returncode == 0) != (expected == 0):
        sys.exit(f"cosign {words}: exit status {done.returncode}, {done.stderr}")
    return done.stdout if expected == 0 else done.stderr


LOCAL = ("--allow-http-registry", "--insecure-ignore-tlog=true")


def judge_with_cosign(image, keys, work):
    public = keys / "cosign.pub"
    ok("cosign reads the key files",
       all(cosign("public-key", "--key", keys / f"{name}.key") == (keys / f"{name}.pub").read_text()
           for name in ("cosign", "ed25519", "rsa")))
    claims = json.loads(cosign("verify", "--key", public, *LOCAL, "-o", "json", image))
    ok("cosign verify takes the signature", claims[0]["critical"]["image"]["docker-manifest-digest"] in image)
    said = cosign("verify", "--key", keys / "ed25519.pub", *LOCAL, image, expected=1)
    ok("cosign verify refuses it with another key", "no matching signatures" in said, said)
    for kind, predicate in PREDICATES.items():
        line = cosign("verify-attestation", "--key", public, *LOCAL, "--type", kind, image).splitlines()[0]
        payload = json.loads(base64.b64decode(json.loads(line)["payload"]))
        ok(f"cosign verify-attestation --type {kind} takes the attestation", payload["predicateType"] == predicate)
    said = cosign("verify-attestation", "--key", keys / "rsa.pub", *LOCAL, "--type", "cyclonedx", image, expected=1)
    ok("cosign verify-attestation refuses it with another key", "no matching attestations" in said, said)
    judge_other_keys(image, keys, work)


def judge_other_keys(image, keys, work):
    host, _, rest = image.partition("/")
    name = rest.partition("@")[0]
    repository = f"http://{host}/v2/{name}"
    for key in ("ed25519", "rsa"):
        digest = push_image(repository, key)
        out = work / key
        shutil.copytree(work / "out", out)
        documents("sign", keys / f"{key}.pem", f"{host}/{name}", digest, out)
        push_artifact(repository, out / "signature")
        push_artifact(repository, out / "attestations")
        other = f"{host}/{name}@{digest}"
        cosign("verify", "--key", keys / f"{key}.pub", *LOCAL, other)
        cosign("verify-attestation", "--key", keys / f"{key}.pub", *LOCAL, "--type", "slsaprovenance1", other)
        ok(f"cosign takes signature and attestation of a key {key}", True)


def judge_what_cosign_makes(host, work):
    """The other way round: cosign's keys, signatures and attestations, read by us."""
    made = work / "made"
    made.mkdir()
    cosign("generate-key-pair", "--output-key-prefix", made / "its")
    ok("we read the key file of cosign", documents("public", made / "its.key") == (made / "its.pub").read_text())
    cosign("import-key-pair", "--key", work / "keys/rsa.pem", "--output-key-prefix", made / "rsa")
    ok("we read the RSA key that cosign imported", documents("public", made / "rsa.key") == (made / "rsa.pub").read_text())
    repository = f"http://{host}/v2/other/app"
    digest = push_image(repository, "its")
    image = f"{host}/other/app@{digest}"
    (made / "predicate.json").write_text(json.dumps(json.loads((work / "out/statement.json").read_text())["predicate"]))
    signing = ("--key", made / "its.key", "--tlog-upload=false", "--yes", "--allow-http-registry")
    cosign("sign", *signing, image)
    cosign("attest", *signing, "--type", "slsaprovenance1", "--predicate", made / "predicate.json", image)
    for kind, expected in (("sig", f"{host}/other/app\n"), ("att", f"{PREDICATES['slsaprovenance1']}\n")):
        pull_artifact(repository, f"{digest.replace(':', '-')}.{kind}", made / kind)
        said = documents("verify", made / "its.pub", digest, made / kind)
        ok(f"we verify what cosign pushed ({kind})", said == expected, said)
        said = documents("verify", work / "keys/cosign.pub", digest, made / kind, expected=1)
        ok(f"we refuse it with another key ({kind})", "this key" in said, said)


def main():
    with tempfile.TemporaryDirectory(prefix="sconectl-supply.") as directory:
        work = pathlib.Path(directory)
        out, keys = work / "out", work / "keys"
        make_root(work / "root")
        documents("keys", keys)
        judge_key_files(keys)
        with registry(work) as host:
            repository = f"http://{host}/v2/team/app"
            digest = push_image(repository, "1")
            documents("bom", work / "root", f"{host}/team/app:1", digest, out)
            judge_boms(out)
            documents("sign", keys / "cosign.key", f"{host}/team/app:1", digest, out)
            public_key = serialization.load_pem_public_key((keys / "cosign.pub").read_bytes())
            judge_statement((out / "statement.json").read_text())
            layers = json.loads((out / "attestations/manifest.json").read_text())["layers"]
            for layer in layers:
                judge_envelope(json.loads((out / "attestations/blobs" / layer["digest"]).read_text()), public_key,
                               ec.generate_private_key(ec.SECP256R1()).public_key())
            judge_signature(out, public_key, digest)
            push_artifact(repository, out / "signature")
            push_artifact(repository, out / "attestations")
            if COSIGN:
                judge_with_cosign(f"{host}/team/app@{digest}", keys, work)
                judge_what_cosign_makes(host, work)
            else:
                print("cosign is not built here (tests/supply/judges/cosign.sh): PyNaCl and cryptography stood in")
    print(f"{len(proofs)} proofs")


if __name__ == "__main__":
    main()
