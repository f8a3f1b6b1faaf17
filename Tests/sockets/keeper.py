"""Keeps what a zoo opened: each socket with what its program asked for, and each one that only the kernel still has.

What is asked for stands here as the test expects to read it: a dictionary with the keys of sockeye-json(5).
"""

import ctypes
import fcntl
import os
import socket
import struct

SO_PROTOCOL, SO_DOMAIN, SO_COOKIE = 38, 39, 57
SIOCINQ, SIOCOUTQ = 0x541B, 0x5411
AF_XDP, AF_VSOCK = 44, 40
FAMILIES = {
    socket.AF_INET: "inet", socket.AF_INET6: "inet6", socket.AF_UNIX: "unix", socket.AF_PACKET: "packet",
    socket.AF_NETLINK: "netlink", AF_VSOCK: "vsock", AF_XDP: "xdp",
}  # fmt: skip
TYPES = {socket.SOCK_STREAM: "stream", socket.SOCK_DGRAM: "dgram", socket.SOCK_SEQPACKET: "seqpacket", socket.SOCK_RAW: "raw"}
NOBODY = 65534
# A descriptor that nobody else uses: shows that numbers are told, not counted.
HIGH_DESCRIPTOR = 777
libc = ctypes.CDLL(None, use_errno=True)


class Absent(Exception):
    """A kind of socket that this kernel has not."""


def option(descriptor, name, form):
    """An option of SOL_SOCKET, of any family: Python's own getsockopt has no octets for some."""
    value = ctypes.create_string_buffer(struct.calcsize(form))
    length = ctypes.c_uint32(len(value))
    if libc.getsockopt(descriptor, socket.SOL_SOCKET, name, value, ctypes.byref(length)) != 0:
        raise OSError(ctypes.get_errno(), f"getsockopt({name}) of descriptor {descriptor}")
    return struct.unpack(form, value.raw)[0]


def octets_waiting(descriptor, request):
    """SIOCINQ or SIOCOUTQ; None where the kind has none."""
    try:
        return struct.unpack("i", fcntl.ioctl(descriptor, request, b"\0" * 4))[0]
    except OSError:
        return None


def internet(name):
    return {"address": name[0].split("%")[0], "port": name[1]}


def unix(name):
    """What getsockname(2) gave: text for a path, octets for an abstract name, nothing for none."""
    if not name:
        return None
    octets = name if isinstance(name, bytes) else os.fsencode(name)
    return {"abstract": octets[1:]} if octets[:1] == b"\0" else {"path": octets}


class Keeper:
    def __init__(self):
        self.entries, self._kept, self.absent = [], [], []

    def keep(self, made, label, state, **asked):
        """Keeps a socket object, and what it should be shown as; `told` fills in the rest."""
        self._kept.append(made)
        entry = {"label": label, "state": state, **asked}
        self.entries.append((made.fileno(), entry))
        return made

    def ghost(self, label, family, type, protocol, state, local, remote, **asked):
        """A socket without a descriptor: waiting to be accepted, or waiting for its time to be over."""
        entry = {"label": label, "family": family, "type": type, "state": state}
        if protocol is not None:
            entry["protocol"] = protocol
        self.entries.append((None, {**entry, "local": local, "remote": remote, "inode": 0, "holders": {}, **asked}))

    def only_elsewhere(self, made, holders):
        """Closes our end of a socket that is kept, which others hold."""
        number = made.fileno()
        place = next(index for index, (descriptor, _) in enumerate(self.entries) if descriptor == number)
        entry = describe(number, self.entries[place][1])
        entry["holders"] = {str(pid): descriptors for pid, descriptors in holders.items()}
        self.entries[place] = (None, entry)
        made.close()

    def try_to(self, open_them):
        """Opens kinds that a kernel may lack."""
        try:
            open_them(self)
        except Absent as reason:
            self.absent.append(str(reason))

    def told(self):
        """Every entry with what the kernel tells of its descriptor now."""
        return [entry if descriptor is None else describe(descriptor, entry) for descriptor, entry in self.entries]


def describe(descriptor, entry):
    domain, kind = option(descriptor, SO_DOMAIN, "i"), option(descriptor, socket.SO_TYPE, "i")
    family = FAMILIES[domain]
    facts = {
        "family": family, "type": TYPES.get(kind, kind), "inode": os.fstat(descriptor).st_ino, "cookie": option(descriptor, SO_COOKIE, "Q"),
        "uid": os.fstat(descriptor).st_uid,
    }  # fmt: skip
    if family in ("inet", "inet6"):
        facts["protocol"] = option(descriptor, SO_PROTOCOL, "i")
    if family in ("inet", "inet6", "unix") and "local" not in entry:
        facts.update(names(descriptor, family))
    is_stream_like = family in ("unix",) or (family in ("inet", "inet6") and kind == socket.SOCK_STREAM)
    if is_stream_like and entry["state"] not in ("listen", "close") and "receive_queue" not in entry:
        facts["receive_queue"], facts["send_queue"] = (octets_waiting(descriptor, each) for each in (SIOCINQ, SIOCOUTQ))
    if family in ("inet", "inet6") and facts["protocol"] == 6 and facts.get("receive_queue") is not None:
        # sock_diag counts a SYN that is not acknowledged, and a FIN that is not read, as an octet; these ioctls do not.
        facts["receive_queue"] += entry["state"] in ("close_wait", "last_ack", "closing")
        facts["send_queue"] += entry["state"] == "syn_sent"
    facts["holders"] = {str(os.getpid()): sorted([descriptor, *entry.pop("also", [])])}
    for pid, descriptors in entry.pop("elsewhere", {}).items():
        facts["holders"][str(pid)] = descriptors
    return {key: value for key, value in {**facts, **entry}.items() if value is not None or key == "remote" or key == "local"}


def names(descriptor, family):
    """getsockname(2) and getpeername(2)."""
    with socket.socket(fileno=os.dup(descriptor)) as held:
        shape = unix if family == "unix" else internet
        try:
            remote = shape(held.getpeername())
        except OSError:
            remote = None
        return {"local": shape(held.getsockname()), "remote": remote}
