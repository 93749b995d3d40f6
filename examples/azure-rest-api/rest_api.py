"""A REST API whose secret and certificate come from a key vault of Azure: GET /secret."""

import os
import signal
import sys
import time

from flask import Flask, jsonify

app = Flask(__name__)


@app.get("/secret")
def secret():
    value = os.environ.get("AKV_SECRET")
    if value is None:
        return jsonify(error="secret not found"), 404
    return jsonify(secret=value, access_timestamp=time.time())


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # process 1 of a container is not ended by it
    certificate, key = "/tls/flask.crt", "/tls/flask.key"
    for file in certificate, key:
        open(file).close()  # the error names the file that is missing
    app.run(host="0.0.0.0", port=int(os.environ.get("PORT", "4996")), ssl_context=(certificate, key))
