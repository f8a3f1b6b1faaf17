/// What a TCP segment says of its connection: the values that tracking one needs, taken out of the packet at once.
@frozen
public struct TCPSegment: Sendable {
  /// The address it comes from; an IPv4 address in the low 32 bits.
  public var source: UInt128 = 0
  /// The address it goes to; an IPv4 address in the low 32 bits.
  public var destination: UInt128 = 0
  /// The port it comes from.
  public var sourcePort: UInt16 = 0
  /// The port it goes to.
  public var destinationPort: UInt16 = 0
  /// The number of the first octet of the payload.
  public var sequenceNumber: UInt32 = 0
  /// The number of the octet that is expected next.
  public var acknowledgmentNumber: UInt32 = 0
  /// The flags.
  public var flags: TCPFlags = []

  /// A segment of nothing.
  @inlinable public init() {}
}

extension Packet {
  /// The TCP segment of the outermost packet; nil where that carries no TCP.
  public func segment() -> TCPSegment? {
    for index in 1..<Swift.max(layerCount, 1) {
      let transport = layer(at: index)
      if transport.depth > 0 { return nil }
      guard transport.kind == .tcp else { continue }
      guard let network = networkLayer(before: index) else { return nil }
      let header = bytes(of: network)
      let octets = bytes(of: transport)
      guard octets.byteCount >= TCPHeader.Field.length else { return nil }
      var segment = TCPSegment()
      if network.kind == .ipv4 {
        segment.source = UInt128(header.uint32(at: IPv4Header.Field.source))
        segment.destination = UInt128(header.uint32(at: IPv4Header.Field.destination))
      } else {
        segment.source = header.uint128(at: 8)
        segment.destination = header.uint128(at: 24)
      }
      segment.sourcePort = octets.uint16(at: TCPHeader.Field.sourcePort)
      segment.destinationPort = octets.uint16(at: TCPHeader.Field.destinationPort)
      segment.sequenceNumber = octets.uint32(at: TCPHeader.Field.sequenceNumber)
      segment.acknowledgmentNumber = octets.uint32(at: TCPHeader.Field.acknowledgmentNumber)
      segment.flags = TCPFlags(rawValue: octets.uint16(at: TCPHeader.Field.dataOffsetAndFlags) & 0x0fff)
      return segment
    }
    return nil
  }
}
