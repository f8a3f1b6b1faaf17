"""Holds two dissections of one capture against each other.

A packet's chain of protocols is compared first. Where it differs, that is one difference: the fields of the layers
that only one side has are not listed again, and of the fields that both have the common beginning must agree.
"""

import dataclasses
import os

import values


@dataclasses.dataclass
class Difference:
    packet: int
    field: str
    ours: object
    theirs: object
    # Why it is none, where a general rule says so.
    reason: str = ""

    def __str__(self):
        return f"packet {self.packet}: {self.field}: sockeye {self.ours!r}, tshark {self.theirs!r}"


@dataclasses.dataclass
class Result:
    agreed: int = 0
    differences: list = dataclasses.field(default_factory=list)


def wireshark_name(field, known):
    """A record's data stand within the record: `dns.resp.a` is Wireshark's `dns.a`."""
    for record in ("dns.qry.", "dns.resp."):
        if field.startswith(record) and field not in known:
            return "dns." + field[len(record) :]
    return field


def chain(packet):
    return packet.get("frame.protocols", [""])[0].split(":")


def chain_reason(ours, theirs, not_decoded, stop):
    """Why two chains that differ are both right; nothing where a human has to say it."""
    mine = ours[:-1] if ours[-1] == "data" else ours
    # "ethertype" stands before what an EtherType names, known or not.
    if theirs[: len(mine)] == mine and len(theirs) > len(mine) and theirs[len(mine)] in not_decoded:
        return "not decoded here"
    if stop == "too_deep" and theirs[: len(ours)] == ours:
        return "nested deeper than is decoded"
    if ours == theirs + ["data"] and theirs[-1] == "tcp":
        return "tshark gives the payload to the dissector of the port, which refuses it and names nothing"
    return ""


def field_reason(field, mine, theirs, packet, reference):
    """Why the values of a field differ, where a general rule knows it."""
    if "_ws.malformed" in reference and mine[: len(theirs)] == theirs:
        return "tshark stops at the first fault of a layer"
    if "stop" in packet and theirs[: len(mine)] == mine:
        return f"decoding stopped: {packet['stop'][0]}"
    if field == "tls.record.content_type":
        later = [values.plain(value) for value in reference.get("tls.record.opaque_type", [])]
        if later and sorted(mine) == sorted(theirs + later):
            return "tshark calls it opaque_type where an earlier packet's handshake agreed on TLS 1.3"
    if field == "data.len" and ("icmp.data_time" in reference or "icmp.data_time_relative" in reference):
        if len(theirs) == 1 and mine[0] in (int(theirs[0]) + 8, int(theirs[0]) + 16):
            return "tshark takes the first octets of an echo's data for a time stamp where they look like one"
    if field in ("tcp.checksum.status", "udp.checksum.status") and mine == [2] and theirs in ([0], [1]):
        if values.is_partial(field.split(".")[0], packet):
            return "the checksum was left to the sender's card: neither good nor bad"
    if field in ("tcp.checksum.status", "udp.checksum.status", "icmp.checksum.status", "icmpv6.checksum.status"):
        layers = chain(packet)
        quoted = min((layers.index(kind) for kind in ("icmp", "icmpv6") if kind in layers), default=len(layers))
        if field.split(".")[0] in layers[quoted + 1 :] and mine[-1] == 2 and mine[:-1] == theirs[:-1]:
            return "the checksum of a quoted packet is not verified: it need not be whole, nor as it was sent"
        routed = {"ipv6.routing", "ipv6.dstopts"} & set(layers) or {131, 137} & set(packet.get("ip.opt.type", []))
        if routed and mine == [2]:
            return "the checksum counts another address than the header's: not verified on the way"
    if field.startswith("tls.") and {"tls.record.length", "tcp.len"} <= set(packet) and mine[: len(theirs)] == theirs:
        if sum(5 + length for length in packet["tls.record.length"]) > packet["tcp.len"][0]:
            return "tshark shows nothing of a TLS record that goes on in a later segment"
    return ""


def one_packet(index, mine, reference, known, not_decoded, result):
    our_chain, their_chain = chain(mine), chain(reference)
    # The first layer in which they differ, and what only we have from there on.
    common = len(os.path.commonprefix([our_chain, their_chain]))
    only_ours = set(our_chain[common:])
    goes_on = len(their_chain) > common
    renamed = {}
    for field, found in mine.items():
        # What a file tells of processes is no part of tshark's dissection.
        if field != "stop" and not field.startswith(("process.", "peer_process.")):
            renamed.setdefault(wireshark_name(field, known), []).extend(found)
    for field, found in renamed.items():
        expected = [values.plain(value, field) for value in reference.get(field, [])]
        found = [values.plain(value, field) for value in found]
        if field == "frame.protocols":
            reason = chain_reason(our_chain, their_chain, not_decoded, mine.get("stop", [""])[0])
        else:
            if field == "data.len" and (our_chain != their_chain or our_chain[-1] != "data"):
                continue
            reason = ""
        # A finding about TCP has no value in Wireshark: it is there or not.
        if field.startswith("tcp.analysis.") and found == [1] and expected and set(expected) == {""}:
            expected = [1]
        if values.same_list(found, expected):
            result.agreed += len(found)
            continue
        if our_chain != their_chain and field != "frame.protocols":
            # What the difference of the chains, listed on its own, says already.
            if not expected and any(field.startswith(layer + ".") for layer in only_ours):
                continue
            if goes_on and expected[: len(found)] == found:
                result.agreed += len(found)
                continue
            shorter = min(len(found), len(expected))
            if only_ours and expected == found[:shorter] and any(field.startswith(x + ".") for x in only_ours):
                result.agreed += shorter
                continue
        reason = reason or field_reason(field, found, expected, mine, reference)
        result.differences.append(Difference(index, field, found, expected, reason))


def packets(ours, theirs, known, not_decoded):
    result = Result()
    if len(ours) != len(theirs):
        result.differences.append(Difference(0, "number of packets", len(ours), len(theirs)))
    for index, (mine, reference) in enumerate(zip(ours, theirs), start=1):
        one_packet(index, mine, reference, known, not_decoded, result)
    return result
