# Images of the kinds java and node, from sources to output. Sourced by tests/e2e/run.
# shellcheck shell=bash

# kind_service NAME BUILD: service.yaml of an image NAME in the current directory; BUILD is the rest of its build section.
kind_service() {
  cat >service.yaml <<END
apiVersion: scone/5.8
kind: genservice
build: {name: $1, to: "$REGISTRY/$SUITE/$1:1", $2}
END
}

# with_secret: it gets variables, one of which the CAS fills in.
with_secret() {
  cat >>service.yaml <<'END'
environment: {local: [{name: API_PASSWORD, value: "$$SCONE::password$$"}, {name: API_USER, value: myself}]}
secrets: {global: [{name: password, kind: ascii, size: 10}]}
END
}

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
  kind_service java 'kind: java17-bullseye, pwd: /java, command: java PrintEnv, copy: [PrintEnv.java, "odd names/Name.java", lib/greeting.jar]'
  with_secret
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
  kind_service node 'kind: node18, pwd: /app, command: node server.js, copy: [.]'
  with_secret
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
  if ! DOCKER_BUILDKIT=1 docker build --help >/dev/null 2>&1; then
    [ -x /usr/bin/docker ] || fail "this docker has no BuildKit"
    export PATH=/usr/bin:$PATH
    hash -r
    DOCKER_BUILDKIT=1 docker build --help >/dev/null 2>&1 || fail "no docker here has BuildKit"
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
  kind_service site 'kind: python, pwd: /app, command: python3 versions.py, copy: [versions.py], requirements: requirements.txt'
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
  kind_service web 'kind: node18, pwd: /app, command: node server.js, copy: [server.js, package.json]'
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

# A project of Maven in the current directory: a class that needs a package of the index, and a text that settings.xml fills in.
maven_project() {
  mkdir -p src/main/java/site src/main/resources
  cat >pom.xml <<'END'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>site</groupId>
  <artifactId>hello</artifactId>
  <version>1.0</version>
  <properties>
    <maven.compiler.source>17</maven.compiler.source>
    <maven.compiler.target>17</maven.compiler.target>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencies>
    <dependency><groupId>commons-codec</groupId><artifactId>commons-codec</artifactId><version>1.16.0</version></dependency>
  </dependencies>
  <build>
    <resources><resource><directory>src/main/resources</directory><filtering>true</filtering></resource></resources>
    <plugins><plugin><artifactId>maven-source-plugin</artifactId><version>3.3.1</version>
      <executions><execution><goals><goal>jar-no-fork</goal></goals></execution></executions></plugin></plugins>
  </build>
</project>
END
  # shellcheck disable=SC2016  # of Maven
  printf 'word ${site.word}\n' >src/main/resources/word.txt
  cat >src/main/java/site/Hello.java <<'END'
package site;
import org.apache.commons.codec.binary.Hex;
public class Hello {
  public static void main(String[] arguments) throws Exception {
    System.out.println(Hex.encodeHexString("hello".getBytes("UTF-8")) + " " + System.getenv("API_PASSWORD").length());
    System.out.print(new String(Hello.class.getResourceAsStream("/word.txt").readAllBytes(), "UTF-8"));
  }
}
END
  cat >settings.xml <<'END'
<settings xmlns="http://maven.apache.org/SETTINGS/1.0.0">
  <!-- hunter2-of-maven -->
  <profiles><profile><id>site</id><properties><site.word>of-the-settings</site.word></properties></profile></profiles>
  <activeProfiles><activeProfile>site</activeProfile></activeProfiles>
</settings>
END
}

case_kind_java_builds_what_pom_xml_says() {
  # From Maven Central, by a site's authorities and settings, which no layer has.
  build_kit
  "$SETUP_DIR/base-images.sh" java
  openssl req -x509 -newkey rsa:2048 -nodes -keyout site.key -out site.pem -subj '/CN=authority of the site' -days 2 2>/dev/null
  maven_project
  kind_service maven 'kind: java17, pwd: /app, command: java site.Hello, copy: [pom.xml, src]'
  with_secret
  export SCONECTL_JAVA_IMAGE=$JAVA_IMAGE SCONECTL_MAVEN_IMAGE=$JAVA_IMAGE
  SCONECTL_BUILD_CA=site.pem SCONECTL_MAVEN_SETTINGS=settings.xml kind_applied maven
  says out '68656c6c6f 10'
  says out 'word of-the-settings'
  # What it needs is in the image and in its bill of materials; sources, Maven's own files and what was private are not.
  jq -r '.components[].purl' target/images/maven/sbom.cdx.json >purls
  says purls 'pkg:maven/commons-codec/commons-codec@1.16.0'
  says purls 'pkg:maven/site/hello@1.0'
  expect 1 docker run --rm --network none --entrypoint find "$REGISTRY/$SUITE/maven:1" /app /root /java /dev/sconectl-build
  says err "'/java': No such file"
  says err "'/dev/sconectl-build': No such file"
  says out /app/commons-codec-1.16.0.jar
  says_but_not out /app/hello-1.0.jar pom.xml
  says_but_not out /app/hello-1.0.jar .m2
  says_but_not out /app/hello-1.0.jar Hello.java
  says_but_not out /app/hello-1.0.jar hello-1.0-sources.jar
  image_bytes "$REGISTRY/$SUITE/maven:1" >bytes
  cat target/images/maven/Dockerfile >>bytes
  printf 'hunter2-of-maven' >marker
  hides marker site/hello/pom.properties <bytes
  # What Maven can not read ends the build, with its words.
  echo '<project>' >pom.xml
  expect 1 sconectl apply -f service.yaml --runtime native
  says err 'Non-readable POM'
}
