// Answers one line of JSON with another: a quote with its collateral, and what @phala/dcap-qvl (npm) says of it. Started
// and asked by quotes.py; NODE_PATH names the folder of the package.
"use strict";
const readline = require("readline");
const { QuoteVerifier } = require("@phala/dcap-qvl");

function judged(question) {
  const bytes = (name) => Buffer.from(question[name], "base64");
  const collateral = {
    root_ca_crl: bytes("root_crl"),
    pck_crl: bytes("pck_crl"),
    pck_crl_issuer_chain: bytes("pck_chain").toString(),
    tcb_info_issuer_chain: bytes("signing_chain").toString(),
    tcb_info: bytes("tcb_info").toString(),
    tcb_info_signature: bytes("tcb_info_signature"),
    qe_identity_issuer_chain: bytes("signing_chain").toString(),
    qe_identity: bytes("qe_identity").toString(),
    qe_identity_signature: bytes("qe_identity_signature"),
  };
  try {
    const report = new QuoteVerifier(bytes("root")).verify(bytes("quote"), collateral, question.now);
    return { status: report.status, advisories: report.advisory_ids ?? report.advisoryIds };
  } catch (error) {
    return { refused: String(error.message) };
  }
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(JSON.stringify(judged(JSON.parse(line))) + "\n");
});
