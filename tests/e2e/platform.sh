# The charts of the platform, judged by the real helm and kubectl; the image of the CAS. Sourced by tests/e2e/run.
# shellcheck shell=bash

PLATFORM_IMAGE=registry.example/me/cas:1

# platform_chart NAME: the chart in ./NAME, with an image.
platform_chart() {
  expect 0 sconectl platform chart "$1" -o "$1" --image "$PLATFORM_IMAGE"
}

# platform_renders CHART OPTION...: into rendered.yaml, and every object is one that Kubernetes knows.
platform_renders() {
  expect 0 helm template cas "$@"
  cp out rendered.yaml
  expect 0 kubernetes_schema rendered.yaml
}

# platform_refuses CHART TEXT OPTION...: the install fails, and says so.
platform_refuses() {
  local chart=$1 text=$2
  shift 2
  expect 1 helm template cas "$chart" "$@"
  says err "$text"
}

# rendered KIND PATH: a value of the only object of that kind, as JSON.
rendered() {
  /usr/bin/python3 - rendered.yaml "$1" "$2" <<'END'
import json, sys, yaml
objects = [o for o in yaml.safe_load_all(open(sys.argv[1])) if o and o["kind"] == sys.argv[2]]
assert len(objects) == 1, f"{len(objects)} objects of kind {sys.argv[2]}"
value = objects[0]
for part in sys.argv[3].split("/"):
    value = value[int(part)] if part.isdigit() else value.get(part) if value is not None else None
print(json.dumps(value, sort_keys=True))
END
}

# is KIND PATH JSON
is() {
  local found
  found=$(rendered "$1" "$2")
  [ "$found" = "$3" ] || fail "$2 of $1 is $found, expected $3"
}

case_platform_chart_cas_is_accepted_by_helm_and_kubernetes() {
  platform_chart cas
  says out cas
  says err 'helm install cas ./cas'
  expect 0 helm lint --strict cas
  platform_renders cas
  expect 0 kubectl_dry_run rendered.yaml
  matches out 'statefulset.apps/cas created \(dry run\)'
  matches out 'service/cas created \(dry run\)'
  is StatefulSet spec/replicas 1
  is StatefulSet spec/template/spec/containers/0/image "\"$PLATFORM_IMAGE\""
  is StatefulSet spec/template/spec/automountServiceAccountToken false
  is StatefulSet spec/template/spec/securityContext/fsGroup 10001
  is StatefulSet spec/volumeClaimTemplates/0/spec/accessModes '["ReadWriteOnce"]'
  is Service spec/type '"ClusterIP"'
  is PodDisruptionBudget spec/maxUnavailable 1
  is ServiceAccount automountServiceAccountToken false
  for probe in readiness:ready liveness:live; do
    is StatefulSet "spec/template/spec/containers/0/${probe%:*}Probe/httpGet" \
      "{\"path\": \"/v1/health/${probe#*:}\", \"port\": \"clients\", \"scheme\": \"HTTPS\"}"
  done
  # Another release has another name, and the same chart renders the same twice.
  expect 0 helm template prod cas
  says out 'name: "prod-cas"'
  cp out first
  expect 0 helm template prod cas
  cmp out first
}

# The Pod Security Standard "restricted", word by word, for the pod and the test pod.
case_platform_chart_cas_meets_the_restricted_standard() {
  platform_chart cas
  platform_renders cas
  expect 0 /usr/bin/python3 - rendered.yaml <<'END'
import sys, yaml
pods = 0
for o in yaml.safe_load_all(open(sys.argv[1])):
    spec = {"StatefulSet": lambda: o["spec"]["template"]["spec"], "Pod": lambda: o["spec"]}.get(o["kind"], lambda: None)()
    if spec is None:
        continue
    pods += 1
    assert not any(spec.get(k) for k in ("hostNetwork", "hostPID", "hostIPC"))
    assert spec["securityContext"]["runAsNonRoot"] is True and spec["securityContext"]["runAsUser"] != 0
    assert spec["securityContext"]["seccompProfile"]["type"] in ("RuntimeDefault", "Localhost")
    allowed = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
    for volume in spec["volumes"]:
        assert set(volume) - {"name"} <= allowed, volume
    for container in spec["containers"] + spec.get("initContainers", []):
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False and not context.get("privileged")
        assert context["capabilities"] == {"drop": ["ALL"]}, context
        assert context["readOnlyRootFilesystem"] is True
        assert not any("hostPort" in port for port in container.get("ports", []))
assert pods == 2, pods
print("restricted")
END
  says out restricted
}

case_platform_chart_cas_has_a_service_of_every_type() {
  platform_chart cas
  platform_renders cas --set service.type=LoadBalancer --set service.loadBalancerIP=20.1.2.3 --set useSGXDevPlugin=azure
  is Service spec/loadBalancerIP '"20.1.2.3"'
  says rendered.yaml '"20.1.2.3"'
  platform_renders cas --set service.type=NodePort --set service.nodePorts.enclavePort=31000 --set service.clientPort=443
  is Service spec/ports/1/nodePort 31000
  is Service spec/ports/0/port 443
  is Service spec/ports/0/targetPort '"clients"'
  platform_refuses cas 'service.loadBalancerIP: has no effect' --set service.loadBalancerIP=20.1.2.3
  platform_refuses cas 'service.nodePorts: have no effect' --set service.nodePorts.clientPort=31000
  platform_refuses cas 'service' --set service.type=ExternalName
  # NOTES for each of them; helm shows them in a dry run of the client.
  local type
  for type in ClusterIP:port-forward LoadBalancer:loadBalancer.ingress NodePort:nodePort; do
    expect 0 helm install cas cas --dry-run=client --set "service.type=${type%:*}"
    sed '1,/^NOTES:/d' out >notes
    says notes "${type#*:}"
    says notes 'CAS key hash is'
    says notes 'configuration.owner is not set'
  done
}

case_platform_chart_cas_refuses_what_it_does_not_know() {
  platform_chart cas
  platform_refuses cas 'replicas would be as many different CASes' --set replicaCount=2
  platform_refuses cas 'replicaCont' --set replicaCont=1
  platform_refuses cas "additional properties 'nodePort' not allowed" --set service.nodePort=31000
  platform_refuses cas 'clientPort' --set service.clientPort=70000
  platform_refuses cas "useSGXDevPlugin: 'maybe' is none of scone, enabled, azure, intel, disabled" --set useSGXDevPlugin=maybe
  platform_refuses cas 'sgxEpcMem: useSGXDevPlugin=azure needs' --set useSGXDevPlugin=azure --set sgxEpcMem=null
  platform_refuses cas "sgxEpcMem: '4 pages' is no amount" --set useSGXDevPlugin=azure --set 'sgxEpcMem=4 pages'
  platform_refuses cas "at '/configuration': got string, want object" --set-string configuration='[api]'
  platform_refuses cas "missing property 'configuration'" --set configuration=null
  platform_refuses cas "missing property 'mountPath'" --set 'extraVolumeMounts[0].name=sgx,extraVolumeMounts[0].path=/dev/isgx'
  platform_refuses cas 'existingClaim: has no effect' --set persistence.enabled=false --set persistence.existingClaim=mine
  platform_refuses cas 'productionMode.enabled needs: configuration.owner' --set productionMode.enabled=true
  expect 0 sconectl platform chart cas -o none
  platform_refuses none 'image: name an image that contains sconectl'
  platform_renders cas --set productionMode.enabled=true --set configuration.owner=abc --set networkPolicy.enabled=true \
    --set "productionMode.image=r/cas@sha256:$(printf '%064d' 1)"
  is StatefulSet spec/template/spec/containers/0/image "\"r/cas@sha256:$(printf '%064d' 1)\""
}

# Values of the public charts and those that their pages promise, in the forms in which they are written there (R06 to R11).
case_platform_charts_take_the_values_of_the_public_ones() {
  local chart value common=('imagePullPolicy=Always,imagePullSecrets[0].name=sconeapps,securityContext=null,resources=null,nodeSelector.sgx=true'
    'tolerations[0].key=sgx,tolerations[0].operator=Equal,tolerations[0].value=true,tolerations[0].effect=NoSchedule,extraVolumes[0].name=dev-isgx,extraVolumes[0].hostPath.path=/dev/isgx,extraVolumeMounts[0].name=dev-isgx,extraVolumeMounts[0].mountPath=/dev/isgx'
    'useSGXDevPlugin=scone' 'useSGXDevPlugin=enabled' 'useSGXDevPlugin=azure' 'useSGXDevPlugin=disabled' 'useSGXDevPlugin=azure,sgxEpcMem=16')
  local of_cas=('replicaCount=1,sconeVersion=5,affinity=null,productionMode.enabled=false,productionMode.image=r/cas:2,service.type=ClusterIP,service.clientPort=8081,service.enclavePort=18765,service.loadBalancerIP=,service.nodePorts.clientPort=,service.nodePorts.enclavePort=' 'service.type=NodePort,service.nodePorts.enclavePort=31000'
    'livenessProbe.attestedCLI=true,livenessProbe.periodSeconds=60,livenessProbe.failureThreshold=3'
    'networkPolicy.enabled=true,networkPolicy.ingressNSMatchLabels.project=production,networkPolicy.ingressPodMatchLabels.app=web'
    'persistence.enabled=true,persistence.mountPath=/etc/cas/db,persistence.storageClass=null,persistence.annotations=,persistence.size=1Gi,persistence.accessModes[0]=ReadWriteOnce')
  local of_las=('externalAesmd.enabled=false,externalAesmd.path=/var/run/aesmd,service.enabled=false'
    'service.enabled=true,service.type=ClusterIP,service.port=18766,service.hostPort=true')
  local of_api=('scone.cas=10.0.0.1,scone.configId=n/demo/rest-api,service.port=4996,service.type=NodePort,env[0].name=SCONE_LOG,env[0].value=debug')
  for chart in cas las rest-api-sample; do
    platform_chart "$chart"
    case $chart in
      cas) set -- "${common[@]}" "${of_cas[@]}" ;;
      las) set -- "${common[@]}" "${of_las[@]}" ;;
      *) set -- "${of_api[@]}" ;;
    esac
    for value in "$@"; do
      platform_renders "$chart" --set "$value"
    done
  done
  # The variable that older charts give in 'env' is there once.
  printf 'env: [{name: SCONE_LAS_ADDR, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}]\nservice: {nodePorts: {clientPort: ""}}\n' >values.yaml
  platform_renders cas -f values.yaml
  is StatefulSet spec/template/spec/containers/0/env \
    '[{"name": "SCONE_LAS_ADDR", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}]'
  # A flag of --set is a word for Kubernetes.
  platform_renders cas --set 'tolerations[0].key=sgx,tolerations[0].value=true' --set nodeSelector.sgx=true
  is StatefulSet spec/template/spec/tolerations '[{"key": "sgx", "value": "true"}]'
  is StatefulSet spec/template/spec/nodeSelector '{"sgx": "true"}'
  # Kubernetes refuses a privileged container that may not gain privileges.
  platform_renders cas --set securityContext.privileged=true
  is StatefulSet spec/template/spec/containers/0/securityContext/privileged true
  is StatefulSet spec/template/spec/containers/0/securityContext/allowPrivilegeEscalation null
  is Pod spec/containers/0/securityContext/privileged null
}

# Names and units of the device plugins, old and new.
case_platform_charts_ask_for_sgx_in_each_plugins_words() {
  platform_chart cas
  local limits=spec/template/spec/containers/0/resources/limits context=spec/template/spec/containers/0/securityContext
  local given plugin
  for given in 16 16Mi; do
    platform_renders cas --set useSGXDevPlugin=azure --set sgxEpcMem=$given
    rendered StatefulSet $limits >wanted
    says wanted '"kubernetes.azure.com/sgx_epc_mem_in_MiB": 16'
    platform_renders cas --set useSGXDevPlugin=azure --set sgxEpcMem=$given --set sgxEpcResource=sgx.intel.com/epc
    rendered StatefulSet $limits >wanted
    says_but_not wanted '"sgx.intel.com/epc": "16Mi"' azure
    platform_renders cas --set useSGXDevPlugin=intel --set sgxEpcMem=$given
    rendered StatefulSet $limits >wanted
    says wanted '"sgx.intel.com/epc": "16Mi"'
    says wanted '"memory": "1Gi"'
  done
  platform_renders cas --set useSGXDevPlugin=intel --set sgxEpcMem=1Gi
  rendered StatefulSet $limits >wanted
  says wanted '"sgx.intel.com/epc": "1024Mi"'
  for plugin in scone enabled; do
    platform_renders cas --set useSGXDevPlugin=$plugin
    rendered StatefulSet $limits >wanted
    says wanted '"sgx.k8s.io/sgx": 1'
    is StatefulSet $context/capabilities '{"add": ["SYS_RAWIO"], "drop": ["ALL"]}'
  done
  # Nothing makes it privileged.
  for plugin in azure intel disabled; do
    platform_renders cas --set useSGXDevPlugin=$plugin
    is StatefulSet $context/privileged null
    is StatefulSet $context/capabilities '{"drop": ["ALL"]}'
  done
}

case_platform_chart_cas_takes_volumes_policies_and_options() {
  platform_chart cas
  platform_renders cas --set persistence.existingClaim=mine
  is StatefulSet spec/volumeClaimTemplates null
  says rendered.yaml 'claimName: "mine"'
  platform_renders cas --set persistence.storageClass=- --set persistence.size=5Gi
  is StatefulSet spec/volumeClaimTemplates/0/spec/storageClassName '""'
  is StatefulSet spec/volumeClaimTemplates/0/spec/resources/requests/storage '"5Gi"'
  platform_renders cas --set persistence.storageClass=fast
  is StatefulSet spec/volumeClaimTemplates/0/spec/storageClassName '"fast"'
  platform_renders cas --set persistence.enabled=false --set externalAesmd.enabled=true --set externalAesmd.path=/run/aesmd
  is StatefulSet spec/volumeClaimTemplates null
  says rendered.yaml 'path: "/run/aesmd"'
  platform_renders cas --set networkPolicy.enabled=true
  is NetworkPolicy spec/ingress/0/from '[{"podSelector": {}}]'
  platform_renders cas --set networkPolicy.enabled=true --set networkPolicy.ingressNSMatchLabels.project=production \
    --set networkPolicy.ingressPodMatchLabels.tier=api
  is NetworkPolicy spec/ingress/0/from/1 \
    '{"namespaceSelector": {"matchLabels": {"project": "production"}}, "podSelector": {"matchLabels": {"tier": "api"}}}'
  platform_renders cas --set networkPolicy.enabled=true --set networkPolicy.ingressPodMatchLabels.tier=api
  is NetworkPolicy spec/ingress/0/from/1 '{"namespaceSelector": {}, "podSelector": {"matchLabels": {"tier": "api"}}}'
  platform_renders cas --set networkPolicy.enabled=true --set service.type=LoadBalancer
  is NetworkPolicy spec/ingress/0/from null
  # Metrics are for who was meant, whatever the Service of the clients is.
  platform_renders cas --set networkPolicy.enabled=true --set service.type=LoadBalancer --set metrics.enabled=true
  is NetworkPolicy spec/ingress/1 '{"from": [{"podSelector": {}}], "ports": [{"port": "metrics", "protocol": "TCP"}]}'
  platform_renders cas --set networkPolicy.enabled=true --set metrics.enabled=true \
    --set 'metrics.from[0].namespaceSelector.matchLabels.name=monitoring'
  is NetworkPolicy spec/ingress/1/from '[{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}]'
  says rendered.yaml 'name: "cas-metrics"'
  # Every option of the configuration is one that the CAS takes: it starts with them.
  platform_renders cas --set 'configuration.hostnames={a.example,b.example}' --set 'configuration.importFrom={none}' \
    --set configuration.versionsPerCreator=5000000 --set configuration.versionsPerAddress=7 --set configuration.verbosity=2 \
    --set configuration.enclaveReconnectTimeout=1h --set configuration.lockTimeout=5s --set persistence.mountPath="$PWD/volume" \
    --set configuration.owner="$(sconectl self show-key-hash)" --set configuration.listenAddress=127.0.0.1
  mkdir volume
  rendered StatefulSet spec/template/spec/containers/0/args | jq -r '.[]' | sed 's/:8081$/:0/; s/:18765$/:0/' >arguments
  mapfile -t arguments <arguments
  sconectl "${arguments[@]}" >cas.log 2>&1 &
  at_end kill $!
  wait_for 10 "the CAS" test -s volume/data/endpoint.json
  says cas.log 'the root session has an owner'
  # Its certificate names the Service.
  openssl s_client -connect "$(jq -r '.api[0]' volume/data/endpoint.json)" </dev/null 2>/dev/null |
    openssl x509 -noout -ext subjectAltName >names
  local name
  for name in cas cas.default cas.default.svc cas.default.svc.cluster.local b.example; do
    matches names "DNS:$name(,|$)"
  done
}

case_platform_chart_las_needs_an_image_and_is_accepted() {
  expect 0 sconectl platform chart las -o las
  platform_refuses las 'image: name the image of a LAS'
  local set=(--set image=registry.example/las:1)
  expect 0 helm lint --strict las "${set[@]}"
  platform_renders las "${set[@]}"
  expect 0 kubectl_dry_run rendered.yaml
  matches out 'daemonset.apps/cas-las created \(dry run\)'
  is DaemonSet spec/template/spec/containers/0/ports/0/hostPort 18766
  is DaemonSet spec/template/spec/volumes null
  rendered DaemonSet spec/template/spec/containers/0/resources/limits >wanted
  says wanted '"sgx.k8s.io/sgx": 1'
  # On AKS the node's AESM makes the quotes, whether or not somebody says so.
  platform_renders las "${set[@]}" --set useSGXDevPlugin=azure --set service.enabled=true
  is DaemonSet spec/template/spec/volumes/0/hostPath/path '"/var/run/aesmd"'
  is Service spec/ports/0/targetPort '"las"'
  is DaemonSet spec/template/spec/containers/0/ports/0/name '"las"'
  is DaemonSet spec/template/spec/containers/0/securityContext/privileged null
  platform_renders las "${set[@]}" --set useSGXDevPlugin=azure --set externalAesmd.enabled=false --set nodeSelector.sgx=true
  is DaemonSet spec/template/spec/volumes null
  is DaemonSet spec/template/spec/nodeSelector '{"sgx": "true"}'
  platform_renders las "${set[@]}" --set useSGXDevPlugin=azure --set sgxEpcResource=sgx.intel.com/epc
  rendered DaemonSet spec/template/spec/containers/0/resources/limits >wanted
  says_but_not wanted '"sgx.intel.com/epc": "16Mi"' azure
  platform_refuses las 'sgxEpcMem' "${set[@]}" --set useSGXDevPlugin=azure --set sgxEpcMem=
  platform_refuses las 'hostport' "${set[@]}" --set service.hostport=true
}

# The chart of the Azure sample: with its own install lines, and without attestation.
case_platform_chart_rest_api_sample_takes_the_lines_of_the_sample() {
  platform_chart rest-api-sample
  says err 'helm install api ./rest-api-sample'
  local api=(api rest-api-sample) set type env=spec/template/spec/containers/0/env
  expect 0 helm lint --strict rest-api-sample
  set=(--set service.type=LoadBalancer --set useSGXDevPlugin=azure)
  api_renders() {
    expect 0 helm template "${api[@]}" "$@"
    cp out rendered.yaml
    expect 0 kubernetes_schema rendered.yaml
  }
  api_renders "${set[@]}" --set scone.cas=10.0.0.1 --set scone.configId=azure-1/demo/rest-api
  expect 0 kubectl_dry_run rendered.yaml
  matches out 'service/api-rest-api-sample created \(dry run\)'
  is Service spec/type '"LoadBalancer"'
  is Service spec/ports/0/port 4996
  is Deployment $env/0 '{"name": "SCONE_CAS_ADDR", "value": "10.0.0.1"}'
  is Deployment $env/1 '{"name": "SCONE_CONFIG_ID", "value": "azure-1/demo/rest-api"}'
  is Deployment $env/2/valueFrom/fieldRef/fieldPath '"status.hostIP"'
  is Deployment spec/template/spec/volumes/0/hostPath/path '"/var/run/aesmd"'
  is Deployment spec/template/spec/containers/0/securityContext/privileged null
  rendered Deployment spec/template/spec/containers/0/resources/limits >wanted
  says wanted '"kubernetes.azure.com/sgx_epc_mem_in_MiB": 4'
  # Without a session none of the variables is there, and the notes say what that means.
  api_renders "${set[@]}" --set scone.cas=10.0.0.1
  is Deployment $env null
  expect 0 helm install api-no-attestation rest-api-sample --dry-run=client
  says out 'is not attested and gets no secrets'
  says out 'api-no-attestation-rest-api-sample'
  for type in ClusterIP:port-forward LoadBalancer:loadBalancer.ingress NodePort:nodePort; do
    expect 0 helm install "${api[@]}" --dry-run=client --set "service.type=${type%:*}" --set scone.cas=c --set scone.configId=n/d/s
    sed '1,/^NOTES:/d' out >notes
    says notes "${type#*:}"
    says notes 'asks the CAS at c for n/d/s'
  done
  # Services of the native runtime.
  api_renders --set scone.cas=c --set scone.configId=n/d/s --set scone.casKey=key --set scone.accessTokenSecret=token \
    --set 'memoryDirectories={/tls}'
  is Service spec/type '"NodePort"'
  is Deployment $env/3/value '"key"'
  is Deployment $env/4/valueFrom/secretKeyRef/name '"token"'
  is Deployment spec/template/spec/volumes/0/emptyDir/medium '"Memory"'
  local refused
  for refused in 'scone.configId=n/d/s|scone.configId: needs scone.cas' 'scone.casKey=k|have no effect without scone.configId' \
    'service.loadBalancerIP=1.2.3.4|service.loadBalancerIP: has no effect' 'scone.configID=n/d/s|configID' \
    'service.nodePort=31000,service.type=ClusterIP|service.nodePort: has no effect' 'service.port=70000|port' \
    'useSGXDevPlugin=maybe|none of scone, enabled' 'useSGXDevPlugin=azure,sgxEpcMem=null|sgxEpcMem'; do
    expect 1 helm template "${api[@]}" --set "${refused%%|*}"
    says err "${refused#*|}"
  done
  expect 0 sconectl platform chart rest-api-sample -o none
  platform_refuses none 'image: name the image of your service'
}

case_platform_chart_replaces_only_itself() {
  mkdir home
  printf 'mine\n' >home/.bashrc
  expect 3 sconectl platform chart cas -o home
  says err "'home' holds '.bashrc'"
  [ "$(ls -A home)" = .bashrc ] || fail "it wrote into home"
  expect 2 sconectl platform chart sgx
  expect 2 sconectl platform chart cas --image 'a b'
  expect 0 sconectl platform chart cas -o other --image "$PLATFORM_IMAGE"
  expect 0 sconectl platform chart cas --image "$PLATFORM_IMAGE"
  [ "$(cat out)" = target/platform/cas ] || fail "$(cat out)"
  same_tree other target/platform/cas
  expect 0 sconectl platform chart cas
  says target/platform/cas/values.yaml 'image: ""'
}

# The image holds nothing but the program, and a CAS that runs as a pod would keeps what it acknowledged.
case_platform_image_of_the_cas_runs_as_a_pod_would() {
  expect 0 sconectl platform image cas --to "$REGISTRY/$SUITE/cas:1"
  matches out "^$REGISTRY/$SUITE/cas@sha256:[0-9a-f]{64}$"
  local image
  image=$(cat out)
  client_identity
  docker volume create "$SUITE-cas" >/dev/null
  at_end docker volume rm --force "$SUITE-cas"
  at_end docker rm --force "$SUITE-cas"
  # What kubelet does to a volume of a pod with an fsGroup, at every mount.
  mount() {
    local path
    path=$(docker volume inspect --format '{{.Mountpoint}}' "$SUITE-cas")
    as_root chgrp -R 10001 "$path"
    as_root find "$path" -type d -exec chmod g+rwxs {} + -o -type f -exec chmod g+rw {} +
  }
  local turn
  for turn in 1 2 3; do
    mount
    expect 0 docker run --detach --name "$SUITE-cas" --network host --read-only --tmpfs /tmp --user 10001:0 --group-add 10001 \
      --cap-drop ALL --security-opt no-new-privileges --volume "$SUITE-cas:/var/lib/cas" "$image" cas serve \
      --data /var/lib/cas/data --listen 127.0.0.1:16081 --enclave-listen 127.0.0.1:16765
    wait_for 20 "the CAS" curl --insecure --silent --fail https://127.0.0.1:16081/v1/health/ready
    printf 'name: turn%s\nversion: "0.3"\n' "$turn" >session.yaml
    expect 0 cas_curl --data-binary @session.yaml --output answer --write-out '%{http_code}' https://127.0.0.1:16081/session
    [ "$(cat out)" = 201 ] || fail "$(cat out answer)"
    expect 0 cas_curl --fail https://127.0.0.1:16081/v1/sessions/turn1
    docker logs "$SUITE-cas" >log 2>&1
    [ "$turn" = 1 ] || says log 'a group had access to files of the CAS; it has not any more'
    docker rm --force "$SUITE-cas" >/dev/null
  done
}

# The lines by which the public sample starts and uses its command line, and what its script does with the CAS (A18 to A20, R03).
case_platform_image_of_the_command_line_stands_the_lines_of_the_sample() {
  local cli=$SUITE-cli cas=$SUITE-cli-cas
  expect 0 sconectl platform image cas --to "$cas:1" --no-push
  expect 0 sconectl platform image cli --to "$cli:1" --no-push --from "$DEBIAN_IMAGE"
  [ "$(cat out)" = "$cli:1" ] || fail "$(cat out)"
  at_end docker rm --force --volumes "$cli" "$cas"
  at_end docker image rm "$cli:1" "$cas:1"
  # A CAS without a command serves, and its volume keeps what it was given.
  expect 0 docker run --detach --name "$cas" --publish 127.0.0.1:16181:8081 "$cas:1"
  wait_for 20 "the CAS" curl --insecure --silent --fail https://127.0.0.1:16181/v1/health/ready
  mkdir sample
  cat >sample/attest.sh <<'END'
#!/bin/bash
[[ $SCONE_CAS_ADDR =~ ^([0-9.]+)(:[0-9]+)$ ]] || exit 1
echo "${BASH_REMATCH[1]} cas" >>/etc/hosts
scone cas attest -G -C -S --only_for_testing-debug --only_for_testing-ignore-signer --only_for_testing-trust-any "cas${BASH_REMATCH[2]}"
END
  chmod +x sample/attest.sh
  # shellcheck disable=SC2016  # a variable of the session
  printf 'name: $CAS_NAMESPACE\nversion: "0.3"\naccess_policy: {create_sessions: [CREATOR]}\n' >sample/namespace.yml
  expect 0 docker run -d --rm --network host -v "$PWD/sample:/templates" -e SCONE_CAS_ADDR=127.0.0.1:16181 -e CAS_NAMESPACE=azure-1 \
    --name "$cli" --entrypoint sh "$cli:1" -c "sleep 7200"
  # docker exec -it wants a terminal.
  expect 0 script -qec "docker exec -it $cli bash -c './templates/attest.sh && scone session create --use-env /templates/namespace.yml'" /dev/null
  says out 'at https://cas:16181/ is trustworthy'
  matches out '^[0-9a-f]{64}'
  expect 0 docker exec "$cli" sconectl session read azure-1
  says out 'name: azure-1'
  docker restart "$cas" >/dev/null
  wait_for 20 "the CAS" curl --insecure --silent --fail https://127.0.0.1:16181/v1/health/ready
  expect 0 docker exec "$cli" scone session read azure-1
  # An image without a shell is no base.
  tar -c -T /dev/null | docker import - "$cli-empty:1" >/dev/null
  at_end docker image rm "$cli-empty:1"
  expect 1 sconectl platform image cli --to "$cli:2" --no-push --from "$cli-empty:1"
  expect 2 sconectl platform image cas --to "$cas:2" --no-push --from "$DEBIAN_IMAGE"
}
