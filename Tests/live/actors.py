"""Processes that open the sockets that a test tells them to."""

import json
import subprocess
import sys

from support import at_end

# What an actor runs: each line is a statement or an expression in JSON, each answer its value.
_ROLE = r"""
import ctypes, json, os, signal, socket, sys
from socket import *
ctypes.CDLL(None).prctl(15, sys.argv[1].encode(), 0, 0, 0)
def inode(s): return os.fstat(s.fileno()).st_ino
names = globals()
for line in sys.stdin:
    code = json.loads(line)
    try:
        try: value = eval(code, names)
        except SyntaxError: value = exec(code, names)
        json.dumps(value)
    except TypeError: value = None
    except Exception as error: value = {"error": f"{type(error).__name__}: {error}"}
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
"""


class Actor:
    """A process with a name of its own, in a namespace, that runs Python line by line."""

    def __init__(self, name, namespace=None):
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-c", _ROLE, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            preexec_fn=namespace.enter if namespace is not None else None,
        )  # fmt: skip
        self.pid = self._process.pid
        at_end(self.end)
        self.do("1")

    def __str__(self):
        return f"{self.name}[{self.pid}]"

    def do(self, *lines):
        """Runs lines, and returns the value of the last."""
        for line in lines:
            self._process.stdin.write(json.dumps(line) + "\n")
            self._process.stdin.flush()
            value = json.loads(self._process.stdout.readline())
            if isinstance(value, dict) and "error" in value:
                raise AssertionError(f"{self}: {line}: {value['error']}")
        return value

    def end(self):
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


def holders_by_ss(namespace, *options):
    """The unix sockets that ss lists: peer inode and local name, by inode."""
    text = subprocess.run(
        ["ss", "-xaH", *options], check=True, capture_output=True, text=True, preexec_fn=namespace.enter
    ).stdout
    # Netid State Recv-Q Send-Q name inode peer-name peer-inode
    rows = [line.split() for line in text.splitlines()]
    return {int(row[5]): (int(row[7]), row[4]) for row in rows}
