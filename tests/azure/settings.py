"""The state of the stand-in: one JSON file that tests write, and that the stand-in writes when a client changed something."""

import contextlib
import json
import sys
import threading

from certificates import write


class Settings:
    def __init__(self, file):
        self.file, self.lock = file, threading.Lock()
        self.stamp, self.text, self.content = None, "", {}
        if not file.exists():
            write(file, b"{}\n")
        json.loads(file.read_text())

    def read(self):
        """A file that is just being written does not count: what was known before holds until the next request."""
        status = self.file.stat()
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        if stamp != self.stamp:
            text = self.file.read_text()
            try:
                self.content = json.loads(text)
            except ValueError as error:
                print(f"{self.file}: {error}", file=sys.stderr)
            else:
                self.stamp, self.text = stamp, json.dumps(self.content, indent=1)

    @contextlib.contextmanager
    def state(self):
        """The content, for one at a time; what changed in it is in the file afterwards."""
        with self.lock:
            self.read()
            try:
                yield self.content
            finally:
                text = json.dumps(self.content, indent=1)
                if text != self.text:
                    write(self.file, text.encode() + b"\n")
                    status = self.file.stat()
                    self.stamp, self.text = (status.st_mtime_ns, status.st_size, status.st_ino), text
