/// Where addresses stand in the messages of ICMP, ICMPv6 and IGMP.

extension ICMPHeader {
  /// How long the part of a message that is known here is, in octets: an error's quotation and an echo's data are
  /// layers of their own.
  var knownLength: Int {
    switch type {
    case MessageType.routerAdvertisement: Field.rest &+ Int(bytes.uint8(at: Field.addressCount)) &* 8
    case MessageType.timestampRequest, MessageType.timestampReply: Field.rest &+ 12
    case MessageType.maskRequest, MessageType.maskReply: Field.rest &+ 4
    default: Field.length
    }
  }

  func forEachAddress(_ body: (AddressPlace) -> Void) {
    if isError || type == MessageType.echoRequest || type == MessageType.echoReply {
      if type == MessageType.redirect { body(.ipv4(at: Field.gateway)) }
      return
    }
    let known = Swift.min(knownLength, bytes.byteCount)
    if type == MessageType.routerAdvertisement {
      var offset = Field.rest
      while offset &+ 8 <= known {
        body(.ipv4(at: offset))
        offset &+= 8
      }
      body(.unknown(from: offset, to: known))
    }
    if known < bytes.byteCount { body(AddressPlace(.undecoded, at: known, length: bytes.byteCount &- known)) }
  }

  /// Where extensions begin, and the first of them that is not known; nil where there are none.
  var extensionPlaces: (start: Int, unknown: Int?)? {
    guard isError, type != MessageType.sourceQuench, type != MessageType.redirect else { return nil }
    return ICMPExtensions.places(bytes, quotedLength: quotedLength)
  }
}

extension ICMPv6Header {
  /// Whether all of the message is known here, beside what is a layer of its own.
  var isKnown: Bool {
    isError || isEcho || (MessageType.listenerQuery...MessageType.redirect).contains(type)
      || type == MessageType.listenerReport2
  }

  func forEachAddress(_ body: (AddressPlace) -> Void) {
    guard !isError, !isEcho else { return }
    switch type {
    case MessageType.routerSolicitation...MessageType.redirect: NeighborDiscovery(bytes).forEachAddress(body)
    case MessageType.listenerQuery...MessageType.listenerDone, MessageType.listenerReport2:
      MulticastListener(bytes).forEachAddress(body)
    default:
      let length = bytes.byteCount &- Field.length
      if length > 0 { body(AddressPlace(.undecoded, at: Field.length, length: length)) }
    }
  }

  /// Where extensions begin, and the first of them that is not known; nil where there are none.
  var extensionPlaces: (start: Int, unknown: Int?)? {
    guard type == MessageType.unreachable || type == MessageType.timeExceeded else { return nil }
    return ICMPExtensions.places(bytes, quotedLength: Int(bytes.uint8(at: Field.quotedLength)) &* 8)
  }
}

extension ICMPExtensions {
  /// Where a message's extensions begin, and the first object that is no stack of labels: it may name an interface and
  /// its address (RFC 5837).
  static func places(_ message: RawSpan, quotedLength: Int) -> (start: Int, unknown: Int?)? {
    guard let extensions = ICMPExtensions(message, quotedLength: quotedLength) else { return nil }
    let start = message.byteCount &- extensions.bytes.byteCount
    var offset = Field.length
    var known = offset
    while let object = extensions.object(at: &offset), object.objectClass == Self.labelStack { known = offset }
    return (start, known < extensions.bytes.byteCount ? start &+ known : nil)
  }
}

extension NeighborDiscovery {
  func forEachAddress(_ body: (AddressPlace) -> Void) {
    let type = bytes.uint8(at: ICMPv6Header.Field.type)
    switch type {
    case ICMPv6Header.MessageType.redirect:
      body(.ipv6(at: Field.target))
      body(.ipv6(at: Field.destination))
    case ICMPv6Header.MessageType.neighborSolicitation, ICMPv6Header.MessageType.neighborAdvertisement:
      body(.ipv6(at: Field.target))
    default: break
    }
    let start = ICMPv6Header.fixedLength(ofType: type)
    NeighborOptions(bytes.slice(from: start)).forEachAddress { body($0.moved(by: start)) }
  }
}

extension NeighborOptions {
  func forEachAddress(_ body: (AddressPlace) -> Void) {
    var offset = 0
    while let length = length(at: offset) {
      let start = offset
      offset &+= length
      switch (bytes.uint8(at: start), length) {
      case (Kind.sourceLinkAddress, 8), (Kind.targetLinkAddress, 8): body(.hardware(at: start &+ 2))
      case (Kind.prefixInformation, 32):
        body(AddressPlace(.ipv6, at: start &+ 16, length: 16, prefix: Int(bytes.uint8(at: start &+ 2))))
      case (Kind.routeInformation, 8...24):
        let prefix = Int(bytes.uint8(at: start &+ 2))
        if length > 8 { body(AddressPlace(.ipv6, at: start &+ 8, length: length &- 8, prefix: prefix)) }
      case (Kind.recursiveServers, 24...):
        var server = start &+ 8
        while server &+ AddressPlace.ipv6Length <= offset {
          body(.ipv6(at: server))
          server &+= AddressPlace.ipv6Length
        }
        body(.unknown(from: server, to: offset))
      case (Kind.mtu, 8), (Kind.nonce, _): break
      // Names of the site.
      case (Kind.searchList, 8...): body(.unknown(from: start &+ 8, to: offset))
      default: body(.unknown(from: start &+ 2, to: offset))
      }
    }
    if offset < bytes.byteCount { body(.unknown(from: offset, to: bytes.byteCount)) }
  }
}

extension MulticastListener {
  func forEachAddress(_ body: (AddressPlace) -> Void) {
    var offset = Field.records
    guard bytes.uint8(at: ICMPv6Header.Field.type) == ICMPv6Header.MessageType.listenerReport2 else {
      body(.ipv6(at: Field.group))
      offset = Field.queryFlags
      if bytes.byteCount >= Field.sources {
        offset = visit(Field.sources, Int(bytes.uint16(at: Field.sourceCount)), body)
      }
      if offset < bytes.byteCount { body(.unknown(from: offset, to: bytes.byteCount)) }
      return
    }
    var left = bytes.uint16(at: Field.recordCount)
    while left > 0, let length = recordLength(at: offset) {
      body(.ipv6(at: offset &+ Record.group))
      let end = visit(offset &+ Record.length, Int(bytes.uint16(at: offset &+ Record.sourceCount)), body)
      offset &+= length
      if end < offset { body(.unknown(from: end, to: offset)) }
      left &-= 1
    }
    if offset < bytes.byteCount { body(.unknown(from: offset, to: bytes.byteCount)) }
  }

  /// Hands out as many addresses as there are, and answers where they end.
  private func visit(_ start: Int, _ count: Int, _ body: (AddressPlace) -> Void) -> Int {
    var offset = start
    for _ in 0..<Swift.min(count, Swift.max(0, bytes.byteCount &- start) / AddressPlace.ipv6Length) {
      body(.ipv6(at: offset))
      offset &+= AddressPlace.ipv6Length
    }
    return offset
  }
}

/// The places in a message of the Internet Group Management Protocol, RFC 1112, RFC 2236 and RFC 3376. It is decoded no
/// further here.
///
///     query           type 1, time 1, checksum 2, group 4, version 3: flags 1, interval 1, sources 2, source 4 each
///     report, leave   type 1, unused 1, checksum 2, group 4
///     report of v3    type 1, unused 1, checksum 2, reserved 2, records 2,
///                     then each: type 1, auxiliary 1, sources 2, group 4, source 4 each, auxiliary words
struct GroupMembership: ~Escapable {
  enum Field {
    static let type = 0, checksum = 2, group = 4, recordCount = 6, records = 8, sourceCount = 10, sources = 12
    static let recordAuxiliary = 1, recordSources = 2, recordGroup = 4, recordLength = 8
    /// The type, the time and the checksum, which hold no address.
    static let shortest = 4
  }

  enum MessageType {
    static let query: UInt8 = 0x11, report1: UInt8 = 0x12, report2: UInt8 = 0x16, leave: UInt8 = 0x17
    static let report3: UInt8 = 0x22
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) {
    self.bytes = bytes
  }

  func forEachAddress(_ body: (AddressPlace) -> Void) {
    var end = Field.shortest
    if bytes.byteCount >= Field.records {
      switch bytes.uint8(at: Field.type) {
      case MessageType.query, MessageType.report1, MessageType.report2, MessageType.leave:
        body(.ipv4(at: Field.group))
        end = Field.records
        if bytes.uint8(at: Field.type) == MessageType.query, bytes.byteCount >= Field.sources {
          end = visit(Field.sources, Int(bytes.uint16(at: Field.sourceCount)), body)
        }
      case MessageType.report3: end = visitRecords(body)
      default: break
      }
    }
    if end < bytes.byteCount { body(AddressPlace(.undecoded, at: end, length: bytes.byteCount &- end)) }
  }

  private func visitRecords(_ body: (AddressPlace) -> Void) -> Int {
    var offset = Field.records
    var left = bytes.uint16(at: Field.recordCount)
    while left > 0, offset &+ Field.recordLength <= bytes.byteCount {
      body(.ipv4(at: offset &+ Field.recordGroup))
      // Nothing defines auxiliary data.
      guard bytes.uint8(at: offset &+ Field.recordAuxiliary) == 0 else { return offset &+ Field.recordLength }
      let count = Int(bytes.uint16(at: offset &+ Field.recordSources))
      offset = visit(offset &+ Field.recordLength, count, body)
      left &-= 1
    }
    return offset
  }

  private func visit(_ start: Int, _ count: Int, _ body: (AddressPlace) -> Void) -> Int {
    var offset = start
    for _ in 0..<Swift.min(count, Swift.max(0, bytes.byteCount &- start) / AddressPlace.ipv4Length) {
      body(.ipv4(at: offset))
      offset &+= AddressPlace.ipv4Length
    }
    return offset
  }
}
