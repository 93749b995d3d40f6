// Tokens of Entra ID, with @azure/identity and @azure/msal-node.
"use strict";
const assert = require("assert/strict");
const crypto = require("crypto");
const pipelines = require("@azure/core-rest-pipeline");
const { ClientAssertionCredential, ClientCertificateCredential, ClientSecretCredential } = require("@azure/identity");
const { ConfidentialClientApplication } = require("@azure/msal-node");

const SCOPE = "https://vault.azure.net/.default";
const AUTHORITY = "login.microsoftonline.com";

// MSAL alone knows no proxies, but takes a network module: that of the other clients.
function network() {
  const pipeline = pipelines.createPipelineFromOptions({});
  const client = pipelines.createDefaultHttpClient();
  const send = async (method, url, options = {}) => {
    const headers = pipelines.createHttpHeaders(options.headers);
    const request = pipelines.createPipelineRequest({ url, method, body: options.body, headers });
    const response = await pipeline.sendRequest(client, request);
    return { status: response.status, headers: response.headers.toJSON(), body: JSON.parse(response.bodyAsText) };
  };
  return { sendGetRequestAsync: (...words) => send("GET", ...words), sendPostRequestAsync: (...words) => send("POST", ...words) };
}

const claims = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));

module.exports = (world) => {
  const { TENANT, WITH_SECRET, WITH_CERTIFICATE, SECRET, application, change, refused, requests } = world;
  const last = () => requests(AUTHORITY).at(-1);
  const msal = (certificate) => new ConfidentialClientApplication({
    auth: { clientId: WITH_CERTIFICATE, authority: `https://${AUTHORITY}/${TENANT}`, clientCertificate: certificate },
    system: { networkClient: network() },
  }).acquireTokenByClientCredential({ scopes: [SCOPE] });

  // An assertion of our own making, which may be wrong.
  const asserted = (wrong = {}, thumbprint = "x5t") => {
    const now = Math.floor(Date.now() / 1000);
    const parts = [
      { alg: "RS256", typ: "JWT", [thumbprint]: Buffer.from(world.thumbprint, "hex").toString("base64url") },
      {
        aud: `https://${AUTHORITY}/${TENANT}/oauth2/v2.0/token`, iss: WITH_CERTIFICATE, sub: WITH_CERTIFICATE,
        jti: crypto.randomUUID(), nbf: now, exp: now + 600, ...wrong,
      },
    ].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
    const signature = crypto.sign("sha256", parts.join("."), application.key).toString("base64url");
    return new ClientAssertionCredential(TENANT, WITH_CERTIFICATE, async () => [...parts, signature].join(".")).getToken(SCOPE);
  };

  return {
    "a token for a client secret": async () => {
      const token = await new ClientSecretCredential(TENANT, WITH_SECRET, SECRET).getToken(SCOPE);
      assert.equal(claims(token.token).aud, "https://vault.azure.net");
      assert.equal(claims(token.token).appidacr, "1");
      assert.ok(Math.abs(token.expiresOnTimestamp - Date.now() - 3599e3) < 10e3);
      assert.equal(last().credential, "secret");
    },
    "a tenant by its domain name": async () => {
      const token = await new ClientSecretCredential("judges.example", WITH_SECRET, SECRET).getToken(SCOPE);
      assert.equal(claims(token.token).tid, TENANT);
    },
    "a token for a certificate (PS256, x5t#S256)": async () => {
      const token = await new ClientCertificateCredential(TENANT, WITH_CERTIFICATE, application.file).getToken(SCOPE);
      assert.equal(claims(token.token).appidacr, "2");
      assert.equal(last().credential, "PS256");
    },
    "a token for a certificate's SHA-1 thumbprint (RS256, x5t)": async () => {
      assert.ok((await msal({ thumbprint: world.thumbprint, privateKey: application.key })).accessToken);
      assert.equal(last().credential, "RS256");
    },
    "a certificate that is registered as public key and thumbprint": async () => {
      const publicKey = world.openssl("x509", "-in", application.file, "-noout", "-pubkey").toString();
      change((settings) => {
        settings.tenants[TENANT].applications[WITH_CERTIFICATE].certificate = { thumbprint: world.thumbprint, public_key: publicKey };
      });
      assert.ok((await msal({ thumbprint: world.thumbprint, privateKey: application.key })).accessToken);
      change((settings) => { settings.tenants[TENANT].applications[WITH_CERTIFICATE].certificate = application.certificate; });
    },
    "a wrong secret: AADSTS7000215": async () => {
      await refused(new ClientSecretCredential(TENANT, WITH_SECRET, "wrong").getToken(SCOPE), /AADSTS7000215: Invalid client secret/);
      assert.equal(last().error, "AADSTS7000215");
    },
    "a certificate that is not registered: AADSTS700027": () =>
      refused(new ClientCertificateCredential(TENANT, WITH_CERTIFICATE, world.stored.file).getToken(SCOPE), /AADSTS700027.*not found/),
    "a signature by another key: AADSTS700027": () =>
      refused(msal({ thumbprint: world.thumbprint, privateKey: world.stored.key }), /AADSTS700027.*did not match/),
    "an assertion for another audience, of another time, of another application, or malformed": async () => {
      assert.ok((await asserted()).token);
      await refused(asserted({ aud: `https://${AUTHORITY}/common/oauth2/v2.0/token` }), /AADSTS700023/);
      await refused(asserted({ aud: `https://${AUTHORITY}/${TENANT}/oauth2/token` }), /AADSTS700023/);
      await refused(asserted({ nbf: 1, exp: 2 }), /AADSTS700024/);
      await refused(asserted({ nbf: 4e9, exp: 5e9 }), /AADSTS700024/);
      await refused(asserted({ sub: WITH_SECRET }), /AADSTS700021/);
      await refused(asserted({}, "kid"), /AADSTS50027/);
    },
    "an unknown application: AADSTS700016": () =>
      refused(new ClientSecretCredential(TENANT, TENANT, SECRET).getToken(SCOPE), /AADSTS700016/),
    "an unknown tenant: AADSTS90002": () =>
      refused(new ClientSecretCredential("nobody.example", WITH_SECRET, SECRET).getToken(SCOPE), /AADSTS90002/),
    "a scope without /.default: AADSTS1002012": () =>
      refused(new ClientSecretCredential(TENANT, WITH_SECRET, SECRET).getToken("https://vault.azure.net/read"), /AADSTS1002012/),
    "an unknown resource: AADSTS500011": () =>
      refused(new ClientSecretCredential(TENANT, WITH_SECRET, SECRET).getToken("https://nobody.example/.default"), /AADSTS500011/),
    "the authority's 503 is tried again": async () => {
      change((settings) => { settings.faults = { [AUTHORITY]: { status: 503, retry_after: 1, times: 1, path: `/${TENANT}` } }; });
      await new ClientSecretCredential(TENANT, WITH_SECRET, SECRET).getToken(SCOPE);
      assert.deepEqual(requests(AUTHORITY).slice(-2).map((each) => each.status), [503, 200]);
    },
  };
};
