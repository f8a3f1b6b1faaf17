/// Where addresses stand in what TCP's options and applications say.

extension TCPOptions {
  /// The octets of an option value's kind within Multipath TCP, before an address. RFC 8684 section 3.4.1.
  private static var announcedAddress: Int { 2 }
  /// The experiment that TCP Fast Open was, RFC 7413 section 4.1.1.
  private static var fastOpenExperiment: UInt16 { 0xf989 }

  /// Hands out the places in a TCP header, which may be cut.
  @inline(__always)
  static func forEachAddress(of header: RawSpan, _ body: (AddressPlace) -> Void) {
    let start = TCPHeader.Field.length
    guard header.byteCount > start else { return }
    let options = TCPOptions(header.slice(from: start))
    if options.bytes.byteCount == alignedTimestampsLength, options.bytes.uint32(at: 0) == alignedTimestamps { return }
    options.forEachAddress { body($0.moved(by: start)) }
  }

  private func forEachAddress(_ body: (AddressPlace) -> Void) {
    var walker = OptionWalker()
    var end = 0
    while let option = walker.next(bytes), !option.isMalformed {
      end = option.offset &+ option.length
      if option.kind <= OptionWalker.noOperation { continue }
      let start = option.offset &+ 2
      let value = option.value(in: bytes)
      switch (option.kind, value.byteCount) {
      case (Kind.maximumSegmentSize, 2), (Kind.windowScale, 1), (Kind.selectiveAcknowledgmentPermitted, 0),
        (Kind.selectiveAcknowledgment, 8...32), (Kind.timestamps, 8), (Kind.signature, 16), (Kind.userTimeout, 2),
        (Kind.authentication, 2...), (Kind.fastOpen, _):
        break
      case (Kind.experiment1, 2...), (Kind.experiment2, 2...):
        if value.uint16(at: 0) != Self.fastOpenExperiment { body(.unknown(from: start &+ 2, to: end)) }
      case (Kind.multipath, 1...):
        guard MultipathOption(value).subtype == 3 else { continue }
        // With or without a port and a proof.
        switch value.byteCount {
        case 6, 8, 14, 16: body(.ipv4(at: start &+ Self.announcedAddress))
        case 18, 20, 26, 28: body(.ipv6(at: start &+ Self.announcedAddress))
        default: body(.unknown(from: start &+ Self.announcedAddress, to: end))
        }
      default: body(.unknown(from: start, to: end))
      }
    }
    body(.unknown(from: end, to: bytes.byteCount))
  }
}

extension NTPHeader {
  /// A server's reference is the address of the one above it, but for those that have a clock. RFC 5905 section 7.3.
  func forEachAddress(_ body: (AddressPlace) -> Void) {
    if bytes.uint8(at: Field.stratum) > 1 { body(.ipv4(at: Field.referenceIdentifier)) }
  }
}

extension DNSMessage {
  /// The addresses of answers, of hints about services, and of a client that a resolver asks for. Names stay.
  func forEachAddress(_ body: (AddressPlace) -> Void) {
    let start = bytes.byteCount &- message.byteCount
    let base = flavor == .overTCP ? Field.prefix : Swift.max(0, start)
    var offset = Field.length
    for _ in 0..<Int(questionCount) {
      guard let question = DNSQuestion(message, at: offset) else { return }
      offset = question.end
    }
    let count = Int(answerCount) &+ Int(authorityCount) &+ Int(additionalCount)
    for _ in 0..<count {
      guard let record = DNSRecord(message, at: offset) else { return }
      offset = record.end
      visit(record) { body($0.moved(by: base)) }
      if record.isCut { return }
    }
  }

  private func visit(_ record: DNSRecord, _ body: (AddressPlace) -> Void) {
    let length = record.end &- record.data
    typealias RecordType = DNSNumbers.RecordType
    switch (record.type, length) {
    case (RecordType.a, AddressPlace.ipv4Length) where !record.isCut: body(.ipv4(at: record.data))
    case (RecordType.aaaa, AddressPlace.ipv6Length) where !record.isCut: body(.ipv6(at: record.data))
    case (RecordType.a, _), (RecordType.aaaa, _): body(.unknown(from: record.data, to: record.end))
    case (RecordType.https, _), (RecordType.svcb, _): visitHints(record, body)
    case (RecordType.opt, _): visitClient(record, body)
    default: break
    }
  }

  private func visitHints(_ record: DNSRecord, _ body: (AddressPlace) -> Void) {
    let message = message.slice(from: 0, length: record.end)
    var offset = DomainName.check(message, at: record.data &+ 2).end
    while offset &+ 4 <= message.byteCount {
      let key = message.uint16(at: offset)
      let end = Swift.min(offset &+ 4 &+ Int(message.uint16(at: offset &+ 2)), message.byteCount)
      offset &+= 4
      let size =
        key == DNSServiceBinding.Key.ipv4Hint
        ? AddressPlace.ipv4Length : key == DNSServiceBinding.Key.ipv6Hint ? AddressPlace.ipv6Length : 0
      while size > 0, offset &+ size <= end {
        body(AddressPlace(size == AddressPlace.ipv4Length ? .ipv4 : .ipv6, at: offset, length: size))
        offset &+= size
      }
      if size > 0, offset < end { body(.unknown(from: offset, to: end)) }
      offset = end
    }
  }

  /// The subnet of a client, RFC 7871 section 6: family, two prefix lengths, and as many octets as the first needs.
  private func visitClient(_ record: DNSRecord, _ body: (AddressPlace) -> Void) {
    var offset = record.data
    while offset &+ 4 <= record.end {
      let code = message.uint16(at: offset)
      let start = offset &+ 4
      let end = Swift.min(start &+ Int(message.uint16(at: offset &+ 2)), record.end)
      offset = end
      guard code == 8, end &- start >= 4 else { continue }
      let length = end &- start &- 4
      let prefix = Int(message.uint8(at: start &+ 2))
      switch message.uint16(at: start) {
      case 1 where length <= AddressPlace.ipv4Length:
        body(AddressPlace(.ipv4, at: start &+ 4, length: length, prefix: prefix))
      case 2 where length <= AddressPlace.ipv6Length:
        body(AddressPlace(.ipv6, at: start &+ 4, length: length, prefix: prefix))
      default: body(.unknown(from: start &+ 4, to: end))
      }
    }
  }
}

extension DHCPMessage {
  func forEachAddress(_ body: (AddressPlace) -> Void) {
    for field in [Field.clientAddress, Field.yourAddress, Field.serverAddress, Field.relayAddress] {
      body(.ipv4(at: field))
    }
    if hardwareType == 1, hardwareLength == 6 {
      body(.hardware(at: Field.hardwareAddress))
      body(.unknown(from: Field.hardwareAddress &+ AddressPlace.hardwareLength, to: Field.serverName))
    } else {
      body(.unknown(from: Field.hardwareAddress, to: Field.serverName))
    }
    // With an overload option these two fields hold options.
    if options.value(of: DHCPOptions.Code.overload).byteCount > 0 {
      body(.unknown(from: Field.serverName, to: Field.magicCookie))
    }
    options.forEachAddress { body($0.moved(by: Field.length)) }
  }
}

extension DHCPOptions {
  /// What the value of an option is.
  private enum Value {
    /// IPv4 addresses, one after another.
    case addresses
    /// Numbers, or text that is no more an address than a name in DNS is.
    case plain
    /// A kind of hardware and a hardware address.
    case client
    /// Routes without classes.
    case routes
    /// Nobody here knows.
    case unknown
  }

  /// What the options of RFC 2132 and some later ones hold.
  private static func value(_ code: UInt8) -> Value {
    switch code {
    case 3...11, 16, 28, 32, 33, 41, 42, 44, 45, 48, 49, 50, 54, 65, 68...76, 85, 118, 150: .addresses
    case 0...2, 12...15, 17...20, 22...27, 29...31, 34...40, 46, 47, 51...53, 55...60, 64, 66, 67, 80, 81, 93, 94, 108,
      116, 119:
      .plain
    case 61: .client
    case 121, 249: .routes
    default: .unknown
    }
  }

  func forEachAddress(_ body: (AddressPlace) -> Void) {
    var offset = 0
    while let option = option(at: &offset) {
      var start = option.value.lowerBound
      let end = option.value.upperBound
      switch Self.value(option.code) {
      case .plain: continue
      case .addresses:
        while start &+ AddressPlace.ipv4Length <= end {
          body(.ipv4(at: start))
          start &+= AddressPlace.ipv4Length
        }
      case .client:
        if end &- start == 1 &+ AddressPlace.hardwareLength, bytes.uint8(at: start) == 1 {
          body(.hardware(at: start &+ 1))
          start = end
        }
      case .routes: start = visitRoutes(start, end, body)
      case .unknown: break
      }
      if start < end { body(.unknown(from: start, to: end)) }
    }
    // Where the list ends by its word, that octet stays.
    if offset < bytes.byteCount, bytes.uint8(at: offset) == Code.end { offset &+= 1 }
    if offset < bytes.byteCount { body(.unknown(from: offset, to: bytes.byteCount)) }
  }

  /// Routes, RFC 3442: a prefix length, as many octets as it needs, and a router; answers where what is sound ends.
  private func visitRoutes(_ first: Int, _ end: Int, _ body: (AddressPlace) -> Void) -> Int {
    var start = first
    while start < end {
      let prefix = Int(bytes.uint8(at: start))
      let length = (prefix &+ 7) / 8
      let router = start &+ 1 &+ length
      guard length <= AddressPlace.ipv4Length, router &+ AddressPlace.ipv4Length <= end else { return start }
      if length > 0 { body(AddressPlace(.ipv4, at: start &+ 1, length: length, prefix: prefix)) }
      body(.ipv4(at: router))
      start = router &+ AddressPlace.ipv4Length
    }
    return start
  }
}
