"""A REST API whose secret and certificate come from a key vault of Azure: GET /secret."""

import os
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
    app.run(host="0.0.0.0", port=int(os.environ.get("PORT", "4996")), ssl_context=("/tls/flask.crt", "/tls/flask.key"))
