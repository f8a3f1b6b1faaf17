// Extension headers of IPv6, RFC 8200 section 4, and the authentication header, RFC 4302.
//
//     0           1           2           4              8
//     +-----------+-----------+-----------+--------------+----------- - -
//     |next header|  length   | options, or what the kind of header has
//     +-----------+-----------+-----------+--------------+----------- - -
//
// The length counts units of eight octets and leaves out the first; that of the authentication header counts units of
// four and leaves out two; the fragment header has none.

/// Hop-by-hop options or destination options, which have the same form.
public struct IPv6OptionsHeader: Header, ~Escapable {
  enum Field {
    static let nextHeader = 0
    static let extensionLength = 1
    static let options = 2
    static let length = 8
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try self.init(bytes, .destinationOptions)
  }

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, _ kind: LayerKind) throws(DecodeError) {
    try bytes.require(Field.length, kind)
    self.bytes = bytes
    try bytes.require(length, kind)
  }

  /// What follows.
  public var nextHeader: IPProtocol { IPProtocol(rawValue: bytes.uint8(at: Field.nextHeader)) }
  /// The length as on the wire: in units of eight octets, without the first.
  public var extensionLength: UInt8 { bytes.uint8(at: Field.extensionLength) }
  /// The length of the header in octets.
  public var length: Int { (Int(extensionLength) &+ 1) &* 8 }
  /// The options' octets.
  public var options: RawSpan {
    @_lifetime(copy self) get { bytes.slice(from: Field.options, length: length &- Field.options) }
  }

  public var step: Step { Step(afterIPv6: nextHeader, headerLength: length) }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    IPv6Options(options).summarize(into: &text)
    nextHeader.summarizeUndecoded(context, headerLength: length, into: &text)
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("nxt", UInt64(nextHeader.rawValue), nextHeader.name)
    visitor.number("len", extensionLength)
    visitor.number("len_oct", length)
  }
}

/// A routing header, RFC 8200 section 4.4; its segments: RFC 8754 (SRH), RFC 6275 (home address), RFC 5095 (type 0).
public struct IPv6RoutingHeader: Header, ~Escapable {
  enum Field {
    static let nextHeader = 0
    static let extensionLength = 1
    static let type = 2
    static let segmentsLeft = 3
    static let lastEntry = 4
    static let flags = 5
    static let tag = 6
    static let addresses = 8
    static let length = 8
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .routing)
    self.bytes = bytes
    try bytes.require(length, .routing)
  }

  /// What follows.
  public var nextHeader: IPProtocol { IPProtocol(rawValue: bytes.uint8(at: Field.nextHeader)) }
  /// The length as on the wire: in units of eight octets, without the first.
  public var extensionLength: UInt8 { bytes.uint8(at: Field.extensionLength) }
  /// The length of the header in octets.
  public var length: Int { (Int(extensionLength) &+ 1) &* 8 }
  /// Which kind of routing.
  public var type: UInt8 { bytes.uint8(at: Field.type) }
  /// How many places are still to be visited.
  public var segmentsLeft: UInt8 { bytes.uint8(at: Field.segmentsLeft) }
  /// How many whole addresses there is room for.
  var addressCount: Int { (length &- Field.addresses) / IPv6Header.Field.addressLength }

  /// An address by its place, from 0; one that is not there is not asked for.
  func address(at index: Int) -> UInt128 {
    bytes.uint128(at: Field.addresses &+ index &* IPv6Header.Field.addressLength)
  }

  public var step: Step { Step(afterIPv6: nextHeader, headerLength: length) }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("route type ")
    text.append(decimal: type)
    text.append(" left ")
    text.append(decimal: segmentsLeft)
    if type == 0 || type == 2 || type == 4 {
      text.append(" <")
      for index in 0..<addressCount {
        if index > 0 { text.append(",") }
        text.append(ipv6: address(at: index))
      }
      text.append(">")
    }
    nextHeader.summarizeUndecoded(context, headerLength: length, into: &text)
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("nxt", UInt64(nextHeader.rawValue), nextHeader.name)
    visitor.number("len", extensionLength)
    visitor.number("len_oct", length)
    visitor.number("type", UInt64(type), Self.name(ofType: type))
    visitor.number("segleft", segmentsLeft)
    switch type {
    case 0:
      visitor.beginGroup("src")
      visitAddresses("addr", &visitor)
      visitor.endGroup()
    case 2 where addressCount > 0:
      visitor.beginGroup("mipv6")
      visitor.ipv6Address("home_address", address(at: 0))
      visitor.endGroup()
    case 4:
      visitor.beginGroup("srh")
      visitor.number("last_entry", bytes.uint8(at: Field.lastEntry))
      visitor.hexadecimal("flags", bytes.uint8(at: Field.flags), digits: 2)
      visitor.octets("tag", bytes.slice(from: Field.tag, length: 2))
      visitAddresses("addr", &visitor)
      visitor.endGroup()
    default: break
    }
  }

  private func visitAddresses<Visitor: FieldVisitor & ~Copyable>(_ name: StaticString, _ visitor: inout Visitor) {
    visitor.beginValues(name)
    for index in 0..<addressCount { visitor.ipv6Address("", address(at: index)) }
    visitor.endList()
  }

  static func name(ofType type: UInt8) -> StaticString? {
    switch type {
    case 0: "source route"
    case 2: "home address"
    case 3: "RPL source route"
    case 4: "segment routing"
    default: nil
    }
  }
}

/// A fragment header, RFC 8200 section 4.5.
public struct IPv6FragmentHeader: Header, ~Escapable {
  enum Field {
    static let nextHeader = 0
    static let reserved = 1
    static let offsetAndMore = 2
    static let identification = 4
    static let length = 8
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .fragment)
    self.bytes = bytes
  }

  /// What the whole begins with.
  public var nextHeader: IPProtocol { IPProtocol(rawValue: bytes.uint8(at: Field.nextHeader)) }
  /// Where the fragment stands in the whole, in octets.
  public var fragmentOffset: Int { Int(bytes.uint16(at: Field.offsetAndMore) & 0xfff8) }
  /// Whether fragments follow.
  public var moreFragments: Bool { bytes.uint16(at: Field.offsetAndMore) & 1 != 0 }
  /// The number that the fragments of a packet share.
  public var identification: UInt32 { bytes.uint32(at: Field.identification) }

  public var step: Step {
    guard fragmentOffset == 0 else { return Step(.data, headerLength: Field.length) }
    var step = Step(afterIPv6: nextHeader, headerLength: Field.length)
    step.isPartial = moreFragments
    return step
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("fragment id 0x")
    text.append(hexadecimal: UInt64(identification), digits: 8)
    text.append(" offset ")
    text.append(decimal: fragmentOffset)
    if moreFragments { text.append("+") }
    nextHeader.summarizeUndecoded(context, headerLength: Field.length, into: &text)
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("nxt", UInt64(nextHeader.rawValue), nextHeader.name)
    visitor.hexadecimal("reserved_octet", bytes.uint8(at: Field.reserved), digits: 2)
    // Wireshark shows the number as it stands in the field: in units of eight octets.
    visitor.number("offset", fragmentOffset / 8)
    visitor.number("reserved_bits", bytes.uint16(at: Field.offsetAndMore) >> 1 & 3)
    visitor.boolean("more", moreFragments)
    visitor.hexadecimal("ident", identification, digits: 8)
  }
}

/// An authentication header, RFC 4302, in either version of IP.
public struct AuthenticationHeader: Header, ~Escapable {
  enum Field {
    static let nextHeader = 0
    static let payloadLength = 1
    static let reserved = 2
    static let securityParameters = 4
    static let sequence = 8
    static let integrityCheck = 12
    static let length = 12
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .authentication)
    self.bytes = bytes
    guard length >= Field.length else {
      throw DecodeError(.authentication, offset: Field.payloadLength, .invalidLength(value: length))
    }
    try bytes.require(length, .authentication)
  }

  /// What follows.
  public var nextHeader: IPProtocol { IPProtocol(rawValue: bytes.uint8(at: Field.nextHeader)) }
  /// The length of the header in octets.
  public var length: Int { (Int(bytes.uint8(at: Field.payloadLength)) &+ 2) &* 4 }
  /// Which security association it belongs to.
  public var securityParameters: UInt32 { bytes.uint32(at: Field.securityParameters) }
  /// The number of the packet.
  public var sequence: UInt32 { bytes.uint32(at: Field.sequence) }

  public var step: Step { Step(afterIPv6: nextHeader, headerLength: length) }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("AH", style: .protocolName)
    text.append(" spi 0x")
    text.append(hexadecimal: UInt64(securityParameters), digits: 8)
    text.append(" seq ")
    text.append(decimal: sequence)
    nextHeader.summarizeUndecoded(context, headerLength: length, into: &text)
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("next_header", UInt64(nextHeader.rawValue), nextHeader.name)
    visitor.number("length", bytes.uint8(at: Field.payloadLength))
    visitor.octets("reserved", bytes.slice(from: Field.reserved, length: 2))
    visitor.hexadecimal("spi", securityParameters, digits: 8)
    visitor.number("sequence", sequence)
    if length > Field.length {
      visitor.octets("icv", bytes.slice(from: Field.integrityCheck, length: length &- Field.integrityCheck))
    }
  }
}

extension Step {
  /// What an extension header says of what follows it.
  init(afterIPv6 nextHeader: IPProtocol, headerLength: Int) {
    let next = LayerKind(afterIPv6: nextHeader)
    self.init(next, headerLength: headerLength, nesting: next == .ipv4 || next == .ipv6 ? .inner : .same)
  }
}

extension IPProtocol {
  /// Writes what an extension header carries where nothing here decodes it.
  func summarizeUndecoded(_ context: LayerContext, headerLength: Int, into text: inout TextBuffer) {
    guard context.next == .data || context.next == .none, self != .noNextHeader else { return }
    // A packet within speaks for itself.
    if self == .ipv4 || self == .ipv6 { return }
    // There is one already where the header's own phrase is empty.
    text.removeTrailingSpace()
    text.append(" ")
    summarize(length: context.wireLength &- headerLength, into: &text)
  }
}
