/// Where a checksum stands in a frame, and what it is over; for one that changed octets are to go with.
public struct ChecksumPlace: Sendable {
  /// Where its two octets begin, from the start of the frame.
  public var offset: Int
  /// The octets that it is over, as far as they were captured.
  var covered: Range<Int>
  /// The addresses that it is over besides, where they stand: a pseudo-header's. Empty where there are none.
  var addresses: (first: Range<Int>, second: Range<Int>)
  /// Whether there is none: 0, where that is not the right one. From a changed 0 the change could be read.
  var isAbsent: Bool
  /// Whether 0 is written as 65535: UDP.
  var isNeverZero: Bool
  /// Whether it is only the sum of the pseudo-header yet, which a card is to complete.
  var isOffloaded: Bool

  /// What the checksum is to be after octets have changed; nil where it stays as it is.
  ///
  /// A right one stays right, and a wrong one wrong by as much, whether all it is over was captured or not: RFC 1624.
  /// `limit` is where changed octets end.
  public func updated(from old: RawSpan, to new: RawSpan, changedUpTo limit: Int) -> UInt16? {
    guard !isAbsent, offset &+ 2 <= Swift.min(old.byteCount, new.byteCount) else { return nil }
    let stored = old.uint16(at: offset)
    var before = Checksum.add(old.slice(addresses.first))
    var after = Checksum.add(new.slice(addresses.first))
    before = Checksum.add(old.slice(addresses.second), to: before)
    after = Checksum.add(new.slice(addresses.second), to: after)
    let length = Swift.min(covered.upperBound, limit) &- covered.lowerBound
    if length > 0, !isOffloaded {
      before = Checksum.add(old.slice(from: covered.lowerBound, length: length), to: before)
      after = Checksum.add(new.slice(from: covered.lowerBound, length: length), to: after)
    }
    let (removed, added) = (Checksum.fold(before), Checksum.fold(after))
    guard removed != added else { return nil }
    let start = isOffloaded ? stored : ~stored
    let sum = Checksum.fold(UInt64(start) &+ UInt64(~removed) &+ UInt64(added))
    if isOffloaded { return sum }
    return isNeverZero && sum == 0xffff ? 0xffff : ~sum
  }
}

extension Packet {
  /// Hands out the places of all checksums, innermost first: each before those that are over it.
  public func forEachChecksum(_ body: (ChecksumPlace) -> Void) {
    var index = layerCount &- 1
    while index >= 0 {
      let layer = layer(at: index)
      if let place = checksumPlace(of: layer, at: index) { body(place) }
      index &-= 1
    }
  }

  @inline(__always)
  private func checksumPlace(of layer: Layer, at index: Int) -> ChecksumPlace? {
    let start = layer.offset
    let field: Int
    var end = start &+ layer.capturedLength
    var isOverAddresses = true
    switch layer.kind {
    case .ipv4:
      field = IPv4Header.Field.checksum
      end = start &+ layer.headerLength
      isOverAddresses = false
    case .icmp:
      field = ICMPHeader.Field.checksum
      isOverAddresses = false
    case .gre:
      guard bytes.uint16(at: start) & GREHeader.Flag.checksum != 0 else { return nil }
      field = GREHeader.Field.checksum
      isOverAddresses = false
    case .icmpv6: field = ICMPv6Header.Field.checksum
    case .tcp, .tcpQuoted: field = TCPHeader.Field.checksum
    case .udp: field = UDPHeader.Field.checksum
    case .data where carried(at: index) == .membership:
      field = GroupMembership.Field.checksum
      isOverAddresses = false
    default: return nil
    }
    guard start &+ field &+ 2 <= end else { return nil }
    var addresses = (first: 0..<0, second: 0..<0)
    if isOverAddresses {
      guard let found = pseudoAddresses(before: index) else { return nil }
      addresses = found
    }
    return ChecksumPlace(
      offset: start &+ field, covered: start..<end, addresses: addresses,
      isAbsent: isAbsent(layer, at: index, start &+ field, end: end), isNeverZero: layer.kind == .udp,
      isOffloaded: isOverAddresses && isOffloaded(layer, at: index, field))
  }

  /// Whether the field is 0 and the sum of all that is there does not ask for it.
  @inline(__always)
  private func isAbsent(_ layer: Layer, at index: Int, _ field: Int, end: Int) -> Bool {
    guard bytes.uint16(at: field) == 0 else { return false }
    let isWhole = layer.kind == .ipv4 || layer.capturedLength == layer.wireLength && !layer.isPartial
    guard layer.kind != .udp, isWhole else { return true }
    var pseudo: UInt64 = 0
    if let number = Self.pseudoHeaderProtocol(of: layer.kind), let network = networkLayer(before: index) {
      pseudo = pseudoHeaderSum(network, number, length: layer.wireLength)
    }
    let covered = bytes.slice(from: layer.offset, length: end &- layer.offset)
    return Checksum.fold(Checksum.add(covered, to: pseudo)) != 0xffff
  }

  /// Where the addresses stand that a pseudo-header has: source and final destination. Mostly they are side by side.
  private func pseudoAddresses(before index: Int) -> (first: Range<Int>, second: Range<Int>)? {
    var source: Int?
    var destination: Int?
    var candidate = index &- 1
    while candidate >= 0 {
      let layer = layer(at: candidate)
      let octets = bytes(of: layer)
      switch layer.kind {
      case .ipv4:
        let start = layer.offset &+ IPv4Header.Field.source
        guard let last = IPv4Options.pendingDestination(of: octets) else { return (start..<(start &+ 8), 0..<0) }
        let final = layer.offset &+ last
        return (start..<(start &+ 4), final..<(final &+ 4))
      case .ipv6:
        let start = layer.offset &+ IPv6Header.Field.source
        let length = IPv6Header.Field.addressLength
        if source == nil, destination == nil { return (start..<(start &+ 2 &* length), 0..<0) }
        let (first, second) = (source ?? start, destination ?? start &+ length)
        return (first..<(first &+ length), second..<(second &+ length))
      // Only what stands before the transport's own packet counts.
      case .routing: destination = destination ?? finalDestination(octets).map { layer.offset &+ $0 }
      case .destinationOptions:
        let options = octets.slice(
          from: IPv6OptionsHeader.Field.options, length: layer.headerLength &- IPv6OptionsHeader.Field.options)
        source =
          source ?? IPv6Options(options).homeAddress.map { layer.offset &+ IPv6OptionsHeader.Field.options &+ $0 }
      default: break
      }
      candidate &-= 1
    }
    return nil
  }

  private func finalDestination(_ octets: RawSpan) -> Int? {
    do throws(DecodeError) {
      return try IPv6RoutingHeader(octets).finalDestination
    } catch {
      return nil
    }
  }

  /// Whether the field holds just the sum of the pseudo-header, and is no right checksum by chance.
  private func isOffloaded(_ layer: Layer, at index: Int, _ field: Int) -> Bool {
    guard !layer.isPartial, info.checksumOffload != .valid, let network = networkLayer(before: index),
      let number = Self.pseudoHeaderProtocol(of: layer.kind)
    else { return false }
    let segment = bytes(of: layer)
    let pseudo = pseudoHeaderSum(network, number, length: layer.wireLength)
    guard segment.uint16(at: field) == Checksum.fold(pseudo) else { return false }
    let isWhole = layer.capturedLength == layer.wireLength
    return !isWhole || Checksum.fold(Checksum.add(segment, to: pseudo)) != 0xffff
  }
}

extension RawSpan {
  /// The octets of a range, as far as they are there.
  @inline(__always)
  @_lifetime(copy self)
  fileprivate func slice(_ range: Range<Int>) -> RawSpan {
    slice(from: range.lowerBound, length: range.count)
  }
}
