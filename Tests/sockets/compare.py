"""Puts two lists of rows side by side: what one has and the other has not, and the values that differ."""

# What two programs that run one after the other may see differently: its value is to lie between what was seen before and after.
MOVING = {"receive_queue", "send_queue"}


def frozen(value):
    return tuple(sorted((key, frozen(each)) for key, each in value.items())) if isinstance(value, dict) else (
        tuple(map(frozen, value)) if isinstance(value, list) else value)  # fmt: skip


def keys(row):
    """What tells a socket from all others: the first of these that two rows have in common."""
    multipath = row.get("protocol") == 262
    if row.get("inode"):
        yield "inode", multipath, row["inode"]
    for pid, descriptors in row.get("holders", {}).items():
        for descriptor in descriptors:
            yield "descriptor", multipath, pid, descriptor
    if row.get("family") == "netlink" and row.get("local"):
        # Port 0 is the kernel's own socket, or one that is unbound.
        if row["local"]["port_id"] or not row.get("holders"):
            yield "netlink", row.get("protocol"), row["local"]["port_id"]
        return
    if row.get("inode"):
        return
    if row.get("family") == "unix":
        yield "waiting", row.get("peer_inode")
    elif row.get("local"):
        ends = [frozen({key: row[end][key] for key in ("address", "port")}) if row.get(end) else None for end in ("local", "remote")]
        yield "ends", row.get("protocol"), *ends


class Difference:
    def __init__(self, label, key, ours, theirs, row):
        self.label, self.key, self.ours, self.theirs, self.row = label, key, ours, theirs, row

    def __str__(self):
        return f"{self.label}: {self.key}: sockeye has {self.ours!r}, not {self.theirs!r}"


class Comparison:
    def __init__(self):
        self.agreed, self.differences, self.only_theirs, self.only_ours = 0, [], [], []

    def value(self, label, key, ours, theirs, row):
        if ours == theirs:
            self.agreed += 1
        else:
            self.differences.append(Difference(label, key, ours, theirs, row))


def pairs(ours, theirs, comparison):
    """Yields our row and theirs for each socket that both have."""
    places = {}
    for index, row in enumerate(ours):
        for key in keys(row):
            places.setdefault(key, []).append(index)
    taken = set()
    for row in theirs:
        found = next((index for key in keys(row) for index in places.get(key, []) if index not in taken), None)
        if found is None:
            comparison.only_theirs.append(row)
            continue
        taken.add(found)
        yield ours[found], row
    comparison.only_ours = [row for index, row in enumerate(ours) if index not in taken]


def label(row):
    named = row.get("label") or row.get("netid") or row.get("lsof_type") or row.get("family")
    return f"{named} (inode {row.get('inode', 0)}, {row.get('local') or row.get('unix_name') or ''})"
