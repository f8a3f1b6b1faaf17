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
  /// The tunnel that it was in.
  public var tunnel = FlowTunnel()

  /// A segment of nothing.
  @inlinable public init() {}
}

extension Packet {
  /// The TCP segment of the innermost packet; nil where that carries no TCP. What an error message quotes does not count.
  public func segment() -> TCPSegment? {
    // Nearly always the transport is the third layer.
    if layerCount > 2, layers[2].kind == .tcp, layers[2].depth == 0 { return segment(at: 2) }
    // Nothing is within TCP, so that the first one is the innermost.
    for index in 1..<Swift.max(layerCount, 1) {
      let transport = layer(at: index)
      if transport.nesting == .quoted { return nil }
      guard transport.kind == .tcp else { continue }
      var segment = segment(at: index)
      if transport.depth > 0 { segment?.tunnel = tunnel(before: index) }
      return segment
    }
    return nil
  }

  /// The tunnel whose header is next before a layer; of no kind for IP within IP.
  private func tunnel(before index: Int) -> FlowTunnel {
    var candidate = index &- 1
    var labels = FlowTunnel()
    while candidate > 0 {
      let layer = layer(at: candidate)
      if layer.kind == .mpls { labels = tunnel(of: layer) } else if layer.kind.isTunnel { return tunnel(of: layer) }
      candidate &-= 1
    }
    return labels
  }

  /// The TCP segment of a layer.
  @inline(__always)
  private func segment(at index: Int) -> TCPSegment? {
    let transport = layer(at: index)
    guard transport.capturedLength >= TCPHeader.Field.length, let network = networkLayer(before: index) else {
      return nil
    }
    // Within the frame, since decoding found all of both headers there.
    return TCPSegment(
      bytes, network: network.offset, isIPv4: network.kind == .ipv4, transport: transport.offset)
  }
}

extension TCPSegment {
  /// The TCP segment of a frame's innermost packet, as `Packet.segment()` has it; nil where that carries no TCP.
  ///
  /// Nearly always it costs a few comparisons; else the frame is decoded into the storage.
  public init?(_ frame: borrowing Frame, _ storage: borrowing LayerStorage) {
    let bytes = frame.bytes
    if frame.info.linkType == .ethernet, frame.info.frameCheckSequenceLength == 0 {
      var network = EthernetHeader.Field.length
      var type = EtherType(rawValue: bytes.byteCount >= network ? bytes.uint16(at: EthernetHeader.Field.type) : 0)
      if type == .vlan, bytes.byteCount >= network &+ VLANTag.Field.length {
        type = EtherType(rawValue: bytes.uint16(at: network &+ VLANTag.Field.type))
        network &+= VLANTag.Field.length
      }
      switch type {
      case .ipv4:
        let start = network &+ IPv4Header.Field.length
        guard bytes.byteCount >= start &+ TCPHeader.Field.length,
          bytes.uint8(at: network &+ IPv4Header.Field.versionAndHeaderLength) == 0x45,
          bytes.uint16(at: network &+ IPv4Header.Field.flagsAndFragmentOffset) & 0x3fff == 0
        else { break }
        let number = IPProtocol(rawValue: bytes.uint8(at: network &+ IPv4Header.Field.protocolNumber))
        if number == .udp, !Application.isTunnel(ports: bytes.uint32(at: start)) { return nil }
        let end = network &+ Int(bytes.uint16(at: network &+ IPv4Header.Field.totalLength))
        if number == .tcp, Self.hasSegment(bytes, from: start, to: end) {
          self.init(bytes, network: network, isIPv4: true, transport: start)
          return
        }
      case .ipv6:
        let start = network &+ IPv6Header.Field.length
        guard bytes.byteCount >= start &+ TCPHeader.Field.length,
          bytes.uint8(at: network &+ IPv6Header.Field.versionClassAndLabel) >> 4 == 6
        else { break }
        let number = IPProtocol(rawValue: bytes.uint8(at: network &+ IPv6Header.Field.nextHeader))
        if number == .udp, !Application.isTunnel(ports: bytes.uint32(at: start)) { return nil }
        let end = start &+ Int(bytes.uint16(at: network &+ IPv6Header.Field.payloadLength))
        if number == .tcp, Self.hasSegment(bytes, from: start, to: end) {
          self.init(bytes, network: network, isIPv4: false, transport: start)
          return
        }
      default: break
      }
    }
    let packet = Packet(frame, in: storage)
    guard let segment = packet.segment() else { return nil }
    self = segment
  }

  /// Whether there is a TCP header that says nothing impossible in these octets, all of them captured.
  @inline(__always)
  private static func hasSegment(_ bytes: RawSpan, from start: Int, to end: Int) -> Bool {
    guard end <= bytes.byteCount, end &- start >= TCPHeader.Field.length else { return false }
    let headerLength = Int(bytes.uint8(at: start &+ TCPHeader.Field.dataOffsetAndFlags) >> 4) &* 4
    return headerLength >= TCPHeader.Field.length && headerLength <= end &- start
  }

  /// A segment whose headers are known to lie within the octets at these offsets.
  @inline(__always)
  fileprivate init(_ bytes: RawSpan, network: Int, isIPv4: Bool, transport: Int) {
    if isIPv4 {
      let addresses = bytes.uint64(at: network &+ IPv4Header.Field.source)
      source = UInt128(addresses >> 32)
      destination = UInt128(addresses & 0xffff_ffff)
    } else {
      source = bytes.uint128(at: network &+ IPv6Header.Field.source)
      destination = bytes.uint128(at: network &+ IPv6Header.Field.destination)
    }
    let ports = bytes.uint32(at: transport &+ TCPHeader.Field.sourcePort)
    sourcePort = UInt16(truncatingIfNeeded: ports >> 16)
    destinationPort = UInt16(truncatingIfNeeded: ports)
    sequenceNumber = bytes.uint32(at: transport &+ TCPHeader.Field.sequenceNumber)
    acknowledgmentNumber = bytes.uint32(at: transport &+ TCPHeader.Field.acknowledgmentNumber)
    flags = TCPFlags(rawValue: bytes.uint16(at: transport &+ TCPHeader.Field.dataOffsetAndFlags) & 0x0fff)
  }
}
