"""Every row against what was opened: none missing, none more, every value as its program asked for it."""

import sockeye_side
from compare import Comparison, label, pairs
from support import expect
from zoo_side import Zoo

# Facts of the zoo that are compared by a rule of their own.
APART = {"label", "holders", "flows", "no_port", "hostile", "pending", "packet", "filter", "described"}


def untold(row, key):
    """What the kernel tells nobody else: /proc/net has no cookies, and netlink_diag has no users."""
    from_files = row["type"] == "raw" or row["protocol"] in (1, 58)
    return key == "cookie" and row["family"] in ("inet", "inet6") and from_files or key == "uid" and row["family"] == "netlink"


def compare(zoo, ours):
    comparison = Comparison()
    for mine, opened in pairs(ours, zoo.rows, comparison):
        for key in opened.keys() - APART:
            value = opened[key]
            if key in ("local", "remote") and opened.get("no_port") and value:
                value = {**value, "port": mine[key].get("port")} if mine[key] else value
            if key == "remote" and opened["family"] == "unix" or mine.get(key) is None and untold(mine, key):
                continue
            comparison.value(label(opened), key, mine.get(key), value, mine)
        comparison.value(label(opened), "holders", mine["holders"], opened["holders"], mine)
        comparison.value(label(opened), "netns", mine["netns"], zoo.number, mine)
    return comparison


def unasked(zoo, comparison):
    """Rows that stand for no socket of the zoo: the kernel's own netlink sockets and MPTCP's flows are none of these."""
    flows = {row["inode"] for row in zoo.rows if row.get("flows")}
    for row in comparison.only_ours:
        of_the_kernel = row["family"] == "netlink" and row["local"]["port_id"] == 0 and not row["holders"]
        if not of_the_kernel and not (row["protocol"] == 6 and row["inode"] in flows):
            yield row["told"]


def test_every_socket_as_it_was_opened():
    zoo = Zoo()
    ours, _ = sockeye_side.run(zoo.namespace)
    comparison = compare(zoo, ours)
    missing = [f"not listed: {label(row)}" for row in comparison.only_theirs]
    more = [f"listed, but not opened: {row}" for row in unasked(zoo, comparison)]
    wrong = [str(difference) for difference in comparison.differences]
    assert not missing + more + wrong, "\n".join(missing + more + wrong)
    print(f"{len(zoo.rows)} sockets opened; {comparison.agreed} values agree; this kernel has no {', '.join(zoo.absent) or 'lack'}")


def test_names_of_processes():
    zoo = Zoo()
    ours, outcome = sockeye_side.run(zoo.namespace)
    seen = {str(each["pid"]): each["name"] for row in ours for each in row["told"].get("processes", [])}
    expect(seen, {pid: name for pid, name in zoo.names.items()}, "names")
    assert b"\x1b" not in outcome.output, "a control character reached the output"
