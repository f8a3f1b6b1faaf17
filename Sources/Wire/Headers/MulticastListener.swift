// Multicast listener discovery, RFC 2710 (version 1) and RFC 3810 (version 2), as part of an ICMPv6 message.
//
//     query              delay 2, reserved 2, group 16, version 2: flags 1, interval 1, sources 2, source 16 each
//     report, done       delay 2, reserved 2, group 16
//     report version 2   reserved 2, records 2, then each: type 1, auxiliary 1, sources 2, group 16, source 16 each

/// The part of a multicast listener message that follows the checksum.
struct MulticastListener: ~Escapable {
  enum Field {
    static let maximumResponse = 4
    static let group = 8
    static let queryFlags = 24
    static let queryInterval = 25
    static let sourceCount = 26
    static let sources = 28
    static let recordCount = 6
    static let records = 8
  }

  /// Offsets within a record of a version 2 report.
  enum Record {
    static let type = 0
    static let auxiliaryLength = 1
    static let sourceCount = 2
    static let group = 4
    static let length = 20
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) {
    self.bytes = bytes
  }

  private var type: UInt8 { bytes.uint8(at: ICMPv6Header.Field.type) }
  /// Whether it is a query of version 2, which is longer.
  private var isQuery2: Bool {
    type == ICMPv6Header.MessageType.listenerQuery && bytes.byteCount >= Field.sources
  }
  private var isReport2: Bool { type == ICMPv6Header.MessageType.listenerReport2 }

  /// The whole length of the record at an offset in octets; nil where it is not there whole.
  func recordLength(at offset: Int) -> Int? {
    guard offset &+ Record.length <= bytes.byteCount else { return nil }
    let length =
      Record.length &+ Int(bytes.uint16(at: offset &+ Record.sourceCount)) &* 16
      &+ Int(bytes.uint8(at: offset &+ Record.auxiliaryLength)) &* 4
    return length <= bytes.byteCount &- offset ? length : nil
  }

  func summarize(into text: inout TextBuffer) {
    guard isReport2 else {
      text.append(isQuery2 ? " v2 " : " ")
      return text.append(ipv6: bytes.uint128(at: Field.group))
    }
    var offset = Field.records
    var left = bytes.uint16(at: Field.recordCount)
    while left > 0, let length = recordLength(at: offset) {
      text.append(offset == Field.records ? " " : ", ")
      if let name = Self.name(ofRecord: bytes.uint8(at: offset)) { text.append(name) } else { text.append("record") }
      text.append(" ")
      text.append(ipv6: bytes.uint128(at: offset &+ Record.group))
      let sources = Int(bytes.uint16(at: offset &+ Record.sourceCount))
      if sources > 0 {
        text.append(" sources ")
        text.append(decimal: sources)
      }
      offset &+= length
      left &-= 1
    }
    if left > 0 { text.append(" [records missing]", style: .warning) }
  }

  func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    guard isReport2 else {
      visitor.beginGroup("mld")
      visitor.number(
        isQuery2 ? "maximum_response_code" : "maximum_response_delay", bytes.uint16(at: Field.maximumResponse))
      visitor.ipv6Address("multicast_address", bytes.uint128(at: Field.group))
      if isQuery2 {
        visitor.hexadecimal("flag", bytes.uint8(at: Field.queryFlags), digits: 2)
        visitor.number("qqi", bytes.uint8(at: Field.queryInterval))
        visitor.number("nb_sources", bytes.uint16(at: Field.sourceCount))
        let there = (bytes.byteCount &- Field.sources) / 16
        visitSources(Field.sources, Swift.min(Int(bytes.uint16(at: Field.sourceCount)), there), &visitor)
      }
      return visitor.endGroup()
    }
    visitor.beginGroup("mldr")
    visitor.number("nb_mcast_records", bytes.uint16(at: Field.recordCount))
    visitor.beginList("mar")
    var offset = Field.records
    var left = bytes.uint16(at: Field.recordCount)
    while left > 0, let length = recordLength(at: offset) {
      visitor.beginRecord()
      visitor.number("record_type", UInt64(bytes.uint8(at: offset)), Self.name(ofRecord: bytes.uint8(at: offset)))
      visitor.number("aux_data_len", bytes.uint8(at: offset &+ Record.auxiliaryLength))
      visitor.number("nb_sources", bytes.uint16(at: offset &+ Record.sourceCount))
      visitor.ipv6Address("multicast_address", bytes.uint128(at: offset &+ Record.group))
      visitSources(offset &+ Record.length, Int(bytes.uint16(at: offset &+ Record.sourceCount)), &visitor)
      visitor.endRecord()
      offset &+= length
      left &-= 1
    }
    visitor.endList()
    visitor.endGroup()
  }

  private func visitSources<Visitor: FieldVisitor & ~Copyable>(
    _ offset: Int, _ count: Int, _ visitor: inout Visitor
  ) {
    guard count > 0 else { return }
    visitor.beginValues("source_address")
    for index in 0..<count { visitor.ipv6Address("", bytes.uint128(at: offset &+ index &* 16)) }
    visitor.endList()
  }

  static func name(ofRecord type: UInt8) -> StaticString? {
    switch type {
    case 1: "includes"
    case 2: "excludes"
    case 3: "to include"
    case 4: "to exclude"
    case 5: "allows"
    case 6: "blocks"
    default: nil
    }
  }
}
