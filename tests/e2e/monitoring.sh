# Metrics and traces of a CAS, as Prometheus, a collector of OpenTelemetry and its operator see them. Sourced by
# tests/e2e/run.
# shellcheck shell=bash

# metered OPTION...: a CAS with metrics; sets cas_pid, api and metrics.
metered() {
  sconectl cas serve --data "$PWD/data" --listen 127.0.0.1:0 --enclave-listen 127.0.0.1:0 --metrics-listen 127.0.0.1:0 "$@" >serve.out 2>&1 &
  cas_pid=$!
  at_end kill "$cas_pid"
  wait_for 10 "the CAS" test -s data/endpoint.json
  api=$(jq -r '.api[0]' data/endpoint.json)
  metrics=$(jq -r '.metrics[0]' data/endpoint.json)
}

scrape() { curl --silent --show-error --fail "http://$metrics/metrics" >scraped; }

# published SERIES: its value in the last scrape.
published() { awk -v series="sconectl_cas_$1" '$1 == series { print $2; found = 1 } END { exit !found }' scraped; }

# counts SERIES VALUE: what the last scrape says.
counts() {
  local value
  value=$(published "$1") || fail "there is no series $1"
  [ "$value" = "$2" ] || fail "$1 is $value, not $2"
}

case_metrics_are_what_prometheus_takes() {
  metered
  scrape
  promtool check metrics <scraped || fail "promtool refuses the metrics"
  grep '^[^#]' scraped | sed 's/ [^ ]*$//' | sort >before
  counts provisioned 1
  counts 'responses_total{code="200"}' 0
  export HOME=$PWD
  curl --silent --insecure "https://$api/v1/health/live" >/dev/null
  curl --silent --insecure "https://$api/v1/no/such%20path?secret=hush" >/dev/null
  curl --silent --insecure -X BREW "https://$api/v1/version" >/dev/null
  curl --silent --show-error "http://$api/v1/version" >/dev/null 2>&1 && fail "plain HTTP was answered"
  sconectl cas attest "$api" -c "$(cat data/cas-key-hash)"
  printf 'name: hush-hush\nversion: "0.3.12"\n' >session.yaml
  sconectl -q session create -c "$api" session.yaml >/dev/null
  scrape
  promtool check metrics <scraped || fail "promtool refuses the metrics"
  grep '^[^#]' scraped | sed 's/ [^ ]*$//' | sort >after
  cmp before after || fail "a series is new, or gone: $(diff before after)"
  says_but_not scraped 'sconectl_cas_sessions_created_total 1' hush
  counts 'requests_total{method="GET",route="/v1/health/live",code="2xx"}' 1
  counts 'responses_total{code="404"}' 1
  counts 'responses_total{code="405"}' 1
  counts 'tls_handshake_failures_total{reason="tls"}' 1
  counts sessions_created_total 1
  counts store_last_write_ok 1
  [ "$(published 'certificate_expiry_timestamp_seconds{certificate="root"}')" -gt "$(date +%s)" ] || fail "the root has ended"
  for path in / /v1/version /metrics/; do
    [ "$(curl --silent --output answer --write-out '%{http_code}' "http://$metrics$path")" = 404 ] || fail "$path: $(cat answer)"
  done
  [ "$(curl --silent -X POST --output answer --write-out '%{http_code}' "http://$metrics/metrics")" = 405 ] || fail "$(cat answer)"
}

case_metrics_of_a_configuration_file() {
  printf '[database]\npath = "data/cas.db"\n[api]\napi_listen = "127.0.0.1:0"\nenclave_listen = "127.0.0.1:0"\n[metrics]\nlisten = "0.0.0.0:0"\n' >cas.toml
  expect 0 sconectl cas serve --config cas.toml --check-config
  sed 's/"0.0.0.0:0"/"everywhere"/' cas.toml >wrong.toml
  expect 3 sconectl cas serve --config wrong.toml --check-config
  says err "wrong.toml:7:10: error: 'metrics.listen'"
  sconectl cas serve --config cas.toml >serve.out 2>&1 &
  at_end kill $!
  wait_for 10 "the CAS" test -s data/endpoint.json
  says serve.out 'everybody who reaches the address of the metrics reads them'
  metrics=127.0.0.1:$(jq -r '.metrics[0]' data/endpoint.json | sed 's/.*://')
  scrape
  counts draining 0
  expect 2 sconectl cas serve --dev --metrics-listen 0.0.0.0:0
  says err 'loopback only'
}

# Rules and dashboard ask for what a running CAS publishes, and in a language that Prometheus understands.
case_alerts_and_dashboard_of_the_cas_are_good() {
  cp "$REPO_ROOT"/examples/monitoring/* .
  expect 0 promtool check rules cas-alerts.yaml
  expect 0 promtool test rules cas-alerts.test.yaml
  # The tests of the rules can fail.
  sed -i 's/sconectl_cas_store_damaged == 1/sconectl_cas_store_damaged == 2/' cas-alerts.yaml
  expect 1 promtool test rules cas-alerts.test.yaml
  # What Grafana puts in.
  sed -e 's/[$]__rate_interval/5m/g' -e 's/[$]instance/.*/g' cas-dashboard.json | jq -r '.panels[].targets[]?.expr' >expressions
  [ "$(wc -l <expressions)" -gt 20 ] || fail "the dashboard asks for little"
  jq -R -n '{groups: [{name: "dashboard", rules: [inputs] | to_entries | map({record: "panel_\(.key)", expr: .value})}]}' \
    <expressions >dashboard-rules.yaml
  expect 0 promtool check rules dashboard-rules.yaml
  metered
  scrape
  cat cas-alerts.yaml expressions | grep -o 'sconectl_cas_[a-z0-9_]*' | sort -u >asked
  sed -n 's/^\(sconectl_cas_[a-z0-9_]*\).*/\1/p' scraped | sort -u >names
  comm -23 asked names >missing
  [ ! -s missing ] || fail "nobody publishes: $(cat missing)"
}

# asked EXPRESSION: what the Prometheus of the case answers, as "LABEL VALUE" lines sorted; empty where there is nothing.
asked() {
  curl --silent --show-error --fail --data-urlencode "query=$1" "http://$prometheus/api/v1/query" |
    jq -r '.data.result[] | "\(.metric.alertname // .metric.route // "-") \(.value[1])"' | sort
}

has_asked() { [ "$(asked "$1")" = "$2" ]; }

# The real Prometheus reads the metrics, and its rules go off when something is wrong.
case_prometheus_scrapes_the_cas_and_alerts() {
  metered
  # The rules as they are, but in a hurry.
  sed -e 's/^\( *for: \).*/\11s/' "$REPO_ROOT/examples/monitoring/cas-alerts.yaml" >rules.yaml
  cat >prometheus.yml <<END
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules.yaml]
scrape_configs: [{job_name: sconectl-cas, static_configs: [{targets: ["$metrics"]}]}]
END
  prometheus=127.0.0.1:$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  prometheus --config.file=prometheus.yml --storage.tsdb.path=tsdb --web.listen-address="$prometheus" >prometheus.log 2>&1 &
  at_end kill $!
  wait_for 20 "Prometheus and its first scrape" has_asked 'up{job="sconectl-cas"}' "- 1"
  curl --silent --insecure "https://$api/v1/health/live" >/dev/null
  wait_for 10 "the request" has_asked 'sconectl_cas_requests_total > 0' "/v1/health/live 1"
  # Nothing is wrong but what this machine may lack: room on its disk.
  [ "$(asked 'ALERTS{alertname!~"CasDiskNearlyFull"}')" = "" ] || fail "$(asked ALERTS)"
  kill "$cas_pid"
  wait "$cas_pid" || fail "ended with status $?"
  wait_for 20 "the alarm" has_asked 'ALERTS{alertname="CasDown",alertstate="firing"}' "CasDown 1"
}

traces() { PYTHONPATH=$JUDGES/python /usr/bin/python3 "$REPO_ROOT/tests/e2e/judges/traces.py" "$@"; }

# collector serve|hang OPTION...: traces.py in the background; sets collector, its URL.
collector() {
  PYTHONPATH=$JUDGES/python /usr/bin/python3 "$REPO_ROOT/tests/e2e/judges/traces.py" "$1" port "${@:2}" >collector.out 2>&1 &
  at_end kill $!
  wait_for 10 "the collector" test -s port
  collector=http://127.0.0.1:$(cat port)
}

# By the published schema of OpenTelemetry; the ids of the caller go on, and nothing of what was sent is in it.
case_traces_are_what_a_collector_reads() {
  mkdir got
  collector serve got
  OTEL_SERVICE_NAME=my-cas metered --traces "$collector"
  export HOME=$PWD
  local trace=4bf92f3577b34da6a3ce929d0e0e4736 parent=00f067aa0ba902b7
  curl --silent --insecure -H "traceparent: 00-$trace-$parent-01" "https://$api/v1/health/live" >/dev/null
  curl --silent --insecure -H "traceparent: 00-$trace-$parent-00" "https://$api/v1/version" >/dev/null
  curl --silent --insecure -H "traceparent: 00-$trace-$parent-01" -H "traceparent: 00-$trace-$parent-01" \
    "https://$api/v1/health/ready" >/dev/null
  curl --silent --insecure -X HUSH -H 'traceparent: hush-hush' "https://$api/v1/no/hush-hush?hush=hush" >/dev/null
  sconectl cas attest "$api" -c "$(cat data/cas-key-hash)"
  printf 'name: hush-hush\nversion: "0.3.12"\n' >session.yaml
  sconectl -q session create -c "$api" session.yaml >/dev/null
  # What is left is sent at the end.
  kill "$cas_pid"
  wait "$cas_pid" || fail "ended with status $?"
  [ ! -e got/bad ] || fail "something else was sent"
  grep -rl hush got && fail "it holds what was sent"
  grep -q '"my-cas"' got/0001.json || fail "the name is not taken"
  expect 0 traces read got
  says out "GET /v1/health/live|2|$trace|$parent|http.request.method=GET,http.route=/v1/health/live,http.response.status_code=200,url.scheme=https,network.protocol.version=1.1,server.port=${api##*:}"
  says out 'HTTP|2|'
  matches out '^POST /(session|v1/sessions)[|]2[|]'
  says out 'database write|1|'
  grep -q "^GET /v1/version|2|$trace" out && fail "who is not sampled is traced"
  grep 'GET /v1/health/ready|' out | grep -v "|$trace|" | grep -q '|2|[0-9a-f]*||' || fail "two headers are one trace: $(cat out)"
  # The judge can fail.
  sed -i 's/"kind":2/"kind":"x"/' got/0001.json
  expect 1 traces read got
}

# Whether it hangs, is gone or refuses: requests and the end of the CAS take what they take.
case_a_collector_that_hangs_or_is_gone_changes_nothing() {
  local how begin
  for how in hang gone refuse; do
    rm -rf port got data
    mkdir got
    case $how in
      hang) collector hang ;;
      gone) collector=http://127.0.0.1:1 ;;
      refuse) collector serve got 503 ;;
    esac
    metered --traces "$collector"
    begin=$(date +%s%N)
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      [ "$(curl --silent --insecure --max-time 5 --output answer --write-out '%{http_code}' "https://$api/v1/health/live")" = 200 ] ||
        fail "$how: $(cat answer)"
    done
    [ $((($(date +%s%N) - begin) / 1000000)) -lt 4000 ] || fail "$how: ten requests take more than 4 s"
    [ "$how" = hang ] || wait_for 10 "the loss" lost_spans
    sleep 1.5
    begin=$(date +%s%N)
    kill "$cas_pid"
    wait "$cas_pid" || fail "$how: ended with status $?"
    [ $((($(date +%s%N) - begin) / 1000000)) -lt 3000 ] || fail "$how: the end takes more than 3 s"
    [ "$how" = hang ] || [ "$(grep -c 'traces can not be sent' serve.out)" = 1 ] || fail "$how: $(cat serve.out)"
  done
}

lost_spans() {
  scrape
  [ "$(published 'trace_spans_dropped_total{reason="collector"}')" -gt 0 ]
}

case_traces_that_can_not_be_configured() {
  expect 2 sconectl cas serve --data d --traces http://collector.example:4318
  says err '--traces: it is not encrypted: use https, or a collector on this machine'
  expect 2 sconectl cas serve --data d --traces-ratio 0.5
  expect 2 sconectl cas serve --data d --traces http://127.0.0.1:4318 --traces-ratio 1.5
  OTEL_SERVICE_NAME='a"b' expect 2 sconectl cas serve --data d --traces http://127.0.0.1:4318
  printf '[database]\npath = "d/cas.db"\n[open_cas]\ntraces = "http://127.0.0.1:4318"\ntraces_ratio = 0.1\n' >cas.toml
  expect 0 sconectl cas serve --config cas.toml --check-config
  sed -i -e 's/127.0.0.1/192.0.2.1/' -e 's/0.1$/10/' cas.toml
  expect 3 sconectl cas serve --config cas.toml --check-config
  says err "cas.toml:4:10: error: 'open_cas.traces' is not encrypted"
  says err "cas.toml:5:16: error: 'open_cas.traces_ratio' must be a number from 0 to 1"
}
