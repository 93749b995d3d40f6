# Curated services behind an application of their user, on the cluster. Sourced by run.
# shellcheck shell=bash

# documents PATH CURL_OPTION...: the front, by the certificate that the CAS made for it.
documents() {
  k curl --silent --show-error --fail-with-body --max-time 10 --noproxy '*' --cacert documents_ca.crt \
    --connect-to documents:8443:documents-front.documents.svc.cluster.local:8443 "${@:2}" "https://documents:8443$1"
}

case_secure_documents_gives_a_document_to_its_owner_alone() {
  in_namespace documents
  documents_chart
  installed documents documents --timeout 90s
  k curl --silent --fail --insecure "https://$NODE_ADDRESS:8081/v1/values/session=documents/secrets" |
    jq -e -r .values.nginx_ca_cert.value >documents_ca.crt
  wait_for 10 "the front behind its Service" k curl --silent --insecure --noproxy '*' --max-time 2 --output /dev/null \
    https://documents-front.documents.svc.cluster.local:8443/
  printf 'user = "jane:only-jane-knows"\n' >login
  printf 'user = "john:only-john-knows"\n' >other-login
  printf only-jane-knows >password
  printf only-john-knows >other-password
  printf 'the contract of jane\n' >contract
  documents /users/jane --data-binary @password >out
  documents /users/john --data-binary @other-password >out
  documents /documents/contract --config login --upload-file contract >out
  documents /documents/contract --config login >out
  says out 'the contract of jane'
  # Nobody, somebody else, and who is not of the mesh.
  expect 22 documents /documents/contract
  says_but_not err 'returned error' 'the contract of jane'
  expect 22 documents /documents/contract --config other-login
  cat out err >said
  says_but_not said 'returned error' 'the contract of jane'
  # It lies in the database: new pods of front and API have it, too.
  k kubectl --namespace documents rollout restart deployment/documents-front deployment/documents-api >/dev/null
  k kubectl --namespace documents rollout status deployment/documents-front --timeout 60s >/dev/null
  k kubectl --namespace documents rollout status deployment/documents-api --timeout 60s >/dev/null
  wait_for 10 "the front after its restart" documents /documents/contract --config login
  documents /documents/contract --config login >out
  says out 'the contract of jane'
  # Of the cache, who has no certificate of the mesh gets nothing.
  k bash -c '{ printf "version\r\n"; sleep 1; } | timeout 10 openssl s_client -quiet \
    -connect documents-cache.documents.svc.cluster.local:11211' >said 2>&1 || true
  says_but_not said 'certificate required' VERSION
}
