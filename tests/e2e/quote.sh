# Evidence on the command line, beside another verifier (dcap-qvl). Sourced by tests/e2e/run.
# shellcheck shell=bash

VECTORS=${SCONECTL_VECTORS:-${SCONECTL_CORPUS:-$REPO_ROOT/../shared/corpus}/../vectors}

case_quotes_have_the_verdicts_of_another_verifier() {
  if [ ! -d "$VECTORS" ]; then
    if [ -n "${SCONECTL_CORPUS:-}" ] || [ -d "$REPO_ROOT/../shared" ]; then
      fail "there is no $VECTORS"
    fi
    skip "the recorded quotes are not beside the repository"
  fi
  expect 0 judge quotes "$VECTORS/dcap"
  matches out '^[1-9][0-9][0-9]+ cases of [1-9][0-9]+ quotes$'
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
