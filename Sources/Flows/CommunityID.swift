internal import Crypto
public import Wire

/// The name that tools give a flow so that their records of it can be put together: Community ID, version 1.
///
/// `1:` and the base64 of a SHA-1 over a seed, the two addresses, the protocol and the two ports, the smaller end first.
/// ICMP's type and code stand for ports, and a type that has an answer is paired with it. A tunnel or VLAN has no part
/// in it. See https://github.com/corelight/community-id-spec.
public enum CommunityID {
  /// The SHA-1 digest before it is written as text: 20 octets.
  public struct Digest: Equatable, Sendable {
    /// The digest's octets.
    public let octets: [UInt8]
  }

  /// The digest of a flow's endpoints.
  ///
  /// `seed` keeps apart what different places see. Ports are those of a TCP, UDP or SCTP flow; type and code (or what
  /// answers the type) for ICMP.
  public static func digest(
    of ends: FlowEnds, seed: UInt16 = 0
  ) -> Digest {
    let (source, destination) = order(ends)
    var octets: [UInt8] = []
    octets.reserveCapacity(40)
    append(seed, to: &octets)
    append(source.address, isIPv6: ends.isIPv6, to: &octets)
    append(destination.address, isIPv6: ends.isIPv6, to: &octets)
    octets.append(ends.protocolNumber.rawValue)
    octets.append(0)
    if ends.knowsPorts, hasPorts(ends.protocolNumber) {
      append(source.port, to: &octets)
      append(destination.port, to: &octets)
    }
    return Digest(octets: Array(Insecure.SHA1.hash(data: octets)))
  }

  /// Writes a flow's id.
  public static func write(_ ends: FlowEnds, seed: UInt16, into text: inout TextBuffer) {
    text.append("1:")
    appendBase64(digest(of: ends, seed: seed).octets, into: &text)
  }

  private static func hasPorts(_ number: IPProtocol) -> Bool {
    switch number {
    case .tcp, .udp, .sctp, .icmp, .icmpv6: true
    default: false
    }
  }

  /// The smaller end first, but for ICMP messages that no answer belongs to: they go one way.
  private static func order(_ ends: FlowEnds) -> (FlowEnd, FlowEnd) {
    let (source, destination) = (ends.source, ends.destination)
    if ends.isOneWay { return (source, destination) }
    let isOrdered =
      source.address < destination.address
      || (source.address == destination.address && source.port < destination.port)
    return isOrdered ? (source, destination) : (destination, source)
  }

  private static func append(_ value: UInt16, to octets: inout [UInt8]) {
    octets.append(UInt8(truncatingIfNeeded: value >> 8))
    octets.append(UInt8(truncatingIfNeeded: value))
  }

  private static func append(_ address: UInt128, isIPv6: Bool, to octets: inout [UInt8]) {
    var shift: UInt128 = isIPv6 ? 128 : 32
    while shift > 0 {
      shift -= 8
      octets.append(UInt8(truncatingIfNeeded: address >> shift))
    }
  }

  /// RFC 4648 section 4.
  private static func appendBase64(_ octets: [UInt8], into text: inout TextBuffer) {
    var index = 0
    while index < octets.count {
      let count = Swift.min(3, octets.count - index)
      var group: UInt32 = 0
      for place in 0..<3 { group = group << 8 | (place < count ? UInt32(octets[index + place]) : 0) }
      for place in 0..<4 {
        if place > count {
          text.append(UInt8(ascii: "="))
        } else {
          text.append(base64Digit(UInt8(truncatingIfNeeded: group >> UInt32(18 - place * 6) & 0x3f)))
        }
      }
      index += 3
    }
  }

  private static func base64Digit(_ value: UInt8) -> UInt8 {
    switch value {
    case 0..<26: UInt8(ascii: "A") + value
    case 26..<52: UInt8(ascii: "a") + (value - 26)
    case 52..<62: UInt8(ascii: "0") + (value - 52)
    case 62: UInt8(ascii: "+")
    default: UInt8(ascii: "/")
    }
  }
}
