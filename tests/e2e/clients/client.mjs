// A Node client of the CAS: node client.mjs API CHAIN.pem KEY.pem CERT.pem SESSION.yml
// Uploads the session over mutual TLS, reads it back, and prints "HASH SESSION-NAME".
import { readFileSync } from 'node:fs';
import { request } from 'node:https';

const [api, chain, key, cert, file] = process.argv.slice(2);
const [hostname, port] = api.split(':');
const identity = { ca: readFileSync(chain), key: readFileSync(key), cert: readFileSync(cert) };

function ask(method, path, body) {
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path, method, servername: 'cas', ...identity };
    const call = request(options, (reply) => {
      let text = '';
      reply.setEncoding('utf8');
      reply.on('data', (part) => (text += part));
      reply.on('end', () => resolve({ status: reply.statusCode, json: JSON.parse(text) }));
    });
    call.on('error', reject);
    call.end(body);
  });
}

const created = await ask('POST', '/session', readFileSync(file));
if (created.status !== 201) throw new Error(JSON.stringify(created));
const name = /^name: *(\S+)/m.exec(readFileSync(file, 'utf8'))[1];
const read = await ask('GET', `/v1/sessions/${name}?hash=${created.json.hash}`);
if (read.status !== 200 || read.json.hash !== created.json.hash) throw new Error(JSON.stringify(read));
const again = await ask('POST', '/session', readFileSync(file));
if (again.status !== 409) throw new Error(JSON.stringify(again));
console.log(`${created.json.hash} ${/^name: *(\S+)/m.exec(read.json.session)[1]}`);
