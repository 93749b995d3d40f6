# What users install: cmake --install, the .deb, the tarball, the container image. Sourced by tests/e2e/run.
# shellcheck shell=bash

# packages DIRECTORY: a .deb and a .tar.gz, both from the build directory as it is.
packages() {
  cpack --config "$BUILD_DIR/CPackConfig.cmake" -B "$1" >cpack.log 2>&1 || fail "$(tail -n 20 cpack.log)"
  deb=$(find "$1" -maxdepth 1 -name '*.deb')
  tarball=$(find "$1" -maxdepth 1 -name '*.tar.gz')
  if [ -z "$deb" ] || [ -z "$tarball" ]; then fail "no packages: $(cat cpack.log)"; fi
}

case_installation_has_program_links_manual_pages_completions_and_documents() {
  expect 0 env DESTDIR="$PWD/root" cmake --install "$BUILD_DIR" --prefix /opt/sconectl
  local top=$PWD/root/opt/sconectl page
  [ "$(readlink "$top/bin/scone")" = sconectl ] || fail "scone is no link to sconectl beside it"
  [ "$(readlink "$top/bin/kubectl-provision")" = sconectl ] || fail "kubectl-provision is no link to sconectl beside it"
  expect 0 env -i "$top/bin/kubectl-provision" --help
  says out 'provision cas'
  expect 0 env -i "$top/bin/scone" version
  sconectl --version >expected
  cmp out expected
  expect 0 env -i "$top/bin/sconectl-launcher" version
  cmp out expected
  # What is installed finds its launcher; a program alone says what it lacks.
  printf '{apiVersion: scone/5.8, kind: genservice, build: {name: a, kind: python, to: "a:1", command: python3}}\n' >service.yaml
  expect 0 "$top/bin/sconectl" apply -f service.yaml --runtime native --dry-run --offline -t whole
  cmp "$top/bin/sconectl-launcher" whole/images/a/context/sconectl
  mkdir alone
  cp "$top/bin/sconectl" alone
  expect 4 alone/sconectl apply -f service.yaml --runtime native --dry-run --offline -t lacking
  says err "'$PWD/alone/sconectl-launcher'"
  says err 'install sconectl whole'
  absent lacking
  for page in sconectl sconectl-launcher sconectl-session-create sconectl-apply sconectl-explain scone kubectl-provision; do
    exists "$top/share/man/man1/$page.1.gz"
  done
  exists "$top/share/bash-completion/completions/scone"
  exists "$top/share/zsh/vendor-completions/_sconectl"
  exists "$top/share/fish/vendor_completions.d/sconectl.fish"
  cmp "$top/share/doc/sconectl/LICENSE" "$REPO_ROOT/LICENSE"
  exists "$top/share/doc/sconectl/docs/rules/session-language.md"
  # What is linked into the program is named with its licence.
  for page in libssl-dev libc6-dev libfmt-dev libtomlplusplus-dev libyaml-dev libsqlite3-dev libcli11-dev libgfshare-dev libpq-dev libsodium-dev libzstd-dev nlohmann-json3-dev zlib1g-dev; do
    [ -s "$top/share/doc/sconectl/third-party/$page" ] || fail "no notice of $page"
  done
}

case_manual_pages_name_every_command_and_option_and_render_without_complaints() {
  expect 0 sconectl manual "$PWD/man1"
  local page words option
  for page in man1/sconectl*.1; do
    groff -man -ww -Tutf8 -z "$page" 2>complaints || fail "groff: $(cat complaints)"
    [ ! -s complaints ] || fail "groff: $(cat complaints)"
    mandoc -Tlint -Wwarning "$page" >complaints || fail "mandoc: $(cat complaints)"
    LC_ALL=C.UTF-8 MANPAGER=cat man -l "$page" >shown 2>complaints || fail "man: $(cat complaints)"
    [ "$(wc -l <shown)" -gt 10 ] || fail "$page shows nothing: $(cat shown)"
  done
  expect 0 man -M "$PWD" -w scone
  sconectl --help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z -]*[a-z]\)  .*/\1/p' >commands
  [ "$(wc -l <commands)" -gt 20 ] || fail "$(cat commands)"
  while read -r words; do
    page=man1/sconectl-${words// /-}.1
    exists "$page"
    # shellcheck disable=SC2086  # a command may have two words
    sconectl $words --help | sed "/^Examples:/,\$d" | grep -o -E -e '(^|[ ,])--?[a-zA-Z][a-zA-Z_-]*' | tr -d ' ,' | sort -u >options
    [ -s options ] || fail "no options: $words"
    while read -r option; do
      grep -q -F -e "\\fB${option//-/\\-}\\fR" "$page" || fail "$page does not name $option"
    done <options
  done <commands
  # The variables of the documentation are those of the page.
  sed -n '/^## Environment/,/^$`/p' "$REPO_ROOT/docs/commands.md" | grep -E '^\| `' | cut -d'|' -f2 | grep -o -E '[A-Z_]{2,}' >variables
  [ "$(wc -l <variables)" -gt 10 ] || fail "$(cat variables)"
  while read -r option; do
    grep -q -F -e "$option" man1/sconectl.1 || fail "the manual page does not name $option"
  done <variables
}

case_completions_are_understood_by_their_shells() {
  sconectl completion bash >c.bash
  # shellcheck disable=SC2016
  [ "$(bash -c '. ./c.bash; COMP_WORDS=(sconectl ses); COMP_CWORD=1; _sconectl; echo "${COMPREPLY[*]}"')" = session ]
  # shellcheck disable=SC2016
  [ "$(bash -c '. ./c.bash; COMP_WORDS=(scone session cr); COMP_CWORD=2; _sconectl; echo "${COMPREPLY[*]}"')" = create ]
  sconectl completion fish >c.fish
  expect 0 fish --no-config -c 'source c.fish; complete -C "sconectl session cr"; complete -C "scone expl"'
  matches out '^create'
  matches out '^explain'
  sconectl completion zsh >_sconectl
  # shellcheck disable=SC2016
  expect 0 zsh -f -c 'fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -d dump; print $_comps[sconectl] $_comps[scone]'
  says out '_sconectl _sconectl'
}

case_deb_installs_on_a_bare_debian_and_leaves_nothing_behind() {
  packages "$PWD/one"
  [ "$(dpkg-deb --field "$deb" Package Depends)" = 'Package: sconectl' ] || fail "a static program depends on something"
  expect 0 lintian --allow-root --fail-on error,warning --tag-display-limit 0 "$deb"
  expect 0 dpkg-deb --info "$deb"
  says out "Version: $(sconectl version | cut -d' ' -f2 | tr - '~')-1"
  cp "$deb" sconectl.deb
  # shellcheck disable=SC2016  # for the shell in the container
  expect 0 docker run --rm --network none --name "$SUITE-deb" --volume "$PWD:/packages:ro" "$DEBIAN_IMAGE" sh -ec '
    find / -xdev | sort >/tmp/before
    dpkg -i /packages/sconectl.deb >&2
    scone version
    test -e /usr/share/man/man1/sconectl.1.gz || grep -q path-exclude /etc/dpkg/dpkg.cfg.d/*
    dpkg --verify sconectl
    dpkg -P sconectl >&2
    find / -xdev | sort >/tmp/after
    diff /tmp/before /tmp/after | grep -v -e /tmp/ -e ^[0-9] -e /var/ >&2 && exit 1
    true'
  sconectl --version >expected
  cmp out expected
}

case_tarball_runs_where_there_is_nothing_else() {
  packages "$PWD/one"
  mkdir tree
  tar --directory tree --extract --file "$tarball" --strip-components 1
  exists tree/share/doc/sconectl/LICENSE
  printf 'FROM scratch\nCOPY . /\nENTRYPOINT ["/bin/scone"]\n' >tree/Dockerfile
  expect 0 env DOCKER_BUILDKIT=0 docker build --quiet --tag "$SUITE-tarball" tree
  at_end docker rmi --force "$SUITE-tarball"
  expect 0 docker run --rm --network none "$SUITE-tarball" version
  sconectl --version >expected
  cmp out expected
}

case_packages_of_one_build_are_the_same_bytes() {
  packages "$PWD/one"
  sleep 1.1
  packages "$PWD/two"
  local package
  for package in one/*.deb one/*.tar.gz; do
    cmp "$package" "two/${package##*/}"
  done
}

case_container_image_works_as_an_alias() {
  mkdir home work
  tar -c -C "$BUILD_DIR" sconectl sconectl-launcher -C "$REPO_ROOT/cmake/package" Dockerfile >context.tar
  expect 0 env DOCKER_BUILDKIT=0 docker build --network host --build-arg "debian=$DEBIAN_IMAGE" --tag "$SUITE-alias" - <context.tar
  at_end docker rmi --force "$SUITE-alias"
  # shellcheck disable=SC2317  # expect runs it
  alias_of() {
    docker run --rm --user "$(id -u):$(id -g)" --group-add "$(stat -c %g /var/run/docker.sock)" --env HOME="$PWD/home" \
      --env DOCKER_BUILDKIT=0 --env SCONECTL_PYTHON_IMAGE --volume "$PWD:$PWD" --workdir "$PWD/work" \
      --volume /var/run/docker.sock:/var/run/docker.sock --network host "$SUITE-alias" "$@"
  }
  expect 0 alias_of version
  sconectl --version >expected
  cmp out expected
  expect 0 alias_of self show-key-hash
  [ -O home/.cas/config.json ] || fail "the state file does not belong to the user"
  # It drives the engine of the host.
  cp -r "$REPO_ROOT"/examples/hello-world/. work
  expect 0 alias_of apply -f service.yaml --runtime native --no-push -e RELEASE=demo -e "APP_IMAGE_REPO=$SUITE-alias-built"
  docker image ls --format '{{.Repository}}' | grep "^$SUITE-alias-built/" >built || fail "no image was built: $(cat out err)"
  at_end docker rmi --force "$(cat built)"
  [ -O work/target/images ] || fail "the results do not belong to the user"
}
