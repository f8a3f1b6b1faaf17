/// The two ends of what nearly every packet is, read by a few loads: a TCP segment that neither begins nor resets a
/// connection, or a UDP datagram; not a fragment; in IPv4 without options or IPv6 without extension headers, over Ethernet,
/// with a VLAN tag or without one, or over nothing.
///
/// `FrameEnds` says the same of such a frame, and more.
@frozen
public struct CommonEnds: Equatable, BitwiseCopyable, Sendable {
  /// IPv4's addresses, the source in the high half; or the high half of IPv6's source.
  @usableFromInline let first: UInt64
  /// The ports in the high half, and below them whether the addresses are IPv6's and the protocol: one word, since what is
  /// written in parts and read as a whole stalls the processor.
  @usableFromInline let rest: UInt64
  /// What is left of IPv6's addresses, in their order.
  @usableFromInline let second, third, fourth: UInt64

  /// The address it comes from; an IPv4 address in the low 32 bits.
  public var source: UInt128 { isIPv6 ? UInt128(first) << 64 | UInt128(second) : UInt128(first >> 32) }
  /// The address it goes to; an IPv4 address in the low 32 bits.
  public var destination: UInt128 {
    isIPv6 ? UInt128(third) << 64 | UInt128(fourth) : UInt128(first & 0xffff_ffff)
  }
  /// The port it comes from in the high half, the one it goes to in the low half.
  public var ports: UInt32 { UInt32(truncatingIfNeeded: rest >> 32) }
  /// TCP or UDP.
  public var protocolNumber: IPProtocol { IPProtocol(rawValue: UInt8(truncatingIfNeeded: rest)) }
  /// Whether the addresses are IPv6's.
  @inlinable public var isIPv6: Bool { rest & 0x100 != 0 }

  /// Those of no frame.
  @inlinable
  public init() { (first, rest, second, third, fourth) = (0, 0, 0, 0, 0) }

  /// Whether both have the same ends.
  @inlinable @inline(__always)
  public static func == (left: CommonEnds, right: CommonEnds) -> Bool {
    guard left.first == right.first, left.rest == right.rest else { return false }
    guard left.isIPv6 else { return true }
    return left.second == right.second && left.third == right.third && left.fourth == right.fourth
  }

  /// Words by which frames with different ends differ, mixed; whoever chooses ends can have them come out the same.
  @inlinable @inline(__always)
  public var mixed: UInt64 {
    var mixed = first &* 0x9e37_79b9_7f4a_7c15 ^ rest &* 0xc2b2_ae3d_27d4_eb4f
    if isIPv6 { mixed ^= (second &+ third) &* 0x1656_67b1_9e37_79f9 ^ fourth &* 0x27d4_eb2f_1656_67c5 }
    return (mixed ^ mixed >> 32) &* 0xff51_afd7_ed55_8ccd
  }

  /// The ends of a frame; nil where it is anything else.
  @inlinable @inline(__always)
  public init?(_ bytes: RawSpan, _ linkType: LinkType) {
    guard bytes.byteCount >= Self.leastLength else { return nil }
    var network = Self.ethernetLength
    var type: UInt16
    if linkType == .ethernet {
      type = bytes.uint16(at: network &- 2)
      if type == Self.vlan {
        network &+= 4
        type = bytes.uint16(at: network &- 2)
      }
    } else {
      guard linkType == .raw else { return nil }
      network = 0
      type = bytes.uint8(at: 0) >> 4 == 4 ? Self.ipv4 : Self.ipv6
    }
    let start: Int
    let protocolNumber: UInt8
    let version: UInt64
    if type == Self.ipv4 {
      start = network &+ Self.ipv4Length
      // Version and header length; flags and fragment offset.
      guard bytes.byteCount >= start &+ Self.leastTransport, bytes.uint8(at: network) == 0x45,
        bytes.uint16(at: network &+ 6) & 0x3fff == 0
      else { return nil }
      protocolNumber = bytes.uint8(at: network &+ 9)
      first = bytes.uint64(at: network &+ 12)
      (second, third, fourth) = (0, 0, 0)
      version = 0
    } else if type == Self.ipv6 {
      start = network &+ Self.ipv6Length
      guard bytes.byteCount >= start &+ Self.leastTransport, bytes.uint8(at: network) >> 4 == 6 else { return nil }
      protocolNumber = bytes.uint8(at: network &+ 6)
      first = bytes.uint64(at: network &+ 8)
      second = bytes.uint64(at: network &+ 16)
      third = bytes.uint64(at: network &+ 24)
      fourth = bytes.uint64(at: network &+ 32)
      version = 0x100
    } else {
      return nil
    }
    rest = UInt64(bytes.uint32(at: start)) << 32 | version | UInt64(protocolNumber)
    // TCP's flags: SYN and RST.
    guard protocolNumber == Self.udp || protocolNumber == Self.tcp && bytes.uint8(at: start &+ 13) & 0x06 == 0 else {
      return nil
    }
  }

  // What is used of the headers, as numbers: this is compiled into other modules, which do not see those of the headers.
  @inlinable static var ethernetLength: Int { 14 }
  @inlinable static var ipv4Length: Int { 20 }
  @inlinable static var ipv6Length: Int { 40 }
  @inlinable static var vlan: UInt16 { 0x8100 }
  @inlinable static var ipv4: UInt16 { 0x0800 }
  @inlinable static var ipv6: UInt16 { 0x86dd }
  @inlinable static var tcp: UInt8 { 6 }
  @inlinable static var udp: UInt8 { 17 }
  /// Octets of the transport's header that are looked at: up to TCP's flags. A datagram with fewer is no common one.
  @inlinable static var leastTransport: Int { 14 }
  /// Of a frame: what makes it sure that a tag and the first octet of what follows are there.
  @inlinable static var leastLength: Int { ipv4Length &+ leastTransport }
}
