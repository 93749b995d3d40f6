"""Patient records over HTTPS, kept in Redis.

POST /patient/<id>  stores a record (form fields), 409 when the id is taken
GET  /patient/<id>  the record as JSON
GET  /score/<id>    the risk score that was computed for it

All keys and certificates are files that the CAS injects when the service starts.
"""

import json
import os
import signal
import ssl
import sys

import redis
from flask import Flask, abort, jsonify, request
from werkzeug.serving import make_server

TLS = "/tls"
FIELDS = ("fname", "lname", "address", "city", "state", "ssn", "email", "dob", "contactphone", "drugallergies",
          "preexistingconditions", "dateadmitted", "insurancedetails")

app = Flask(__name__)
store = redis.Redis(
    host=os.environ["REDIS_HOST"],
    port=int(os.environ["REDIS_PORT"]),
    ssl=True,
    ssl_certfile=f"{TLS}/client.crt",
    ssl_keyfile=f"{TLS}/client.key",
    ssl_ca_certs=f"{TLS}/redis-ca.crt",
    ssl_check_hostname=True,
    decode_responses=True,
)


def risk_score(record: dict) -> float:
    """A made-up score between 0 and 1: more known conditions and allergies, more risk."""
    listed = [part for field in ("preexistingconditions", "drugallergies")
              for part in record[field].split(",") if part.strip().lower() not in ("", "none")]
    return round(1 - 0.8 ** len(listed), 3)


def find(patient_id: str) -> dict:
    text = store.get(f"patient:{patient_id}")
    if text is None:
        abort(404, f"there is no patient {patient_id}")
    return json.loads(text)


@app.post("/patient/<patient_id>")
def add_patient(patient_id: str):
    missing = [field for field in FIELDS if not request.form.get(field)]
    if missing:
        abort(400, f"missing fields: {', '.join(missing)}")
    record = {"id": patient_id, **{field: request.form[field] for field in FIELDS}}
    record["score"] = risk_score(record)
    # One command that refuses an existing key: two requests at once can't both win.
    if not store.set(f"patient:{patient_id}", json.dumps(record), nx=True):
        abort(409, f"patient {patient_id} exists already")
    return jsonify(record), 201


@app.get("/patient/<patient_id>")
def get_patient(patient_id: str):
    return jsonify(find(patient_id))


@app.get("/score/<patient_id>")
def get_score(patient_id: str):
    record = find(patient_id)
    return jsonify({"id": record["id"], "score": record["score"]})


@app.errorhandler(redis.exceptions.RedisError)
def storage_failed(error: redis.exceptions.RedisError):
    app.logger.error("redis: %s", error)
    return jsonify({"error": "the store can not be reached"}), 503


@app.errorhandler(400)
@app.errorhandler(404)
@app.errorhandler(409)
def refused(error):
    return jsonify({"error": error.description}), error.code


def main() -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    tls.load_cert_chain(f"{TLS}/flask.crt", f"{TLS}/flask.key")
    port = int(os.environ["APP_SERVICE_PORT"])
    server = make_server("0.0.0.0", port, app, threaded=True, ssl_context=tls)
    # The first process of a container has no default reaction to SIGTERM.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"patient records on port {port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
