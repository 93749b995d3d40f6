"""Users and their documents in MariaDB, over mutual TLS."""

import hashlib
import hmac
import os
import secrets
import time

import pymysql
from pymysql.constants import CLIENT

TLS = "/tls"
TABLES = (
    "CREATE TABLE IF NOT EXISTS users (name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY, salt BINARY(16) NOT NULL, hash BINARY(32) NOT NULL)",
    "CREATE TABLE IF NOT EXISTS documents (owner VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,"
    " id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin, content MEDIUMBLOB NOT NULL,"
    " PRIMARY KEY (owner, id), FOREIGN KEY (owner) REFERENCES users (name))",
)


def password_hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)


class TlsConnection(pymysql.Connection):
    """PyMySQL alone goes on without TLS, with password and documents, when what answers offers none."""

    def _request_authentication(self):
        if not self.server_capabilities & CLIENT.SSL:
            raise pymysql.err.OperationalError(2026, "the database offers no TLS")
        super()._request_authentication()


def connect() -> pymysql.Connection:
    with open(f"{TLS}/db.password", encoding="ascii") as file:
        password = file.read()
    return TlsConnection(
        host=os.environ["mariadb_server_name"],
        port=3306,
        user=os.environ["mariadb_user"],
        password=password,
        database=os.environ["mariadb_database"],
        charset="utf8mb4",
        connect_timeout=5,
        read_timeout=10,
        autocommit=True,
        ssl={"ca": f"{TLS}/db-ca.crt", "cert": f"{TLS}/db.crt", "key": f"{TLS}/db.key", "check_hostname": True},
    )


def run(statement: str, *values) -> list:
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def make_tables(seconds: int) -> None:
    """Waits for the database: services of an application start in any order."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            for table in TABLES:
                run(table)
            return
        except pymysql.err.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def add_user(name: str, password: str) -> bool:
    """False if the name is taken."""
    salt = secrets.token_bytes(16)
    try:
        run("INSERT INTO users VALUES (%s, %s, %s)", name, salt, password_hash(password, salt))
    except pymysql.err.IntegrityError:
        return False
    return True


def is_password_of(name: str, password: str) -> bool:
    found = run("SELECT salt, hash FROM users WHERE name = %s", name)
    # As much work for a name that nobody has.
    salt, expected = found[0] if found else (bytes(16), bytes(32))
    return hmac.compare_digest(password_hash(password, salt), expected)


def store(owner: str, document: str, content: bytes) -> None:
    run("REPLACE INTO documents VALUES (%s, %s, %s)", owner, document, content)


def load(owner: str, document: str) -> bytes | None:
    found = run("SELECT content FROM documents WHERE owner = %s AND id = %s", owner, document)
    return found[0][0] if found else None


def documents_of(owner: str) -> list[str]:
    return [row[0] for row in run("SELECT id FROM documents WHERE owner = %s ORDER BY id", owner)]
