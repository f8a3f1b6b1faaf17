// The two modes of NTP that carry no time: control messages, RFC 9327, and the private mode of ntpd and ntpdc.
//
//     mode 6, control                           mode 7, private
//     0       1       2               4         0       1       2       3       4               8
//     +-------+-------+---------------+ - -     +-------+-------+-------+-------+---------------+ - -
//     |L|V|6  |REM op |   sequence    |         |RM|V|7 |A seq  | impl. |request| err, items    | size
//     +-------+-------+---------------+ - -     +-------+-------+-------+-------+---------------+ - -

/// An NTP message that asks about a server or changes it: mode 6 or 7.
public struct NTPControlMessage: Header, ~Escapable {
  enum Field {
    static let leapVersionMode = 0
    // Mode 6.
    static let operation = 1
    static let sequence = 2
    static let status = 4
    static let association = 6
    static let offset = 8
    static let count = 10
    static let controlLength = 12
    // Mode 7.
    static let authenticationAndSequence = 1
    static let implementation = 2
    static let requestCode = 3
    static let errorAndItemCount = 4
    static let itemSize = 6
    static let privateLength = 8
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.privateLength, .ntpControl)
    self.bytes = bytes
    if !isPrivate { try bytes.require(Field.controlLength, .ntpControl) }
  }

  /// Whether octets are such a message: long enough, a version that there was, an operation or an implementation that
  /// there is.
  static func isPlausible(_ payload: RawSpan) -> Bool {
    guard payload.byteCount >= Field.privateLength else { return false }
    let first = payload.uint8(at: Field.leapVersionMode)
    guard (1...4).contains(first >> 3 & 7) else { return false }
    switch first & 7 {
    case 6:
      return payload.byteCount >= Field.controlLength
        && operationName(payload.uint8(at: Field.operation) & 0x1f) != nil
    // The universal implementation, the old xntpd and xntpd with all its successors.
    case 7: return [0, 2, 3].contains(payload.uint8(at: Field.implementation))
    default: return false
    }
  }

  /// The protocol's version.
  public var version: UInt8 { bytes.uint8(at: Field.leapVersionMode) >> 3 & 7 }
  /// 6 control, 7 private.
  public var mode: UInt8 { bytes.uint8(at: Field.leapVersionMode) & 7 }
  /// Whether it is of the private mode.
  public var isPrivate: Bool { mode == 7 }
  /// Whether it answers.
  public var isResponse: Bool {
    bytes.uint8(at: isPrivate ? Field.leapVersionMode : Field.operation) & 0x80 != 0
  }
  /// What a control message asks for.
  var operation: UInt8 { bytes.uint8(at: Field.operation) & 0x1f }
  /// What a private message asks for; 20 and 42 ask for the list of clients.
  var requestCode: UInt8 { bytes.uint8(at: Field.requestCode) }

  public var step: Step { Step(.none, headerLength: bytes.byteCount) }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("NTP", style: .protocolName)
    text.append(" v")
    text.append(decimal: version)
    text.append(isPrivate ? " private" : " control")
    text.append(isResponse ? " response" : " request")
    text.append(" ")
    guard isPrivate else {
      text.begin(.highlight)
      text.append(Self.operationName(operation) ?? "operation")
      text.end()
      if bytes.uint8(at: Field.operation) & 0x40 != 0 { text.append(" error", style: .warning) }
      return
    }
    text.append("code ")
    text.append(decimal: requestCode)
    if let name = Self.requestName(requestCode) {
      text.append(" ")
      text.append(name, style: .highlight)
    }
    let errorAndItems = bytes.uint16(at: Field.errorAndItemCount)
    if isResponse {
      text.append(" items ")
      text.append(decimal: errorAndItems & 0x0fff)
    }
    if errorAndItems >> 12 != 0 {
      text.append(" error ", style: .warning)
      text.append(decimal: errorAndItems >> 12)
    }
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    let first = bytes.uint8(at: Field.leapVersionMode)
    visitor.hexadecimal("flags", first, digits: 2)
    // The private mode has other bits where the leap indicator is.
    if !isPrivate { visitor.number("flags.li", first >> 6) }
    visitor.number("flags.vn", version)
    visitor.number("flags.mode", UInt64(mode), isPrivate ? "private" : "control")
    if isPrivate { visitPrivate(&visitor) } else { visitControl(&visitor) }
  }

  private func visitControl<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    let flags = bytes.uint8(at: Field.operation)
    visitor.beginGroup("ctrl")
    visitor.hexadecimal("flags2", flags, digits: 2)
    visitor.number("flags2.r", UInt64(flags >> 7), isResponse ? "response" : "request")
    visitor.number("flags2.error", flags >> 6 & 1)
    visitor.number("flags2.more", flags >> 5 & 1)
    visitor.number("flags2.opcode", UInt64(operation), Self.operationName(operation))
    visitor.number("sequence", bytes.uint16(at: Field.sequence))
    visitor.hexadecimal("status", bytes.uint16(at: Field.status), digits: 4)
    visitor.number("associd", bytes.uint16(at: Field.association))
    visitor.number("offset", bytes.uint16(at: Field.offset))
    visitor.number("count", bytes.uint16(at: Field.count))
    visitor.endGroup()
  }

  private func visitPrivate<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    let first = bytes.uint8(at: Field.leapVersionMode)
    let sequence = bytes.uint8(at: Field.authenticationAndSequence)
    let errorAndItems = bytes.uint16(at: Field.errorAndItemCount)
    visitor.beginGroup("priv")
    visitor.number("flags.r", UInt64(first >> 7), isResponse ? "response" : "request")
    visitor.number("flags.more", first >> 6 & 1)
    visitor.number("auth", sequence >> 7)
    visitor.number("seq", sequence & 0x7f)
    visitor.number("impl", bytes.uint8(at: Field.implementation))
    visitor.number("reqcode", UInt64(requestCode), Self.requestName(requestCode))
    visitor.hexadecimal("err", errorAndItems >> 12, digits: 2)
    visitor.number("numitems", errorAndItems & 0x0fff)
    visitor.number("itemsize", bytes.uint16(at: Field.itemSize) & 0x0fff)
    visitor.endGroup()
  }

  /// An operation of a control message, RFC 9327 section 2.
  private static func operationName(_ operation: UInt8) -> StaticString? {
    switch operation {
    case 0: "unspecified"
    case 1: "read status"
    case 2: "read variables"
    case 3: "write variables"
    case 4: "read clock variables"
    case 5: "write clock variables"
    case 6: "set trap"
    case 7: "asynchronous message"
    case 8: "configure"
    case 9: "save configuration"
    case 10: "read most recently used"
    case 11: "read ordered list"
    case 12: "request nonce"
    case 31: "unset trap"
    default: nil
    }
  }

  /// The requests that answer with much to little, as ntpd's ntp_request.h numbers them.
  private static func requestName(_ code: UInt8) -> StaticString? {
    switch code {
    case 0: "peer list"
    case 1: "peer list summary"
    case 4: "system info"
    case 16: "reslist"
    case 20, 42: "monlist"
    default: nil
    }
  }
}
