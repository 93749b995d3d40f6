// Microsoft's own clients against the stand-in. Started by 'run', which sets HTTPS_PROXY, NODE_EXTRA_CA_CERTS and NODE_PATH.
//
// usage: judges.js DIR VECTORS
//
// Writes the settings of the stand-in in DIR, prints a line for each proof, and ends with status 1 at the first that fails.
"use strict";
const assert = require("assert/strict");
const { execFileSync } = require("child_process");
const { X509Certificate } = require("crypto");
const fs = require("fs");
const path = require("path");

const attestation = require("./attestation.js");
const credentials = require("./credentials.js");
const vault = require("./vault.js");

const [directory, vectors] = process.argv.slice(2);
const TENANT = "7f1d0e7e-5c7a-4f0e-9d1b-2f3a4b5c6d7e";
const OTHER_TENANT = "0b9a8c7d-6e5f-4a3b-8c2d-1e0f9a8b7c6d";
const WITH_SECRET = "aaaaaaaa-0000-4000-8000-000000000001";
const WITH_CERTIFICATE = "aaaaaaaa-0000-4000-8000-000000000002";
const SECRET = "Ab8Q~x._=+&/%20~secret";

const openssl = (...words) => execFileSync("openssl", words, { stdio: ["ignore", "pipe", "ignore"] });

// A key with a certificate: the name of a PEM file with both, and its parts.
function keyPair(name) {
  const [key, certificate, file] = [".key", ".crt", ".pem"].map((suffix) => path.join(directory, name + suffix));
  openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-subj", `/CN=${name}`, "-days", "2");
  const parts = [key, certificate].map((each) => fs.readFileSync(each, "utf8"));
  fs.writeFileSync(file, parts.join(""));
  return { file, key: parts[0], certificate: parts[1] };
}

const settingsFile = path.join(directory, "settings.json");

// Changes the settings as a test of the shell would: a new file takes the old one's place.
function change(how) {
  const settings = JSON.parse(fs.readFileSync(settingsFile, "utf8"));
  how(settings);
  fs.writeFileSync(settingsFile + ".mine", JSON.stringify(settings));
  fs.renameSync(settingsFile + ".mine", settingsFile);
}

// What the stand-in has logged: the requests to a host.
const requests = (host) =>
  fs.readFileSync(path.join(directory, "requests"), "utf8").trim().split("\n").map((line) => JSON.parse(line))
    .filter((each) => each.host === host);

// refused(promise, PATTERN): the error that came, whose text matches. Some clients throw plain text.
async function refused(promise, pattern) {
  const error = await promise.then(() => assert.fail(`nothing was refused: ${pattern}`), (reason) => reason);
  assert.match(`${error} ${error.code} ${JSON.stringify(error.details)}`, pattern);
  return error;
}

async function main() {
  process.exitCode = 1; // when a client forgets to answer, there is nothing left to wait for, and Node.js ends
  const application = keyPair("application");
  const stored = keyPair("stored");
  const world = {
    TENANT, OTHER_TENANT, WITH_SECRET, WITH_CERTIFICATE, SECRET, application, stored, openssl, change, requests, refused, vectors,
    VAULT: "judges.vault.azure.net", GOVERNMENT: "judges.vault.usgovcloudapi.net", PROVIDER: "sharedwus.wus.attest.azure.net",
    thumbprint: new X509Certificate(application.certificate).fingerprint.replaceAll(":", ""),
  };
  change((settings) => Object.assign(settings, {
    tenants: {
      [TENANT]: {
        domains: ["judges.example"],
        applications: {
          [WITH_SECRET]: { secret: SECRET },
          [WITH_CERTIFICATE]: { certificate: application.certificate },
        },
      },
      [OTHER_TENANT]: { applications: { [WITH_SECRET]: { secret: SECRET } } },
      "government": { authority: "login.microsoftonline.us", applications: { [WITH_SECRET]: { secret: SECRET } } },
    },
    vaults: {
      [world.VAULT]: {
        tenant: TENANT,
        access: {
          [WITH_SECRET]: ["get", "set", "list", "delete", "recover", "purge", "certificates/get"],
          [WITH_CERTIFICATE]: ["get"],
        },
        secrets: {
          stored: [{ value: stored.key + stored.certificate, contentType: "application/x-pem-file", managed: true }],
          disabled: [{ value: "x", attributes: { enabled: false } }],
          expired: [{ value: "old", attributes: { nbf: 1, exp: 2 } }],
        },
      },
      [world.GOVERNMENT]: { tenant: "government", access: { [WITH_SECRET]: ["get"] }, secrets: { s: [{ value: "of the government" }] } },
    },
    providers: { [world.PROVIDER]: {} },
  }));
  let proofs = { ...credentials(world), ...vault(world) };
  if (fs.existsSync(vectors)) {
    proofs = { ...proofs, ...attestation(world) };
  } else {
    console.log(`left out: attestation, there is no ${vectors}`);
  }
  for (const [name, proof] of Object.entries(proofs)) {
    try {
      await proof();
    } catch (error) {
      console.log(`FAILED ${name}\n${error.stack}`);
      process.exit(1);
    }
    console.log(`ok ${name}`);
  }
  process.exitCode = 0;
}

main();
