// Secrets and certificates of a key vault, with @azure/keyvault-secrets and @azure/keyvault-certificates.
"use strict";
const assert = require("assert/strict");
const { X509Certificate } = require("crypto");
const { AzureAuthorityHosts, ClientCertificateCredential, ClientSecretCredential } = require("@azure/identity");
const { CertificateClient } = require("@azure/keyvault-certificates");
const { SecretClient } = require("@azure/keyvault-secrets");

async function all(pages) {
  const result = [];
  for await (const each of pages) {
    result.push(each);
  }
  return result;
}

module.exports = (world) => {
  const { TENANT, OTHER_TENANT, WITH_SECRET, WITH_CERTIFICATE, SECRET, VAULT, GOVERNMENT, application, change, refused, requests } = world;
  const url = `https://${VAULT}`;
  const credential = new ClientSecretCredential(TENANT, WITH_SECRET, SECRET);
  const client = new SecretClient(url, credential);
  const restricted = new SecretClient(url, new ClientCertificateCredential(TENANT, WITH_CERTIFICATE, application.file));
  const polled = async (poller) => (await poller).pollUntilDone();

  return {
    "the vault's challenge leads to the token": async () => {
      await client.setSecret("Greeting", "hello");
      const [first, second] = requests(VAULT);
      assert.deepEqual([first.status, first.authorized, first.error], [401, false, "AKV10000"]);
      assert.deepEqual([second.status, second.authorized], [200, true]);
    },
    "set, get, get a version, list versions": async () => {
      const options = { contentType: "text/plain", tags: { a: "b" }, notBefore: new Date(1e12), expiresOn: new Date(2e12) };
      const set = await client.setSecret("greeting", "good evening", options);
      const newest = await client.getSecret("GREETING");
      assert.equal(newest.value, "good evening");
      assert.equal(newest.properties.version, set.properties.version);
      assert.match(newest.properties.version, /^[0-9a-f]{32}$/);
      assert.equal(newest.properties.contentType, "text/plain");
      assert.deepEqual(newest.properties.tags, { a: "b" });
      assert.equal(newest.properties.notBefore.getTime(), 1e12);
      assert.equal(newest.properties.expiresOn.getTime(), 2e12);
      assert.equal(newest.properties.recoverableDays, 90);
      const versions = await all(client.listPropertiesOfSecretVersions("greeting"));
      assert.equal(versions.length, 2);
      assert.equal((await client.getSecret("greeting", { version: versions[0].version })).value, "hello");
      await refused(client.getSecret("greeting", { version: "0".repeat(32) }), /SecretNotFound/);
    },
    "properties change, the value does not": async () => {
      const { properties } = await client.getSecret("greeting");
      await client.updateSecretProperties("greeting", properties.version, { contentType: "xyz", enabled: false });
      await refused(client.getSecret("greeting"), /SecretDisabled/);
      await client.updateSecretProperties("greeting", properties.version, { enabled: true });
      const secret = await client.getSecret("greeting");
      assert.deepEqual([secret.value, secret.properties.contentType], ["good evening", "xyz"]);
    },
    "a list of more than one page": async () => {
      change((settings) => {
        for (let number = 0; number < 60; number++) {
          settings.vaults[VAULT].secrets[`many-${number}`] = [{ value: "x" }];
        }
      });
      const names = (await all(client.listPropertiesOfSecrets())).map((each) => each.name);
      assert.equal(names.filter((name) => name.startsWith("many-")).length, 60);
    },
    "delete, recover, delete, purge": async () => {
      change((settings) => { settings.vaults[VAULT].deletion = 2; });
      const deleted = await polled(client.beginDeleteSecret("greeting", { intervalInMs: 500 }));
      assert.ok(deleted.properties.scheduledPurgeDate > deleted.properties.deletedOn);
      const polls = requests(VAULT).filter((each) => each.target.startsWith("/deletedsecrets/greeting")).map((each) => each.status);
      assert.ok(polls.includes(404) && polls.at(-1) === 200);
      await refused(client.getSecret("greeting"), /SecretNotFound/);
      const conflict = await refused(client.setSecret("greeting", "again"), /Conflict/);
      assert.equal(conflict.statusCode, 409);
      assert.match(conflict.message, /deleted but recoverable/);
      await polled(client.beginRecoverDeletedSecret("greeting", { intervalInMs: 200 }));
      assert.equal((await client.getSecret("greeting")).value, "good evening");
      await client.beginDeleteSecret("greeting");
      await refused(client.setSecret("greeting", "again"), /currently being deleted/);
      change((settings) => { settings.vaults[VAULT].deletion = 0; });
      await client.purgeDeletedSecret("greeting");
      await refused(client.getDeletedSecret("greeting"), /SecretNotFound/);
      await client.setSecret("greeting", "again");
    },
    "a certificate through the secret endpoint, and its public part": async () => {
      const secret = await client.getSecret("stored");
      assert.equal(secret.value, world.stored.key + world.stored.certificate);
      assert.equal(secret.properties.contentType, "application/x-pem-file");
      assert.equal(secret.properties.managed, true);
      assert.match(secret.properties.certificateKeyId, /\/keys\/stored\//);
      const { cer, properties } = await new CertificateClient(url, credential).getCertificate("stored");
      const certificate = new X509Certificate(world.stored.certificate);
      assert.ok(Buffer.from(cer).equals(certificate.raw));
      assert.equal(properties.x509ThumbprintString.toUpperCase(), certificate.fingerprint.replaceAll(":", ""));
    },
    "a certificate as PKCS#12": async () => {
      const file = world.stored.file.replace(".pem", ".pfx");
      world.openssl("pkcs12", "-export", "-in", world.stored.file, "-passout", "pass:", "-out", file);
      const value = world.openssl("base64", "-A", "-in", file).toString();
      change((settings) => {
        settings.vaults[VAULT].secrets.pfx = [{ value, contentType: "application/x-pkcs12", managed: true }];
      });
      assert.equal((await client.getSecret("pfx")).value, value);
      const { cer } = await new CertificateClient(url, credential).getCertificate("pfx");
      assert.ok(Buffer.from(cer).equals(new X509Certificate(world.stored.certificate).raw));
    },
    "429 with Retry-After is tried again": async () => {
      change((settings) => { settings.faults = { [VAULT]: { status: 429, retry_after: 1, times: 2 } }; });
      const begin = Date.now();
      assert.equal((await client.getSecret("greeting")).value, "again");
      assert.ok(Date.now() - begin >= 2000);
      assert.deepEqual(requests(VAULT).slice(-3).map((each) => each.status), [429, 429, 200]);
    },
    "a disabled secret: 403": async () => {
      const error = await refused(client.getSecret("disabled"), /Operation get is not allowed on a disabled secret/);
      assert.equal(error.statusCode, 403);
    },
    "nbf and exp are information only": async () => assert.equal((await client.getSecret("expired")).value, "old"),
    "rights: get does not mean set": async () => {
      assert.equal((await restricted.getSecret("greeting")).value, "again");
      const error = await refused(restricted.setSecret("greeting", "no"), /does not have secrets set permission/);
      assert.equal(error.statusCode, 403);
      change((settings) => { settings.vaults[VAULT].rbac = true; });
      await refused(restricted.setSecret("greeting", "no"), /ForbiddenByRbac/);
    },
    "a token of another tenant: AKV10032": () =>
      refused(new SecretClient(url, {
        getToken: () => new ClientSecretCredential(OTHER_TENANT, WITH_SECRET, SECRET).getToken("https://vault.azure.net/.default"),
      }).getSecret("greeting"), /AKV10032: Invalid issuer/),
    "a token for another audience: AKV10022": () =>
      refused(new SecretClient(url, {
        getToken: () => new ClientSecretCredential(TENANT, WITH_SECRET, SECRET).getToken("https://attest.azure.net/.default"),
      }).getSecret("greeting"), /AKV10022: Invalid audience/),
    "a value of 25 KiB, and one byte more": async () => {
      await client.setSecret("large", "x".repeat(25600));
      const error = await refused(client.setSecret("large", "x".repeat(25601)), /BadParameter/);
      assert.equal(error.statusCode, 400);
    },
    "the cloud of the US government": async () => {
      const options = { authorityHost: AzureAuthorityHosts.AzureGovernment };
      const secrets = new SecretClient(`https://${GOVERNMENT}`, new ClientSecretCredential("government", WITH_SECRET, SECRET, options));
      assert.equal((await secrets.getSecret("s")).value, "of the government");
    },
    "a certificate for another host is refused": async () => {
      change((settings) => { settings.faults = { [VAULT]: { wrong_certificate: true } }; });
      const once = new SecretClient(url, credential, { retryOptions: { maxRetries: 0 } });
      await refused(once.getSecret("greeting"), /ERR_TLS_CERT_ALTNAME_INVALID/);
      change((settings) => { settings.faults = {}; });
    },
    "nothing else is behind the proxy": async () => {
      const once = new SecretClient("https://nobody.vault.azure.net", credential, { retryOptions: { maxRetries: 0 } });
      await assert.rejects(once.getSecret("greeting"));
      assert.equal(requests("nobody.vault.azure.net").at(-1).status, 502);
    },
  };
};
