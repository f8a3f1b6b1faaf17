"""The permutation of addresses, written a second time from what sockeye-scrub(1) says of it."""

import hashlib
import hmac
import ipaddress


def derive(passphrase):
    """HKDF, RFC 5869, for one block."""
    extracted = hmac.digest(b"sockeye scrub", passphrase, hashlib.sha256)
    return hmac.digest(extracted, b"addresses 1" + b"\x01", hashlib.sha256)


class Permutation:
    """Bits are strings of 0 and 1. `kept` are prefixes that stay, and whether what follows them does."""

    def __init__(self, key, domain, kept, fixed=()):
        self.key, self.domain, self.kept, self.fixed = key, domain, kept, fixed

    def keeps(self, prefix):
        return any(
            one.startswith(prefix) and len(prefix) < len(one) or whole and prefix.startswith(one) for one, whole in self.kept
        )

    def turns(self, prefix):
        done = len(prefix) // 8 * 8
        octets = int(prefix[:done] or "0", 2).to_bytes(done // 8, "big")
        bits = hmac.digest(self.key, bytes([self.domain, done // 8]) + octets, hashlib.sha256)
        place = int("1" + prefix[done:], 2)
        word = int.from_bytes(bits[place // 64 * 8 :][:8], "big")
        return word >> place % 64 & 1

    def __call__(self, bits):
        result = ""
        for place, bit in enumerate(bits):
            prefix = bits[:place]
            turned = place not in self.fixed and not self.keeps(prefix) and self.turns(prefix)
            result += str(int(bit) ^ turned)
        return result


def bits(value, width):
    return f"{value:0{width}b}"


class Addresses:
    def __init__(self, passphrase):
        key = derive(passphrase)
        self.known = {}
        kept = [
            (bits(0, 32), True), (bits(127, 8), True), (bits(0xA9FE, 16), False), (bits(0xE, 4), True), ("1" * 32, True),
        ]
        self.tree4 = Permutation(key, 4, kept)
        self.group4 = Permutation(key, 5, [(bits(0, 14), True), (bits(0x7FFFFA, 23), True)])
        mapped, translated = bits(0xFFFF, 96), bits(0x64FF9B << 64, 96)
        self.tree6 = Permutation(
            key, 6,
            [(bits(0, 127), True), (mapped, True), (translated, True), (bits(0xFE80 << 48, 64), False),
             (bits(0xFD, 8), False), (bits(0xFF, 8), True)],
        )
        self.middle6 = Permutation(key, 7, [(bits(0, 80), True), (bits(1, 80), True)])
        self.end6 = Permutation(key, 8, [(bits(0, 15), True), (bits(0xFF, 8), False)])
        kept = [
            (bits(0, 48), True), ("1" * 48, True), (bits(0x01005E << 1, 25), True), (bits(0x3333, 16), True),
            (bits(0x0180C20000, 40), True), (bits(0x01000CCCCCCC, 48), True),
        ]
        self.tree48 = Permutation(key, 9, kept, fixed=(6, 7))

    def __call__(self, text):
        """The address in place of another, as text."""
        if text not in self.known:
            self.known[text] = self.hardware(text) if text.count(":") == 5 and "::" not in text else self.internet(text)
        return self.known[text]

    def internet(self, text):
        address = ipaddress.ip_address(text)
        if address.version == 4:
            return str(ipaddress.IPv4Address(int(self.four(bits(int(address), 32)), 2)))
        value = bits(int(address), 128)
        if value[:96] in (bits(0xFFFF, 96), bits(0x64FF9B << 64, 96)):
            value = value[:96] + self.four(value[96:])
        elif address.is_multicast:
            value = value[:16] + self.middle6(value[16:96]) + self.end6(value[96:])
        else:
            value = self.tree6(value)
        return str(ipaddress.IPv6Address(int(value, 2)))

    def four(self, value):
        return value[:9] + self.group4(value[9:]) if value.startswith("1110") else self.tree4(value)

    def hardware(self, text):
        value = bits(int(text.replace(":", ""), 16), 48)
        if value.startswith(bits(0x01005E << 1, 25)):
            value = value[:25] + self.group4(value[25:])
        elif value.startswith(bits(0x3333, 16)):
            value = value[:16] + self.end6(value[16:])
        else:
            value = self.tree48(value)
        return int(value, 2).to_bytes(6, "big").hex(":")
