/// The options of an IPv4 header, RFC 791 section 3.1. Numbers: the IP option numbers at IANA.
struct IPv4Options: ~Escapable {
  enum Kind {
    static let recordRoute: UInt8 = 7
    static let timestamp: UInt8 = 68
    static let looseSourceRoute: UInt8 = 131
    static let streamIdentifier: UInt8 = 136
    static let strictSourceRoute: UInt8 = 137
    static let routerAlert: UInt8 = 148
  }

  /// Places in the value, which begins after kind and length.
  enum Value {
    static let pointer = 0
    static let addresses = 1
    static let overflowAndFlag = 1
    static let timestamps = 2
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) {
    self.bytes = bytes
  }

  /// Whether an option has a pointer into a list of addresses.
  static func isRoute(_ kind: UInt8) -> Bool {
    kind == Kind.recordRoute || kind == Kind.looseSourceRoute || kind == Kind.strictSourceRoute
  }

  /// How many addresses a route has whose pointer stands after them. The pointer counts from 1 at the kind octet.
  static func visited(_ value: RawSpan) -> Int {
    Swift.min(Swift.max((Int(value.uint8(at: Value.pointer)) &- 4) / 4, 0), (value.byteCount &- Value.addresses) / 4)
  }

  /// Whether a header has a source route that is not at its end: checksums count the route's last address then, not
  /// the header's destination.
  static func hasPendingRoute(_ header: RawSpan) -> Bool {
    guard header.byteCount > IPv4Header.Field.length else { return false }
    let end = Int(header.uint8(at: 0) & 0xf) &* 4
    let options = header.slice(from: IPv4Header.Field.length, length: end &- IPv4Header.Field.length)
    var walker = OptionWalker()
    while let option = walker.next(options) {
      guard option.kind == Kind.looseSourceRoute || option.kind == Kind.strictSourceRoute else { continue }
      guard !option.isMalformed, option.length > 2 else { return false }
      let value = option.value(in: options)
      return visited(value) < (value.byteCount &- Value.addresses) / 4
    }
    return false
  }

  func summarize(into text: inout TextBuffer) {
    var walker = OptionWalker()
    var isFirst = true
    while let option = walker.next(bytes) {
      if !option.isMalformed, option.kind <= OptionWalker.noOperation { continue }
      text.append(isFirst ? "<" : ",")
      isFirst = false
      if option.isMalformed {
        text.append("option ")
        text.append(decimal: option.kind)
        text.append(" has bad length ", style: .warning)
        text.append(decimal: option.statedLength)
      } else {
        Self.summarize(option.kind, option.value(in: bytes), into: &text)
      }
    }
    if !isFirst { text.append("> ") }
  }

  private static func summarize(_ kind: UInt8, _ value: RawSpan, into text: inout TextBuffer) {
    switch (kind, value.byteCount) {
    case (Kind.recordRoute, 1...), (Kind.looseSourceRoute, 1...), (Kind.strictSourceRoute, 1...):
      text.append(kind == Kind.recordRoute ? "rr" : kind == Kind.looseSourceRoute ? "lsrr" : "ssrr")
      // What is not yet recorded is not worth a word; what is still to be visited is.
      let count = kind == Kind.recordRoute ? visited(value) : (value.byteCount &- Value.addresses) / 4
      for index in 0..<count {
        text.append(" ")
        text.append(ipv4: value.uint32(at: Value.addresses &+ index &* 4))
      }
    case (Kind.timestamp, 2...):
      text.append("ts ptr ")
      text.append(decimal: value.uint8(at: Value.pointer))
      let overflow = value.uint8(at: Value.overflowAndFlag) >> 4
      if overflow > 0 {
        text.append(" overflow ")
        text.append(decimal: overflow)
      }
    case (Kind.routerAlert, 2):
      text.append("router alert")
      if value.uint16(at: 0) != 0 {
        text.append(" ")
        text.append(decimal: value.uint16(at: 0))
      }
    default:
      text.append("option ")
      text.append(decimal: kind)
    }
  }

  func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    visitor.beginList("opt")
    var walker = OptionWalker()
    while let option = walker.next(bytes) {
      // The phrase of the one-line view says what is wrong with such an option.
      if option.isMalformed { break }
      visitor.beginRecord()
      visitor.number("type", option.kind)
      if option.kind > OptionWalker.noOperation { visitor.number("len", option.statedLength) }
      Self.visitValue(option.kind, option.value(in: bytes), &visitor)
      visitor.endRecord()
    }
    visitor.endList()
    visitRoute(&visitor)
  }

  private static func visitValue<Visitor: FieldVisitor & ~Copyable>(
    _ kind: UInt8, _ value: RawSpan, _ visitor: inout Visitor
  ) {
    switch (kind, value.byteCount) {
    case (Kind.recordRoute, 1...), (Kind.looseSourceRoute, 1...), (Kind.strictSourceRoute, 1...):
      visitor.number("ptr", value.uint8(at: Value.pointer))
    case (Kind.timestamp, 2...):
      visitor.number("ptr", value.uint8(at: Value.pointer))
      let flag = value.uint8(at: Value.overflowAndFlag) & 15
      visitor.number("overflow", value.uint8(at: Value.overflowAndFlag) >> 4)
      visitor.hexadecimal("flag", flag, digits: 2)
      // Flag 0 is times alone; 1 and 3 put an address before each.
      let size = flag == 0 ? 4 : 8
      let count = (value.byteCount &- Value.timestamps) / size
      if size == 8 {
        visitor.beginValues("time_stamp_addr")
        for index in 0..<count { visitor.ipv4Address("", value.uint32(at: Value.timestamps &+ index &* 8)) }
        visitor.endList()
      }
      visitor.beginValues("time_stamp")
      for index in 0..<count { visitor.number("", value.uint32(at: Value.timestamps &+ (index &+ 1) &* size &- 4)) }
      visitor.endList()
    case (Kind.routerAlert, 2): visitor.number("ra", value.uint16(at: 0))
    case (Kind.streamIdentifier, 2): visitor.number("sid", value.uint16(at: 0))
    default: break
    }
  }

  /// Visits the addresses of the first route among the options, which Wireshark names without `opt`.
  private func visitRoute<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    var walker = OptionWalker()
    while let option = walker.next(bytes) {
      let value = option.value(in: bytes)
      guard Self.isRoute(option.kind), !option.isMalformed, value.byteCount > 1 else { continue }
      let count = (value.byteCount &- Value.addresses) / 4
      let visited = Self.visited(value)
      if visited > 0 { Self.visit("rec_rt", value, 0..<visited, &visitor) }
      if visited < count {
        Self.visit(option.kind == Kind.recordRoute ? "empty_rt" : "src_rt", value, visited..<count, &visitor)
      }
      return
    }
  }

  private static func visit<Visitor: FieldVisitor & ~Copyable>(
    _ name: StaticString, _ value: RawSpan, _ range: Range<Int>, _ visitor: inout Visitor
  ) {
    visitor.beginValues(name)
    for index in range { visitor.ipv4Address("", value.uint32(at: Value.addresses &+ index &* 4)) }
    visitor.endList()
  }
}
