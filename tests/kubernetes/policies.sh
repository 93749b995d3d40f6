# Sessions as objects of the cluster. Sourced by run.
# shellcheck shell=bash

case_policies_in_the_chart_are_uploaded_by_the_controller() {
  in_namespace gitops
  sconectl platform chart crds -o crds >/dev/null
  k kubectl apply --server-side --filename crds >/dev/null
  k setsid --fork sconectl controller --cas-key "$NODE_ADDRESS=$(cat "$SUITE_DIR/cas/cas-key-hash")" \
    >controller.log 2>&1 </dev/null
  at_end pkill -f 'sconectl controller --cas-key'
  with_cas "$SUITE_DIR/examples/hello-world/mesh.yaml" | sed 's/^    cas_url: .*/&\n    mode: EncryptedManifest/' >mesh.yaml
  hello_chart gitops
  # Nothing was sent to the CAS: it has the sessions only when the objects are there.
  expect 2 k sconectl session read gitops/pythonservice
  installed pythonapp gitops
  k kubectl --namespace gitops logs deployment/pythonapp-pythonservice >log
  says log "thanks for passing along the API_PASSWORD"
  k kubectl --namespace gitops wait --for=condition=Ready encryptedpolicies --all --timeout 20s >ready
  [ "$(wc -l <ready)" -eq 3 ] || fail "$(cat ready)"
  # Again, with nothing changed: helm makes its hook objects anew.
  hello_chart gitops
  k helm upgrade pythonapp target/helm --namespace gitops --wait --timeout 45s >/dev/null
  k kubectl --namespace gitops wait --for=condition=Ready encryptedpolicies --all --timeout 20s >/dev/null
  says controller.log "uploaded"
}
