/// The two ends of what nearly every packet is, read by a few loads: a TCP segment that neither begins nor resets a
/// connection, or a UDP datagram; not a fragment; in IPv4 without options or IPv6 without extension headers, over Ethernet,
/// with a VLAN tag or without one, or over nothing.
///
/// `FrameEnds` says the same of such a frame, and more.
@frozen
public struct CommonEnds: Equatable, BitwiseCopyable, Sendable {
  /// The address it comes from; an IPv4 address in the low 32 bits.
  public var source: UInt128
  /// The address it goes to; an IPv4 address in the low 32 bits.
  public var destination: UInt128
  /// The ports in the high half, and below them whether the addresses are IPv6's and the protocol: one word, since what is
  /// written in parts and read as a whole stalls the processor.
  @usableFromInline let rest: UInt64

  /// The port it comes from in the high half, the one it goes to in the low half.
  @inlinable public var ports: UInt32 { UInt32(truncatingIfNeeded: rest >> 32) }
  /// TCP or UDP.
  @inlinable public var protocolNumber: IPProtocol { IPProtocol(rawValue: UInt8(truncatingIfNeeded: rest)) }
  /// Whether the addresses are IPv6's.
  @inlinable public var isIPv6: Bool { rest & 0x100 != 0 }

  /// Those of no frame.
  @inlinable
  public init() { (source, destination, rest) = (0, 0, 0) }

  /// Whether both have the same ends.
  @inlinable
  public static func == (left: CommonEnds, right: CommonEnds) -> Bool {
    left.source == right.source && left.destination == right.destination && left.rest == right.rest
  }

  /// The ends of a frame; nil where it is anything else.
  @inline(__always)
  public init?(_ bytes: RawSpan, _ linkType: LinkType) {
    guard bytes.byteCount >= Self.leastLength else { return nil }
    var network = EthernetHeader.Field.length
    var type: UInt16
    if linkType == .ethernet {
      type = bytes.uint16(at: EthernetHeader.Field.type)
      if type == EtherType.vlan.rawValue {
        type = bytes.uint16(at: network &+ VLANTag.Field.type)
        network &+= VLANTag.Field.length
      }
    } else {
      guard linkType == .raw else { return nil }
      network = 0
      type = bytes.uint8(at: 0) >> 4 == 4 ? EtherType.ipv4.rawValue : EtherType.ipv6.rawValue
    }
    let start: Int
    let protocolNumber: IPProtocol
    let isIPv6: Bool
    if type == EtherType.ipv4.rawValue {
      start = network &+ IPv4Header.Field.length
      guard bytes.byteCount >= start &+ Self.leastTransport,
        bytes.uint8(at: network &+ IPv4Header.Field.versionAndHeaderLength) == 0x45,
        bytes.uint16(at: network &+ IPv4Header.Field.flagsAndFragmentOffset) & 0x3fff == 0
      else { return nil }
      let addresses = bytes.uint64(at: network &+ IPv4Header.Field.source)
      (source, destination) = (UInt128(addresses >> 32), UInt128(addresses & 0xffff_ffff))
      protocolNumber = IPProtocol(rawValue: bytes.uint8(at: network &+ IPv4Header.Field.protocolNumber))
      isIPv6 = false
    } else if type == EtherType.ipv6.rawValue {
      start = network &+ IPv6Header.Field.length
      guard bytes.byteCount >= start &+ Self.leastTransport, bytes.uint8(at: network) >> 4 == 6 else { return nil }
      source = bytes.uint128(at: network &+ IPv6Header.Field.source)
      destination = bytes.uint128(at: network &+ IPv6Header.Field.destination)
      protocolNumber = IPProtocol(rawValue: bytes.uint8(at: network &+ IPv6Header.Field.nextHeader))
      isIPv6 = true
    } else {
      return nil
    }
    rest = UInt64(bytes.uint32(at: start)) << 32 | (isIPv6 ? 0x100 : 0) | UInt64(protocolNumber.rawValue)
    guard protocolNumber == .tcp else {
      guard protocolNumber == .udp else { return nil }
      return
    }
    let flags = TCPFlags(rawValue: bytes.uint16(at: start &+ TCPHeader.Field.dataOffsetAndFlags) & 0x0fff)
    guard flags.isDisjoint(with: [.synchronize, .reset]) else { return nil }
  }

  /// Octets of the transport's header that are looked at: up to TCP's flags. A datagram with fewer is no common one.
  private static var leastTransport: Int { 14 }
  /// Of a frame: what makes it sure that a tag and the first octet of what follows are there.
  private static var leastLength: Int { IPv4Header.Field.length &+ leastTransport }
}
