"""What `lsof -nP` says of some processes, as rows: dictionaries with the keys of sockeye-json(5), as far as lsof tells them.

lsof has a row a descriptor; those of one inode are put together here.
"""

import ipaddress
import subprocess

INTERNET = {b"IPv4": "inet", b"IPv6": "inet6"}
RAW = {b"raw": "inet", b"raw6": "inet6"}
PROTOCOLS = {"TCP": ("stream", 6), "UDP": ("dgram", 17), "UDPLITE": ("dgram", 136), "SCTP": ("stream", 132)}
NETLINK = {"ROUTE": 0, "INET_DIAG": 4, "AUDIT": 9, "KOBJECT_UEVENT": 15, "GENERIC": 16}
PACKET = {b"ALL": 3, b"IP": 0x0800, b"ARP": 0x0806, b"IPV6": 0x86DD, b"0": 0}


def endpoint(text):
    address, _, port = text.rpartition(":")
    return {"address": address.strip("[]"), "port": 0 if port == "*" else int(port)}


def raw_endpoint(text, family):
    """An address as /proc/net/raw has it: 32-bit words in host order, in hexadecimal; the number behind is no port."""
    digits, _, number = text.partition(":")
    words = [int(digits[index : index + 8], 16).to_bytes(4, "little") for index in range(0, len(digits), 8)]
    address = (ipaddress.IPv4Address if family == "inet" else ipaddress.IPv6Address)(b"".join(words))
    return {"address": str(address), "port": None}, int(number, 16)


def internet(row, kind, name, fields):
    row["family"] = INTERNET[kind]
    row["type"], row["protocol"] = PROTOCOLS.get(fields["P"].decode(), (None, None))
    here, _, there = name.partition("->")
    row["local"], row["remote"] = endpoint(here), endpoint(there) if there else None
    if "ST" in fields:
        row["state"] = {"CLOSED": "close", "SYN_RECV": "syn_recv"}.get(fields["ST"], fields["ST"].lower())
    queue, sent = int(fields.get("QR", 0)), int(fields.get("QS", 0))
    if row.get("state") == "listen":
        row["accept_queue"] = queue
    else:
        row["receive_queue"], row["send_queue"] = queue, sent


def raw(row, kind, name):
    row["family"], row["type"] = RAW[kind], "raw"
    ends, _, state = name.partition(" st=")
    here, _, there = ends.partition("->")
    row["local"], row["protocol"] = raw_endpoint(here, row["family"])
    remote, _ = raw_endpoint(there, row["family"])
    row["state"] = "established" if state == "01" else "unconnected"
    row["remote"] = remote if row["state"] == "established" else None


def unix(row, name, fields):
    row["family"] = "unix"
    row["unix_name"], _, kind = name.rpartition("type=")
    row["unix_name"] = row["unix_name"].rstrip(" ")
    row["type"] = kind.split(" ")[0].lower()
    row["connected"] = fields.get("ST")


def one(fields):
    kind, name = fields["t"], fields.get("n", b"").decode(errors="backslashreplace")
    row = {"lsof_type": kind.decode()}
    if kind in INTERNET:
        row["inode"] = int(fields["d"])
        internet(row, kind, name, fields)
        return row
    row["inode"] = int(fields.get("i") or fields["d"])
    if kind in RAW:
        raw(row, kind, name)
    elif kind == b"unix":
        unix(row, name, fields)
    elif kind == b"netlink":
        row.update(family="netlink", protocol=NETLINK.get(name, name))
    elif kind == b"pack":
        row.update(family="packet", type={"SOCK_RAW": "raw", "SOCK_DGRAM": "dgram"}.get(name.rpartition("type=")[2]))
        row["protocol"] = PACKET.get(fields["P"], fields["P"].decode())
    elif kind == b"icmp":
        row.update(family="inet", type="dgram", protocol=1)
    elif kind == b"sock":
        row["named"] = name.removeprefix("protocol: ")
    else:
        return None
    return row


def read(text):
    rows, pid = {}, None
    for line in text.split(b"\n"):
        fields = {}
        for field in line.split(b"\0"):
            if field[:1] == b"T":
                key, _, value = field[1:].decode().partition("=")
                fields[key] = value
            elif field:
                fields[chr(field[0])] = field[1:]
        if "p" in fields:
            pid = fields["p"].decode()
        elif fields.get("t") in (*INTERNET, *RAW, b"unix", b"netlink", b"pack", b"icmp", b"sock") and fields["f"].isdigit():
            row = one(fields)
            held = rows.setdefault(row["inode"], {**row, "holders": {}})["holders"]
            held.setdefault(pid, []).append(int(fields["f"]))
    return list(rows.values())


def run(namespace, pids):
    command = ["lsof", "-nPw", "-p", ",".join(map(str, pids)), "-T", "qs", "-F", "pftidPnT0"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=namespace.enter)
    assert done.stdout, f"lsof said nothing, and ended with {done.returncode}"
    return read(done.stdout)
