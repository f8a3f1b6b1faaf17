/// A question of a DNS message, as places in the message. RFC 1035 section 4.1.2.
struct DNSQuestion {
  /// Where its name begins.
  let name: Int
  let type: UInt16
  /// The class; its highest bit has a meaning of its own in multicast DNS.
  let recordClass: UInt16
  /// Where what follows it begins.
  let end: Int

  /// The question at an offset of the message; nil where it is not whole.
  init?(_ message: RawSpan, at offset: Int) {
    let (ending, end) = DomainName.check(message, at: offset)
    guard ending == .whole, end &+ 4 <= message.byteCount else { return nil }
    name = offset
    type = message.uint16(at: end)
    recordClass = message.uint16(at: end &+ 2)
    self.end = end &+ 4
  }
}

/// A resource record of a DNS message, as places in the message. RFC 1035 section 4.1.3.
struct DNSRecord {
  /// Where its name begins.
  let name: Int
  let type: UInt16
  /// The class; its highest bit has a meaning of its own in multicast DNS.
  let recordClass: UInt16
  /// How long it may be kept, in seconds.
  let timeToLive: UInt32
  /// The length of its data by its own word, in octets.
  let dataLength: Int
  /// Where its data begin.
  let data: Int
  /// Where its data end: no later than the message does.
  let end: Int

  /// The record at an offset of the message; nil where not even its fixed part is there.
  init?(_ message: RawSpan, at offset: Int) {
    let (ending, end) = DomainName.check(message, at: offset)
    guard ending == .whole, end &+ 10 <= message.byteCount else { return nil }
    name = offset
    type = message.uint16(at: end)
    recordClass = message.uint16(at: end &+ 2)
    timeToLive = message.uint32(at: end &+ 4)
    dataLength = Int(message.uint16(at: end &+ 8))
    data = end &+ 10
    self.end = Swift.min(data &+ dataLength, message.byteCount)
  }

  /// Whether its data go beyond the message.
  var isCut: Bool { end &- data < dataLength }
}

extension DNSMessage {
  /// The most questions and answers that the one-line view shows.
  private static var shownAtMost: Int { 8 }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    switch flavor {
    case .unicast, .overTCP: text.append("DNS", style: .protocolName)
    case .multicast: text.append("mDNS", style: .protocolName)
    case .linkLocal: text.append("LLMNR", style: .protocolName)
    }
    text.append(" ")
    if opcode != 0 {
      text.append(DNSNumbers.opcodeName(opcode) ?? "operation")
      if isResponse { text.append(" response") }
    } else {
      text.append(isResponse ? "response" : "query")
    }
    if flavor != .multicast || identifier != 0 {
      text.append(" 0x")
      text.append(hexadecimal: UInt64(identifier), digits: 4)
    }
    var offset = Field.length
    let whole = summarizeQuestions(into: &text, &offset)
    if isResponse, responseCode != 0 {
      text.append(" ")
      text.begin(.highlight)
      if let name = DNSNumbers.responseCodeName(responseCode) {
        text.append(name)
      } else {
        text.append("rcode ")
        text.append(decimal: responseCode)
      }
      text.end()
    }
    let answersWhole = !whole || !isResponse || summarizeAnswers(into: &text, offset)
    if flags & 0x0200 != 0 { text.append(" truncated", style: .highlight) }
    if !whole || !answersWhole { text.append(" [cut short]", style: .warning) }
  }

  /// Writes the questions; false where not all that were announced are there.
  private func summarizeQuestions(into text: inout TextBuffer, _ offset: inout Int) -> Bool {
    var shown = 0
    for index in 0..<Int(questionCount) {
      guard let question = DNSQuestion(message, at: offset) else { return false }
      offset = question.end
      guard index < Self.shownAtMost else { continue }
      text.append(shown == 0 ? " " : ", ")
      shown &+= 1
      text.appendRecordType(question.type)
      text.append(" ")
      text.begin(.highlight)
      text.append(domainName: message, at: question.name)
      text.end()
    }
    if Int(questionCount) > Self.shownAtMost { text.append(", …") }
    return true
  }

  /// Writes the answers; false where not all that were announced are there.
  private func summarizeAnswers(into text: inout TextBuffer, _ start: Int) -> Bool {
    var offset = start
    for index in 0..<Int(answerCount) {
      if index == Self.shownAtMost {
        text.append(", …")
        return true
      }
      guard let record = DNSRecord(message, at: offset) else { return false }
      offset = record.end
      text.append(index == 0 ? " " : ", ")
      if questionCount == 0 {
        text.append(domainName: message, at: record.name)
        text.append(" ")
      }
      summarizeData(of: record, into: &text)
      if record.isCut { return false }
    }
    return true
  }

  func visitSections<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    var offset = Field.length
    if questionCount > 0 {
      visitor.beginList("qry")
      var whole = true
      for _ in 0..<Int(questionCount) {
        guard let question = DNSQuestion(message, at: offset) else {
          whole = false
          break
        }
        offset = question.end
        visitor.beginRecord()
        visitor.domainName("name", message, at: question.name)
        visitor.number("type", UInt64(question.type), DNSNumbers.typeName(question.type))
        visitClass(question.recordClass, "qu", &visitor)
        visitor.endRecord()
      }
      visitor.endList()
      if !whole { return }
    }
    let recordCount = Int(answerCount) &+ Int(authorityCount) &+ Int(additionalCount)
    if recordCount == 0 { return }
    visitor.beginList("resp")
    for _ in 0..<recordCount {
      guard let record = DNSRecord(message, at: offset) else { break }
      offset = record.end
      visitor.beginRecord()
      visitRecord(record, &visitor)
      visitor.endRecord()
      if record.isCut { break }
    }
    visitor.endList()
  }

  private func visitRecord<Visitor: FieldVisitor & ~Copyable>(_ record: DNSRecord, _ visitor: inout Visitor) {
    visitor.domainName("name", message, at: record.name)
    visitor.number("type", UInt64(record.type), DNSNumbers.typeName(record.type))
    if record.type == DNSNumbers.RecordType.opt {
      visitOptions(record, &visitor)
      return
    }
    visitClass(record.recordClass, "cache_flush", &visitor)
    visitor.number("ttl", record.timeToLive)
    visitor.number("len", record.dataLength)
    visitData(of: record, &visitor)
  }

  /// In multicast DNS the highest bit of the class is a flag, RFC 6762 sections 5.4 and 10.2.
  private func visitClass<Visitor: FieldVisitor & ~Copyable>(
    _ value: UInt16, _ flag: StaticString, _ visitor: inout Visitor
  ) {
    let recordClass = flavor == .multicast ? value & 0x7fff : value
    visitor.hexadecimal("class", UInt64(recordClass), digits: 4, DNSNumbers.className(recordClass))
    if flavor == .multicast { visitor.boolean(flag, value & 0x8000 != 0) }
  }
}

extension TextBuffer {
  /// Writes a DNS record type by its mnemonic, or as RFC 3597 has it: `TYPE65280`.
  mutating func appendRecordType(_ type: UInt16) {
    if let name = DNSNumbers.typeName(type) { return append(name) }
    append("TYPE")
    append(decimal: type)
  }
}
