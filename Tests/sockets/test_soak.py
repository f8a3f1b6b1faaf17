"""Listings while another process opens and closes sockets as fast as it can: no error, and no socket twice."""

import collections
import subprocess
import sys

import sockeye_side
import support
from network import Network
from support import expect

CHURN = """
import os, socket, sys, time
def connections(family, address):
    listener = socket.socket(family); listener.bind((address, 0)); listener.listen(64)
    while True:
        clients = [socket.create_connection(listener.getsockname()[:2]) for _ in range(8)]
        servers = [listener.accept()[0] for _ in clients]
        for each in clients + servers: each.close()
        time.sleep(0.002)
def others():
    while True:
        made = [socket.socketpair() for _ in range(8)]
        udp = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(8)]
        for each in udp: each.bind(("127.0.0.1", 0))
        bound = socket.socket(socket.AF_UNIX); bound.bind(b"\\0churn"); bound.listen(1)
        netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); netlink.bind((0, 1))
        for one, other in made: one.close(); other.close()
        for each in [*udp, bound, netlink]: each.close()
        time.sleep(0.002)
def processes():
    while True:
        kept = socket.socket(); pid = os.fork()
        if pid == 0: os._exit(0)
        os.waitpid(pid, 0); kept.close()
        time.sleep(0.002)
work = [lambda: connections(socket.AF_INET, "127.0.0.1"), lambda: connections(socket.AF_INET6, "::1"), others, processes]
{0: work[0], 1: work[1], 2: work[2], 3: work[3]}[int(sys.argv[1])]()
"""
RUNS = 50


def test_listings_while_sockets_come_and_go():
    namespace = Network(ipv6=True).near
    # Those that wait for their time to be over would be tens of thousands.
    namespace.write("net/ipv4/tcp_max_tw_buckets", 100)
    for number in range(4):
        churn = subprocess.Popen([sys.executable, "-c", CHURN, str(number)], preexec_fn=namespace.enter, stderr=subprocess.DEVNULL)
        support.at_end(churn.wait)
        support.at_end(churn.kill)
    seen = 0
    for index in range(RUNS):
        rows, outcome = sockeye_side.run(namespace)
        # MPTCP aside, which is not opened here, a socket has one inode and one cookie, and is in one state.
        twice = [key for key, count in collections.Counter((r["inode"], r["cookie"]) for r in rows if r["cookie"]).items() if count > 1]
        expect(twice, [], f"sockets listed twice in run {index}")
        inodes = [key for key, count in collections.Counter(r["inode"] for r in rows if r["inode"]).items() if count > 1]
        expect(inodes, [], f"inodes listed twice in run {index}")
        for line in outcome.error_lines:
            # What it may say: that lists changed, that sockets went before they were asked, that a process is protected.
            assert any(words in line for words in ("changed", "could not be asked", "could not be read")), f"run {index}: {line}"
        seen += len(rows)
    assert seen > RUNS, seen
    print(f"{RUNS} listings, {seen / RUNS:.0f} sockets in the mean")
