#!/usr/bin/env python3
"""Opens a socket of every kind in every state, in the network namespace that it is started in, and keeps them.

Prints one line of JSON that says what it opened, for which it holds, once everything has come to rest; ends when its
standard input does. `zoo.py hold`: the second process, which holds what it inherited and what is passed to it.
"""

import array
import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import kinds_internet
import kinds_other
import kinds_tcp
import kinds_unix
from keeper import HIGH_DESCRIPTOR, Keeper

OWN_NAME = b"sockeye-zoo"
# A program chooses its name: quotes, brackets, a terminal's sequence, no UTF-8.
HOSTILE_NAME = b'a")(\x1b[31m\n\xff)'


def call_oneself(name):
    with open("/proc/self/comm", "wb") as file:
        file.write(name)


@contextlib.contextmanager
def made_by(user):
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)


def hold():
    """Receives descriptors over standard input's socket, says their numbers on standard output, and waits."""
    call_oneself(HOSTILE_NAME)
    with socket.socket(fileno=os.dup(0)) as channel:
        _, ancillary, _, _ = channel.recvmsg(16, socket.CMSG_SPACE(64))
    passed = array.array("i")
    for _, _, octets in ancillary:
        passed.frombytes(octets)
    print(json.dumps({"pid": os.getpid(), "passed": list(passed)}), flush=True)
    # The channel's end: the one who passed them is over.
    os.read(0, 1)


def shared(keeper):
    """Sockets that two processes hold, one that another one holds alone, and one under several numbers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(5)
        inherited = listener.dup()
    passed = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    passed.bind(("127.0.0.1", 0))
    alone = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    alone.bind(b"\0sockeye-alone")
    alone.listen(1)
    ours, theirs = socket.socketpair()
    command = [sys.executable, __file__, "hold"]
    child = subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, pass_fds=[inherited.fileno(), alone.fileno()])
    socket.send_fds(ours, [b"take"], [passed.fileno()])
    said = json.loads(child.stdout.readline())
    keeper.child = child
    keeper.channel = ours
    pid = said["pid"]
    keeper.keep(
        inherited, "TCP inherited by a child", "listen", accept_queue=0, backlog=5, elsewhere={pid: [inherited.fileno()]}
    )
    keeper.keep(passed, "UDP passed to another process", "unconnected", elsewhere={pid: said["passed"]})
    number = alone.fileno()
    keeper.keep(alone, "unix listening, held by a child alone", "listen", accept_queue=0, backlog=1)
    keeper.only_elsewhere(alone, {pid: [number]})
    keeper.keep(ours, "the channel, our end", "established", peer_inode=os.fstat(theirs.fileno()).st_ino)
    keeper.keep(theirs, "the channel, the child's end", "established", peer_inode=os.fstat(ours.fileno()).st_ino,
                elsewhere={pid: [0]})  # fmt: skip
    doubled = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    doubled.bind(("::1", 0))
    os.dup2(doubled.fileno(), HIGH_DESCRIPTOR)
    again = os.dup(doubled.fileno())
    keeper.keep(doubled, "UDP under three numbers", "unconnected", also=[again, HIGH_DESCRIPTOR])
    return pid


def plain(value):
    """JSON has no octets: they are written as Latin-1 text under a key of their own."""
    if isinstance(value, bytes):
        return {"octets": value.decode("latin-1")}
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def main():
    call_oneself(OWN_NAME)
    # Users other than root make sockets here.
    pathlib.Path("/proc/sys/net/ipv4/ping_group_range").write_text("0 65535")
    with tempfile.TemporaryDirectory(prefix="sockeye-zoo-") as folder:
        keeper = Keeper()
        second = shared(keeper)
        kinds_tcp.open_all(keeper, made_by)
        kinds_internet.open_all(keeper)
        kinds_unix.open_all(keeper, folder, made_by)
        kinds_other.open_all(keeper)
        said = {
            "pids": [os.getpid(), second], "names": {os.getpid(): OWN_NAME, second: HOSTILE_NAME}, "absent": keeper.absent,
            "namespace": os.stat("/proc/self/ns/net").st_ino, "sockets": keeper.told(), "folder": folder,
        }  # fmt: skip
        print(json.dumps(plain(said)), flush=True)
        sys.stdin.read()
        keeper.channel.close()
        keeper.child.terminate()
        keeper.child.wait()


if __name__ == "__main__":
    hold() if sys.argv[1:] == ["hold"] else main()
