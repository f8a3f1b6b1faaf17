"""Unix sockets of the three types, with every kind of name."""

import os
import socket

from keeper import NOBODY

KINDS = {"stream": socket.SOCK_STREAM, "dgram": socket.SOCK_DGRAM, "seqpacket": socket.SOCK_SEQPACKET}
# Names are any octets: a terminal's own sequences, a line's end, quotes, no UTF-8, spaces, a tilde, wide characters.
HOSTILE_PATHS = [b"red \x1b[31m", b"two\nlines", b"\xff\xfe not text", b'"quoted" \\ back', b"  spaces  ", "wide \u7db2\u8def".encode()]
HOSTILE_NAMES = [b"odd\0inside", b"\x1b]0;title\x07", b"", b"\0\0", b"ends in zeros\0\0", b"\xc3\x28", b"@at", b"new\nline", b"x" * 107]


def made(kind):
    return socket.socket(socket.AF_UNIX, KINDS[kind])


def inode(held):
    return os.fstat(held.fileno()).st_ino


def listening(keeper, folder, kind):
    """A listener with two of three places taken, one with none, and one with its path taken away.

    The kernel lists no other end of a connection that waits: it has no inode yet. The listener is what stands there.
    """
    path = f"{folder}/{kind}-listener"
    listener = made(kind)
    listener.bind(path)
    listener.listen(3)
    inodes = []
    for index in range(2):
        client = made(kind)
        client.connect(path)
        keeper.keep(client, f"unix {kind} waiting for its listener, {index}", "established", peer_inode=inode(listener))
        if index == 0:
            client.send(b"before anybody accepts")
        inodes.append(inode(client))
    keeper.keep(listener, f"unix {kind} listening, part-filled", "listen", accept_queue=2, backlog=3, pending=inodes)
    gone = made(kind)
    gone.bind(f"{folder}/{kind}-deleted")
    gone.listen(8)
    os.unlink(f"{folder}/{kind}-deleted")
    keeper.keep(gone, f"unix {kind} listening on a deleted path", "listen", accept_queue=0, backlog=8)
    hidden = made(kind)
    hidden.bind(b"\0sockeye-zoo-" + kind.encode())
    hidden.listen(5)
    keeper.keep(hidden, f"unix {kind} listening on an abstract name", "listen", accept_queue=0, backlog=5)
    full = made(kind)
    full.bind(f"{folder}/{kind}-full")
    full.listen(0)
    client = made(kind)
    client.connect(f"{folder}/{kind}-full")
    keeper.keep(client, f"unix {kind} in a full queue", "established", peer_inode=inode(full))
    keeper.keep(full, f"unix {kind} listening with a full queue", "listen", accept_queue=1, backlog=0, pending=[inode(client)])


def connected(keeper, folder, kind):
    """By a path, by a path that is deleted after, by an abstract name, and without any name."""
    for name in (f"{folder}/{kind}-connected", f"{folder}/{kind}-connected-deleted", b"\0sockeye-connected-" + kind.encode()):
        with made(kind) as listener:
            listener.bind(name)
            listener.listen(1)
            client = made(kind)
            client.connect(name)
            server, _ = listener.accept()
        if isinstance(name, str) and name.endswith("deleted"):
            os.unlink(name)
        keeper.keep(client, f"unix {kind} connected to {name!r}", "established", peer_inode=inode(server))
        keeper.keep(server, f"unix {kind} accepted on {name!r}", "established", peer_inode=inode(client))
        client.send(b"waits")
    first, second = socket.socketpair(socket.AF_UNIX, KINDS[kind])
    keeper.keep(first, f"unix {kind} of a pair, first", "established", peer_inode=inode(second))
    keeper.keep(second, f"unix {kind} of a pair, second", "established", peer_inode=inode(first))
    if kind == "seqpacket":
        first.send(b"a record")
        first.send(b"another")


def lonely(keeper, folder, kind):
    """Without any other end."""
    state = "unconnected" if kind == "dgram" else "close"
    keeper.keep(made(kind), f"unix {kind} unbound", state)
    bound = made(kind)
    bound.bind(f"{folder}/{kind}-bound")
    keeper.keep(bound, f"unix {kind} bound only", state)
    widow, other = socket.socketpair(socket.AF_UNIX, KINDS[kind])
    other.close()
    # Linux leaves it `established`, though there is nobody any more.
    keeper.keep(widow, f"unix {kind} whose other end has closed", "established", peer_inode=0)


def datagrams(keeper, folder):
    server = made("dgram")
    server.bind(f"{folder}/dgram-server")
    keeper.keep(server, "unix dgram that others connect to", "unconnected")
    for index in range(2):
        client = made("dgram")
        client.connect(f"{folder}/dgram-server")
        client.send(b"waits to be read")
        keeper.keep(client, f"unix dgram connected to another, {index}", "established", peer_inode=inode(server))
    first, second = made("dgram"), made("dgram")
    first.bind(b"\0sockeye-first")
    second.bind(b"\0sockeye-second")
    first.connect(b"\0sockeye-second")
    second.connect(b"\0sockeye-first")
    keeper.keep(first, "unix dgram connected both ways, first", "established", peer_inode=inode(second))
    keeper.keep(second, "unix dgram connected both ways, second", "established", peer_inode=inode(first))


def hostile(keeper, folder):
    for name in [os.fsencode(folder) + b"/" + path for path in HOSTILE_PATHS] + [b"\0" + rest for rest in HOSTILE_NAMES]:
        bound = made("stream")
        if name == b"\0":
            # bind(2) with no more than the family gives a name of the kernel's choice. See unix(7), autobind.
            bound.bind(b"")
        else:
            bound.bind(name)
        bound.listen(1)
        keeper.keep(bound, f"unix named {name!r}", "listen", accept_queue=0, backlog=1, hostile=True)


def of_nobody(keeper, folder, made_by):
    with made_by(NOBODY):
        bound = made("stream")
        bound.bind(b"\0sockeye-of-nobody")
        bound.listen(2)
    keeper.keep(bound, "unix listening, made by nobody", "listen", accept_queue=0, backlog=2)


def open_all(keeper, folder, made_by):
    for kind in KINDS:
        if kind != "dgram":
            listening(keeper, folder, kind)
            connected(keeper, folder, kind)
        else:
            first, second = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
            keeper.keep(first, "unix dgram of a pair, first", "established", peer_inode=inode(second))
            keeper.keep(second, "unix dgram of a pair, second", "established", peer_inode=inode(first))
        lonely(keeper, folder, kind)
    datagrams(keeper, folder)
    hostile(keeper, folder)
    of_nobody(keeper, folder, made_by)
