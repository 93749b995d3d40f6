# What the public sample has at Azure, for the stand-in. Sourced by the tests that need it.
# shellcheck shell=bash

# azure_sample DIR VALUE: settings of the stand-in in DIR: an application that may read a vault with VALUE and a certificate, which
# is in web.crt, with its key in web.key. Exports the sample's variables.
azure_sample() {
  export AZURE_TENANT_ID=e6c9c526-f1aa-4e0d-b207-50bad9a89d21 AZURE_CLIENT_ID=3f6a210e-83b4-4217-9eee-4f707d8aeeb3 \
    AZURE_CLIENT_SECRET='s3cret~._=+&' AKV_VAULT=https://scone-sample.vault.azure.net/ AKV_SECRET_NAME=api-secret \
    AKV_CERT_SECRET_NAME=api-cert MAA_PROVIDER=https://sharedcus.cus.attest.azure.net \
    CAS_NAMESPACE=azure-integration PYTHON_SESSION_NAME=demo
  mkdir "$1"
  openssl req -x509 -newkey rsa:2048 -nodes -keyout web.key -out web.crt -subj /CN=rest-api.scone.sample \
    -addext subjectAltName=DNS:rest-api.scone.sample -days 2 2>/dev/null
  VALUE=$2 jq -n --rawfile key web.key --rawfile certificate web.crt '{
    tenants: {(env.AZURE_TENANT_ID): {applications: {(env.AZURE_CLIENT_ID): {secret: env.AZURE_CLIENT_SECRET}}}},
    providers: {"sharedcus.cus.attest.azure.net": {}},
    vaults: {"scone-sample.vault.azure.net": {tenant: env.AZURE_TENANT_ID, access: {(env.AZURE_CLIENT_ID): ["get"]}, secrets: {
      "api-secret": [{value: env.VALUE}],
      "api-cert": [{value: ($key + $certificate), contentType: "application/x-pem-file", managed: true}]}}}}' >"$1/settings.json"
}
