# Both tutorials on the cluster. Sourced by run.
# shellcheck shell=bash

# api NAMESPACE RELEASE PATH CURL_OPTION...: the REST service, by the certificate that the CAS made for it.
api() {
  k curl --silent --show-error --fail-with-body --max-time 10 --noproxy '*' --cacert api_ca.crt \
    --connect-to "api:4996:$2-flask.$1.svc.cluster.local:4996" "${@:4}" "https://api:4996$3"
}

# reached NAMESPACE RELEASE: its Service leads to the API. A pod is ready a moment before kube-proxy knows it.
reached() {
  wait_for 10 "the API behind its Service" k curl --silent --insecure --noproxy '*' --max-time 2 --output /dev/null \
    "https://$2-flask.$1.svc.cluster.local:4996"
}

# load NAMESPACE RELEASE PATH: the status of each of 1000 requests over connections of their own, two at a time.
load() {
  # shellcheck disable=SC2016  # the other bash expands it
  k bash -c 'seq 1000 | xargs -P 2 -I{} curl --silent --show-error --max-time 10 --noproxy "*" --cacert api_ca.crt \
    --output /dev/null --write-out "%{http_code}\n" --connect-to "api:4996:$2-flask.$1.svc.cluster.local:4996" \
    "https://api:4996$3"' - "$@"
}

# The certificate of the API's CA, from the CAS.
api_ca() {
  k curl --silent --fail --insecure "https://$NODE_ADDRESS:8081/v1/values/session=$1/secrets" |
    jq -e -r .values.api_ca_cert.value >api_ca.crt
}

record=(-d fname=John -d lname=Roe -d address=here -d city=Dresden -d state=SN -d ssn=1 -d email=j@example.org -d dob=1
  -d contactphone=1 -d drugallergies=none -d preexistingconditions=asthma -d dateadmitted=1 -d insurancedetails=x)

# The same pod with another token: kubectl describe shows the id, and the CAS the reason (RA-092).
refused_pod_says_why() {
  k kubectl --namespace hello get deployment/pythonapp-pythonservice --output json |
    jq '{apiVersion: "v1", kind: "Pod", metadata: {name: "refused"}, spec: (.spec.template.spec + {restartPolicy: "Never"})}
      | .spec.containers[0].env += [{name: "SCONE_SERVICE_ACCESS_TOKEN", value: "0123456789abcdef"}]' >refused.json
  k kubectl --namespace hello create --filename refused.json >/dev/null
  k kubectl --namespace hello wait --for 'jsonpath={.status.phase}=Failed' pod/refused --timeout 30s >/dev/null ||
    fail "$(k kubectl --namespace hello describe pod refused | tail -n 20)"
  k kubectl --namespace hello describe pod refused >described
  local id
  id=$(sed -n 's/.*denial \([0-9a-f]\{16\}\): .*/\1/p' described | head -n 1)
  [ -n "$id" ] || fail "$(cat described)"
  k sconectl cas explain "$id" >explained
  says explained "reason: its service access token is not the session's"
}

case_hello_world_greets_in_the_log_of_its_pod() {
  in_namespace hello
  hello_chart hello
  installed pythonapp hello
  k kubectl --namespace hello logs deployment/pythonapp-pythonservice >log
  says log "Hello 'myself' - thanks for passing along the API_PASSWORD"
  says helm.out "kubectl --namespace hello logs deployment/pythonapp-pythonservice"
  k helm test pythonapp --namespace hello >test.out 2>&1 || fail "$(cat test.out)"
  refused_pod_says_why
  k helm uninstall pythonapp --namespace hello --wait >/dev/null
  wait_for 20 "the end of the pods" no_pods pythonapp hello
}

case_flask_redis_stores_and_returns_a_record() {
  in_namespace flask
  flask_chart flask flaskredis
  installed flaskredis flask
  api_ca flask
  reached flask flaskredis
  api flask flaskredis /patient/p1 "${record[@]}" >out
  api flask flaskredis /patient/p1 >out
  [ "$(jq -r '.fname + " " + .lname' out)" = "John Roe" ] || fail "$(cat out)"
  [ "$(k kubectl --namespace flask get service flaskredis-redis --output 'jsonpath={.spec.ports[0].port}')" = 6379 ] ||
    fail "Redis has another port"
  k helm test flaskredis --namespace flask >test.out 2>&1 || fail "$(cat test.out)"
  # No request is lost while every pod of the service is replaced.
  load flask flaskredis /score/p1 >codes 2>errors &
  sleep 1
  k kubectl --namespace flask rollout restart deployment/flaskredis-flask
  k kubectl --namespace flask rollout status deployment/flaskredis-flask --timeout 60s
  wait $!
  [ "$(grep -c -x 200 codes)" -eq 1000 ] || fail "$(sort codes | uniq -c; cat errors)"
}

case_two_releases_live_side_by_side() {
  local n
  for n in left right; do
    in_namespace "$n"
    mkdir "$n"
    (cd "$n" && flask_chart "two-$n" "$n" && installed "$n" "$n" && api_ca "two-$n" && reached "$n" "$n")
  done
  (cd left && api left left /patient/only-left "${record[@]}" >/dev/null && api left left /patient/only-left >/dev/null)
  (cd right && ! api right right /patient/only-left) || fail "one release sees the records of the other"
}
