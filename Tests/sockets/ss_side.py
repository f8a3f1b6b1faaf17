"""What `ss -anp -e` says, as rows: dictionaries with the keys of sockeye-json(5), as far as ss tells them."""

import re
import subprocess

KINDS = {
    b"tcp": (None, "stream", 6), b"mptcp": (None, "stream", 262), b"udp": (None, "dgram", 17), b"raw": (None, "raw", None),
    b"icmp": (None, "dgram", 1), b"icmp6": (None, "dgram", 58), b"???": (None, "dgram", None), b"sctp": (None, "stream", 132), b"dccp": (None, "dccp", 33),
    b"u_str": ("unix", "stream", None), b"u_dgr": ("unix", "dgram", None), b"u_seq": ("unix", "seqpacket", None),
    b"nl": ("netlink", None, None), b"p_raw": ("packet", "raw", None), b"p_dgr": ("packet", "dgram", None),
    b"v_str": ("vsock", "stream", None), b"v_dgr": ("vsock", "dgram", None), b"xdp": ("xdp", "raw", None),
}  # fmt: skip
STATES = {
    b"ESTAB": "established", b"SYN-SENT": "syn_sent", b"SYN-RECV": "syn_recv", b"FIN-WAIT-1": "fin_wait1",
    b"FIN-WAIT-2": "fin_wait2", b"TIME-WAIT": "time_wait", b"UNCONN": "close", b"CLOSE-WAIT": "close_wait",
    b"LAST-ACK": "last_ack", b"LISTEN": "listen", b"CLOSING": "closing",
}  # fmt: skip
START = re.compile(rb"^(" + b"|".join(map(re.escape, KINDS)) + rb") +(" + b"|".join(STATES) + rb") +(\d+) +(\d+) +", re.MULTILINE)
# A unix socket's name may hold anything; its inode and its peer's end it.
UNIX = re.compile(rb"(.*?) ?(\d+) +\* (\d+)(?= |$)(.*)", re.DOTALL)
USER = re.compile(rb"pid=(\d+),fd=(\d+)\)")


def endpoint(text):
    """An address and port; None for nobody. `*` is the wildcard of both versions, and the port of nobody."""
    address, _, port = text.rpartition(":")
    address, _, device = address.strip("[]").partition("%")
    if port == "*" and address in ("0.0.0.0", "::", "*"):
        return None
    end = {"address": "::" if address == "*" else address.rstrip("]"), "port": 0 if port == "*" else int(port)}
    return {**end, "interface": device.rstrip("]")} if device else end


def holders(octets):
    found = {}
    for pid, descriptor in USER.findall(octets):
        found.setdefault(pid.decode(), []).append(int(descriptor))
    return {pid: sorted(descriptors) for pid, descriptors in found.items()}


def number(name, octets, base=10):
    found = re.search(rb"(?:^|\s)" + name + rb":([0-9a-f]+)", octets)
    return int(found[1], base) if found else None


def one(kind, state, queues, rest):
    family, type, protocol = KINDS[kind]
    row = {"family": family, "type": type, "protocol": protocol, "state": STATES[state], "netid": kind.decode()}
    if family == "unix":
        name, inode, peer, more = UNIX.match(rest).groups()
        row.update(inode=int(inode), peer_inode=int(peer), unix_name=b"" if name == b"*" else name)
        pending = re.search(rb" peers:([ \d]*)", more)
        if pending and state == b"LISTEN":
            row["pending"] = sorted(int(each) for each in pending[1].split())
    else:
        local, remote, *_ = rest.split(None, 2)
        more = rest
        local, remote = local.decode(), remote.decode()
        row.update(inode=number(b"ino", more), cookie=number(b"sk", more, 16))
        if family is None:
            row.update(local=endpoint(local), remote=endpoint(remote))
            row["uid"] = number(b"uid", more) or 0
            if row["state"] == "listen":
                # ss prints what sock_diag has: the queue to be accepted, and the backlog.
                row["accept_queue"], row["backlog"] = queues
        elif family == "netlink":
            protocol, port = local.split(":")
            mask = int(re.search(rb"groups=0x([0-9a-f]+)", more)[1], 16)
            row["protocol"] = int(protocol)
            row["local"] = {"port_id": int(port) & 0xFFFFFFFF, "groups": [index + 1 for index in range(32) if mask >> index & 1]}
        elif family == "packet":
            protocol, _, link = local.partition(":")
            row["protocol"] = 3 if protocol == "*" else int(protocol.strip("[]"))
            row["local"] = {"interface": None if link == "*" else link, "protocol": row["protocol"]}
    row["holders"] = holders(more)
    if row["state"] != "listen":
        row["receive_queue"], row["send_queue"] = queues
    elif family == "unix":
        row["accept_queue"], row["backlog"] = queues
    return {key: value for key, value in row.items() if value is not None or key == "remote"}


def read(text):
    """Rows of ss's own text: a name with a line's end in it does not end its row."""
    starts = list(START.finditer(text))
    rows = []
    for found, following in zip(starts, [*starts[1:], None]):
        rest = text[found.end() : following.start() if following else len(text)].rstrip()
        rows.append(one(found[1], found[2], (int(found[3]), int(found[4])), rest))
    return rows


def run(namespace):
    """In a namespace: its rows, without those of ss itself."""
    process = subprocess.Popen(["ss", "-anp", "-e", "-H"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=namespace.enter)
    text, _ = process.communicate()
    assert process.returncode == 0, f"ss ended with {process.returncode}"
    own = {"family": "netlink", "protocol": 4}
    return [row for row in read(text) if not (own.items() <= row.items() and row["local"]["port_id"] == process.pid)]
