"""Connections of less than a millisecond on loopback: most are over before anybody can look at both of their sockets."""

import os
import signal

from actors import Actor
from play import LOOPBACK, likely, packets_of, pause, watch
from talker import Talker
from test_sharing import Child, pair
from test_spaces import loopback
from truth import Truth, judge

PORT = 7011

# Sends back what comes, and closes at once.
ANSWER = """
import threading
def answer(c):
    got = b''
    while len(got) < 100:
        got += c.recv(100)
    c.sendall(got)
    c.close()
"""

# Does something with each connection.
SERVE = f"""
l = socket(AF_INET, SOCK_STREAM); l.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1); l.bind(({LOOPBACK!r}, {PORT})); l.listen(1024)
def serve(use):
    while True:
        use(l.accept()[0])
"""

# Gives each to whoever is at the other end of a unix socket, and answers what comes by it.
GIVE = """
def give(c):
    send_fds(p, [b'x'], [c.fileno()])
    c.close()
"""
TAKE = """
def serve():
    while True:
        answer(socket(fileno=recv_fds(p, 1, 1)[1][0]))
"""

# The same, in turns: a listener for some connections, which is closed then, and who came.
TURN = f"""
import time
def listen():
    global l
    l = socket(AF_INET, SOCK_STREAM)
    l.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1); l.bind(({LOOPBACK!r}, {PORT})); l.listen(64)
def serve(seen):
    while True:
        try:
            c, peer = l.accept()
        except OSError:
            return
        seen.append((peer, time.time()))
        answer(c)
seen = []
def leave():
    # Who waits in accept(2) is woken by this.
    l.shutdown(SHUT_RDWR); l.close()
"""


def brief(label, namespace, truth, rate, count=100):
    """Clients that end with their connection, one after another, and what was said of both ends."""
    running = watch(namespace, "lo")
    said = Talker(namespace, "spawn", count, 1, LOOPBACK, PORT, 0).succeeds()
    pause()
    packets = packets_of(running)
    assert truth.read(said, from_the_start=True) == count, "the programs' own lines"
    return judge(label, packets, truth, {LOOPBACK}).hold(packets=count * 7 * 2, rate=rate)


def test_brief_connections_to_one_process():
    """Who accepted a connection is known though its socket is gone: nobody else listens, and it gives none away."""
    namespace, truth = loopback(), Truth()
    server = Actor("server", namespace)
    server.do(ANSWER + SERVE, "threading.Thread(target=serve, args=(answer,), daemon=True).start()")
    truth.own(server.pid, "tcp", (LOOPBACK, PORT), names={"server"})
    brief("100 brief tcp to one process", namespace, truth, likely(0.99, 0.5))


def test_brief_connections_with_a_process_each():
    """A server that starts a process for each: what that had is not its parent's."""
    namespace, truth = loopback(), Truth()
    server = Talker(namespace, "forking", PORT, 0).ready()
    running = watch(namespace, "lo")
    said = Talker(namespace, "spawn", 100, 1, LOOPBACK, PORT, 0).succeeds()
    pause()
    packets = packets_of(running)
    truth.read(said, from_the_start=True)
    truth.read(server.lines(), {LOOPBACK})
    judge("100 brief tcp with a process each", packets, truth, {LOOPBACK}, inherited=True).hold(packets=100 * 7, rate=likely(0.95, 0.2))


def test_brief_connections_that_are_given_away():
    """A server that gives each to another process through a unix socket, which answers it."""
    namespace, truth = loopback(), Truth()
    giver, taker = Actor("giver", namespace), Actor("taker", namespace)
    pair(giver, taker)
    giver.do(ANSWER + SERVE + GIVE, "threading.Thread(target=serve, args=(give,), daemon=True).start()")
    taker.do(ANSWER + TAKE, "threading.Thread(target=serve, daemon=True).start()")
    # Each has it for a while, and both for a moment.
    truth.own({giver.pid, taker.pid}, "tcp", (LOOPBACK, PORT))
    tally = brief("100 brief tcp that are given away", namespace, truth, likely(0.98, 0.1))
    assert tally.methods["listener"] < tally.packets / 4, tally


def test_brief_connections_to_one_that_comes_and_goes():
    """Who listens alone before and after may not have been alone meanwhile."""
    namespace, truth = loopback(), Truth()
    stays, comes = Actor("stays", namespace), Actor("comes", namespace)
    for server in (stays, comes):
        server.do(ANSWER + TURN)
    stays.do("listen()", "threading.Thread(target=serve, args=(seen,), daemon=True).start()")
    pause()
    running = watch(namespace, "lo")
    said = ""
    for _ in range(20):
        comes.do("listen()", "t = threading.Thread(target=serve, args=(seen,)); t.start()")
        said += Talker(namespace, "spawn", 6, 1, LOOPBACK, PORT, 0).succeeds()
        comes.do("leave()", "t.join()")
    pause()
    packets = packets_of(running)
    truth.read(said, from_the_start=True)
    # Before they are accepted they are of both.
    truth.own({stays.pid, comes.pid}, "tcp", (LOOPBACK, PORT))
    counts = []
    for server in (stays, comes):
        seen = server.do("seen")
        counts.append(len(seen))
        for peer, since in seen:
            truth.own(server.pid, "tcp", (LOOPBACK, PORT), peer, since, names={server.name})
    assert min(counts) > 20, f"{counts} connections of either"
    judge("brief tcp to one that comes and goes", packets, truth, {LOOPBACK}).hold(packets=100 * 7, rate=likely(0.9, 0.2))


def test_brief_connections_to_a_worker_that_ends():
    """What its parent holds alone from then on, it did not hold alone before."""
    namespace, truth = loopback(), Truth()
    parent = Actor("parent", namespace)
    parent.do(ANSWER + TURN, "listen()")
    worker = Child(parent)
    running = watch(namespace, "lo")
    worker.do("threading.Thread(target=serve, args=(seen,), daemon=True).start()")
    said = Talker(namespace, "spawn", 20, 1, LOOPBACK, PORT, 0).succeeds()
    os.kill(worker.pid, signal.SIGKILL)
    pause()
    packets = packets_of(running)
    truth.read(said, from_the_start=True)
    # Both wait for it, and the worker alone accepts it.
    truth.own(worker.pid, "tcp", (LOOPBACK, PORT))
    judge("brief tcp to a worker that ends", packets, truth, {LOOPBACK}, inherited=True).hold(packets=20 * 7, rate=likely(0.9, 0.05))
