/// The Internet checksum, RFC 1071: the one's complement sum of sixteen-bit words.
enum Checksum {
  /// Adds the words of a span to a sum, which is below 2^48.
  @inline(__always)
  static func add(_ bytes: RawSpan, to initial: UInt64 = 0) -> UInt64 {
    bytes.onesComplementSum(adding: initial)
  }

  /// Folds a sum to sixteen bits.
  @inline(__always)
  static func fold(_ sum: UInt64) -> UInt16 {
    // 64 bits to 34, to 20, to 17, to 16.
    var value = (sum & 0xffff_ffff) &+ (sum &>> 32)
    value = (value & 0xffff) &+ (value &>> 16)
    value = (value & 0xffff) &+ (value &>> 16)
    value = (value & 0xffff) &+ (value &>> 16)
    return UInt16(truncatingIfNeeded: value)
  }
}

extension Packet {
  /// Verifies the checksum of a layer that has one over what it carries: TCP, UDP, ICMP, ICMPv6.
  ///
  /// Where the octets hold just the folded sum of the pseudo-header, the sender left the rest to its card: such a
  /// packet is no bad one.
  public func checksumStatus(ofLayerAt index: Int) -> ChecksumStatus {
    checksumStatus(of: layer(at: index), at: index)
  }

  /// The same for a layer that is at hand.
  @inline(__always)
  func checksumStatus(of layer: Layer, at index: Int) -> ChecksumStatus {
    guard let field = Self.checksumOffset(of: layer.kind) else { return .unverified }
    return verify(layer, at: index, field)
  }

  private func verify(_ layer: Layer, at index: Int, _ field: Int) -> ChecksumStatus {
    let segment = bytes(of: layer)
    guard segment.byteCount >= field &+ 2, let network = networkLayer(before: index) else { return .unverified }
    let stored = segment.uint16(at: field)
    // Over IPv6 a checksum must be there, tunnels aside: RFC 8200 section 8.1, RFC 6935.
    if layer.kind == .udp, stored == 0 {
      return network.kind == .ipv4 || self.layer(at: index &+ 1).kind.isTunnel ? .notPresent : .missing
    }
    guard layer.capturedLength == layer.wireLength, !layer.isPartial, !isRouted(before: index) else {
      return .unverified
    }
    // A datagram that says it is longer than the packet, or shorter than its header, cannot be summed up.
    if layer.kind == .udp {
      let length = Int(segment.uint16(at: UDPHeader.Field.totalLength))
      let isJumbogram = length == 0 && network.kind == .ipv6
      if length > layer.wireLength || length < UDPHeader.Field.length && !isJumbogram { return .unverified }
    }
    if info.checksumOffload == .notReady { return .offloaded }
    if info.checksumOffload == .valid, layer.depth == 0 { return .good }
    var pseudo: UInt64 = 0
    if let number = Self.pseudoHeaderProtocol(of: layer.kind) {
      pseudo = pseudoHeaderSum(network, number, length: segment.byteCount)
    }
    let sum = Checksum.fold(Checksum.add(segment, to: pseudo))
    if sum == 0xffff { return .good }
    if pseudo != 0, stored == Checksum.fold(pseudo) { return .offloaded }
    // What the field should hold: the sum without it, complemented. RFC 1624.
    let rest = Checksum.fold(UInt64(sum) &+ UInt64(~stored))
    let computed = ~rest
    return .bad(computed: layer.kind == .udp && computed == 0 ? 0xffff : computed)
  }

  @inline(__always)
  private static func checksumOffset(of kind: LayerKind) -> Int? {
    switch kind {
    case .tcp: TCPHeader.Field.checksum
    case .udp: UDPHeader.Field.checksum
    case .icmp, .icmpv6: ICMPHeader.Field.checksum
    default: nil
    }
  }

  static func pseudoHeaderProtocol(of kind: LayerKind) -> IPProtocol? {
    switch kind {
    case .tcp: .tcp
    case .udp: .udp
    case .icmpv6: .icmpv6
    default: nil
    }
  }

  func pseudoHeaderSum(_ network: Layer, _ number: IPProtocol, length: Int) -> UInt64 {
    let header = bytes(of: network)
    // Source and destination stand side by side in both versions.
    let rest = UInt64(number.rawValue) &+ UInt64(truncatingIfNeeded: length)
    if network.kind == .ipv4 {
      let addresses = header.uint64(at: IPv4Header.Field.source)
      return rest &+ (addresses & 0xffff_ffff) &+ addresses >> 32
    }
    let addresses = header.slice(from: IPv6Header.Field.source, length: 2 &* IPv6Header.Field.addressLength)
    return Checksum.add(addresses, to: rest)
  }

  /// The IP layer that a layer is carried by.
  func networkLayer(before index: Int) -> Layer? {
    var candidate = index &- 1
    while candidate >= 0 {
      let layer = layer(at: candidate)
      if layer.kind == .ipv4 || layer.kind == .ipv6 { return layer }
      candidate &-= 1
    }
    return nil
  }

  /// Whether the packet is still on a way through other addresses than its last, which is the one that counts.
  private func isRouted(before index: Int) -> Bool {
    var candidate = index &- 1
    while candidate >= 0 {
      let layer = layer(at: candidate)
      if layer.kind == .ipv6 { return false }
      if layer.kind == .ipv4 { return IPv4Options.hasPendingRoute(bytes(of: layer)) }
      if layer.kind == .routing, bytes(of: layer).uint8(at: IPv6RoutingHeader.Field.segmentsLeft) > 0 { return true }
      // A home address stands for the source: RFC 6275 section 11.3.1.
      if layer.kind == .destinationOptions, IPv6Options(bytes(of: layer).slice(from: 2)).hasHomeAddress { return true }
      candidate &-= 1
    }
    return false
  }
}
