/// The options of a TCP header, one after another. Kinds and lengths: the TCP parameters at IANA.
public struct TCPOptions: ~Escapable {
  /// Option kinds that are shown in words.
  enum Kind {
    static let maximumSegmentSize: UInt8 = 2
    static let windowScale: UInt8 = 3
    static let selectiveAcknowledgmentPermitted: UInt8 = 4
    static let selectiveAcknowledgment: UInt8 = 5
    static let timestamps: UInt8 = 8
    static let signature: UInt8 = 19
    static let userTimeout: UInt8 = 28
    static let authentication: UInt8 = 29
    static let multipath: UInt8 = 30
    static let fastOpen: UInt8 = 34
    static let experiment1: UInt8 = 253
    static let experiment2: UInt8 = 254
  }

  /// Two no-operations and the start of timestamps: what nearly every segment has and nothing else (RFC 7323 appendix A).
  static let alignedTimestamps: UInt32 = 0x0101_080a
  /// The length of these in octets.
  static let alignedTimestampsLength = 12

  let bytes: RawSpan

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) {
    self.bytes = bytes
  }

  /// Whether a TCP header has a Multipath TCP option, which Wireshark counts as a protocol.
  static func isMultipath(_ segment: RawSpan) -> Bool {
    guard segment.byteCount > TCPHeader.Field.length else { return false }
    let end = Int(segment.uint8(at: TCPHeader.Field.dataOffsetAndFlags) >> 4) &* 4
    let options = segment.slice(from: TCPHeader.Field.length, length: end &- TCPHeader.Field.length)
    var walker = OptionWalker()
    while let option = walker.next(options) {
      if option.kind == Kind.multipath { return !option.isMalformed }
    }
    return false
  }

  /// Writes them as `<mss 1460,sackOK,nop,wscale 7>`; `base` is what the edges of selective acknowledgments count from,
  /// which is the acknowledgment number's base.
  func summarize(into text: inout TextBuffer, base: UInt32, isCut: Bool = false) {
    if bytes.byteCount == Self.alignedTimestampsLength, bytes.uint32(at: 0) == Self.alignedTimestamps {
      text.append("<nop,nop,TS val ")
      text.append(decimal: bytes.uint32(at: 4))
      text.append(" ecr ")
      text.append(decimal: bytes.uint32(at: 8))
      return text.append(">")
    }
    text.append("<")
    var walker = OptionWalker()
    var isFirst = true
    while let option = walker.next(bytes) {
      if !isFirst { text.append(",") }
      isFirst = false
      if option.isMalformed, isCut {
        text.append("…")
      } else if option.isMalformed {
        text.append("option ")
        text.append(decimal: option.kind)
        text.append(" has bad length ", style: .warning)
        text.append(decimal: option.statedLength)
      } else {
        Self.summarize(option.kind, option.value(in: bytes), base, into: &text)
      }
    }
    text.append(">")
  }

  private static func summarize(_ kind: UInt8, _ value: RawSpan, _ base: UInt32, into text: inout TextBuffer) {
    switch (kind, value.byteCount) {
    case (OptionWalker.end, _): text.append("eol")
    case (OptionWalker.noOperation, _): text.append("nop")
    case (Kind.maximumSegmentSize, 2):
      text.append("mss ")
      text.append(decimal: value.uint16(at: 0))
    case (Kind.windowScale, 1):
      text.append("wscale ")
      text.append(decimal: value.uint8(at: 0))
    case (Kind.selectiveAcknowledgmentPermitted, 0): text.append("sackOK")
    case (Kind.selectiveAcknowledgment, 8...) where value.byteCount % 8 == 0:
      text.append("sack ")
      for block in 0..<(value.byteCount / 8) {
        if block > 0 { text.append(" ") }
        text.append(decimal: value.uint32(at: block &* 8) &- base)
        text.append(":")
        text.append(decimal: value.uint32(at: block &* 8 &+ 4) &- base)
      }
    case (Kind.timestamps, 8):
      text.append("TS val ")
      text.append(decimal: value.uint32(at: 0))
      text.append(" ecr ")
      text.append(decimal: value.uint32(at: 4))
    case (Kind.signature, 16): text.append("md5")
    case (Kind.userTimeout, 2):
      text.append("user timeout ")
      text.append(decimal: value.uint16(at: 0) & 0x7fff)
      text.append(value.uint16(at: 0) & 0x8000 != 0 ? " min" : " s")
    case (Kind.authentication, 2...):
      text.append("ao keyid ")
      text.append(decimal: value.uint8(at: 0))
    case (Kind.multipath, 1...):
      text.append("mptcp ")
      text.append(MultipathOption(value).name)
    case (Kind.fastOpen, 0): text.append("tfo request")
    case (Kind.fastOpen, _):
      text.append("tfo cookie ")
      text.append(hexadecimal: value)
    case (Kind.experiment1, 2...), (Kind.experiment2, 2...):
      text.append("experiment 0x")
      text.append(hexadecimal: UInt64(value.uint16(at: 0)), digits: 4)
    default:
      text.append("option ")
      text.append(decimal: kind)
      text.append(" len ")
      text.append(decimal: value.byteCount &+ 2)
    }
  }

  /// Visits them under Wireshark's names. What an option says again is left out: JSON has each name once.
  func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    var seen: UInt64 = 0
    var walker = OptionWalker()
    while let option = walker.next(bytes) {
      if option.isMalformed { return }
      if option.kind > 62, option.kind < Kind.experiment1 { continue }
      let bit: UInt64 = 1 &<< UInt64(Swift.min(option.kind, 63))
      if seen & bit != 0 { continue }
      seen |= bit
      visitField(option, &visitor)
    }
  }

  private func visitField<Visitor: FieldVisitor & ~Copyable>(
    _ option: OptionWalker.Element, _ visitor: inout Visitor
  ) {
    let value = option.value(in: bytes)
    switch (option.kind, value.byteCount) {
    case (Kind.maximumSegmentSize, 2): visitor.number("mss_val", value.uint16(at: 0))
    case (Kind.windowScale, 1):
      let shift = value.uint8(at: 0)
      visitor.beginGroup("wscale")
      visitor.number("shift", shift)
      // RFC 7323 section 2.3: more than 14 counts as 14.
      visitor.number("multiplier", UInt64(1) &<< UInt64(Swift.min(shift, 14)))
      visitor.endGroup()
    case (Kind.selectiveAcknowledgment, 8...) where value.byteCount % 8 == 0: visitEdges(value, &visitor)
    case (Kind.timestamps, 8):
      visitor.beginGroup("timestamp")
      visitor.number("tsval", value.uint32(at: 0))
      visitor.number("tsecr", value.uint32(at: 4))
      visitor.endGroup()
    case (Kind.signature, 16):
      visitor.beginGroup("md5")
      visitor.octets("digest", value)
      visitor.endGroup()
    case (Kind.userTimeout, 2):
      visitor.boolean("user_to_granularity", value.uint16(at: 0) & 0x8000 != 0)
      visitor.number("user_to_val", value.uint16(at: 0) & 0x7fff)
    case (Kind.authentication, 2...):
      visitor.beginGroup("ao")
      visitor.number("keyid", value.uint8(at: 0))
      visitor.number("rnextkeyid", value.uint8(at: 1))
      visitor.octets("mac", value.slice(from: 2))
      visitor.endGroup()
    case (Kind.fastOpen, 1...):
      visitor.beginGroup("tfo")
      visitor.octets("cookie", value)
      visitor.endGroup()
    case (Kind.multipath, _):
      visitor.beginList("mptcp")
      visitEach(Kind.multipath...Kind.multipath, &visitor)
      visitor.endList()
    case (Kind.experiment1, _), (Kind.experiment2, _):
      visitor.beginList("experimental")
      visitEach(Kind.experiment1...Kind.experiment2, &visitor)
      visitor.endList()
    default: break
    }
  }

  private func visitEdges<Visitor: FieldVisitor & ~Copyable>(_ value: RawSpan, _ visitor: inout Visitor) {
    visitor.beginValues("sack_le")
    for block in 0..<(value.byteCount / 8) { visitor.number("", value.uint32(at: block &* 8)) }
    visitor.endList()
    visitor.beginValues("sack_re")
    for block in 0..<(value.byteCount / 8) { visitor.number("", value.uint32(at: block &* 8 &+ 4)) }
    visitor.endList()
    visitor.beginGroup("sack")
    visitor.number("count", value.byteCount / 8)
    visitor.endGroup()
  }

  /// Visits the options that may well occur several times, each as a record.
  private func visitEach<Visitor: FieldVisitor & ~Copyable>(_ kinds: ClosedRange<UInt8>, _ visitor: inout Visitor) {
    var walker = OptionWalker()
    while let option = walker.next(bytes) {
      guard kinds.contains(option.kind), !option.isMalformed else { continue }
      let value = option.value(in: bytes)
      visitor.beginRecord()
      if option.kind == Kind.multipath {
        MultipathOption(value).visitFields(&visitor)
      } else if value.byteCount >= 2 {
        visitor.hexadecimal("exid", value.uint16(at: 0), digits: 4)
        if value.byteCount > 2 { visitor.octets("data", value.slice(from: 2)) }
      }
      visitor.endRecord()
    }
  }
}

/// The value of a Multipath TCP option, RFC 8684 section 3.
struct MultipathOption: ~Escapable {
  let value: RawSpan

  @_lifetime(copy value)
  init(_ value: RawSpan) {
    self.value = value
  }

  /// What it is for; 15 where the option is empty.
  var subtype: UInt8 { value.byteCount > 0 ? value.uint8(at: 0) >> 4 : 15 }

  /// The subtype in words.
  var name: StaticString {
    switch subtype {
    case 0: "capable"
    case 1: "join"
    case 2: "dss"
    case 3: "add-addr"
    case 4: "rem-addr"
    case 5: "prio"
    case 6: "fail"
    case 7: "fastclose"
    case 8: "reset"
    default: "unknown"
    }
  }

  func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    guard value.byteCount > 0 else { return }
    visitor.number("subtype", UInt64(subtype), name)
    switch subtype {
    case 0:
      visitor.number("version", value.uint8(at: 0) & 15)
      if value.byteCount >= 10 { visitor.number("sendkey", value.uint64(at: 2)) }
      if value.byteCount >= 18 { visitor.number("recvkey", value.uint64(at: 10)) }
    case 1 where value.byteCount == 10:
      visitor.number("addrid", value.uint8(at: 1))
      visitor.number("recvtok", value.uint32(at: 2))
      visitor.number("sendrand", value.uint32(at: 6))
    case 3 where value.byteCount >= 2, 4 where value.byteCount >= 2:
      visitor.number("addrid", value.uint8(at: 1))
    default: break
    }
  }
}
