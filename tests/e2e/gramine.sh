# Enclaves of Gramine: measured, signed, and what is said about them; a made libpal.so stands for Gramine's own. Sourced
# by tests/e2e/run.
# shellcheck shell=bash

STAND_IN=$REPO_ROOT/tests/e2e/clients/gramine.py

# enclave_fixture: an installation of Gramine, a final manifest and the signer's keys in the current directory.
enclave_fixture() {
  "$STAND_IN" install gramine
  openssl genrsa -3 -out key.pem 3072 2>/dev/null
  openssl rsa -in key.pem -pubout -out public.pem 2>/dev/null
  cat >app.manifest.sgx <<'TOML'
libos.entrypoint = "/app"
[loader.entrypoint]
uri = "file:/libsysdb.so"
sha256 = "75cbd566dcc2398c3ddaeab33f6973cadea3546853309e7d4d3a106d2255da34"
[sgx]
max_threads = 8
enclave_size = "512M"
isvprodid = 7
isvsvn = 3
TOML
}

# openssl_verifies SIGSTRUCT: openssl finds the signature right over the bytes that the processor hashes.
openssl_verifies() {
  { head -c 128 "$1" && tail -c +901 "$1" | head -c 128; } >signed_bytes
  python3 -c 'import sys; sys.stdout.buffer.write(open(sys.argv[1], "rb").read()[516:900][::-1])' "$1" >signature
  expect 0 openssl dgst -sha256 -verify public.pem -signature signature signed_bytes
}

case_enclave_is_measured_and_signed_and_openssl_and_python_agree() {
  enclave_fixture
  expect 0 sconectl signer sign app.manifest.sgx --gramine gramine --key key.pem --date 2026-11-22
  matches out '^mr_enclave: [0-9a-f]{64}$'
  [ "$(stat -c %s app.sig)" = 1808 ]
  openssl_verifies app.sig
  expect 0 sconectl signer info --json app.sig
  cp out info
  [ "$(jq -r .mr_enclave info)" = "$("$STAND_IN" measure app.manifest.sgx gramine/lib/x86_64-linux-gnu/gramine/sgx/libpal.so)" ]
  local n
  n=$(openssl rsa -pubin -in public.pem -noout -modulus | cut -d= -f2)
  [ "$(jq -r .mr_signer info)" = "$(python3 -c 'import hashlib, sys; print(hashlib.sha256(bytes.fromhex(sys.argv[1])[::-1]).hexdigest())' "$n")" ]
  [ "$(jq -c '[.isv_prod_id, .isv_svn, .date, .debug, .signature_valid, .q1_right, .q2_right]' info)" = \
    '[7,3,"2026-11-22",false,true,true,true]' ]
  # The same again gives the same bytes, with SOURCE_DATE_EPOCH too.
  SOURCE_DATE_EPOCH=1795305600 expect 0 sconectl signer sign app.manifest.sgx --gramine gramine --key key.pem --output again.sig
  cmp app.sig again.sig
  # A page of the manifest more, another number of threads, no heap: measured alike.
  sed -i 's/max_threads = 8/max_threads = 1\nedmm_enable = true/; s/512M/1024G/' app.manifest.sgx
  head -c 5000 /dev/zero | tr '\0' '#' >>app.manifest.sgx
  expect 0 sconectl signer sign app.manifest.sgx --gramine gramine --key key.pem --json
  [ "$(jq -r .mr_enclave out)" = "$("$STAND_IN" measure app.manifest.sgx gramine/lib/x86_64-linux-gnu/gramine/sgx/libpal.so)" ]
}

case_sigstruct_is_shown_as_gsc_shows_it_and_damage_is_told() {
  enclave_fixture
  expect 0 sconectl signer sign app.manifest.sgx --gramine gramine --key key.pem --date 2026-11-22
  expect 0 sconectl signer info --toml app.sig
  python3 - out <<'PYTHON'
import sys, tomllib
facts = tomllib.load(open(sys.argv[1], "rb"))
assert list(facts) == ["mr_enclave", "mr_signer", "isv_prod_id", "isv_svn", "date", "flags", "xfrms", "misc_select", "debug"]
assert facts["flags"] == "0400000000000000" and facts["xfrms"] == "0300000000000000", facts
assert facts["misc_select"] == "00000000" and facts["debug"] is False, facts
PYTHON
  python3 -c 'import sys; b = bytearray(open("app.sig", "rb").read()); b[1500] ^= 1; open("bad.sig", "wb").write(b)'
  expect 1 sconectl signer info bad.sig
  matches out '^signature_valid: true$'
  matches out '^q2_right: false$'
  head -c 1807 app.sig >short.sig
  expect 3 sconectl signer info short.sig
  says err "'short.sig' holds no SIGSTRUCT"
  expect 4 sconectl signer info missing.sig
}

case_enclave_is_signed_elsewhere() {
  enclave_fixture
  expect 0 sconectl signer sign app.manifest.sgx --gramine gramine --key key.pem --date 2026-11-22 --output wanted.sig
  # First the digest, later the signature.
  expect 0 sconectl signer sign app.manifest.sgx --gramine gramine --prepare --date 2026-11-22 --json
  jq -r .digest out | base64 -d >digest
  expect 1 sconectl signer info app.sig
  openssl pkeyutl -sign -inkey key.pem -pkeyopt digest:sha256 -in digest -out signature.bin
  expect 0 sconectl signer sign app.sig --public-key public.pem --signature signature.bin
  cmp app.sig wanted.sig
  # In one run, by a program that has the key.
  cat >vault <<'END'
#!/bin/sh
read -r digest
[ "$digest" = "$SCONECTL_DIGEST" ] && [ "$1" = "a b" ] || exit 9
echo "$digest" | base64 -d | openssl pkeyutl -sign -inkey key.pem -pkeyopt digest:sha256 | base64
END
  chmod +x vault
  expect 0 sconectl signer sign app.manifest.sgx --gramine gramine --date 2026-11-22 --public-key public.pem \
    --signing-command './vault "a b"' --output vault.sig
  cmp vault.sig wanted.sig
  # What does not fit is refused, and nothing is written.
  expect 1 sconectl signer sign app.manifest.sgx --gramine gramine --public-key public.pem --signing-command './vault c' --output no.sig
  says err "ended with status 9"
  openssl genrsa -3 -out other.pem 3072 2>/dev/null
  openssl rsa -in other.pem -pubout -out other_public.pem 2>/dev/null
  expect 3 sconectl signer sign app.sig --public-key other_public.pem --signature signature.bin --output no.sig
  says err 'is not one of the signer'
  expect 2 sconectl signer sign app.sig --signature signature.bin --output no.sig
  expect 2 sconectl signer sign app.sig --key key.pem --signature signature.bin --public-key public.pem --output no.sig
  expect 2 sconectl signer sign app.sig --output no.sig
  openssl genrsa -out usual.pem 3072 2>/dev/null
  expect 3 sconectl signer sign app.manifest.sgx --gramine gramine --key usual.pem --output no.sig
  says err 'exponent 3'
  absent no.sig
}

case_passphrase_of_a_key_is_asked_on_the_terminal_only() {
  enclave_fixture
  local line='sconectl signer sign app.manifest.sgx --gramine gramine --date 2026-11-22'
  # shellcheck disable=SC2086
  expect 0 $line --key key.pem --output wanted.sig
  openssl pkcs8 -topk8 -in key.pem -out secret.pem -passout pass:sesame
  # Without a terminal nothing is asked. CL-018
  # shellcheck disable=SC2086
  expect 4 setsid --wait $line --key secret.pem
  says err 'there is no terminal'
  (sleep 2 && echo sesame) | script --quiet --return --command "$line --key secret.pem" /dev/null >shown
  says_but_not shown "Passphrase of 'secret.pem'" sesame
  cmp app.sig wanted.sig
  (sleep 2 && echo wrong) | expect 3 script --quiet --return --command "$line --key secret.pem" /dev/null
  says out 'passphrase of the private key is wrong'
}

case_other_versions_of_gramine_are_not_guessed() {
  enclave_fixture
  sed -i 's/Gramine 1.9 /Gramine 1.7 /' gramine/bin/gramine-sgx
  expect 1 sconectl signer sign app.manifest.sgx --gramine gramine --key key.pem
  says err "Gramine '1.7'"
  expect 4 sconectl signer sign app.manifest.sgx --gramine . --key key.pem
  says err "there is no Gramine under '.'"
  absent app.sig
}

# stand_in_image: an image with a Gramine that records what is asked of it.
stand_in_image() {
  "$STAND_IN" install stand-in
  printf 'FROM scratch\nCOPY . /usr/\n' >stand-in/Dockerfile
  docker build --quiet --tag "$SUITE-gramine:1" stand-in
  export SCONECTL_GRAMINE_IMAGE=$SUITE-gramine:1
}

# gramine_service NAME [LINES]: service.yaml for an image of Python with a program that prints what it is given.
gramine_service() {
  printf 'print("hello")\n' >app.py
  cat >service.yaml <<TEXT
apiVersion: scone/5.8
kind: genservice
environment:
  local: [{name: GREETING, value: "say \\"hi\\""}]
  global: [{name: SECRET_PROVISION_SERVERS, value: ""}]
build:
  name: $1
  kind: python
  to: $REGISTRY/$SUITE/$1:1
  pwd: /app
  command: python3 app.py one "two words"
  copy: [app.py]
${2:-}
TEXT
}

# out_of IMAGE PATH FILE: a file of an image.
out_of() {
  local container
  container=$(docker create --network none "$1" /none)
  docker cp "$container:$2" "$3" >/dev/null
  docker rm "$container" >/dev/null
}

case_gramine_image_is_measured_in_the_build_and_signed_outside() {
  stand_in_image
  gramine_service measured '  gramine: {manifest: own.manifest, name_prefix: gsc-}'
  cat >own.manifest <<'TOML'
loader.env.SECRET_PROVISION_CONSTRUCTOR = "1"
sgx.enclave_size = "512M"
sgx.isvprodid = 9
sgx.isvsvn = 2
sgx.remote_attestation = "dcap"
sgx.allowed_files = ["file:/etc/ethers", "file:/etc/nsswitch.conf"]
TOML
  expect 0 sconectl apply -f service.yaml --runtime gramine --json
  jq '.applied[0]' out >applied
  local image=$REGISTRY/$SUITE/gsc-measured:1
  [ "$(jq -r .image applied)" = "$image" ]

  # The image's signature is right, by the key that is kept, over what Python measures of its manifest.
  openssl pkey -in target/identity.pem -pubout -out public.pem
  out_of "$image" /gramine/app_files/entrypoint.sig entrypoint.sig
  out_of "$image" /gramine/app_files/entrypoint.manifest.sgx entrypoint.manifest.sgx
  openssl_verifies entrypoint.sig
  expect 0 sconectl signer info --json entrypoint.sig
  [ "$(jq -c '[.mr_enclave, .mr_signer, .isv_prod_id, .isv_svn]' out)" = \
    "$(jq -c '.enclave | [.mr_enclave, .mr_signer, .isv_prod_id, .isv_svn]' applied)" ]
  [ "$(jq -r .mr_enclave out)" = \
    "$("$STAND_IN" measure entrypoint.manifest.sgx stand-in/lib/x86_64-linux-gnu/gramine/sgx/libpal.so)" ]
  [ "$(docker image inspect --format '{{index .Config.Labels "io.sconectl.mrenclave"}}' "$image")" = "$(jq -r .mr_enclave out)" ]

  cp out info
  expect 0 sconectl signer info --json --image "$image"
  cmp out info
  expect 3 sconectl signer info --image "$image-unsigned"
  says err 'has no /scone/gramine/entrypoint.sig'

  # No key, and nothing of ours, is in the image or in what was built before it.
  local each container
  for each in "$image" "$image-unsigned"; do
    container=$(docker create --network none "$each" /none)
    docker export "$container" | tar -t >files
    docker rm "$container"
    says files gramine/app_files/entrypoint.manifest.sgx
    says_but_not files gramine/app_files/trusted_argv identity.pem
    says_but_not files gramine/app_files/trusted_argv gramine/measuring
  done

  # Every trusted file has the hash of what is in the image; what engines mount is not trusted.
  docker run --rm --network none --entrypoint python3 -v "$PWD/entrypoint.manifest.sgx:/m:ro" "$image" - <<'PYTHON' || fail "the manifest and the image differ"
import hashlib, tomllib
manifest = tomllib.load(open("/m", "rb"))
files = manifest["sgx"]["trusted_files"]
assert len(files) > 500, len(files)
assert files == sorted(files, key=lambda file: file["uri"])
for file in files:
    with open(file["uri"][5:], "rb") as content:
        assert hashlib.file_digest(content, "sha256").hexdigest() == file["sha256"], file
names = {file["uri"][5:] for file in files}
assert {"/app/app.py", "/gramine/app_files/python3", "/gramine/app_files/trusted_argv"} <= names
assert open("/gramine/lib/libprotobuf-c.so.1").read() == "protobuf\n" and "/gramine/lib/libprotobuf-c.so.1" in names
assert not names & {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/shadow"}
assert not [name for name in names if name.startswith(("/proc/", "/sys/", "/dev/", "/gramine/measuring", "/scone"))]
argv = open("/gramine/app_files/trusted_argv", "rb").read()
assert argv == b"/gramine/app_files/python3\0app.py\0one\0two words\0", argv
env = manifest["loader"]["env"]
assert env["GREETING"] == 'say "hi"' and env["SECRET_PROVISION_SERVERS"] == {"passthrough": True}, env
PYTHON

  # Gramine is asked to start exactly this.
  expect 0 docker run --rm --network none --env SECRET_PROVISION_SERVERS=cas:4433 "$image"
  matches out '^gramine-sgx /gramine/app_files/entrypoint$'
  matches out '^servers cas:4433$'
  expect 0 docker run --rm --network none --env GRAMINE_MODE=direct "$image"
  matches out '^gramine-direct /gramine/app_files/entrypoint$'
  expect 2 docker run --rm --network none --env GRAMINE_MODE=other "$image"

  # The mesh pins what was measured.
  cat >mesh.yaml <<TEXT
apiVersion: scone/5.8
kind: mesh
cas: [{name: cas, alias: [image, security, access, attestation], cas_url: embedded}]
policy: {namespace: $SUITE-gramine, tolerate: [outdated-tcb]}
services: [{name: app, image: "$image"}]
TEXT
  expect 0 sconectl apply -f mesh.yaml --dry-run
  local session=target/session_files/$SUITE-gramine-app.yaml
  matches "$session" "$(jq -r .enclave.mr_enclave applied)"
  matches "$session" "$(jq -r .enclave.mr_signer applied)"
  matches "$session" 'isvprodid: 9'
  matches "$session" 'isvsvn_min: 2'
  says_but_not "$session" outdated-tcb 'mode: none'
  docker rmi "$image-unsigned"
}

case_gramine_image_is_measured_alike_in_another_build() {
  stand_in_image
  gramine_service alike
  expect 0 sconectl apply -f service.yaml --runtime gramine --no-push --json
  jq -r '.applied[0].enclave.mr_enclave' out >first
  matches first '^[0-9a-f]{64}$'
  # Another directory, another key, no cache: other containers with other names and addresses.
  mkdir other bin
  cp app.py other
  sed "s|/alike:1|/alike:2|" service.yaml >other/service.yaml
  # shellcheck disable=SC2016
  printf '#!/bin/sh\n[ "$1" = build ] && shift && set -- build --no-cache "$@"\nexec %s "$@"\n' "$(command -v docker)" >bin/docker
  chmod +x bin/docker
  (
    export PATH=$PWD/bin:$PATH
    cd other || exit
    expect 0 sconectl apply -f service.yaml --runtime gramine --no-push --json
  )
  [ "$(jq -r '.applied[0].enclave.mr_enclave' other/out)" = "$(cat first)" ]
  [ "$(jq -r '.applied[0].enclave.mr_signer' other/out)" != "$(jq -r '.applied[0].enclave.mr_signer' out)" ]
  # What is not the same is measured as something else.
  printf 'print("hello!")\n' >app.py
  expect 0 sconectl apply -f service.yaml --runtime gramine --no-push --json
  [ "$(jq -r '.applied[0].enclave.mr_enclave' out)" != "$(cat first)" ]
}

case_gramine_arguments_of_the_container_count_only_where_they_may() {
  stand_in_image
  gramine_service arguments
  expect 0 sconectl apply -f service.yaml --runtime gramine --no-push
  expect 0 docker run --rm --network none "$REGISTRY/$SUITE/arguments:1" evil
  matches out '^gramine-sgx /gramine/app_files/entrypoint$'
  gramine_service arguments '  gramine: {insecure_args: true}'
  expect 0 sconectl apply -f service.yaml --runtime gramine --no-push
  expect 0 docker run --rm --network none "$REGISTRY/$SUITE/arguments:1" more "and more"
  matches out '^gramine-sgx /gramine/app_files/entrypoint app.py one two words more and more$'
  # A key that can not sign is told before anything is built.
  openssl genrsa -out usual.pem 3072 2>/dev/null
  sed -i 's/^  kind: python/  signature: {sign: true, key: usual.pem}\n  kind: python/' service.yaml
  expect 3 sconectl apply -f service.yaml --runtime gramine --no-push -v
  says_but_not err 'exponent 3' 'Step '
}

case_gramine_build_says_what_is_wrong() {
  stand_in_image
  gramine_service wrong
  sed -i 's/python3 app.py/pythn3 app.py/' service.yaml
  expect 1 sconectl apply -f service.yaml --runtime gramine --no-push
  says err "the program 'pythn3' is in no directory of PATH"
  gramine_service wrong '  gramine: {manifest: own.manifest}'
  expect 4 sconectl apply -f service.yaml --runtime gramine --no-push
  says err own.manifest
  printf 'sgx.trusted_files = ["file:/app"]\n' >own.manifest
  expect 1 sconectl apply -f service.yaml --runtime gramine --no-push
  says err "write 'file:/app/'"
  printf 'sgx.trusted_files = [\n' >own.manifest
  expect 3 sconectl apply -f service.yaml --runtime gramine --no-push
  says err 'own.manifest:1:23: error: this is no TOML'
  gramine_service wrong '  gramine: {insecure_arg: true}'
  expect 3 sconectl apply -f service.yaml --runtime gramine --no-push
  says err "did you mean 'insecure_args'"
  gramine_service wrong
  # shellcheck disable=SC2016
  sed -i 's/say .*hi.*"}\]/$$SCONE::x$$"}]/' service.yaml
  echo 'secrets: {global: [{name: x, kind: ascii, size: 8}]}' >>service.yaml
  expect 3 sconectl apply -f service.yaml --runtime gramine --no-push
  says err 'secrets come over RA-TLS'
}

case_secret_provisioning_example_is_checked_built_and_fits_clusters() {
  cp -r "$REPO_ROOT/examples/gramine-secret-prov" example
  cd example || exit
  expect 0 judge objects kubernetes/server.yaml
  expect 0 judge objects kubernetes/client.yaml
  expect 0 judge objects kubernetes/client-older-aks.yaml
  matches kubernetes/client.yaml 'sgx.intel.com/epc: 10Mi'
  matches kubernetes/client-older-aks.yaml 'kubernetes.azure.com/sgx_epc_mem_in_MiB: 10'
  stand_in_image
  openssl req -x509 -newkey ed25519 -nodes -keyout /dev/null -out ca.pem -subj /CN=ca 2>/dev/null
  local image=$REGISTRY/$SUITE/gsc-gramine_secret_prov_client:1
  expect 0 sconectl apply -f service.yaml -e "APP_IMAGE_REPO=$REGISTRY/$SUITE" --json
  cp out applied
  [ "$(jq -r '.applied[0].image' applied)" = "$image" ]
  expect 0 sconectl session check -e APP_NAMESPACE=demo -e "MRENCLAVE=$(jq -r '.applied[0].enclave.mr_enclave' applied)" \
    -e "MRSIGNER=$(jq -r '.applied[0].enclave.mr_signer' applied)" session.yaml
  expect 0 docker run --rm --network none --env SECRET_PROVISION_SERVERS=server:4433 "$image"
  matches out '^servers server:4433$'
  # The program itself, with what Gramine's library would have put into its environment.
  expect 0 docker run --rm --network none --entrypoint python3 --env SECRET_PROVISION_SECRET_STRING=abc "$image" client.py
  matches out "^--- Received secret = 'abc'\$"
}
