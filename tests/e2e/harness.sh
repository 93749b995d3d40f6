# A small harness for end-to-end cases. Sourced by tests/e2e/run.
# shellcheck shell=bash
#
# A case is a function 'case_<what it proves>'. It runs in a subshell of its own (set -e), in an empty directory of its
# own, and fails when a command or an 'expect' fails. Whatever must be torn down is registered with 'at_end'.

passed=0
failed=0

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

# skip REASON...: what the case needs is not here, and need not be.
skip() {
  printf '%s\n' "$*" >&2
  exit 77
}

# at_end COMMAND...: runs when the case ends, last registered first.
teardown=()
at_end() {
  teardown=("$(printf '%q ' "$@")" "${teardown[@]}")
}

run_teardown() {
  local command
  for command in "${teardown[@]}"; do
    eval "$command" >/dev/null 2>&1 || true
  done
}

# run_case FUNCTION: prints one line; what the case printed only when it failed.
run_case() {
  local name=$1 begin=$SECONDS status log=$SUITE_DIR/logs/$1
  mkdir -p "$SUITE_DIR/cases/$name" "$SUITE_DIR/logs"
  # Not in a condition: there, bash would ignore 'set -e' inside the case.
  set +e
  (
    set -e
    trap run_teardown EXIT
    cd "$SUITE_DIR/cases/$name"
    "$name"
  ) >"$log" 2>&1
  status=$?
  set -e
  if [ "$status" -eq 0 ]; then
    passed=$((passed + 1))
    printf 'ok      %s (%d s)\n' "${name#case_}" $((SECONDS - begin))
  elif [ "$status" -eq 77 ]; then
    printf 'SKIPPED %s: %s\n' "${name#case_}" "$(tail -n 1 "$log")"
  else
    failed=$((failed + 1))
    printf 'FAILED  %s (%d s)\n' "${name#case_}" $((SECONDS - begin))
    sed 's/^/        | /' "$log"
  fi
}

# expect STATUS COMMAND...: runs the command, output in the files out and err; STATUS may name alternatives: '1|4'.
expect() {
  local wanted=$1 status=0
  shift
  "$@" >out 2>err || status=$?
  [[ "|$wanted|" == *"|$status|"* ]] ||
    fail "exit status $status, expected $wanted: $*"$'\n'"--- stdout"$'\n'"$(tail -n 20 out)"$'\n'"--- stderr"$'\n'"$(tail -n 20 err)"
}

# says FILE TEXT: the file has a line with this text (a fixed string, any case).
says() {
  grep -q -i -F -- "$2" "$1" || fail "'$2' is not in $1:"$'\n'"$(cat "$1")"
}

# matches FILE PATTERN: the file has a line that matches the extended regular expression.
matches() {
  grep -q -E -- "$2" "$1" || fail "nothing in $1 matches '$2':"$'\n'"$(cat "$1")"
}

# says_but_not FILE TEXT OTHER: the file has TEXT, so it is the one that was meant, and nowhere OTHER.
says_but_not() {
  [ $# = 3 ] || fail "says_but_not: $# arguments"
  says "$1" "$2"
  ! grep -q -i -F -- "$3" "$1" || fail "'$3' is in $1:"$'\n'"$(cat "$1")"
}

exists() {
  [ -e "$1" ] || fail "there is no $1"
}

absent() {
  if [ -e "$1" ] || [ -L "$1" ]; then
    fail "there is a $1"
  fi
}

same_tree() {
  diff -r "$1" "$2" >tree.diff || fail "$1 and $2 differ:"$'\n'"$(head -n 40 tree.diff)"
}

mode_is() {
  [ "$(stat -c %a "$2")" = "$1" ] || fail "mode of $2 is $(stat -c %a "$2"), expected $1"
}

# hides FILE TEXT: reads standard input to its end; TEXT is in it, so that the search is known to work, and the line that
# FILE holds is not. The line is on no command line.
hides() {
  local found
  [ -s "$1" ] || fail "no secret to look for in $1"
  found=$(grep -a -o -F -f <(printf '%s\n' "$2" && cat "$1") | sort -u) || true
  [[ $found == *"$2"* ]] || fail "'$2' is not in what was searched for the secret"
  [[ $found != *"$(cat "$1")"* ]] || fail "the text of $1 is there"
}
