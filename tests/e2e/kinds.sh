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
  # A lock that does not fit what package.json names ends the build.
  printf '{"name": "web", "version": "1.0.0", "private": true, "dependencies": {"left-pad": "1.3.0"}}\n' >package.json
  SCONECTL_NODE_IMAGE=$NODE_IMAGE expect 1 sconectl apply -f service.yaml --runtime native
  says err 'npm ci'
}
