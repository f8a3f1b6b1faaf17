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
    // Nearly always the transport is the third layer.
    if layerCount > 2, layers[2].kind == .tcp { return segment(at: 2) }
    for index in 1..<Swift.max(layerCount, 1) {
      let transport = layer(at: index)
      if transport.depth > 0 { return nil }
      if transport.kind == .tcp { return segment(at: index) }
    }
    return nil
  }

  /// The TCP segment of a layer of the outermost packet.
  @inline(__always)
  private func segment(at index: Int) -> TCPSegment? {
    let transport = layer(at: index)
    guard transport.depth == 0, transport.capturedLength >= TCPHeader.Field.length,
      let network = networkLayer(before: index)
    else { return nil }
    // Within the frame, since decoding found all of both headers there.
    let start = network.offset
    let header = transport.offset
    var segment = TCPSegment()
    if network.kind == .ipv4 {
      let addresses = bytes.uint64(at: start &+ IPv4Header.Field.source)
      segment.source = UInt128(addresses >> 32)
      segment.destination = UInt128(addresses & 0xffff_ffff)
    } else {
      segment.source = bytes.uint128(at: start &+ IPv6Header.Field.source)
      segment.destination = bytes.uint128(at: start &+ IPv6Header.Field.destination)
    }
    let ports = bytes.uint32(at: header &+ TCPHeader.Field.sourcePort)
    segment.sourcePort = UInt16(truncatingIfNeeded: ports >> 16)
    segment.destinationPort = UInt16(truncatingIfNeeded: ports)
    segment.sequenceNumber = bytes.uint32(at: header &+ TCPHeader.Field.sequenceNumber)
    segment.acknowledgmentNumber = bytes.uint32(at: header &+ TCPHeader.Field.acknowledgmentNumber)
    segment.flags = TCPFlags(rawValue: bytes.uint16(at: header &+ TCPHeader.Field.dataOffsetAndFlags) & 0x0fff)
    return segment
  }
}
