"""Documents of users, behind nginx, kept in MariaDB and for a while in Memcached.

POST /users/<name>      makes an account; the body is the password (8 characters or more)
PUT  /documents/<id>    stores the body
GET  /documents/<id>    the document; X-Cache says whether it came out of the cache
GET  /documents         the names of one's documents

All but the first want the user's name and password (HTTP Basic). Whoever connects needs a certificate that only the front
of this application has. All keys and certificates are files that the CAS injects when the service starts.
"""

import os
import signal
import ssl
import sys

import pymemcache.exceptions
import pymysql
from flask import Flask, Response, abort, g, jsonify, request
from werkzeug.serving import make_server

import cache
import database

TLS = "/tls"
WRONG_PASSWORDS = 10  # a minute

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 16 << 20


def is_name(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and all(c.isascii() and (c.isalnum() or c in "._-") for c in text)


@app.before_request
def authenticate() -> None:
    if request.endpoint == "add_user":
        return
    given = request.authorization
    if given is None or not is_name(given.username or "", 64):
        abort(401, "name and password are needed")
    if cache.wrong_passwords(given.username) >= WRONG_PASSWORDS:
        abort(429, "too many wrong passwords: wait a minute")
    if not database.is_password_of(given.username, given.password or ""):
        cache.count_wrong_password(given.username)
        abort(401, "wrong name or password")
    g.user = given.username


@app.post("/users/<name>")
def add_user(name: str):
    password = request.get_data().decode("utf-8", "replace")
    if not is_name(name, 64) or len(password) < 8:
        abort(400, "a name has letters, digits, '.', '_' and '-', and a password 8 characters or more")
    if not database.add_user(name, password):
        abort(409, f"there is a user {name} already")
    return jsonify({"user": name}), 201


@app.put("/documents/<document>")
def put_document(document: str):
    if not is_name(document, 128):
        abort(400, "a document's name has letters, digits, '.', '_' and '-'")
    content = request.get_data()
    database.store(g.user, document, content)
    cache.keep_written(g.user, document, content)
    return jsonify({"document": document}), 201


@app.get("/documents/<document>")
def get_document(document: str):
    content = cache.document(g.user, document)
    found = "hit" if content is not None else "miss"
    if content is None:
        content = database.load(g.user, document)
        if content is None:
            abort(404, f"there is no document {document}")
        cache.keep_read(g.user, document, content)
    return Response(content, content_type="application/octet-stream", headers={"X-Cache": found})


@app.get("/documents")
def list_documents():
    return jsonify(database.documents_of(g.user))


@app.errorhandler(pymysql.err.MySQLError)
@app.errorhandler(pymemcache.exceptions.MemcacheError)
@app.errorhandler(OSError)
def storage_failed(error: Exception):
    app.logger.error("%s: %s", type(error).__name__, error)
    return jsonify({"error": "the store can not be reached"}), 503


@app.errorhandler(400)
@app.errorhandler(401)
@app.errorhandler(404)
@app.errorhandler(409)
@app.errorhandler(413)
@app.errorhandler(429)
def refused(error):
    headers = {"WWW-Authenticate": 'Basic realm="documents"'} if error.code == 401 else {}
    return jsonify({"error": error.description}), error.code, headers


def main() -> None:
    # The first process of a container has no default reaction to SIGTERM.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    database.make_tables(60)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    tls.load_cert_chain(f"{TLS}/api.crt", f"{TLS}/api.key")
    tls.load_verify_locations(f"{TLS}/front-ca.crt")
    tls.verify_mode = ssl.CERT_REQUIRED
    port = int(os.environ["APP_SERVICE_PORT"])
    server = make_server("0.0.0.0", port, app, threaded=True)
    # The handshake is done by the thread of the connection: who connects and stays silent delays nobody.
    server.ssl_context = tls
    server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    print(f"documents on port {port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
