# Evidence on the command line, beside other verifiers (dcap-qvl, go-sev-guest). Sourced by tests/e2e/run.
# shellcheck shell=bash

VECTORS=${SCONECTL_VECTORS:-${SCONECTL_CORPUS:-$REPO_ROOT/../shared/corpus}/../vectors}

# The vectors of a kind, or the end of the case.
need_vectors() {
  if [ -d "$VECTORS/$1" ]; then return; fi
  if [ -n "${SCONECTL_CORPUS:-}" ] || [ -d "$REPO_ROOT/../shared" ]; then
    fail "there is no $VECTORS/$1"
  fi
  skip "the recorded evidence is not beside the repository"
}

case_quotes_have_the_verdicts_of_another_verifier() {
  need_vectors dcap
  if [ -d "$JUDGES/node" ]; then
    expect 0 judge quotes "$VECTORS/dcap" "$JUDGES/node/node_modules"
    matches out '^[1-9][0-9][0-9]+ cases of [1-9][0-9]+ quotes, with three judges$'
  else
    expect 0 judge quotes "$VECTORS/dcap"
    matches out '^[1-9][0-9][0-9]+ cases of [1-9][0-9]+ quotes$'
  fi
}

case_snp_reports_are_shown_judged_and_pinned() {
  # EV-014, EV-018, EV-021, EV-022
  need_vectors snp
  local vector=$VECTORS/snp/milan-v3-aci made=$VECTORS/snp/synthetic at=2026-03-01T00:00:00Z
  local minimum='{cpu: milan, bootloader: 4, tee: 0, snp: 24, microcode: 219}'
  expect 0 sconectl quote show "$vector/report.bin"
  says out "host_data: 4f4448c67f3c8dfc8de8a5e37125d807dadcc41f06cf23f615dbd52eec777d10"
  base64 "$vector/report.bin" >text
  expect 0 sconectl --json quote show text
  says out '"tee": "SEV-SNP"'
  expect 1 sconectl quote verify text --collateral "$vector" --at "$at"
  says out "status: TcbUnknown"
  says out "tolerate: [hyperthreading, outdated-tcb]"
  says out "# - {cpu: milan, bootloader: 4, tee: 0, snp: 24, microcode: 219, firmware: 1.55.29}"
  expect 0 sconectl quote verify text --collateral "$vector" --at "$at" --tolerate hyperthreading --min-tcb "$minimum"
  says out "status: UpToDate"
  # What it prints is a session that holds.
  {
    printf 'name: s\nversion: "0.3"\nservices:\n- name: web\n  command: /bin/web\n'
    sed -n '/^attestation:/,/^$/p' out | sed '/^$/d; s/^/  /'
    printf 'security:\n  attestation:\n    tolerate: [hyperthreading]\n    min_tcb:\n'
    sed -n 's/^# - {cpu/    - {cpu/p' out
  } >session.yaml
  expect 0 sconectl check -f session.yaml
  says err "uses extension tee/1"
  expect 3 sconectl check -f session.yaml --strict-compatibility
  # Certificates of ten years ago, of another machine, of nobody we trust, and none.
  expect 1 sconectl quote verify text --collateral "$vector" --at 2016-01-01T00:00:00Z
  says err "S11"
  expect 1 sconectl quote verify text --collateral "$VECTORS/snp/milan-v3-yaxi" --at "$at"
  says err "S15"
  expect 1 sconectl quote verify "$made/ok-milan-v3/report.bin" --collateral "$made/ok-milan-v3" --at 2025-06-01T00:00:00Z
  says err "S07"
  expect 1 sconectl quote verify text --collateral "$vector" --at "$at" --require-crl
  says err "S09"
  expect 0 sconectl quote verify "$made/ok-crl/report.bin" --collateral "$made/ok-crl" --at 2025-06-01T00:00:00Z \
    --require-crl --min-tcb "$minimum" --only_for_testing-root "$made/pki/milan-ark.der"
  says out "revocation_checked: true"
  expect 2 sconectl quote verify text --collateral "$vector" --min-tcb '{cpu: rome}'
}

case_snp_collateral_of_several_machines_is_fetched_at_once() {
  need_vectors snp
  local milan=$VECTORS/snp/milan-v3-aci genoa=$VECTORS/snp/genoa-v3-aci
  expect 0 sconectl collateral fetch "$milan/report.bin" --snp-source "file:$milan" -o kept
  says out milan-vcek
  expect 0 sconectl collateral fetch "$genoa/report.bin" --snp-source "file:$genoa" -o kept
  expect 0 sconectl collateral fetch "$milan/report.bin" "$genoa/report.bin" --snp-source "file:$PWD/kept" -o again
  [ "$(cat out)" = $'genoa-vcek\nmilan-vcek' ] || fail "$(cat out)"
  diff -r kept/vcek again/vcek
  expect 0 sconectl collateral show again
  says out "milan-vcek: certificate 'ARK-Milan'"
}

case_snp_reports_are_judged_as_another_verifier_does() {
  # EV-014, EV-016, EV-017, EV-019, EV-020
  need_vectors snp
  expect 0 judge snp "$JUDGES/snp" "$VECTORS/snp"
  matches out '^[1-9][0-9][0-9]+ cases of [1-9][0-9]+ reports$'
}

case_a_file_that_holds_no_quote_is_said_to() {
  printf 'no quote' >text
  expect 3 sconectl quote show text
  says err "'text' holds no quote"
  expect 4 sconectl quote show missing
  says err missing
  mkdir empty
  expect 3 sconectl quote verify text --collateral empty
  expect 2 sconectl quote verify text
  expect 2 sconectl quote verify text --collateral empty --tolerate outdated-tbc
  says err "did you mean 'outdated-tcb'?"
}
