/// Where addresses stand in the headers of IP and its options.

extension IPv4Header {
  @inline(__always)
  func forEachAddress(_ body: (AddressPlace) -> Void) {
    body(.ipv4(at: Field.source))
    body(.ipv4(at: Field.destination))
    if headerLength > Field.length { IPv4Options(options).forEachAddress { body($0.moved(by: Field.length)) } }
  }
}

extension IPv4Options {
  func forEachAddress(_ body: (AddressPlace) -> Void) {
    var walker = OptionWalker()
    var end = 0
    while let option = walker.next(bytes), !option.isMalformed {
      end = option.offset &+ option.length
      if option.kind <= OptionWalker.noOperation { continue }
      let start = option.offset &+ 2
      let value = option.value(in: bytes)
      switch (option.kind, value.byteCount) {
      case (Kind.recordRoute, 1...), (Kind.looseSourceRoute, 1...), (Kind.strictSourceRoute, 1...):
        var address = start &+ Value.addresses
        while address &+ AddressPlace.ipv4Length <= end {
          body(.ipv4(at: address))
          address &+= AddressPlace.ipv4Length
        }
        body(.unknown(from: address, to: end))
      case (Kind.timestamp, 2...):
        // Flag 0 is times alone; 1 and 3 put an address before each.
        guard value.uint8(at: Value.overflowAndFlag) & 15 != 0 else { continue }
        var address = start &+ Value.timestamps
        while address &+ 2 &* AddressPlace.ipv4Length <= end {
          body(.ipv4(at: address))
          address &+= 2 &* AddressPlace.ipv4Length
        }
        body(.unknown(from: address, to: end))
      case (Kind.routerAlert, 2), (Kind.streamIdentifier, 2): break
      default: body(.unknown(from: start, to: end))
      }
    }
    // What follows the end of the list, or cannot be walked over.
    body(.unknown(from: end, to: bytes.byteCount))
  }

  /// Where the last address of a source route that is not at its end stands in a header; nil where there is none.
  static func pendingDestination(of header: RawSpan) -> Int? {
    guard hasPendingRoute(header) else { return nil }
    let end = Int(header.uint8(at: 0) & 0xf) &* 4
    let options = header.slice(from: IPv4Header.Field.length, length: end &- IPv4Header.Field.length)
    var walker = OptionWalker()
    while let option = walker.next(options), !option.isMalformed {
      guard option.kind == Kind.looseSourceRoute || option.kind == Kind.strictSourceRoute else { continue }
      let count = (option.length &- 2 &- Value.addresses) / AddressPlace.ipv4Length
      guard count > 0 else { return nil }
      return IPv4Header.Field.length &+ option.offset &+ 2 &+ Value.addresses
        &+ (count &- 1) &* AddressPlace.ipv4Length
    }
    return nil
  }
}

extension IPv6Header {
  @inline(__always)
  func forEachAddress(_ body: (AddressPlace) -> Void) {
    body(.ipv6(at: Field.source))
    body(.ipv6(at: Field.destination))
  }
}

extension IPv6OptionsHeader {
  func forEachAddress(_ body: (AddressPlace) -> Void) {
    IPv6Options(options).forEachAddress { body($0.moved(by: Field.options)) }
  }
}

extension IPv6Options {
  func forEachAddress(_ body: (AddressPlace) -> Void) {
    var offset = 0
    while let (kind, length) = element(at: offset) {
      let value = offset &+ 2
      offset &+= length
      switch (kind, length &- 2) {
      case (Kind.padding, _), (Kind.routerAlert, 2), (Kind.jumbo, 4), (Kind.tunnelLimit, 1): break
      case (Kind.homeAddress, AddressPlace.ipv6Length): body(.ipv6(at: value))
      default: body(.unknown(from: value, to: offset))
      }
    }
    if offset < bytes.byteCount { body(.unknown(from: offset, to: bytes.byteCount)) }
  }

  /// Where the home address stands that counts in place of the source; nil where there is none.
  var homeAddress: Int? {
    var offset = 0
    while let (kind, length) = element(at: offset) {
      if kind == Kind.homeAddress, length &- 2 == AddressPlace.ipv6Length { return offset &+ 2 }
      offset &+= length
    }
    return nil
  }
}

extension IPv6RoutingHeader {
  /// How many addresses stand in the header; behind them it may hold other things.
  private var knownCount: Int {
    switch type {
    case 0: addressCount
    case 2: Swift.min(addressCount, 1)
    case 4: Swift.min(addressCount, Int(bytes.uint8(at: Field.lastEntry)) &+ 1)
    default: 0
    }
  }

  func forEachAddress(_ body: (AddressPlace) -> Void) {
    var offset = Field.addresses
    for _ in 0..<knownCount {
      body(.ipv6(at: offset))
      offset &+= AddressPlace.ipv6Length
    }
    body(.unknown(from: offset, to: length))
  }

  /// Where the address stands that the packet comes to in the end; nil where it is there, or nobody knows.
  var finalDestination: Int? {
    guard segmentsLeft > 0, knownCount > 0 else { return nil }
    // A segment list is written from its end.
    let place = type == 0 ? knownCount &- 1 : 0
    return Field.addresses &+ place &* AddressPlace.ipv6Length
  }
}
