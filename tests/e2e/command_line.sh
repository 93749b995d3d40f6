# What every command does alike, and how rules are explained; no CAS and no container is needed. Sourced by tests/e2e/run.
# shellcheck shell=bash

case_version_is_the_last_word_of_one_line() {
  expect 0 scone --version # CL-005
  matches out '^sconectl [0-9]+\.[0-9]+\.[0-9]+[-+.0-9a-z]*$'
  cp out version
  expect 0 scone version
  cmp out version
}

case_groups_of_the_scone_command_exist_and_others_do_not() {
  local group
  for group in cas cert self session; do # CL-004
    expect 0 scone "$group" --help
    matches out "^  $group [a-z-]+ "
  done
  expect 2 scone fspf create x
  says err "unknown command 'fspf'"
}

case_warnings_fail_only_when_asked_and_have_no_colour() {
  printf 'name: a\nversion: "0.3"\nsecurity: {attestation: {mode: none}}\nservices: [{name: s, command: x}]\n' >s.yml
  expect 0 scone session check s.yml # CL-011
  matches err '^s\.yml:3:25: warning: '
  cp out checked.yml
  expect 0 scone session check checked.yml
  expect 3 scone session check --fail-on-warning s.yml
  cat out err >said
  says_but_not said "Warning: " $'\033' # CL-010
}

case_variables_are_typed_by_their_field_and_the_last_value_counts() {
  # shellcheck disable=SC2016  # the template's own variables
  printf 'name: ns-$N\nversion: "0.3"\nsecrets:\n  - {name: x, kind: binary, size: $SIZE}\nimages:\n  - name: i\n    injection_files:\n      - path: /f\n        content: |\n          port $N\n' >s.yml
  export N=environment
  expect 0 scone session check --use-env -e N=first -e N=second -e SIZE=16 -e UNUSED=x s.yml # CL-037, CL-040, CL-049
  matches out '^name: ns-second$'
  matches out 'size: 16'
  matches out 'port second' # CL-044
  expect 0 scone session check --use-env -e SIZE=16 s.yml
  matches out '^name: ns-environment$'
  expect 3 scone session check --use-env -e SIZE=many s.yml
  expect 2 scone session check -e N s.yml
  expect 0 scone session check --use-env -e SIZE=16 --name other s.yml # CL-051
  matches out '^name: other$'
}

case_signed_sessions_have_no_variables_and_no_other_name() {
  # shellcheck disable=SC2016
  printf 'name: $N\nversion: "0.3"\naccess_policy: {read: [ANY]}\nsecrets: [{name: x, kind: ascii, value: \\$N}]\n' >s.yml
  scone session sign -e N=one s.yml >signed.json
  expect 0 scone session check -e N=two signed.json # CL-050
  jq -r .session out >session
  matches session '^name: one$'
  # shellcheck disable=SC2016
  matches session 'value: "?\$N"?$'
  expect "2|3" scone session check --name two signed.json
  says err 'signed'
}

case_what_is_signed_is_not_written_to_a_terminal() {
  printf 'name: a\nversion: "0.3"\naccess_policy: {read: [ANY], update: [NONE]}\n' >s.yml
  expect 0 scone session sign s.yml generate-message-to-be-signed # CL-079
  cp out message
  on_terminal() { script --quiet --return --command "$1" /dev/null </dev/null >shown 2>&1; }
  ! on_terminal 'scone session sign s.yml generate-message-to-be-signed' || fail "written to a terminal: $(cat shown)"
  says shown terminal
  on_terminal 'scone session sign s.yml generate-message-to-be-signed -f' || fail "refused in spite of -f: $(cat shown)"
  # A creator that is needed and that nobody is said to be.
  printf 'name: a\nversion: "0.3"\naccess_policy: {read: [ANY]}\n' >creator.yml
  expect "1|2|3" scone session sign creator.yml generate-message-to-be-signed
}

case_a_rule_is_explained_with_its_source_and_tests() {
  expect 0 sconectl explain SL-036 sl-048
  matches out '^SL-036: A part of a session name consists of '
  matches out '^  source: documentation$'
  matches out '^  tested by: '
  matches out '^SL-048: '
  expect 0 sconectl explain --json CL-005
  jq -e '.rules[0] | .id == "CL-005" and (.tests | length) > 0 and (.sentence | length) > 20' out
  expect 0 sconectl explain CL-047
  matches out 'not tested: .*there is nothing to do'
  expect 2 sconectl explain SL-9999
  says err "unknown rule 'SL-9999'"
}
