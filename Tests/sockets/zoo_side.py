"""A zoo that runs: `near` of a network, with all that it opened as rows."""

import json
import pathlib
import socket
import struct
import subprocess
import sys

from network import FOREIGN_MAC, Network, checksum, frame
from support import at_end, wait_until

HERE = pathlib.Path(__file__).resolve().parent


def octets(value):
    """Undoes what zoo.py does to octets; they become text as JSON holds them: what is no UTF-8 as U+FFFD."""
    if isinstance(value, dict):
        if set(value) == {"octets"}:
            return shown(value["octets"].encode("latin-1"))
        return {key: octets(each) for key, each in value.items()}
    return [octets(each) for each in value] if isinstance(value, list) else value


def shown(value):
    """Octets as text: every one that is no part of a UTF-8 character is U+FFFD."""
    return value.decode("utf-8", "surrogateescape").translate({number: 0xFFFD for number in range(0xDC80, 0xDD00)})


def syn(source, target, source_port, port):
    ends = socket.inet_aton(source) + socket.inet_aton(target)
    header = struct.pack("!HHIIBBHHH", source_port, port, 1000, 0, 0x50, 0x02, 8192, 0, 0)
    total = checksum(ends + struct.pack("!HH", 6, len(header)) + header)
    header = header[:16] + struct.pack("!H", total) + header[18:]
    packet = struct.pack("!BBHHHBBH", 0x45, 0, 40, 1, 0x4000, 64, 6, 0) + ends
    return packet[:10] + struct.pack("!H", checksum(packet)) + packet[12:] + header


class Zoo:
    def __init__(self):
        self.network = Network(ipv6=True)
        self.namespace = self.network.near
        for silent in ("10.77.0.50", "10.77.0.99"):
            self.namespace.ip("neigh", "replace", silent, "lladdr", FOREIGN_MAC, "dev", "v0")
        self.process = subprocess.Popen(
            [sys.executable, HERE / "zoo.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=self.namespace.enter
        )
        at_end(self.end)
        line = self.process.stdout.readline()
        assert line, f"the zoo did not open: status {self.process.wait()}"
        said = octets(json.loads(line))
        self.pids, self.names, self.absent, self.number = said["pids"], said["names"], said["absent"], said["namespace"]
        self.rows = said["sockets"]
        self.network.send_frames([frame(syn("10.77.0.50", "10.77.0.1", 47001, 47000), destination="02:00:00:00:00:01")])
        # The test's own socket in this namespace: from here on there is nothing in it but the zoo.
        self.network.close_witness()

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
