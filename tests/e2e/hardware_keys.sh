# The key of the database sealed to hardware: a PKCS#11 token (SoftHSM) and a TPM 2.0 (swtpm). Sourced by tests/e2e/run.
# shellcheck shell=bash disable=SC2154  # backed_up_cas sets cas_pid, api and key

softhsm=/usr/lib/softhsm/libsofthsm2.so

# a_token: a token 'cas' with a key on P-256 that key.pem holds, too, so that others can open what it opens.
a_token() {
  export SOFTHSM2_CONF=$PWD/softhsm.conf PIN=123456
  mkdir tokens
  printf 'directories.tokendir = %s/tokens\n' "$PWD" >softhsm.conf
  softhsm2-util --init-token --free --label cas --pin "$PIN" --so-pin 654321
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem
  openssl pkey -in key.pem -outform DER -out key.der
  openssl pkey -in key.pem -pubout -outform DER -out public.der
  local part
  for part in 'privkey key.der' 'pubkey public.der'; do
    # shellcheck disable=SC2086  # two words
    set -- $part
    on_token --login --pin env:PIN --write-object "$2" --type "$1" --id 01 --label cas-key --usage-derive
  done
  (umask 077 && printf '%s\n' "$PIN" >pin)
  printf 'pkcs11:token=cas;id=%%01?module-path=%s&pin-source=file:%s/pin\n' "$softhsm" "$PWD" >token.txt
}

on_token() { pkcs11-tool --module "$softhsm" --token-label cas "$@"; }

# a_tpm: a TPM at TPM2TOOLS_TCTI. Its tools look for SOCKET.ctrl beside its SOCKET.
a_tpm() {
  mkdir tpm
  swtpm_setup --tpm2 --tpmstate "$PWD/tpm" >/dev/null
  swtpm socket --tpm2 --tpmstate "dir=$PWD/tpm" --ctrl "type=unixio,path=$PWD/tpm/socket.ctrl" \
    --server "type=unixio,path=$PWD/tpm/socket" --flags not-need-init,startup-clear >/dev/null 2>&1 &
  at_end kill $!
  wait_for 10 "the TPM" test -S tpm/socket
  export TPM2TOOLS_TCTI=swtpm:path=$PWD/tpm/socket
}

# tpm_key HANDLE OPTION...: makes a key on P-256 that stays in the TPM, as the documentation says.
tpm_key() {
  local handle=$1
  shift
  tpm2_createprimary -Q -C o -G ecc256 -c primary.ctx
  tpm2_flushcontext -t
  tpm2_create -Q -C primary.ctx -G ecc256:ecdh -u key.pub -r key.priv "$@"
  tpm2_flushcontext -t
  tpm2_load -Q -C primary.ctx -u key.pub -r key.priv -c key.ctx
  tpm2_flushcontext -t
  tpm2_evictcontrol -Q -C o -c key.ctx "$handle"
  tpm2_flushcontext -t
}

# Without the resource manager of a kernel, what a command that failed has left would fill a TPM.
tpm_is_clean() { tpm2_flushcontext -l && tpm2_flushcontext -s; }

# served_again OPTION...: the CAS of backed_up_cas starts anew and has what it had.
served_again() {
  if [ -n "$cas_pid" ]; then
    stopped
  fi
  sconectl cas serve --data data --listen "$api" --enclave-listen 127.0.0.1:0 "$@" >serve.out 2>&1 &
  cas_pid=$!
  at_end kill "$cas_pid"
  wait_for 30 "the CAS" test -s data/endpoint.json
  expect 0 sconectl session read --cas "$api" kept
  says out 'very-secret'
}

stopped() {
  kill "$cas_pid"
  wait "$cas_pid" || true
  cas_pid=
}

# not_served STATUS TEXT OPTION...: it does not start, says why, and no file of it is another one.
not_served() {
  local status=$1 text=$2
  shift 2
  sha256sum data/cas.* >before
  expect "$status" timeout 60 sconectl cas serve --data data --listen "$api" --enclave-listen 127.0.0.1:0 "$@"
  says err "$text"
  sha256sum --check --quiet before
}

case_the_key_of_the_database_is_sealed_to_a_token() {
  # CC-062
  a_token
  backed_up_cas
  expect 0 sconectl cas key recipient token.txt
  local recipient plain
  recipient=$(cat out)
  matches out '^age1tag1'
  expect 0 sconectl cas key recipient "pkcs11:token=cas;id=%01?module-path=$softhsm"
  [ "$(cat out)" = "$recipient" ] || fail "another recipient: $(cat out)"
  plain=$(cat data/cas.key-store)
  expect 0 sconectl cas key seal --data data -r "$recipient"
  expect 1 grep -r -l -F "$plain" data
  # Another implementation opens it with the same key, and what age makes the token opens.
  "$JUDGES/p256tag" key.pem <data/cas.key-store >opened
  [ "$(cat opened)" = "$plain" ] || fail "age reads something else"
  served_again --key-identity token.txt
  stopped
  "$JUDGES/age" -r "$recipient" -o data/cas.key-store <opened
  chmod 600 data/cas.key-store
  served_again --key-identity token.txt
  # Rotated by the next start; then the old key is forgotten.
  expect 0 sconectl cas key rotate --data data -r "$recipient" --key-identity token.txt
  served_again --key-identity token.txt
  expect 0 sconectl cas key seal --data data -r "$recipient" --key-identity token.txt
  served_again --key-identity token.txt
  "$JUDGES/p256tag" key.pem <data/cas.key-store >opened
  [ "$(wc -l <opened)" = 1 ] || fail "the old key is there"
  [ "$(cat opened)" != "$plain" ] || fail "not rotated"
  # A backup for the token.
  expect 0 sconectl cas backup create --data data -r "$recipient" --key-identity token.txt cas.age
  expect 0 sconectl cas backup restore cas.age -i token.txt --data elsewhere
  says out "$key"
  stopped
  expect 0 sconectl cas key unseal --data data --key-identity token.txt
  served_again
}

case_a_token_gets_a_wrong_pin_once_and_what_is_missing_is_named() {
  a_token
  backed_up_cas
  expect 0 sconectl cas key recipient token.txt
  sconectl -q cas key seal --data data -r "$(cat out)"
  stopped
  not_served 1 'is sealed: --key-identity FILE'
  # Nobody sees the PIN; a wrong one is sent once, whatever starts again.
  echo 999999 >pin
  not_served 1 "refused the PIN in $PWD/pin" --key-identity token.txt
  says_but_not err "refused the PIN" 999999
  echo "$PIN" >pin
  not_served 1 'no PIN was sent' --key-identity token.txt
  on_token --login --pin env:PIN --list-objects >/dev/null
  served_again --key-identity token.txt
  stopped
  chmod 644 pin
  not_served 3 'is open to others' --key-identity token.txt
  chmod 600 pin
  # The wrong key, no key, no token, no module, no tool, and one that hangs.
  on_token --login --pin env:PIN --keypairgen --key-type EC:prime256v1 --id 02 --usage-derive
  sed 's/%01/%02/' token.txt >other.txt
  not_served 1 'encrypted to other keys than these: age1tag1' --key-identity other.txt
  sed 's/%01/%03/' token.txt >other.txt
  not_served 4 'has no public key with the id 03' --key-identity other.txt
  mv tokens away && mkdir tokens
  not_served 4 'plug it in' --key-identity token.txt
  rmdir tokens && mv away tokens
  sed 's/libsofthsm2/none/' token.txt >other.txt
  not_served 4 'install the PKCS#11 module' --key-identity other.txt
  mkdir bin
  ln -s "$(command -v sconectl)" "$(command -v timeout)" bin
  PATH=$PWD/bin not_served_without_tools
  printf '#!/bin/sh\nexec sleep 300\n' >bin/pkcs11-tool
  chmod +x bin/pkcs11-tool
  PATH=$PWD/bin:$PATH not_served 4 "'pkcs11-tool' did not end within 30 s" --key-identity token.txt
  served_again --key-identity token.txt
}

not_served_without_tools() {
  /usr/bin/sha256sum data/cas.* >before
  local status=0
  sconectl cas serve --data data --listen "$api" --enclave-listen 127.0.0.1:0 --key-identity token.txt 2>err || status=$?
  [ "$status" = 4 ] || fail "status $status"
  PATH=/usr/bin:/bin
  says err 'sudo apt-get install opensc'
  sha256sum --check --quiet before
}

case_the_key_of_the_database_is_sealed_to_a_tpm() {
  # CC-062
  a_tpm
  (umask 077 && printf 'tpm-geheim\n' >auth)
  tpm_key 0x81000010 -p "file:$PWD/auth" -a 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|decrypt'
  printf 'tpm2:handle=0x81000010?auth-source=file:%s/auth\n' "$PWD" >token.txt
  backed_up_cas
  expect 0 sconectl cas key recipient token.txt
  local recipient
  recipient=$(cat out)
  expect 0 sconectl cas key seal --data data -r "$recipient"
  served_again --key-identity token.txt
  expect 0 sconectl cas key rotate --data data -r "$recipient" --key-identity token.txt
  served_again --key-identity token.txt
  stopped
  tpm_is_clean
  echo wrong >auth
  not_served 1 "refused the password in $PWD/auth" --key-identity token.txt
  tpm_is_clean
  not_served 1 "refused the password in $PWD/auth" --key-identity token.txt
  tpm_is_clean
  # A third one would lock the TPM for everybody.
  echo tpm-geheim >auth
  not_served 1 'no password was sent' --key-identity token.txt
  tpm2_dictionarylockout --clear-lockout
  TPM2TOOLS_TCTI=swtpm:path=/nowhere not_served 4 'can not be reached' --key-identity token.txt
  echo 'tpm2:handle=0x81000019' >other.txt
  not_served 4 'has no key 0x81000019' --key-identity other.txt
  served_again --key-identity token.txt
  expect 0 sconectl cas key unseal --data data --key-identity token.txt
  served_again
}

case_a_key_of_a_tpm_is_bound_to_the_state_of_the_machine() {
  a_tpm
  tpm2_createpolicy -Q --policy-pcr -l sha256:16 -L policy
  tpm_key 0x81000011 -L policy -a 'fixedtpm|fixedparent|sensitivedataorigin|decrypt'
  echo 'tpm2:handle=0x81000011?pcrs=sha256:16' >token.txt
  backed_up_cas
  expect 0 sconectl cas key recipient token.txt
  expect 0 sconectl cas key seal --data data -r "$(cat out)"
  served_again --key-identity token.txt
  stopped
  # What was used rightly leaves sessions behind, too; the refusal has to be that of the policy.
  tpm_is_clean
  tpm2_pcrextend "16:sha256=$(printf x | sha256sum | cut -c 1-64)"
  not_served 1 'the state of the PCRs sha256:16' --key-identity token.txt
  says err 'a policy check failed'
  tpm_is_clean
  echo 'tpm2:handle=0x81000011' >other.txt
  not_served 4 'whatever protects it' --key-identity other.txt
  tpm_is_clean
  tpm2_pcrreset 16
  served_again --key-identity token.txt
}
