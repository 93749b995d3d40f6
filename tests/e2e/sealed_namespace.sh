# A namespace that is sealed with a key of its owner, by the program and curl. Sourced by tests/e2e/run.
# shellcheck shell=bash

# sealing_cas: (re)starts a CAS of its own in ./data; sets cas_pid and api.
sealing_cas() {
  rm -f data/endpoint.json
  sconectl cas serve --data data --listen "${api:-127.0.0.1:0}" --enclave-listen 127.0.0.1:0 --audit-log audit.log \
    --owner "$(sconectl self show-key-hash)" >>serve.out 2>&1 &
  cas_pid=$!
  at_end kill "$cas_pid"
  wait_for 10 "the CAS" test -s data/endpoint.json
  api=127.0.0.1:$(jq -r '.api[0]' data/endpoint.json | sed 's/.*://')
}

# public_value SESSION: what everybody may read, by curl; the status is the last line.
public_value() { curl -sk -w '\n%{http_code}\n' "https://$api/v1/values/session=$1,secret=s"; }

case_a_sealed_namespace_is_served_only_to_who_has_unlocked_it() {
  local name
  sealing_cas
  sconectl -q cas attest "$api" -c "$(cat data/cas-key-hash)"
  printf 'name: team\nversion: "0.3.11"\naccess_policy: {create_sessions: CREATOR, read: CREATOR, update: CREATOR}\n' >team.yaml
  for name in team/web other; do
    printf 'name: %s\nversion: "0.3.11"\nsecrets: [{name: s, kind: ascii, value: value-of-it, export_public: true}]\n' \
      "$name" >"$(basename "$name").yaml"
  done
  for name in team web other; do expect 0 sconectl session create --cas "$api" "$name.yaml"; done

  expect 0 sconectl cas namespace keygen --out team.key
  [ "$(stat -c %a team.key)" = 600 ] || fail "others read the key"
  expect 1 sconectl cas namespace keygen --out team.key
  expect 0 sconectl cas namespace status team/web --cas "$api"
  says out 'team/web: not sealed'
  expect 0 sconectl cas namespace seal team --cas "$api" --key team.key
  says out 'team: sealed, unlocked'
  public_value team/web | grep -q value-of-it || fail "what is unlocked is not served"

  kill "$cas_pid"
  wait "$cas_pid" || true
  sed -n 's/^SCONECTL-NAMESPACE-KEY-//p' team.key >hex
  cat data/cas* serve.out audit.log | hides hex 'SQLite format 3'
  sealing_cas
  public_value other | grep -q value-of-it || fail "others are not served"
  public_value team/web >locked
  grep -q '^503$' locked || fail "$(cat locked)"
  grep -q "namespace 'team' is sealed and locked" locked || fail "$(cat locked)"
  expect 4 sconectl session read --cas "$api" team/web
  says err "namespace 'team' is sealed and locked"
  expect 0 sconectl cas namespace status team/web --cas "$api"
  says out 'team: sealed, locked'

  sconectl cas namespace keygen --out wrong.key >/dev/null
  expect 1 sconectl cas namespace unlock team --cas "$api" --key wrong.key
  says err "not the key of namespace 'team'"
  expect 3 sconectl cas namespace unlock team --cas "$api" --key team.yaml
  says err 'has no key of a namespace'
  cp team.key open.key
  chmod 644 open.key
  expect 1 sconectl cas namespace unlock team --cas "$api" --key open.key
  says err 'others can read open.key'
  expect 0 sconectl cas namespace unlock team --cas "$api" --key team.key
  says out 'team: sealed, unlocked'
  public_value team/web | grep -q value-of-it || fail "it is not served again"

  expect 0 sconectl cas namespace lock team --cas "$api"
  public_value team/web | grep -q '^503$' || fail "it is served still"
  expect 0 sconectl cas namespace unlock team --cas "$api" --key team.key --json
  [ "$(jq -c '[.namespace, .sealed, .locked]' out)" = '["team",true,false]' ] || fail "$(cat out)"
  expect 0 sconectl cas namespace unseal team --cas "$api"
  says out 'team: not sealed'
  expect 0 sconectl cas verify-audit-log audit.log --cas "$api"
  for name in namespace_sealed namespace_locked namespace_unlocked namespace_unsealed request_refused; do
    grep -q "\"type\":\"$name\"" audit.log || fail "$name is not in the audit log"
  done
}
