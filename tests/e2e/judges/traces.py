"""Traces as a collector of OpenTelemetry reads them.

traces.py serve PORT_FILE DIRECTORY [STATUS]   takes POSTs to /v1/traces and keeps each body in DIRECTORY
traces.py hang PORT_FILE                       takes connections and answers nothing
traces.py read DIRECTORY                       reads what was kept by the published schema (opentelemetry-proto),
                                               strictly, and prints a line for each span:
                                               NAME|KIND|TRACE|PARENT|ATTRIBUTE=VALUE,...
"""

import base64
import http.server
import json
import pathlib
import socket
import sys
import time


def serve(port_file, directory, status=200):
    class Collector(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        count = 0

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            good = self.path == "/v1/traces" and self.headers["Content-Type"] == "application/json"
            Collector.count += 1
            name = f"{Collector.count:04}.json" if good else "bad"
            pathlib.Path(directory, name + ".part").write_bytes(body)
            pathlib.Path(directory, name + ".part").rename(pathlib.Path(directory, name))
            self.send_response(int(status))
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    told(port_file, server.server_port)
    server.serve_forever()


def hang(port_file):
    server = socket.create_server(("127.0.0.1", 0))
    told(port_file, server.getsockname()[1])
    kept = []
    while True:
        kept.append(server.accept())


def told(port_file, port):
    pathlib.Path(port_file + ".part").write_text(str(port), encoding="ascii")
    pathlib.Path(port_file + ".part").rename(port_file)


def with_bytes(span):
    """OTLP writes ids in hex, where the JSON of protobuf has base64."""
    for key, size in (("traceId", 16), ("spanId", 8), ("parentSpanId", 8)):
        if key not in span:
            continue
        raw = bytes.fromhex(span[key])
        if len(raw) != size or span[key] != span[key].lower() or not any(raw):
            raise ValueError(f"{key} is {span[key]}")
        span[key] = base64.b64encode(raw).decode()
    return span


def read(directory):
    from google.protobuf import json_format
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    ids = set()
    for file in sorted(pathlib.Path(directory).iterdir()):
        document = json.loads(file.read_text(encoding="ascii"))
        for resource in document["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                scope["spans"] = [with_bytes(span) for span in scope["spans"]]
        request = json_format.ParseDict(document, ExportTraceServiceRequest())
        for resource in request.resource_spans:
            names = {attribute.key for attribute in resource.resource.attributes}
            if not {"service.name", "service.version", "service.instance.id"} <= names:
                raise ValueError(f"the resource has {names}")
            for span in resource.scope_spans[0].spans:
                check(span, ids)
                print(line(span))


def check(span, ids):
    if span.span_id in ids:
        raise ValueError(f"span {span.span_id.hex()} comes twice")
    ids.add(span.span_id)
    now = time.time_ns()
    if not now - 3600 * 10**9 < span.start_time_unix_nano <= span.end_time_unix_nano <= now:
        raise ValueError(f"{span.name} lasts from {span.start_time_unix_nano} to {span.end_time_unix_nano}")


def line(span):
    attributes = []
    for attribute in span.attributes:
        value = attribute.value
        attributes.append(f"{attribute.key}={value.string_value or value.int_value}")
    return "|".join([span.name, str(span.kind), span.trace_id.hex(), span.parent_span_id.hex(), ",".join(attributes)])


if __name__ == "__main__":
    {"serve": serve, "hang": hang, "read": read}[sys.argv[1]](*sys.argv[2:])
