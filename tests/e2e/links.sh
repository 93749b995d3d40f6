# A checkout of somebody else: links and files that must neither be written through nor get into an image.
# Sourced by tests/e2e/run.
# shellcheck shell=bash

# hello_plan OPTION...: plans service.yaml of the current directory.
hello_plan() {
  sconectl apply -f service.yaml --runtime native --dry-run -e APP_IMAGE_REPO="$REGISTRY/$SUITE-links" \
    -e RELEASE=pythonapp "$@"
}

# nothing may be written through a link below the target directory
case_links_in_the_target_directory_are_refused() {
  cp "$REPO_ROOT"/examples/hello-world/{*.yaml,*.py,*.txt} .
  mkdir home
  printf 'mine\n' >home/.bashrc
  mkdir -p target/images/python-hello-user
  ln -s ../../../home/.bashrc target/images/python-hello-user/Dockerfile
  expect 3 hello_plan
  says err "target/images/python-hello-user/Dockerfile' is a symbolic link"
  rm target/images/python-hello-user/Dockerfile
  expect 0 hello_plan
  ln -s ../home target/helm
  expect 3 sconectl apply -f mesh.yaml --dry-run -e APP_IMAGE_REPO="$REGISTRY/$SUITE-links" -e APP_NAMESPACE=links -e RELEASE=x
  says err "target/helm' is a symbolic link"
  [ "$(cat home/.bashrc) $(ls -A home)" = 'mine .bashrc' ] || fail "home was changed: $(ls -A home)"
}

# what is copied into an image stays in the folder, and credentials stay out
case_links_and_credentials_do_not_get_into_an_image() {
  cp "$REPO_ROOT"/examples/hello-world/{*.yaml,*.py,*.txt} .
  mkdir -p src .git
  printf 'PRIVATE\n' >../id_rsa
  printf 'TOKEN=x\n' | tee .env src/.env >.git/config
  printf 'print()\n' >src/a.py
  ln -s a.py src/b.py
  ln -s ../../id_rsa src/key
  sed -i 's/- print_env.py$/- ./' service.yaml
  grep -q '^ *- \.$' service.yaml || fail "the example does not list what it copies"
  expect 3 hello_plan
  says err "'src/key' is a symbolic link"
  rm src/key
  expect 0 hello_plan
  local app=target/images/python-hello-user/context/app
  exists $app/src/a.py
  [ "$(readlink $app/src/b.py)" = a.py ] || fail "the link is not there"
  # Of these names only what may be copied is there.
  find $app -name .env -o -name .git -o -name target -o -name a.py >found
  [ "$(cat found)" = $app/src/a.py ] || fail "there: $(cat found)"
  printf 'src/a.py\n' >.dockerignore
  expect 0 hello_plan
  [ -L $app/src/b.py ] || fail "the link is gone"
  [ ! -e $app/src/a.py ] || fail ".dockerignore had no effect"
}
