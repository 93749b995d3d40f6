"""The HTTP CONNECT proxy, which is itself every host that it connects to, and the faults that settings ask for."""

import datetime
import http.server
import json
import socketserver
import ssl
import sys
import threading
import time
import urllib.parse

from exchange import Reply, Request

SHOWN = {"api-version", "maxresults"}
WRONG_NAME = "wrong-certificate.example"


class Log:
    def __init__(self, file):
        self.file, self.lock = file, threading.Lock()

    def line(self, host, method, target, status, **note):
        moment = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
        with self.lock, open(self.file, "a", encoding="utf-8") as log:
            log.write(json.dumps({"time": moment, "host": host, "method": method, "target": target, "status": status, **note}) + "\n")


class Proxy(http.server.BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    rbufsize = 0  # what follows the request is TLS, not ours to buffer
    timeout = 120

    def do_CONNECT(self):
        self.close_connection = True
        host, _, port = self.path.lower().rpartition(":")
        with self.server.settings.state() as state:
            service = self.server.service_of(host, state) if port == "443" else None
            wrong = service is not None and fault_of(state, host, lambda fault: "wrong_certificate" in fault)
        if service is None:
            self.server.log.line(host, "CONNECT", self.path, 502)
            self.send_response_only(502)
            self.send_header("Content-Length", "0")
            self.send_header("Connection", "close")
            self.end_headers()
            return
        self.send_response_only(200, "Connection established")
        self.end_headers()
        context = self.server.authority.context(WRONG_NAME if wrong else host)
        try:
            with context.wrap_socket(self.connection, server_side=True) as connection:
                Tunnel(connection, self.client_address, self.server, host, service)
        except OSError as error:
            self.server.log.line(host, "TLS", "", 0, error=str(error))

    def log_message(self, *_):
        pass


def fault_of(state, host, applies):
    """The host's fault if it applies, counted."""
    fault = state.get("faults", {}).get(host)
    if fault is None or fault.get("times") == 0 or not applies(fault):
        return None
    if "times" in fault:
        fault["times"] -= 1
    return dict(fault)


class Tunnel(http.server.BaseHTTPRequestHandler):
    """One connection to a service, inside of the tunnel."""

    protocol_version = "HTTP/1.1"
    timeout = 120

    def __init__(self, connection, client, server, host, service):
        self.host, self.service = host, service
        super().__init__(connection, client, server)

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, _, query = self.path.partition("?")
        with self.server.settings.state() as state:
            fault = fault_of(state, self.host, lambda fault: "wrong_certificate" not in fault and path.startswith(fault.get("path", "/")))
        if fault and "delay" in fault:
            time.sleep(fault["delay"])
        if fault and {"hang", "close", "garbage"} & fault.keys():
            self.misbehave(fault)
            return
        reply = self.faulty(fault) if fault else None
        if reply is None:
            reply = self.served(Request(self.host, self.command, path, dict(urllib.parse.parse_qsl(query, True)), self.headers, body))
        self.send(reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def served(self, request):
        name = request.headers.get("Host", "").lower().removesuffix(":443")
        if name != self.host:
            return Reply(400, b"<h2>Bad Request - Invalid Hostname</h2>", {"Content-Type": "text/html"}, {"error": f"Host: {name}"})
        if "Transfer-Encoding" in request.headers:
            return Reply(411)
        try:
            with self.server.settings.state() as state:
                return self.service.answer(request, state)
        except Reply as reply:
            return reply

    def faulty(self, fault):
        """The answer that the fault stands for; None if it was only a delay."""
        note = {"fault": True}
        if "redirect" in fault:
            return Reply(307, None, {"Location": fault["redirect"]}, note)
        if "big" in fault:
            return Reply(200, b'"' + b"A" * (fault["big"] - 2) + b'"', {"Content-Type": "application/json"}, note)
        if "status" not in fault:
            return None
        reply = self.service.failure(fault["status"])
        if "body" in fault:
            reply = Reply(fault["status"], fault["body"].encode(), {"Content-Type": "text/html"})
        if "retry_after" in fault:
            reply.headers["Retry-After"] = str(fault["retry_after"])
        reply.note |= note
        return reply

    def misbehave(self, fault):
        self.close_connection = True
        self.record(0, {"fault": True})
        if "hang" in fault:
            while self.rfile.read1(4096):
                pass
        elif "garbage" in fault:
            self.wfile.write(b"\0\1\2\3 this is not HTTP \xff\xfe\r\n\r\n" * 20)

    def send(self, reply):
        # The line is there before the client has its answer.
        self.record(reply.status, reply.note)
        self.send_response_only(reply.status)
        self.send_header("Date", self.date_time_string())
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", len(reply.body))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def record(self, status, note):
        path, _, query = self.path.partition("?")
        shown = [(name, value if name in SHOWN else "-") for name, value in urllib.parse.parse_qsl(query, True)]
        target = path + ("?" + urllib.parse.urlencode(shown) if shown else "")
        self.server.log.line(self.host, self.command, target, status, authorized="Authorization" in self.headers, **note)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingTCPServer):
    """service_of(host, state): what serves the host, or None."""

    allow_reuse_address, daemon_threads, request_queue_size = True, True, 64

    def __init__(self, address, authority, settings, log, service_of):
        self.authority, self.settings, self.log, self.service_of = authority, settings, log, service_of
        super().__init__(address, Proxy)

    def handle_error(self, request, client_address):
        """A client may go at any time; everything else is ours to know."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError, ssl.SSLError)):
            super().handle_error(request, client_address)
