# Images of the kinds java and node, from sources to output. Sourced by tests/e2e/run.
# shellcheck shell=bash

# kind_applied NAME: builds and applies the service.yaml in the current directory, and runs it into the file out.
# shellcheck disable=SC2154  # env: native_apply
kind_applied() {
  native_apply "$1"
  expect 0 docker run --rm --name "$SUITE-$1" --network host --env-file "$env" --read-only --user 65532:65532 "$REGISTRY/$SUITE/$1:1"
}

case_kind_java_is_compiled_and_finds_its_jars() {
  # Row M16, with the fields of the public Java tutorial: sources, a jar, a secret of the CAS.
  "$SETUP_DIR/base-images.sh" java
  mkdir lib 'odd names'
  cat >Greeting.java <<'END'
public class Greeting {
  public static String of(String name) { return "Hello " + name; }
}
END
  docker run --rm --volume "$PWD:/work" --workdir /work "$JAVA_IMAGE" sh -c 'javac -d /tmp/made Greeting.java && jar cf "lib/greeting.jar" -C /tmp/made .'
  rm Greeting.java
  cat >PrintEnv.java <<'END'
public class PrintEnv {
  public static void main(String[] arguments) {
    System.out.println(Greeting.of(System.getenv("API_USER")) + " " + System.getenv("API_PASSWORD").length());
    System.out.println(odd.Name.text() + " " + System.getProperty("user.dir"));
  }
}
END
  printf 'package odd;\npublic class Name { public static String text() { return "odd"; } }\n' >"odd names/Name.java"
  cat >service.yaml <<END
apiVersion: scone/5.8
kind: genservice
environment:
  local:
    - {name: API_PASSWORD, value: "\$\$SCONE::password\$\$"}
    - {name: API_USER, value: myself}
secrets: {global: [{name: password, kind: ascii, size: 10}]}
build:
  name: java
  kind: java17-bullseye
  to: "$REGISTRY/$SUITE/java:1"
  pwd: /java
  command: java PrintEnv
  copy: [PrintEnv.java, "odd names/Name.java", lib/greeting.jar]
END
  SCONECTL_JAVA_IMAGE=$JAVA_IMAGE SCONECTL_JDK_IMAGE=$JAVA_IMAGE kind_applied java
  says out 'Hello myself 10'
  says out 'odd /java'
  # The sources are not in the image.
  expect 0 docker run --rm --entrypoint find "$REGISTRY/$SUITE/java:1" / -xdev -name '*.java' -path '*/java/*'
  [ ! -s out ] || fail "sources are in the image: $(cat out)"
  # What can not be compiled ends the build, with the compiler's words.
  echo 'no java' >PrintEnv.java
  SCONECTL_JAVA_IMAGE=$JAVA_IMAGE SCONECTL_JDK_IMAGE=$JAVA_IMAGE expect 1 sconectl apply -f service.yaml --runtime native
  says err 'PrintEnv.java:1: error'
}

case_kind_node_runs_with_what_package_json_names() {
  "$SETUP_DIR/base-images.sh" node
  mkdir app app/node_modules app/lib
  cd app || return
  echo 'left here by the machine' >node_modules/stale
  printf '{"name": "web", "version": "1.0.0", "private": true}\n' >package.json
  printf '{"name": "web", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": {"": {"name": "web", "version": "1.0.0"}}}\n' \
    >package-lock.json
  # shellcheck disable=SC2016  # of JavaScript
  printf 'exports.greeting = (name) => `Hello ${name}`\n' >lib/greeting.js
  cat >server.js <<'END'
const fs = require("fs")
console.log(require("./lib/greeting").greeting(process.env.API_USER), process.env.API_PASSWORD.length)
console.log("stale", fs.existsSync("node_modules/stale"), process.cwd())
END
  cat >service.yaml <<END
apiVersion: scone/5.8
kind: genservice
environment:
  local:
    - {name: API_PASSWORD, value: "\$\$SCONE::password\$\$"}
    - {name: API_USER, value: myself}
secrets: {global: [{name: password, kind: ascii, size: 10}]}
build: {name: node, kind: node18, to: "$REGISTRY/$SUITE/node:1", pwd: /app, command: node server.js, copy: [.]}
END
  SCONECTL_NODE_IMAGE=$NODE_IMAGE kind_applied node
  says out 'Hello myself 10'
  says out 'stale false /app'
  # What npm can not read ends the build, with its words.
  echo '{' >package.json
  SCONECTL_NODE_IMAGE=$NODE_IMAGE expect 1 sconectl apply -f service.yaml --runtime native
  says err 'npm ci'
}

# build_kit: a docker that can mount files for a build comes first, if another is in front of it.
build_kit() {
  local version
  if docker buildx version >/dev/null 2>&1; then
    return
  fi
  version=$(docker version --format '{{.Client.Version}}')
  if [ "${version%%.*}" -ge 23 ]; then
    [ -x /usr/bin/docker ] || fail "this docker has no BuildKit"
    export PATH=/usr/bin:$PATH
    hash -r
  fi
}

case_builds_reach_indexes_by_what_no_image_holds() {
  # Packages of PyPI and npm, by a site's authorities and configuration.
  local before
  build_kit
  openssl req -x509 -newkey rsa:2048 -nodes -keyout site.key -out site.pem -subj '/CN=authority of the site' -days 2 2>/dev/null
  printf '# hunter2-of-pip\n[global]\ntimeout = 120\n' >pip.conf
  printf '; hunter2-of-npm\nfetch-timeout=120000\n' >npmrc
  printf 'itsdangerous==2.2.0 --hash=sha256:c6242fc49e35958c8b15141343aa660db5fc54d4f13a1db01a3f5891b98700ef\n' >requirements.txt
  cat >versions.py <<'END'
import importlib.metadata
print("itsdangerous", importlib.metadata.version("itsdangerous"))
END
  cat >service.yaml <<END
apiVersion: scone/5.8
kind: genservice
build: {name: site, kind: python, to: "$REGISTRY/$SUITE/site:1", pwd: /app, command: python3 versions.py, copy: [versions.py], requirements: requirements.txt}
END
  export SCONECTL_BUILD_CA=$PWD/site.pem SCONECTL_PIP_CONFIG=$PWD/pip.conf
  native_apply site
  expect 0 docker run --rm --name "$SUITE-site" --network host --env-file "$env" "$REGISTRY/$SUITE/site:1"
  says out 'itsdangerous 2.2.0'
  # Neither in the image nor in its history nor where images are prepared.
  docker save "$REGISTRY/$SUITE/site:1" >site.tar
  tar --extract --file site.tar --directory "$(mkdir saved && echo saved)"
  grep -r -a -l -e hunter2-of-pip -e 'authority of the site' saved target err >found || true
  [ ! -s found ] || fail "found in $(cat found)"
  # The same again comes from the cache, another configuration does not.
  expect 0 sconectl apply -f service.yaml --runtime native --json
  before=$(jq -r '[.. | objects | .id // empty][0]' out)
  echo '# another' >>pip.conf
  expect 0 sconectl apply -f service.yaml --runtime native --json
  [ "$(jq -r '[.. | objects | .id // empty][0]' out)" != "$before" ] || fail "another configuration gives the same image"
  # npm, in the base image of the kind node.
  "$SETUP_DIR/base-images.sh" node
  mkdir web
  cd web || return
  printf '{"name": "web", "version": "1.0.0", "private": true, "dependencies": {"is-number": "7.0.0"}}\n' >package.json
  echo 'console.log("is-number", require("is-number")("7"))' >server.js
  cat >service.yaml <<END
apiVersion: scone/5.8
kind: genservice
build: {name: web, kind: node18, to: "$REGISTRY/$SUITE/web:1", pwd: /app, command: node server.js, copy: [server.js, package.json]}
END
  SCONECTL_NODE_IMAGE=$NODE_IMAGE SCONECTL_NPM_CONFIG=$PWD/../npmrc kind_applied web
  says out 'is-number true'
  docker run --rm --entrypoint grep "$REGISTRY/$SUITE/web:1" -r -l hunter2-of-npm /app /etc /root /opt >found || true
  [ ! -s found ] || fail "found in $(cat found)"
  # What is not there is said before anything is built.
  SCONECTL_NPM_CONFIG=gone expect 4 sconectl apply -f service.yaml --runtime native
  says err "there is no file 'gone' for builds"
  SCONECTL_BUILD_CA=package.json expect 3 sconectl apply -f service.yaml --runtime native
  says err 'holds no certificates'
}
