"""Values as both sides mean them, however they are written."""

import calendar
import ipaddress
import re
import struct
import time

# tshark shows these times as dates, Sockeye as seconds since the Epoch.
TIMES = ("ntp.reftime", "ntp.org", "ntp.rec", "ntp.xmt")
DATE = re.compile(r"(\w{3} +\d+, \d{4} \d\d:\d\d:\d\d)\.(\d+) UTC")
# How tshark writes the control characters of a text: C's names, octal with three digits, hexadecimal.
ESCAPE = re.compile(r"\\(?:([0-7]{3})|x([0-9a-fA-F]{1,2})|u([0-9A-Fa-f]{4})|([abfnrtv\\]))")
NAMES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}


def unescaped(text):
    def character(match):
        octal, hexadecimal, unicode, name = match.groups()
        if name:
            return NAMES[name]
        return chr(int(octal, 8) if octal else int(hexadecimal or unicode, 16))

    return ESCAPE.sub(character, text)


def plain(value, field=""):
    """A value as an integer where it is one, and as text without escapes where not."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value
    if value in ("True", "False"):
        return int(value == "True")
    if field in TIMES and (match := DATE.fullmatch(value)):
        seconds = calendar.timegm(time.strptime(match[1], "%b %d, %Y %H:%M:%S"))
        return f"{seconds}.{match[2]}"
    if re.fullmatch(r"-?\d+", value):
        return int(value)
    if re.fullmatch(r"0x[0-9a-fA-F]+", value):
        return int(value, 16)
    # Octets that are no UTF-8 are a question mark of some kind to both.
    return unescaped(value)


def same(ours, theirs):
    """Whether two values are the same, but for what tshark does not show of a text."""
    if ours == theirs:
        return True
    if isinstance(ours, str) and isinstance(theirs, str):
        # It shows octets that are no ASCII as question marks in most texts, and ends them at a zero.
        if "\ufffd" in theirs:
            ours = ours.encode().decode("ascii", errors="replace")
        return ours == theirs or ("\0" in ours and ours.split("\0")[0] == theirs)
    return False


def same_list(ours, theirs):
    return len(ours) == len(theirs) and all(map(same, ours, theirs))


def pseudo_header_sum(packet, protocol, length):
    """The checksum field of a packet whose sender left the sum of all but the pseudo-header to its card."""
    if "ip.src" in packet:
        addresses = [ipaddress.ip_address(packet[f"ip.{end}"][0]) for end in ("src", "dst")]
    else:
        addresses = [ipaddress.ip_address(packet[f"ipv6.{end}"][0]) for end in ("src", "dst")]
    octets = b"".join(address.packed for address in addresses)
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets)) + protocol + length
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def is_partial(layer, packet):
    """Whether what stands in the checksum field is only the sum of the pseudo-header."""
    stored = plain(packet[layer + ".checksum"][0])
    if layer == "udp":
        return stored == pseudo_header_sum(packet, 17, packet["udp.length"][0])
    if layer == "tcp" and "tcp.len" in packet:
        length = packet["tcp.hdr_len"][0] + packet["tcp.len"][0]
        return stored == pseudo_header_sum(packet, 6, length)
    return False
