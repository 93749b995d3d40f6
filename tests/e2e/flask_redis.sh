# The second tutorial. Sourced by tests/e2e/run.
# shellcheck shell=bash

# Runs examples/flask-redis/run.sh once, in a copy: sets FLASK (its directory).
flask_redis() {
  export APP_NAMESPACE=$SUITE-flask
  FLASK=$SUITE_DIR/examples/flask-redis
  if [ ! -e "$SUITE_DIR/flask.log" ]; then
    "$FLASK/run.sh" >"$SUITE_DIR/flask.log.part" 2>&1 || fail "$(cat "$SUITE_DIR/flask.log.part")"
    mv "$SUITE_DIR/flask.log.part" "$SUITE_DIR/flask.log"
  fi
}

# The CA certificate of the API as everybody can get it, into the file api_ca.crt.
api_ca() {
  curl --silent --show-error --fail -k "https://127.0.0.1:8081/v1/values/session=$APP_NAMESPACE/secrets" >values.json
  jq -e -r .values.api_ca_cert.value values.json >api_ca.crt
}

api() {
  local path=$1
  shift
  curl --silent --show-error --fail-with-body --resolve api:4996:127.0.0.1 "$@" "https://api:4996$path"
}

record=(-d fname=John -d lname=Roe -d address=here -d city=Dresden -d state=SN -d ssn=1 -d email=j@example.org -d dob=1
  -d contactphone=1 -d drugallergies=none -d preexistingconditions=asthma -d dateadmitted=1 -d insurancedetails=x)

# redis_client ARGUMENT...: redis-cli in a container of the redis base image.
redis_client() {
  docker run --rm --user 0 --network host --add-host flaskredis-redis:127.0.0.1 --volume "$PWD/tls:/client:ro" \
    --entrypoint redis-cli "$REDIS_IMAGE" -h flaskredis-redis -p 6379 "$@"
}

case_flask_redis_stores_and_returns_a_record() {
  flask_redis
  api_ca
  expect 0 api "/patient/$SUITE" --cacert api_ca.crt "${record[@]}"
  expect 0 api "/patient/$SUITE" --cacert api_ca.crt
  [ "$(jq -r '.fname + " " + .lname' out)" = "John Roe" ] || fail "$(cat out)"
  expect 0 api "/score/$SUITE" --cacert api_ca.crt
  [ "$(jq -r .score out)" = 0.2 ] || fail "$(cat out)"
  expect 22 api "/patient/$SUITE-nobody" --cacert api_ca.crt
}

case_flask_redis_api_is_verified_by_its_ca_only() {
  flask_redis
  api_ca
  openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.crt -subj /CN=other -days 2
  expect 22 api /patient/none --cacert api_ca.crt
  expect 60 api /patient/none --cacert other.crt
  # A name that the certificate was not made for.
  expect 60 curl --silent --cacert api_ca.crt https://localhost:4996/patient/none
}

case_flask_redis_cas_shows_certificates_and_no_key() {
  flask_redis
  api_ca
  openssl x509 -in api_ca.crt -noout -ext basicConstraints >constraints
  says constraints CA:TRUE
  says_but_not values.json "BEGIN CERTIFICATE" "PRIVATE KEY"
  local secret
  for secret in api_ca_key flask_key redis_client_key redis_ca_key; do
    expect 22 curl --silent --fail -k "https://127.0.0.1:8081/v1/values/session=$APP_NAMESPACE/secrets,secret=$secret"
  done
}

refused_by_redis() {
  cat out err >said
  says_but_not said error PONG
}

case_flask_redis_refuses_a_redis_client_without_the_certificate() {
  flask_redis
  mkdir tls
  # With the certificate of the mesh it works: what follows is refused for the certificate's sake.
  local file
  for file in client.crt client.key redis-ca.crt; do
    docker exec "$APP_NAMESPACE-flask" cat "/tls/$file" >"tls/$file"
  done
  expect 0 redis_client --tls --cacert /client/redis-ca.crt --cert /client/client.crt --key /client/client.key ping
  says out PONG
  expect 1 redis_client ping
  refused_by_redis
  expect 1 redis_client --tls --cacert /client/redis-ca.crt ping
  refused_by_redis
  openssl req -x509 -newkey rsa:2048 -nodes -keyout tls/other.key -out tls/other.crt -subj /CN=flaskredis-flask -days 2
  expect 1 redis_client --tls --cacert /client/redis-ca.crt --cert /client/other.crt --key /client/other.key ping
  refused_by_redis
}

case_flask_redis_keys_are_in_memory_only() {
  flask_redis
  local service image file
  for service in flask:tls/flask.key flask:tls/client.key redis:tls/redis.key; do
    docker exec "$APP_NAMESPACE-${service%%:*}" cat "/${service#*:}" >key
    says key "PRIVATE KEY"
    # One line out of the middle is enough to find the key.
    sed -n 2p key | tr -d '\n' >line
    for image in flask-redis/python_flask_redis:latest curated/redis:7; do
      image_bytes "$REGISTRY/$image" | hides line /opt/sconectl/sconectl
    done
    find "$FLASK/target" "$HOME" -type f -exec cat {} + | hides line SCONE_CONFIG_ID
    docker inspect "$APP_NAMESPACE-${service%%:*}" | hides line SCONE_CONFIG_ID
    docker diff "$APP_NAMESPACE-${service%%:*}" >changes
    docker export "$APP_NAMESPACE-${service%%:*}" >container.tar
    hides line opt/sconectl/sconectl <container.tar
    rm container.tar
  done
}

case_flask_redis_curated_image_needs_no_manifest_of_its_user() {
  flask_redis
  says_but_not "$REPO_ROOT/examples/flask-redis/service.yaml" genservice redis_server_cert
  docker run --rm --entrypoint ls "$REGISTRY/curated/redis:7" -R /scone >listing
  says listing secrets.yaml
  says listing env.yaml
  says listing Chart.yaml
}
