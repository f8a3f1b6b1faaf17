/// Addresses in place of addresses: a permutation of each kind, the same for the same key everywhere.
///
/// Prefixes are kept, so that what was one network is one. Addresses with a meaning of their own stay, and groups stay
/// groups, so that a trace still makes sense: see sockeye-scrub(1).
public struct AddressMap {
  /// The most addresses of a kind that are remembered.
  private let rememberedAtMost: Int

  private var tree4: PrefixPermutation
  private var group4: PrefixPermutation
  private var tree6: PrefixPermutation
  private var groupMiddle6: PrefixPermutation
  private var groupEnd6: PrefixPermutation
  private var hardwareTree: PrefixPermutation
  private var known4: [UInt32: UInt32] = [:]
  private var known6: [UInt128: UInt128] = [:]
  private var knownHardware: [UInt64: UInt64] = [:]

  /// The map of a key.
  public init(_ key: AddressKey) { self.init(key, remembering: 1 << 18) }

  /// The same, with so many addresses of a kind remembered at most, and as many values of the function.
  init(_ key: AddressKey, remembering limit: Int) {
    rememberedAtMost = limit
    let function = PseudorandomFunction(key, remembering: limit)
    // 0.0.0.0, loopback, link-local, groups, broadcast.
    tree4 = PrefixPermutation(
      function, domain: 4, width: 32,
      kept: [
        .init(0, 32, whole: true), .init(127, 8, whole: true), .init(0xa9fe, 16, whole: false),
        .init(0xe, 4, whole: true), .init(0xffff_ffff, 32, whole: true),
      ])
    // The bits of a group that are in its Ethernet address: those of 224.0.0.0/23, and of 239.255.255.250 (SSDP), stay.
    group4 = PrefixPermutation(
      function, domain: 5, width: 23, kept: [.init(0, 14, whole: true), .init(0x7f_fffa, 23, whole: true)])
    // :: and ::1, addresses that hold one of IPv4, link-local, unique local, groups.
    tree6 = PrefixPermutation(
      function, domain: 6, width: 128,
      kept: [
        .init(0, 127, whole: true), .init(Self.mappedPrefix, 96, whole: true),
        .init(Self.translatedPrefix, 96, whole: true), .init(0xfe80_0000_0000_0000, 64, whole: false),
        .init(0xfd, 8, whole: false), .init(0xff, 8, whole: true),
      ])
    // Groups that are known to all have zeros there; those of solicited nodes have a one.
    groupMiddle6 = PrefixPermutation(
      function, domain: 7, width: 80, kept: [.init(0, 80, whole: true), .init(1, 80, whole: true)])
    // The bits of a group that are in its Ethernet address.
    groupEnd6 = PrefixPermutation(
      function, domain: 8, width: 32, kept: [.init(0, 15, whole: true), .init(0xff, 8, whole: false)])
    // None, broadcast, the groups of IP, of bridges (IEEE 802.1) and of Cisco's protocols.
    hardwareTree = PrefixPermutation(
      function, domain: 9, width: 48,
      kept: [
        .init(0, 48, whole: true), .init(0xffff_ffff_ffff, 48, whole: true), .init(0x1_005e << 1, 25, whole: true),
        .init(0x3333, 16, whole: true), .init(0x01_80c2_0000, 40, whole: true),
        .init(0x0100_0ccc_cccc, 48, whole: true),
      ], fixed: 0x0300_0000_0000)
  }

  /// ::ffff:0:0/96 (RFC 4291) and 64:ff9b::/96 (RFC 6052), which hold an IPv4 address.
  private static let mappedPrefix: UInt128 = 0xffff
  private static let translatedPrefix: UInt128 = 0x64_ff9b << 64

  /// The IPv4 address in place of another.
  public mutating func ipv4(_ address: UInt32) -> UInt32 {
    if let known = known4[address] { return known }
    var result = UInt32(truncatingIfNeeded: tree4(UInt128(address)))
    if address >> 28 == 0xe {
      result = address & 0xff80_0000 | UInt32(truncatingIfNeeded: group4(UInt128(address & 0x7f_ffff)))
    }
    if known4.count >= rememberedAtMost { known4.removeAll(keepingCapacity: true) }
    known4[address] = result
    return result
  }

  /// The IPv6 address in place of another.
  public mutating func ipv6(_ address: UInt128) -> UInt128 {
    if let known = known6[address] { return known }
    let result: UInt128
    let high = address >> 32
    if high == Self.mappedPrefix || high == Self.translatedPrefix {
      result = high << 32 | UInt128(ipv4(UInt32(truncatingIfNeeded: address)))
    } else if address >> 120 == 0xff {
      let middle = groupMiddle6(address >> 32 & ((1 << 80) - 1))
      result = (address >> 112) << 112 | middle << 32 | groupEnd6(address & 0xffff_ffff)
    } else {
      result = tree6(address)
    }
    if known6.count >= rememberedAtMost { known6.removeAll(keepingCapacity: true) }
    known6[address] = result
    return result
  }

  /// The hardware address in place of another, both in the low 48 bits.
  public mutating func hardware(_ address: UInt64) -> UInt64 {
    if let known = knownHardware[address] { return known }
    let result: UInt64
    if address >> 23 == 0x0100_5e00_0000 >> 23 {
      result = (address >> 23) << 23 | UInt64(truncatingIfNeeded: group4(UInt128(address & 0x7f_ffff)))
    } else if address >> 32 == 0x3333 {
      result = 0x3333 << 32 | UInt64(truncatingIfNeeded: groupEnd6(UInt128(address & 0xffff_ffff)))
    } else {
      result = UInt64(truncatingIfNeeded: hardwareTree(UInt128(address)))
    }
    if knownHardware.count >= rememberedAtMost { knownHardware.removeAll(keepingCapacity: true) }
    knownHardware[address] = result
    return result
  }
}
