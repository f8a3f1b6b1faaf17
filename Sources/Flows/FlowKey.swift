internal import Wire

/// What makes packets one flow, the same for both directions: the end with the lower address and port comes first.
struct FlowKey: Equatable, BitwiseCopyable {
  var lower: UInt128 = 0
  var upper: UInt128 = 0
  /// The lower end's port in the high half, the upper end's in the low one.
  var ports: UInt32 = 0
  var vlan: UInt32 = 0
  /// Which network of a tunnel; 0 where that has none.
  var tunnelIdentifier: UInt32 = 0
  /// The kind of the tunnel in the low octet, and how many there are in the high one.
  var tunnel: UInt16 = 0
  var protocolNumber: UInt8 = 0
  /// Bit 0: IPv6; bit 1: ICMP that no answer belongs to, which goes from the lower end; bit 2: without ports, as a
  /// protocol may be, a fragment whose first part was not seen, or a header that the capture cut off.
  var flags: UInt8 = 0

  /// No flow.
  init() {}

  /// The key of a packet, and whether it comes from the lower end.
  @inline(__always)
  init(_ packet: FlowPacket, sourceIsLower: inout Bool) {
    sourceIsLower =
      packet.isOneWay || packet.source < packet.destination
      || (packet.source == packet.destination && packet.sourcePort <= packet.destinationPort)
    if sourceIsLower {
      (lower, upper) = (packet.source, packet.destination)
      ports = UInt32(packet.sourcePort) << 16 | UInt32(packet.destinationPort)
    } else {
      (lower, upper) = (packet.destination, packet.source)
      ports = UInt32(packet.destinationPort) << 16 | UInt32(packet.sourcePort)
    }
    vlan = packet.vlan
    tunnelIdentifier = packet.tunnel.identifier
    tunnel = UInt16(packet.tunnel.depth) << 8 | UInt16(packet.tunnel.kind.rawValue)
    protocolNumber = packet.protocolNumber.rawValue
    flags = (packet.isIPv6 ? 1 : 0) | (packet.isOneWay ? 2 : 0) | (packet.hasPorts ? 0 : 4)
  }

  /// The key of a frame by its ends, and whether it comes from the lower one. Neither VLANs nor tunnels are told apart: a
  /// socket knows of neither.
  @inline(__always)
  init(_ ends: FrameEnds, sourceIsLower: inout Bool) {
    sourceIsLower =
      ends.source < ends.destination || (ends.source == ends.destination && ends.sourcePort <= ends.destinationPort)
    if sourceIsLower {
      (lower, upper) = (ends.source, ends.destination)
      ports = UInt32(ends.sourcePort) << 16 | UInt32(ends.destinationPort)
    } else {
      (lower, upper) = (ends.destination, ends.source)
      ports = UInt32(ends.destinationPort) << 16 | UInt32(ends.sourcePort)
    }
    protocolNumber = ends.protocolNumber.rawValue
    flags = ends.isIPv6 ? 1 : 0
  }

  /// The ends of a packet from the lower end, where it has ports and is in no tunnel.
  var ends: FrameEnds? {
    let number = IPProtocol(rawValue: protocolNumber)
    guard number == .tcp || number == .udp, flags & ~1 == 0, tunnel == 0 else { return nil }
    var ends = FrameEnds()
    ends.kind = .ports
    ends.protocolNumber = number
    (ends.source, ends.destination) = (lower, upper)
    ends.sourcePort = UInt16(truncatingIfNeeded: ports >> 16)
    ends.destinationPort = UInt16(truncatingIfNeeded: ports)
    ends.isIPv6 = flags & 1 != 0
    return ends
  }

  /// The ports and the tunnel's network in one word.
  @inline(__always)
  fileprivate var numbers: UInt64 { UInt64(tunnelIdentifier) << 32 | UInt64(ports) }

  /// All but these and the addresses in another.
  @inline(__always)
  fileprivate var rest: UInt64 {
    UInt64(vlan) << 32 | UInt64(tunnel) << 16 | UInt64(protocolNumber) << 8 | UInt64(flags)
  }
}

/// A keyed hash: remote peers choose addresses and ports, and must not choose where they meet in the table.
struct FlowHash {
  private let keys: (UInt64, UInt64, UInt64, UInt64)

  /// A hash with keys of its own.
  init() {
    var random = SystemRandomNumberGenerator()
    keys = (random.next(), random.next(), random.next(), random.next())
  }

  /// Products of 128 bits folded, each factor with a secret key.
  @inline(__always)
  func callAsFunction(_ key: FlowKey) -> UInt32 {
    let low = Self.mix(
      UInt64(truncatingIfNeeded: key.lower) ^ keys.0, UInt64(truncatingIfNeeded: key.upper) ^ keys.1)
    var state = low
    if key.flags & 1 != 0 {
      let lowerHigh = UInt64(truncatingIfNeeded: key.lower >> 64)
      let upperHigh = UInt64(truncatingIfNeeded: key.upper >> 64)
      state = Self.mix(state ^ lowerHigh ^ keys.2, Self.mix(upperHigh ^ keys.1, lowerHigh ^ keys.3) ^ keys.0)
    }
    state = Self.mix(state ^ keys.2, key.numbers ^ keys.3)
    state = Self.mix(state ^ keys.1, key.rest ^ keys.0)
    return UInt32(truncatingIfNeeded: Self.mix(state ^ keys.3, keys.2 ^ 0x9e37_79b9_7f4a_7c15) >> 32)
  }

  @inline(__always)
  private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }
}

extension FlowKey: Hashable {
  func hash(into hasher: inout Hasher) {
    hasher.combine(lower)
    hasher.combine(upper)
    hasher.combine(UInt64(ports) << 16 | UInt64(protocolNumber) << 8 | UInt64(flags))
  }
}
