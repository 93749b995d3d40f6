// Azure Attestation, with @azure/attestation and its own check of tokens; the evidence is Microsoft's, recorded in 2022.
"use strict";
const assert = require("assert/strict");
const { createHash, X509Certificate } = require("crypto");
const fs = require("fs");
const path = require("path");
const { AttestationAdministrationClient, AttestationClient, KnownAttestationType } = require("@azure/attestation");
const { ClientSecretCredential } = require("@azure/identity");

module.exports = (world) => {
  const { TENANT, WITH_SECRET, SECRET, PROVIDER, change, refused, vectors } = world;
  const recorded = (name) => fs.readFileSync(path.join(vectors, "maa-2022-recorded", name));
  const url = `https://${PROVIDER}`;
  const [quote, runtime] = [recorded("quote.bin"), recorded("runtime-data.bin")];
  const expected = JSON.parse(recorded("sgx-runtime-binary.claims.json"));
  const client = new AttestationClient(url);
  const validationOptions = {
    validateToken: true, validateExpirationTime: true, validateNotBeforeTime: true, validateIssuer: true, expectedIssuer: url,
    timeValidationSlack: 10,
  };
  // A client asks for the keys once.
  const attest = (options = {}) =>
    new AttestationClient(url).attestSgxEnclave(quote, { runTimeData: runtime, validationOptions, ...options });
  const credential = new ClientSecretCredential(TENANT, WITH_SECRET, SECRET);
  const administration = new AttestationAdministrationClient(url, credential, { validationOptions });
  const provider = (values) => change((settings) => { settings.providers[PROVIDER] = values; });
  const faulty = async (values, pattern) => {
    provider(values);
    await refused(attest(), pattern);
    provider({});
  };

  return {
    "a token for the recorded quote": async () => {
      const { body, token } = await attest();
      assert.equal(body.mrEnclave, expected["x-ms-sgx-mrenclave"]);
      assert.equal(body.mrSigner, expected["x-ms-sgx-mrsigner"]);
      assert.equal(body.sgxCollateral.quotehash, createHash("sha256").update(quote).digest("hex"));
      assert.ok(Buffer.from(body.enclaveHeldData).equals(runtime));
      assert.deepEqual([body.productId, body.svn, body.isDebuggable, body.issuer], [1, 1, true, url]);
      const claims = JSON.parse(Buffer.from(token.serialize().split(".")[1], "base64url"));
      assert.deepEqual(Object.keys(claims).sort(), Object.keys(expected).sort());
      for (const [name, value] of Object.entries(expected)) {
        assert.equal(typeof claims[name], typeof value, name);
        if (!/^(exp|iat|nbf|jti|.*collateral)$/.test(name)) {
          assert.deepEqual(claims[name], value, name);
        }
      }
      assert.equal(claims.exp - claims.iat, expected.exp - expected.iat);
      assert.match(token.keyId, /\+.*\/.*=|\/.*\+.*=/);
    },
    "runtime data as JSON": async () => {
      const { body } = await client.attestSgxEnclave(quote, { runTimeJson: runtime, validationOptions });
      assert.deepEqual(body.runTimeClaims, JSON.parse(recorded("sgx-runtime-json.claims.json"))["x-ms-runtime"]);
    },
    "a report of Open Enclave": async () => {
      const { body } = await client.attestOpenEnclave(recorded("openenclave-report.bin"), { runTimeData: runtime, validationOptions });
      assert.equal(body.mrEnclave, expected["x-ms-sgx-mrenclave"]);
    },
    "runtime data that the quote does not know": () => refused(attest({ runTimeData: Buffer.from("other") }), /InvalidParameter/),
    "a quote without certificates": () =>
      refused(client.attestSgxEnclave(quote.subarray(0, 1020), { validationOptions }), /OE_MISSING_CERTIFICATE_CHAIN/),
    "keys and metadata": async () => {
      const signers = await client.getAttestationSigners();
      assert.equal(signers.length, 2);
      assert.ok(signers.every((signer) => signer.certificates.length === 1));
      const { issuer, jwks_uri } = await client.getOpenIdMetadata();
      assert.deepEqual([issuer, jwks_uri], [url, `${url}/certs`]);
    },
    "the policy is the default one": async () => {
      const { body, token } = await administration.getPolicy(KnownAttestationType.SgxEnclave);
      assert.equal(body, recorded("default-policy.txt").toString().trim());
      assert.equal(token.issuer, url);
    },
    "another policy, and back": async () => {
      const text = "version= 1.0; authorizationrules{=> permit();}; issuancerules{};";
      assert.equal((await administration.setPolicy(KnownAttestationType.SgxEnclave, text)).body.policyResolution, "Updated");
      assert.equal((await administration.getPolicy(KnownAttestationType.SgxEnclave)).body, text);
      assert.equal((await administration.resetPolicy(KnownAttestationType.SgxEnclave)).body.policyResolution, "Removed");
      assert.match((await administration.getPolicy(KnownAttestationType.SgxEnclave)).body, /x-ms-sgx-mrenclave/);
    },
    "policies are for applications with a token": () =>
      refused(new AttestationAdministrationClient(url, { getToken: async () => ({ token: "no", expiresOnTimestamp: Date.now() + 1e6 }) })
        .getPolicy(KnownAttestationType.SgxEnclave), /Unauthorized/),
    "the policy's refusal: PolicyEvaluationError": async () => {
      provider({ policy: { mrenclave: [expected["x-ms-sgx-mrenclave"]] } });
      await attest();
      await faulty({ policy: { mrenclave: ["00".repeat(32)] } }, /PolicyEvaluationError|No Permit claim/);
    },
    "a draft policy makes a token without signature": async () => {
      const { token } = await attest({ draftPolicyForAttestation: "version= 1.0; authorizationrules{=> permit();}; issuancerules{};" });
      assert.equal(token.algorithm, "none");
    },
    "a token of another issuer": () => faulty({ token: { claims: { iss: "https://other.wus.attest.azure.net" } } }, /expected issuer/),
    "a token that is over": () => faulty({ token: { age: 30000 } }, /has expired/),
    "a token of tomorrow": () => faulty({ token: { age: -86400 } }, /not yet valid/),
    "a token whose key is not there": () => faulty({ token: { header: { kid: "other" } } }, /./),
    "another key under the kid": () => faulty({ keys: { other: true } }, /not properly signed/),
    "faults that this client does not see are there": async () => {
      const wrong = { "x-ms-sgx-is-debuggable": "false", "x-ms-attestation-type": "sevsnpvm", "x-ms-ver": null };
      provider({ token: { header: { alg: "none" }, claims: wrong, duplicate: { "x-ms-sgx-svn": 7 } }, keys: { bits: 1024, twice: true } });
      const { token } = await attest();
      const [, payload, signature] = token.serialize().split(".");
      const text = Buffer.from(payload, "base64url").toString();
      assert.deepEqual([token.algorithm, signature], ["none", ""]);
      assert.match(text, /"x-ms-sgx-svn":7,.*"x-ms-sgx-svn":1[,}]/);
      assert.match(text, /"x-ms-sgx-is-debuggable":"false"/);
      assert.match(text, /"x-ms-attestation-type":"sevsnpvm"/);
      assert.doesNotMatch(text, /x-ms-ver/);
      const signers = await new AttestationClient(url).getAttestationSigners();
      assert.equal(signers.filter((signer) => signer.keyId === token.keyId).length, 2);
      assert.equal(new X509Certificate(signers[0].certificates[0]).publicKey.asymmetricKeyDetails.modulusLength, 1024);
      provider({});
    },
  };
};
