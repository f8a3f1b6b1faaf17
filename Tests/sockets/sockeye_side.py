"""What `sockeye sockets --json` says, as rows that the other sides' rows compare with: numbers where it has names."""

import json

import support

# IPPROTO_*, by the names that sockeye-json(5) has.
INTERNET = {
    "icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "dccp": 33, "ipv6-icmp": 58, "ospf": 89, "pim": 103, "sctp": 132, "udplite": 136,
    "raw": 255, "mptcp": 262,
}  # fmt: skip
NETLINK = {"route": 0, "sock_diag": 4, "xfrm": 6, "audit": 9, "fib_lookup": 10, "netfilter": 12, "kobject_uevent": 15, "generic": 16}
ETHERNET = {"all": 3, "none": 0, "ipv4": 0x0800, "arp": 0x0806, "ipv6": 0x86DD}
# RTNLGRP_* and those of the kernel's events.
GROUPS = {"link": 1, "ipv4-ifaddr": 5, "mctp-ifaddr": 34, "kernel": 1}
PROTOCOLS = {"inet": INTERNET, "inet6": INTERNET, "netlink": NETLINK, "packet": ETHERNET}


def row_of(told):
    row = dict(told)
    row["holders"] = {str(each["pid"]): sorted(each["fds"]) for each in told["processes"]}
    row["peer_inode"] = (told["peer"] or {}).get("inode", 0)
    names = PROTOCOLS.get(told["family"], {})
    row["protocol"] = names.get(told["protocol"], told["protocol"])
    for end in ("local", "remote"):
        row[end] = dict(told[end]) if told[end] else None
    if told["family"] == "packet":
        row["local"]["protocol"] = row["protocol"]
    elif told["family"] == "netlink":
        assert row["local"].pop("protocol") == told["protocol"], told
        row["local"]["groups"] = [GROUPS.get(name, name) for name in told["local"]["groups"]]
    row["told"] = told
    return row


def read(output):
    return [row_of(json.loads(line)) for line in output.splitlines()]


def run(namespace, *arguments, **options):
    """In a namespace: its rows, without those of sockeye itself."""
    program = support.Program("sockets", "--json", *arguments, namespace=namespace, **options)
    outcome = program.outcome().succeeded()
    return [row for row in read(outcome.output) if not is_own(row, program.process.pid)], outcome


def is_own(row, pid):
    """Whether it is the socket by which sockeye asks: its port is the process's number."""
    return str(pid) in row["holders"] or (row["family"] == "netlink" and row["local"]["port_id"] == pid)
