# The curated services, each judged by its real client: who has the certificate of the mesh is served, everybody else is
# refused. Sourced by tests/e2e/run.
# shellcheck shell=bash

# curated NAME TAG FILE=SECRET...: the curated image, a mesh of it and of a client that imports these secrets. What the client
# gets from the CAS is in tls/ then. VARIABLES has more of the mesh's variables. Sets $server (container), $host, $image, $env.
curated() {
  local name=$1 tag=$2 pair import imports='' files=''
  shift 2
  server=$SUITE-$name host=curated-$name image=$REGISTRY/$SUITE/curated/$name:$tag
  "$REPO_ROOT/examples/curated/build.sh" "$REGISTRY/$SUITE/curated" "$name"
  for pair in "$@"; do
    import=${pair#*=}
    imports+="${imports:+, }${import%%[.:]*}"
    files+="${files:+, }{path: /tls/${pair%%=*}, content: \"\$\$SCONE::$import\$\$\"}"
  done
  cat >service.yaml <<END
apiVersion: scone/5.8
kind: genservice
secrets: {import: [$imports]}
injection_files: [$files]
build: {name: client, kind: sconify_image, from: "$DEBIAN_IMAGE", to: "$REGISTRY/$SUITE/client-$name:1", command: tar -chf - -C /tls .}
END
  cat >mesh.yaml <<END
apiVersion: scone/5.8
kind: mesh
cas: [{name: cas, alias: [image, security, access, attestation], cas_url: embedded}]
policy: {namespace: $server}
env:
  - service: global
    env: [{name: ${name}_server_name, value: $host}, {name: ${name}_client_name, value: curated-client}${VARIABLES:+, $VARIABLES}]
services: [{name: $name, image: "$image"}, {name: client, image: "$REGISTRY/$SUITE/client-$name:1"}]
END
  expect 0 sconectl apply -f service.yaml --runtime native
  expect 0 sconectl apply -f mesh.yaml
  env=target/session_files/$server-$name.env
  mkdir -p tls
  docker run --rm --network host --env-file "target/session_files/$server-client.env" "$REGISTRY/$SUITE/client-$name:1" |
    tar -xf - -C tls
  # Readable for the clients of the images, which run as nobody in particular.
  chmod -R a+rX tls
  stranger
}

# stranger: a certificate with the right name, of somebody else's CA.
stranger() {
  openssl req -x509 -newkey rsa:2048 -nodes -keyout tls/other.key -out tls/other.crt -subj /CN=curated-client -days 2 2>openssl.log
  chmod a+r tls/other.key
}

# started PORT OPTION...: the server runs, with a read-only root and no right at all, as the user of its image.
started() {
  local port=$1
  shift
  at_end docker rm --force --volumes "$server"
  expect 0 docker run --detach --name "$server" --network host --read-only --cap-drop ALL --security-opt no-new-privileges \
    --env-file "$env" "$@" "$image"
  wait_for_port "$port"
}

wait_for_port() {
  local deadline=$((SECONDS + 60))
  until docker exec "$server" /opt/sconectl/sconectl pod ready --port "$1" 2>/dev/null; do
    if [ "$(docker inspect --format '{{.State.Running}}' "$server")" != true ] || [ "$SECONDS" -ge "$deadline" ]; then
      fail "$server does not listen on port $1: $(docker logs "$server" 2>&1 | tail -n 20)"
    fi
    sleep 0.2
  done
  [ "$(docker inspect --format '{{.Config.User}}' "$server")" = 65532:65532 ] || fail "it runs as another user"
}

# client IMAGE PROGRAM ARGUMENT...
client() {
  docker run --rm --interactive --network host --add-host "$host:127.0.0.1" --volume "$PWD/tls:/client:ro" \
    --entrypoint "$2" "$1" "${@:3}"
}

# keeps BASE COMMAND: what BASE starts, and what else it says, is there still.
keeps() {
  local base=$1 what
  matches "${env%.env}.yaml" "^  command: $2\$"
  for what in .Config.User .Config.ExposedPorts .Config.Volumes .Config.WorkingDir; do
    [ "$(docker inspect --format "{{json $what}}" "$image")" = "$(docker inspect --format "{{json $what}}" "$base")" ] ||
      fail "$what of $base is not that of $image"
  done
}

refused_saying() {
  cat out err >said
  says_but_not said "$1" "$2"
}

# refused_by_memcached TEXT: it sends an alert, which the reset of the connection can overtake.
refused_by_memcached() {
  sed 's/:errno=104/&: reset instead of an alert/' out err >said
  says_but_not said alert "$1"
}

case_curated_redis_serves_who_has_the_certificate() {
  # The mesh has no manifest of the server, only the name of its image (row M05).
  curated redis 7 ca.crt=redis_ca_cert.chain client.crt=redis_client_cert.crt client.key=redis_client_cert.key
  started 6379
  keeps "$REDIS_IMAGE" "redis-server /etc/redis/redis.conf"
  local redis=(client "$REDIS_IMAGE" redis-cli -h "$host") tls=(--tls --cacert /client/ca.crt)
  local right=("${tls[@]}" --cert /client/client.crt --key /client/client.key)
  expect 0 "${redis[@]}" "${right[@]}" set word value-of-redis
  expect 0 "${redis[@]}" "${right[@]}" get word
  says out value-of-redis
  expect 1 "${redis[@]}" get word
  refused_saying error value-of-redis
  expect 1 "${redis[@]}" "${tls[@]}" get word
  refused_saying error value-of-redis
  expect 1 "${redis[@]}" "${tls[@]}" --cert /client/other.crt --key /client/other.key get word
  refused_saying error value-of-redis
}

# memcached_talk ARGUMENT...: what Memcached answers to the request in $asked; openssl's own words are in err.
memcached_talk() {
  { printf '%b' "$asked" && sleep 1; } | timeout 20 openssl s_client -connect 127.0.0.1:11211 -quiet -verify_return_error "$@"
}

case_curated_memcached_serves_who_has_the_certificate() {
  curated memcached 1.6 ca.crt=memcached_ca_cert.chain client.crt=memcached_client_cert.crt client.key=memcached_client_cert.key
  started 11211
  keeps "$MEMCACHED_IMAGE" '.memcached --port=11211 .*ssl_verify_mode=2.*'
  local tls=(-CAfile tls/ca.crt -verify_hostname "$host" -servername "$host") asked
  local right=("${tls[@]}" -cert tls/client.crt -key tls/client.key)
  asked='set word 0 0 18\r\nvalue-of-memcached\r\nquit\r\n'
  expect '0|1' memcached_talk "${right[@]}"
  says out STORED
  asked='get word\r\nquit\r\n'
  expect '0|1' memcached_talk "${right[@]}"
  says out value-of-memcached
  expect 1 memcached_talk "${tls[@]}"
  refused_by_memcached value-of-memcached
  expect 1 memcached_talk "${tls[@]}" -cert tls/other.crt -key tls/other.key
  refused_by_memcached value-of-memcached
  # Without TLS it says nothing and hangs up.
  { printf 'get word\r\nquit\r\n' && sleep 1; } | timeout 5 curl --silent --show-error --verbose telnet://127.0.0.1:11211 >out 2>err || true
  refused_saying Connected value-of-memcached
}

case_curated_nginx_serves_files_over_tls_to_all_or_to_its_users() {
  curated nginx 1.22 ca.crt=nginx_ca_cert.chain client.crt=nginx_user_cert.crt client.key=nginx_user_cert.key
  started 8443 --env SCONECTL_REFRESH=5 --env SCONECTL_REFRESH_SIGNAL=HUP
  keeps "$NGINX_IMAGE" "nginx -e stderr -g .daemon off;."
  local get=(curl --silent --show-error --fail --resolve "$host:8443:127.0.0.1" --cacert tls/ca.crt "https://$host:8443/")
  expect 0 "${get[@]}"
  says out nginx
  # Another CA does not vouch for it, and without TLS there is an error and no page.
  expect 60 curl --silent --show-error --resolve "$host:8443:127.0.0.1" --cacert tls/other.crt "https://$host:8443/"
  expect 22 curl --silent --show-error --fail "http://127.0.0.1:8443/"
  # One variable of the mesh, and only who has a certificate of the application's CA is served. It does not start anew for that.
  VARIABLES='{name: nginx_verify_client, value: "on"}'
  curated nginx 1.22 ca.crt=nginx_ca_cert.chain client.crt=nginx_user_cert.crt client.key=nginx_user_cert.key
  wait_for 30 "the new configuration" sh -c "curl --silent --insecure https://127.0.0.1:8443/ | grep -q 'No required SSL certificate'"
  expect 0 "${get[@]}" --cert tls/client.crt --key tls/client.key
  says out nginx
  expect 22 "${get[@]}"
  says err 400
  expect 22 "${get[@]}" --cert tls/other.crt --key tls/other.key
  says err 400
}

case_curated_nginx_hands_requests_on_over_mutual_tls() {
  # shellcheck disable=SC2034  # curated reads it
  VARIABLES='{name: nginx_serves, value: upstream}, {name: nginx_upstream_name, value: localhost}, {name: nginx_upstream_port, value: 18443}'
  curated nginx 1.22 ca.crt=nginx_ca_cert.chain server.crt=nginx_upstream_server_cert.crt server.key=nginx_upstream_server_cert.key \
    upstream-ca.crt=nginx_upstream_ca_cert.chain
  started 8443
  cat >upstream.py <<'END'
import http.server, ssl, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = dict(part[0] for part in self.connection.getpeercert()["subject"])["commonName"]
        body = f"upstream was asked by {name}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(sys.argv[1], sys.argv[2])
tls.load_verify_locations("tls/upstream-ca.crt")
tls.verify_mode = ssl.CERT_REQUIRED
server = http.server.ThreadingHTTPServer(("127.0.0.1", 18443), Handler)
server.socket = tls.wrap_socket(server.socket, server_side=True)
server.serve_forever()
END
  local get=(curl --silent --show-error --fail --resolve "$host:8443:127.0.0.1" --cacert tls/ca.crt "https://$host:8443/") pid
  python3 upstream.py tls/server.crt tls/server.key 2>upstream.log &
  pid=$!
  at_end kill "$pid"
  wait_for 10 "the upstream" sh -c 'curl -sk https://127.0.0.1:18443 || [ $? -ne 7 ]'
  expect 0 "${get[@]}"
  says out 'upstream was asked by curated-client'
  stop_process "$pid"
  # Somebody else in its place gets no request.
  openssl req -x509 -newkey rsa:2048 -nodes -keyout tls/false.key -out tls/false.crt -subj /CN=localhost -addext subjectAltName=DNS:localhost -days 2 2>openssl.log
  python3 upstream.py tls/false.crt tls/false.key 2>upstream.log &
  pid=$!
  at_end kill "$pid"
  wait_for 10 "the false upstream" sh -c 'curl -sk https://127.0.0.1:18443 || [ $? -ne 7 ]'
  expect 22 "${get[@]}"
  says err 502
  docker logs "$server" >log 2>&1
  says log 'certificate verify error'
}

case_curated_mariadb_serves_who_has_certificate_and_password() {
  curated mariadb 10.11 ca.crt=mariadb_ca_cert.chain client.crt=mariadb_client_cert.crt client.key=mariadb_client_cert.key \
    password=mariadb_password:hex
  local volume=$SUITE-mariadb-data
  at_end docker volume rm "$volume"
  started 3306 --volume "$volume:/var/lib/mysql"
  keeps "$MARIADB_IMAGE" "mariadb-start mariadbd --datadir=/var/lib/mysql/data --tmpdir=/var/lib/mysql/tmp"
  # The password is on no command line.
  printf '[client]\nhost=%s\nuser=app\ndatabase=app\npassword=%s\n' "$host" "$(cat tls/password)" >tls/right.cnf
  sed 's/^password=.*/password=wrong/' tls/right.cnf >tls/wrong.cnf
  local sql=(client "$MARIADB_IMAGE" mariadb) tls=(--ssl-ca=/client/ca.crt --ssl-verify-server-cert)
  local right=("${tls[@]}" --ssl-cert=/client/client.crt --ssl-key=/client/client.key)
  expect 0 "${sql[@]}" --defaults-file=/client/right.cnf "${right[@]}" --execute \
    "CREATE TABLE words (word TEXT); INSERT INTO words VALUES ('value-of-mariadb-in-a-table'); SHOW STATUS LIKE 'Ssl_version'"
  says out TLSv1
  expect 0 "${sql[@]}" --defaults-file=/client/right.cnf "${right[@]}" --execute 'SELECT * FROM words'
  says out value-of-mariadb
  # Without TLS, without a certificate, with somebody else's, with the wrong password.
  expect 1 "${sql[@]}" --defaults-file=/client/right.cnf --skip-ssl --execute 'SELECT * FROM words'
  refused_saying error value-of-mariadb
  expect 1 "${sql[@]}" --defaults-file=/client/right.cnf "${tls[@]}" --execute 'SELECT * FROM words'
  refused_saying 'Access denied' value-of-mariadb
  expect 1 "${sql[@]}" --defaults-file=/client/right.cnf "${tls[@]}" --ssl-cert=/client/other.crt --ssl-key=/client/other.key \
    --execute 'SELECT * FROM words'
  refused_saying error value-of-mariadb
  expect 1 "${sql[@]}" --defaults-file=/client/wrong.cnf "${right[@]}" --execute 'SELECT * FROM words'
  refused_saying 'Access denied' value-of-mariadb
  # Nothing of the row is in what the disk has, and it is there after a start anew.
  docker stop --time 30 "$server"
  [ "$(docker inspect --format '{{.State.ExitCode}}' "$server")" = 0 ] || fail "$(docker logs "$server" 2>&1 | tail -n 20)"
  printf value-of-mariadb-in-a-table >word
  docker run --rm --user 0 --volume "$volume:/data:ro" --entrypoint tar "$MARIADB_IMAGE" -cf - -C /data . | hides word words.frm
  docker start "$server"
  wait_for_port 3306
  expect 0 "${sql[@]}" --defaults-file=/client/right.cnf "${right[@]}" --execute 'SELECT * FROM words'
  says out value-of-mariadb
}

case_curated_postgresql_serves_who_has_the_certificate() {
  curated postgresql 15 ca.crt=postgresql_ca_cert.chain client.crt=postgresql_client_cert.crt client.key=postgresql_client_cert.key
  started 5432 --env SCONECTL_REFRESH=5 --env SCONECTL_REFRESH_SIGNAL=HUP
  keeps "$POSTGRESQL_IMAGE" "postgresql-start postgres --config-file=/etc/postgresql/postgresql.conf"
  # psql wants keys that only its user can read.
  chown 65532:65532 tls/client.key tls/other.key
  chmod 600 tls/client.key tls/other.key
  local psql=(client "$POSTGRESQL_IMAGE" psql --no-password --tuples-only) to="host=$host user=app dbname=app sslrootcert=/client/ca.crt"
  local allowed="$to sslmode=verify-full sslcert=/client/client.crt sslkey=/client/client.key"
  expect 0 "${psql[@]}" "$allowed" --command "CREATE TABLE words (word TEXT)" --command "INSERT INTO words VALUES ('value-of-postgresql')"
  expect 0 "${psql[@]}" "$allowed" --command 'SELECT * FROM words'
  says out value-of-postgresql
  expect 2 "${psql[@]}" "$to sslmode=disable" --command 'SELECT * FROM words'
  refused_saying 'no encryption' value-of-postgresql
  expect 2 "${psql[@]}" "$to sslmode=verify-full sslcert=" --command 'SELECT * FROM words'
  refused_saying 'certificate' value-of-postgresql
  expect 2 "${psql[@]}" "$to sslmode=verify-full sslcert=/client/other.crt sslkey=/client/other.key" --command 'SELECT * FROM words'
  refused_saying 'unknown ca' value-of-postgresql
  # Not as the database's owner either, whatever the certificate.
  expect 2 "${psql[@]}" "${allowed/user=app/user=postgres}" --command 'SELECT * FROM words'
  refused_saying 'pg_hba.conf' value-of-postgresql
  docker stop --time 30 "$server"
  docker start "$server"
  wait_for_port 5432
  expect 0 "${psql[@]}" "$allowed" --command 'SELECT * FROM words'
  says out value-of-postgresql
  # The mesh names another client: the certificate of the first one counts no longer, and nothing starts anew.
  cp -p tls/client.crt tls/old.crt
  cp -p tls/client.key tls/old.key
  # shellcheck disable=SC2034  # curated reads it
  VARIABLES='{name: postgresql_client_name, value: next-client}'
  curated postgresql 15 ca.crt=postgresql_ca_cert.chain client.crt=postgresql_client_cert.crt client.key=postgresql_client_cert.key
  chown 65532:65532 tls/client.key tls/old.key
  chmod 600 tls/client.key tls/old.key
  wait_for 30 "the new client" "${psql[@]}" "$allowed" --command 'SELECT * FROM words'
  expect 0 "${psql[@]}" "$allowed" --command 'SELECT * FROM words'
  says out value-of-postgresql
  expect 2 "${psql[@]}" "$to sslmode=verify-full sslcert=/client/old.crt sslkey=/client/old.key" --command 'SELECT * FROM words'
  refused_saying 'certificate authentication failed' value-of-postgresql
}

# Runs examples/secure-documents/run.sh once, in a copy: sets DOCUMENTS (its directory) and $namespace.
secure_documents() {
  export APP_NAMESPACE=$SUITE-documents
  DOCUMENTS=$SUITE_DIR/examples/secure-documents namespace=$APP_NAMESPACE
  if [ ! -e "$SUITE_DIR/documents.log" ]; then
    "$DOCUMENTS/run.sh" >"$SUITE_DIR/documents.log.part" 2>&1 || fail "$(cat "$SUITE_DIR/documents.log.part")"
    mv "$SUITE_DIR/documents.log.part" "$SUITE_DIR/documents.log"
  fi
  front_ca
}

# The CA certificate of the front as everybody can get it, into the file ca.crt.
front_ca() {
  local cas
  cas=$(jq -r '.api[0]' "$HOME/.sconectl/cas/endpoint.json")
  curl --silent --show-error --fail -k "https://$cas/v1/values/session=$namespace/secrets" >values.json
  jq -e -r .values.nginx_ca_cert.value values.json >ca.crt
}

# documents PATH ARGUMENT...: the status is 22 when the answer is an error.
documents() {
  local path=$1
  shift
  curl --silent --show-error --fail-with-body --include --resolve documents:8443:127.0.0.1 --cacert ca.crt "$@" "https://documents:8443$path"
}

# taken SERVICE FILE...: what this service has under /tls, into client/.
taken() {
  local service=$1 file
  shift
  mkdir -p client
  for file in "$@"; do
    docker exec "$namespace-$service" cat "/tls/$file" >"client/$file"
  done
}

case_secure_documents_are_stored_read_and_in_the_database() {
  secure_documents
  says "$SUITE_DIR/documents.log" 'all four keep running'
  printf 'user = "%s:correct-horse"\n' "$SUITE" >login
  printf 'user = "%s:wrong-horse-x"\n' "$SUITE" >wrong
  expect 0 documents "/users/$SUITE" --data-binary correct-horse
  expect 22 documents "/users/$SUITE" --data-binary another-horse
  says out 'HTTP/1.1 409'
  printf 'content-of-%s' "$SUITE" >document
  expect 0 documents /documents/plan --config login --upload-file document
  expect 0 documents /documents/plan --config login
  says out "content-of-$SUITE"
  says out 'X-Cache: hit'
  expect 22 documents /documents/plan --config wrong
  refused_saying 'HTTP/1.1 401' "content-of-$SUITE"
  expect 22 documents /documents/plan
  refused_saying 'HTTP/1.1 401' "content-of-$SUITE"
  # Another user has documents of his own.
  printf 'user = "%s-other:correct-horse"\n' "$SUITE" >other
  expect 0 documents "/users/$SUITE-other" --data-binary correct-horse
  expect 22 documents /documents/plan --config other
  refused_saying 'HTTP/1.1 404' "content-of-$SUITE"
  # In the database, asked by its own client with what the API has.
  taken api db.crt db.key db-ca.crt db.password
  printf '[client]\nuser=documents\npassword=%s\n' "$(cat client/db.password)" >client/my.cnf
  chmod -R a+rX client
  expect 0 docker run --rm --network host --add-host documents-db:127.0.0.1 --volume "$PWD/client:/client:ro" --entrypoint mariadb \
    "$MARIADB_IMAGE" --defaults-file=/client/my.cnf --host documents-db --ssl-ca=/client/db-ca.crt --ssl-verify-server-cert \
    --ssl-cert=/client/db.crt --ssl-key=/client/db.key --execute 'SELECT owner, id, content FROM documents' documents
  says out "content-of-$SUITE"
  # It outlives cache and database.
  docker restart --time 30 "$namespace-cache" "$namespace-db"
  wait_for 60 "the document, out of the database" documents /documents/plan --config login
  expect 0 documents /documents/plan --config login
  says out "content-of-$SUITE"
}

case_secure_documents_inner_services_refuse_who_has_no_certificate() {
  secure_documents
  openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.crt -subj /CN=documents-front -days 2 2>openssl.log
  taken front upstream-client.crt upstream-client.key upstream-ca.crt
  taken api cache.crt cache.key cache-ca.crt db.crt db.key db-ca.crt db.password
  # The API: with what the front has it answers (and wants a password), else not.
  local api=(curl --silent --show-error --include --resolve documents-api:4998:127.0.0.1 --cacert client/upstream-ca.crt
    https://documents-api:4998/documents)
  expect 0 "${api[@]}" --cert client/upstream-client.crt --key client/upstream-client.key
  says out 'password are needed'
  expect '35|55|56' "${api[@]}"
  refused_saying 'curl: (' 'password are needed'
  expect '35|55|56' "${api[@]}" --cert other.crt --key other.key
  refused_saying 'curl: (' 'password are needed'
  # A certificate of the same application, but for another service.
  expect '35|55|56' "${api[@]}" --cert client/cache.crt --key client/cache.key
  refused_saying 'curl: (' 'password are needed'
  # The cache.
  local asked='version\r\nquit\r\n' cache=(-CAfile client/cache-ca.crt -verify_hostname documents-cache -servername documents-cache)
  expect '0|1' memcached_talk "${cache[@]}" -cert client/cache.crt -key client/cache.key
  says out 'VERSION 1.6'
  expect 1 memcached_talk "${cache[@]}"
  refused_by_memcached 'VERSION 1.6'
  expect 1 memcached_talk "${cache[@]}" -cert client/db.crt -key client/db.key
  refused_by_memcached 'VERSION 1.6'
  # The database, with the right password and without the right certificate.
  cp other.crt other.key client
  printf '[client]\nuser=documents\npassword=%s\n' "$(cat client/db.password)" >client/my.cnf
  chmod -R a+rX client
  local db=(docker run --rm --network host --add-host documents-db:127.0.0.1 --volume "$PWD/client:/client:ro" --entrypoint mariadb
    "$MARIADB_IMAGE" --defaults-file=/client/my.cnf --host documents-db --execute 'SELECT 40 + 2' documents)
  expect 0 "${db[@]}" --ssl-ca=/client/db-ca.crt --ssl-verify-server-cert --ssl-cert=/client/db.crt --ssl-key=/client/db.key
  says out 42
  expect 1 "${db[@]}" --skip-ssl
  refused_saying error '40 + 2'
  expect 1 "${db[@]}" --ssl-ca=/client/db-ca.crt --ssl-verify-server-cert
  refused_saying 'Access denied' '40 + 2'
  expect 1 "${db[@]}" --ssl-ca=/client/db-ca.crt --ssl-verify-server-cert --ssl-cert=/client/other.crt --ssl-key=/client/other.key
  refused_saying error '40 + 2'
}

case_secure_documents_api_says_nothing_to_a_database_without_tls() {
  secure_documents
  taken api db.crt db.key db-ca.crt db.password
  # A greeting as of MariaDB, but for the bit that offers TLS (0x0800); with it, the client goes on and asks for TLS.
  cat >client/greeter.py <<'END'
import socket, struct, sys, threading
sys.path.insert(0, "/python")
import database, pymysql
offers, said, then = int(sys.argv[1], 16), b"", b""
listener = socket.create_server(("127.0.0.1", 3306))
def greet():
    global said, then
    connection = listener.accept()[0]
    body = b"\x0a10.11.0-MariaDB\0" + struct.pack("<I", 1) + b"saltsalt\0" + struct.pack("<HBHH", offers, 45, 2, 0x81FF)
    body += bytes([21]) + bytes(10) + b"saltsaltsalt\0mysql_native_password\0"
    connection.sendall(struct.pack("<I", len(body))[:3] + b"\0" + body)
    # One packet, and the first byte of what comes after it: 0x16 begins a handshake of TLS.
    said = connection.recv(4, socket.MSG_WAITALL)
    said += connection.recv(int.from_bytes(said[:3], "little"), socket.MSG_WAITALL)
    then = connection.recv(1)
    connection.close()
thread = threading.Thread(target=greet)
thread.start()
try:
    database.connect()
except pymysql.err.OperationalError as error:
    print("refused:", error)
thread.join()
print("bytes", len(said), then.hex())
END
  chmod -R a+rX client
  local greeted=(docker run --rm --network none --env mariadb_server_name=127.0.0.1 --env mariadb_user=documents
    --env mariadb_database=documents --volume "$PWD/client:/tls:ro" --entrypoint python3
    "$REGISTRY/secure-documents/documents_api:latest" /tls/greeter.py)
  expect 0 "${greeted[@]}" f7ff
  says out 'offers no TLS'
  says out 'bytes 0'
  # The request for TLS, which holds no name, no password and no document.
  expect 0 "${greeted[@]}" ffff
  says_but_not out 'bytes 36 16' 'offers no TLS'
}

case_secure_documents_keys_and_documents_are_in_memory_only() {
  secure_documents
  local service file
  for service in front:tls/nginx.key api:tls/api.key cache:tls/memcached.key db:tls/mariadb.key; do
    file=/${service#*:} service=${service%%:*}
    docker exec "$namespace-$service" cat "$file" >key
    says key "PRIVATE KEY"
    # One line out of the middle is enough to find the key.
    sed -n 2p key | tr -d '\n' >line
    find "$DOCUMENTS/target" "$HOME" -type f -exec cat {} + | hides line SCONE_CONFIG_ID
    docker inspect "$namespace-$service" | hides line SCONE_CONFIG_ID
    docker export "$namespace-$service" | hides line opt/sconectl/sconectl
  done
  docker exec "$namespace-api" cat /tls/db.password | tr -d '\n' >line
  [ "$(wc -c <line)" = 48 ] || fail "the password has another length"
  docker inspect "$namespace-api" | hides line SCONE_CONFIG_ID
  # What the database wrote to its volume.
  printf 'the contract of jane' >line
  docker run --rm --user 0 --volume "$namespace-db:/data:ro" --entrypoint tar "$MARIADB_IMAGE" -cf - -C /data . | hides line documents.frm
}

case_secure_documents_come_up_with_compose() {
  secure_documents
  # The same application beside itself: the front's port is free for it.
  docker rm --force "$namespace"-{front,api,cache,db}
  rm -f "$SUITE_DIR/documents.log"
  namespace=$SUITE-composed
  cp "$DOCUMENTS/mesh.yaml" .
  expect 0 sconectl apply -f mesh.yaml --release composed -e APP_IMAGE_REPO="$REGISTRY/secure-documents" \
    -e CURATED_REPO="$REGISTRY/curated" -e APP_NAMESPACE="$namespace" -e RELEASE=composed -o compose
  local compose=(docker-compose -p "$namespace" -f target/compose.yaml)
  at_end "${compose[@]}" down --volumes
  expect 0 "${compose[@]}" up --detach
  front_ca
  printf 'user = "composed:correct-horse"\n' >login
  printf 'content-of-%s' "$SUITE" >document
  wait_for 60 "the account" documents /users/composed --data-binary correct-horse
  expect 0 documents /documents/plan --config login --upload-file document
  expect 0 documents /documents/plan --config login
  says out "content-of-$SUITE"
  # Somebody who got as far as the database's own network.
  expect 1 docker run --rm --network "${namespace}_api.db" --entrypoint mariadb "$MARIADB_IMAGE" --host composed-db --user documents \
    --ssl --execute 'SELECT 40 + 2' documents
  refused_saying 'Access denied' '40 + 2'
}

case_injected_files_reach_a_program_that_gives_up_root() {
  # SL-246. As public images of databases do: root starts them, and another user serves.
  injected() {
    cat >service.yaml <<END
apiVersion: scone/5.8
kind: genservice
injection_files: [{path: /tls/key.txt, content: "key \$\$SCONE::key\$\$"$1}]
secrets: {global: [{name: key, kind: ascii, size: 8}]}
build: {name: drops, kind: sconify_image, from: "$DEBIAN_IMAGE", to: "$REGISTRY/$SUITE/drops:1",
  command: "setpriv --reuid 65532 --regid 65532 --clear-groups sh -c 'id -u; stat -L -c %a /tls/key.txt; cat /tls/key.txt'"}
END
    cat >mesh.yaml <<END
apiVersion: scone/5.8
kind: mesh
cas: [{name: cas, alias: [image, security, access, attestation], cas_url: embedded}]
policy: {namespace: $SUITE-drops}
services: [{name: drops, image: "$REGISTRY/$SUITE/drops:1"}]
END
    expect 0 sconectl apply -f service.yaml --runtime native
    expect 0 sconectl apply -f mesh.yaml
  }
  local more drops=(docker run --rm --network host --env-file "target/session_files/$SUITE-drops-drops.env")
  injected ', permission: 0o444'
  for more in '' --read-only; do
    # shellcheck disable=SC2086  # no word, or one
    expect 0 "${drops[@]}" $more "$REGISTRY/$SUITE/drops:1"
    says out 65532
    says out 444
    says out 'key '
  done
  # Nobody else reads a file without that word.
  injected ''
  expect 1 "${drops[@]}" "$REGISTRY/$SUITE/drops:1"
  cat out err >said
  says_but_not said 'Permission denied' 'key '
}
