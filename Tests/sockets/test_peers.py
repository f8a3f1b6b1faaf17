"""Every row against `ss -anp -e` and `lsof -nP` on the same machine. Each disagreement has a reason here, or fails the test."""

import collections

import lsof_side
import sockeye_side
import ss_side
from compare import Comparison, label, pairs
from zoo_side import Zoo

QUEUES = ("receive_queue", "send_queue")
STATES_OF_LSOF = {"LISTEN": ("listen",), "CONNECTED": ("established",), "UNCONNECTED": ("close", "unconnected")}
WILDCARDS = ("0.0.0.0", "::")


def in_ss(row):
    """A unix socket's name as ss writes it: zeros of an abstract name as `@`, everything else raw."""
    name = row["local"] or {}
    return "@" + name["abstract"].replace("\0", "@") if "abstract" in name else name.get("path", "")


def text_of(octets):
    return octets.decode("utf-8", "surrogateescape").translate({number: 0xFFFD for number in range(0xDC80, 0xDD00)})


class Sides:
    """A listing between two of the peer's, so that what moves can be seen to move."""

    def __init__(self, zoo, read):
        before = read()
        self.ours, _ = sockeye_side.run(zoo.namespace)
        self.theirs = read()
        earlier, unused = Comparison(), Comparison()
        self.before = {id(row): old for old, row in pairs(before, self.theirs, earlier)}
        self.comparison = unused

    def pairs(self):
        return pairs(self.ours, self.theirs, self.comparison)

    def value(self, key, mine, row):
        """Compares a value; a queue may have grown or shrunk between the two looks of the peer."""
        ends = sorted((self.before.get(id(row), row).get(key, row[key]), row[key])) if key in QUEUES else []
        moved = ends and mine.get(key) is not None and ends[0] <= mine[key] <= ends[1]
        self.comparison.value(label(row), key, row[key] if moved else mine.get(key), row[key], mine)


def reasons_with_ss(difference):
    """Why a value of ss is another one, where that is as it should be."""
    row, key, theirs = difference.row, difference.key, difference.theirs
    if key == "state" and row["state"] == "unconnected" and theirs == "close":
        return "ss and the kernel say `close` of a datagram, raw, packet or netlink socket without a peer"
    if key == "state" and row["state"] == "unconnected" and theirs == "established" and row["family"] == "unix":
        return "the kernel says `established` of a datagram socket that another one has connected to, or whose peer is gone"
    if key in ("local", "remote") and row["type"] == "raw" and {**theirs, "port": 0} == {**(difference.ours or {}), "port": 0}:
        return "ss shows a raw socket's protocol where others have a port"
    if key == "local" and row["family"] == "netlink" and set(theirs["groups"]) == {g for g in row["local"]["groups"] if g <= 32}:
        return "ss shows the first 32 groups of a netlink socket"
    if key == "holders" and row["family"] == "netlink":
        return "ss says no owner of a netlink socket"
    if key == "peer_inode" and theirs == 0 and row["family"] == "unix" and row["told"].get("peer"):
        return "ss does not follow a client into the queue of its listener"
    return None


def missing_in_ss(row):
    """Why ss has no such row."""
    if row["told"]["protocol"] == "udplite" or row["protocol"] == 136:
        return "ss 6.1 lists no UDP-Lite"
    if row["family"] in ("vsock", "xdp"):
        return "this kernel has no sock_diag for vsock and XDP, and ss no other source"
    if row["type"] == "dgram" and row["protocol"] in (1, 58):
        return "ss lists no ping sockets where there is no raw_diag"
    if row["family"] in ("inet", "inet6") and row["state"] in ("close", "unconnected", "bound_inactive"):
        return "ss 6.1 asks for no sockets that are bound only or unbound"
    if row["family"] == "netlink" and not row["local"]["port_id"] and row["holders"]:
        return "the kernel lists no unbound netlink sockets"
    if row["family"] == "unix" and row["inode"] == 0:
        return "ss leaves out unix sockets without an inode, which wait to be accepted"
    return None


def missing_in_ours(row, seen):
    if row["family"] == "netlink" and any(row["local"] == other["local"] for other in seen if other is not row):
        return "the kernel tells a netlink socket with groups twice, and ss repeats it"
    return None


def report(comparison, reasons, missing, surplus):
    """Fails on what has no reason; says how often each reason was one."""
    explained, unexplained = collections.Counter(), []
    for difference in comparison.differences:
        reason = reasons(difference)
        explained.update([reason] if reason else [])
        unexplained += [] if reason else [str(difference)]
    for row in comparison.only_ours:
        reason = missing(row)
        explained.update([reason] if reason else [])
        unexplained += [] if reason else [f"only sockeye has {row['told']}"]
    for row in comparison.only_theirs:
        reason = surplus(row)
        explained.update([reason] if reason else [])
        unexplained += [] if reason else [f"sockeye has no {row}"]
    for reason, count in explained.most_common():
        print(f"explained {count} times: {reason}")
    print(f"{comparison.agreed} values agree, {sum(explained.values())} explained disagreements, {len(unexplained)} unexplained")
    assert comparison.agreed > 0 and not unexplained, "\n".join(unexplained)


def test_against_ss():
    zoo = Zoo()
    sides = Sides(zoo, lambda: ss_side.run(zoo.namespace))
    for mine, row in sides.pairs():
        for key in row.keys() - {"netid", "unix_name", "pending", "family"}:
            if key == "peer_inode" or (key == "uid" and mine["uid"] is None):
                continue
            sides.value(key, mine, row)
        if "family" in row:
            sides.value("family", mine, row)
        if "unix_name" in row:
            sides.comparison.value(label(row), "name", in_ss(mine), text_of(row["unix_name"]), mine)
            sides.comparison.value(label(row), "peer_inode", mine["peer_inode"], row["peer_inode"], mine)
    report(sides.comparison, reasons_with_ss, missing_in_ss, lambda row: missing_in_ours(row, sides.theirs))


def lsof_address(end):
    """As lsof writes an address: `*` for a wildcard, and a mapped one as the IPv4 address that it stands for."""
    if end is None:
        return None
    address = end["address"].removeprefix("::ffff:") if "." in end["address"] else end["address"]
    return {"address": "*" if address in WILDCARDS else address, "port": end.get("port")}


def reasons_with_lsof(difference, hostile):
    """`hostile` is the process whose name lsof cannot read past: it shows nothing of such a one."""
    row, key, theirs = difference.row, difference.key, difference.theirs
    if key == "holders" and theirs == {pid: held for pid, held in difference.ours.items() if pid != str(hostile)}:
        return "lsof shows nothing of a process with such a name"
    if key == "state" and row["state"] == "unconnected" and theirs in ("close", "established"):
        return "lsof shows the state of the kernel, which has none for datagrams without a peer"
    return None


def missing_in_lsof(row, hostile):
    if set(row["holders"]) == {str(hostile)}:
        return "lsof shows nothing of a process with such a name"
    if not row["holders"]:
        return "lsof starts from descriptors, and shows nothing that has none"
    return None


def compare_with_lsof(sides, mine, row):
    comparison, name = sides.comparison, label(row)
    comparison.value(name, "holders", mine["holders"], row["holders"], mine)
    if "named" in row:
        # Only the protocol's name: a socket that is in no list of /proc/net.
        return
    for key in ("inode", "family", "type", "protocol", "accept_queue"):
        if row.get(key) is not None and not (key == "protocol" and mine["protocol"] == 262):
            comparison.value(name, key, mine.get(key), row[key], mine)
    for key in QUEUES:
        if key in row:
            sides.value(key, mine, row)
    if row["lsof_type"] in ("IPv4", "IPv6"):
        for key in ("local", "remote"):
            comparison.value(name, key, lsof_address(mine[key]), row[key], mine)
        if "state" in row:
            comparison.value(name, "state", mine["state"], row["state"], mine)
    elif row["lsof_type"] in ("raw", "raw6"):
        comparison.value(name, "local", mine["local"]["address"], row["local"]["address"], mine)
        comparison.value(name, "remote", (mine["remote"] or {}).get("address"), (row["remote"] or {}).get("address"), mine)
        comparison.value(name, "state", mine["state"], row["state"], mine)
    elif row["lsof_type"] == "unix":
        states = STATES_OF_LSOF[row["connected"]]
        comparison.value(name, "state", mine["state"] if mine["state"] not in states else states[0], states[0], mine)
        ours, theirs = in_ss(mine), row["unix_name"]
        plain = all(" " < character < "\x7f" and character != "\\" for character in ours)
        # What lsof does with other names is its own way: it cuts them at a space, and writes controls as ^X.
        comparison.value(name, "name", ours if plain else theirs, theirs, mine)


def test_against_lsof():
    zoo = Zoo()
    sides = Sides(zoo, lambda: lsof_side.run(zoo.namespace, zoo.pids))
    for mine, row in sides.pairs():
        compare_with_lsof(sides, mine, row)
    flows = {row["inode"] for row in sides.ours if row.get("protocol") == 262}

    def missing(row):
        if row["inode"] in flows:
            return "MPTCP and the TCP flow below it have one inode, and lsof one row"
        return missing_in_lsof(row, zoo.pids[1])

    report(sides.comparison, lambda each: reasons_with_lsof(each, zoo.pids[1]), missing, lambda row: None)
