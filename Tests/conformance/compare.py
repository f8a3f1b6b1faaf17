"""Holds two dissections of one capture against each other."""

import dataclasses


@dataclasses.dataclass
class Difference:
    packet: int
    field: str
    ours: object
    theirs: object

    def __str__(self):
        return f"packet {self.packet}: {self.field}: sockeye {self.ours!r}, tshark {self.theirs!r}"


@dataclasses.dataclass
class Result:
    agreed: int = 0
    differences: list = dataclasses.field(default_factory=list)


def number(text):
    """A value as an integer where it is one, however it is written; None where it is not."""
    if text is True or text == "True":
        return 1
    if text is False or text == "False":
        return 0
    if isinstance(text, int):
        return text
    try:
        return int(text, 16) if text.startswith("0x") else int(text)
    except (ValueError, AttributeError):
        return None


def same(ours, theirs):
    if str(ours) == str(theirs):
        return True
    left, right = number(ours), number(theirs)
    return left is not None and left == right


def wireshark_name(field, known):
    """A record's data stand within the record: `dns.resp.a` is Wireshark's `dns.a`."""
    for record in ("dns.qry.", "dns.resp."):
        if field.startswith(record) and field not in known:
            return "dns." + field[len(record) :]
    return field


def packets(ours, theirs, known):
    result = Result()
    if len(ours) != len(theirs):
        result.differences.append(Difference(0, "number of packets", len(ours), len(theirs)))
    for index, (mine, reference) in enumerate(zip(ours, theirs), start=1):
        renamed = {}
        for field, values in mine.items():
            renamed.setdefault(wireshark_name(field, known), []).extend(values)
        for field, values in renamed.items():
            if field == "data.len":
                # tshark shows what follows its own decoders; the chain below says whether it is data for both.
                if not mine.get("frame.protocols", [""])[0].endswith(":data"):
                    continue
                if not reference.get("frame.protocols", [""])[0].endswith(":data"):
                    continue
            expected = reference.get(field, [])
            if len(values) == len(expected) and all(map(same, values, expected)):
                result.agreed += len(values)
            else:
                result.differences.append(Difference(index, field, values, expected))
    return result
