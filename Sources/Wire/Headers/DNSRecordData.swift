/// What the records of a DNS message hold, by their type.
extension DNSMessage {
  /// The message up to the end of a record's data: names in the data end there, and pointers go back only.
  @_lifetime(copy self)
  private func upToEnd(of record: DNSRecord) -> RawSpan {
    message.slice(from: 0, length: record.end)
  }

  /// Writes a record's data as they are shown on one line: `CNAME www.example.com`; an address stands alone.
  func summarizeData(of record: DNSRecord, into text: inout TextBuffer) {
    let message = upToEnd(of: record)
    let data = message.slice(from: record.data)
    typealias RecordType = DNSNumbers.RecordType
    switch record.type {
    case RecordType.a where record.dataLength == 4 && data.byteCount == 4: return text.append(ipv4: data.uint32(at: 0))
    case RecordType.aaaa where record.dataLength == 16 && data.byteCount == 16:
      return text.append(ipv6: data.uint128(at: 0))
    default: text.appendRecordType(record.type)
    }
    switch record.type {
    case RecordType.cname, RecordType.ns, RecordType.ptr, RecordType.dname, RecordType.soa:
      text.append(" ")
      text.append(domainName: message, at: record.data)
    case RecordType.mx where data.byteCount >= 3:
      text.append(" ")
      text.append(decimal: data.uint16(at: 0))
      text.append(" ")
      text.append(domainName: message, at: record.data &+ 2)
    case RecordType.srv where data.byteCount >= 7:
      text.append(" ")
      text.append(domainName: message, at: record.data &+ 6)
      text.append(":")
      text.append(decimal: data.uint16(at: 4))
      text.append(" priority ")
      text.append(decimal: data.uint16(at: 0))
      text.append(" weight ")
      text.append(decimal: data.uint16(at: 2))
    case RecordType.txt, RecordType.spf:
      var reader = OctetReader(data)
      while reader.remaining > 0 {
        text.append(" \"")
        text.appendEscaped(reader.octets(Int(reader.uint8())), for: .terminal)
        text.append("\"")
      }
    case RecordType.https, RecordType.svcb: DNSServiceBinding(message, record.data).summarize(into: &text)
    case RecordType.caa where data.byteCount >= 2:
      let tagLength = Int(data.uint8(at: 1))
      text.append(" ")
      text.appendEscaped(data.slice(from: 2, length: tagLength), for: .terminal)
      text.append(" \"")
      text.appendEscaped(data.slice(from: 2 &+ tagLength), for: .terminal)
      text.append("\"")
    default: break
    }
  }

  /// Visits a record's data under Wireshark's names without `dns.`.
  func visitData<Visitor: FieldVisitor & ~Copyable>(of record: DNSRecord, _ visitor: inout Visitor) {
    let message = upToEnd(of: record)
    let data = message.slice(from: record.data)
    typealias RecordType = DNSNumbers.RecordType
    switch record.type {
    case RecordType.a where record.dataLength == 4 && data.byteCount == 4: visitor.ipv4Address("a", data.uint32(at: 0))
    case RecordType.aaaa where record.dataLength == 16 && data.byteCount == 16:
      visitor.ipv6Address("aaaa", data.uint128(at: 0))
    case RecordType.cname: visitor.domainName("cname", message, at: record.data)
    case RecordType.ns: visitor.domainName("ns", message, at: record.data)
    case RecordType.dname: visitor.domainName("dname", message, at: record.data)
    case RecordType.ptr:
      visitor.beginGroup("ptr")
      visitor.domainName("domain_name", message, at: record.data)
      visitor.endGroup()
    case RecordType.mx where data.byteCount >= 3:
      visitor.beginGroup("mx")
      visitor.number("preference", data.uint16(at: 0))
      visitor.domainName("mail_exchange", message, at: record.data &+ 2)
      visitor.endGroup()
    case RecordType.soa: visitAuthority(message, record, &visitor)
    case RecordType.srv where data.byteCount >= 7:
      visitor.beginGroup("srv")
      visitor.number("priority", data.uint16(at: 0))
      visitor.number("weight", data.uint16(at: 2))
      visitor.number("port", data.uint16(at: 4))
      visitor.domainName("target", message, at: record.data &+ 6)
      visitor.endGroup()
    case RecordType.txt: visitStrings("txt", data, &visitor)
    case RecordType.spf: visitStrings("spf", data, &visitor)
    case RecordType.https, RecordType.svcb: DNSServiceBinding(message, record.data).visitFields(&visitor)
    case RecordType.caa where data.byteCount >= 2:
      let tagLength = Int(data.uint8(at: 1))
      visitor.beginGroup("caa")
      visitor.hexadecimal("flags", data.uint8(at: 0), digits: 2)
      visitor.boolean("flags.issuer_critical", data.uint8(at: 0) & 0x80 != 0)
      visitor.number("tag_length", tagLength)
      visitor.text("tag", data.slice(from: 2, length: tagLength))
      visitor.text("value", data.slice(from: 2 &+ tagLength))
      visitor.endGroup()
    case RecordType.naptr: visitNamingAuthority(message, record, &visitor)
    default: if data.byteCount > 0 { visitor.octets("data", data) }
    }
  }

  /// The start of a zone of authority, RFC 1035 section 3.3.13: two names and five numbers.
  private func visitAuthority<Visitor: FieldVisitor & ~Copyable>(
    _ message: RawSpan, _ record: DNSRecord, _ visitor: inout Visitor
  ) {
    visitor.beginGroup("soa")
    visitor.domainName("mname", message, at: record.data)
    let mailbox = DomainName.check(message, at: record.data).end
    visitor.domainName("rname", message, at: mailbox)
    let numbers = message.slice(from: DomainName.check(message, at: mailbox).end)
    if numbers.byteCount >= 20 {
      visitor.number("serial_number", numbers.uint32(at: 0))
      visitor.number("refresh_interval", numbers.uint32(at: 4))
      visitor.number("retry_interval", numbers.uint32(at: 8))
      visitor.number("expire_limit", numbers.uint32(at: 12))
      visitor.number("minimum_ttl", numbers.uint32(at: 16))
    }
    visitor.endGroup()
  }

  /// A naming authority pointer, RFC 3403 section 4.1: two numbers, three strings and a name.
  private func visitNamingAuthority<Visitor: FieldVisitor & ~Copyable>(
    _ message: RawSpan, _ record: DNSRecord, _ visitor: inout Visitor
  ) {
    var reader = OctetReader(message.slice(from: record.data))
    visitor.beginGroup("naptr")
    visitor.number("order", reader.uint16())
    visitor.number("preference", reader.uint16())
    visitor.text("flags", reader.octets(Int(reader.uint8())))
    visitor.text("service", reader.octets(Int(reader.uint8())))
    visitor.text("regex", reader.octets(Int(reader.uint8())))
    if !reader.isCut { visitor.domainName("replacement", message, at: record.data &+ reader.offset) }
    visitor.endGroup()
  }

  private func visitStrings<Visitor: FieldVisitor & ~Copyable>(
    _ name: StaticString, _ data: RawSpan, _ visitor: inout Visitor
  ) {
    var reader = OctetReader(data)
    visitor.beginValues(name)
    while reader.remaining > 0 { visitor.text("", reader.octets(Int(reader.uint8()))) }
    visitor.endList()
  }

  /// The OPT pseudo-record, RFC 6891: class and time to live hold other things.
  func visitOptions<Visitor: FieldVisitor & ~Copyable>(_ record: DNSRecord, _ visitor: inout Visitor) {
    visitor.beginGroup("rr")
    visitor.number("udp_payload_size", flavor == .multicast ? record.recordClass & 0x7fff : record.recordClass)
    visitor.endGroup()
    if flavor == .multicast { visitor.boolean("cache_flush", record.recordClass & 0x8000 != 0) }
    let flags = record.timeToLive
    visitor.hexadecimal("ext_rcode", flags >> 24, digits: 2)
    visitor.number("edns0_version", flags >> 16 & 0xff)
    visitor.hexadecimal("z", flags & 0xffff, digits: 4)
    visitor.boolean("z.do", flags & 0x8000 != 0)
    visitor.hexadecimal("z.reserved", flags & 0x7fff, digits: 4)
    visitor.number("len", record.dataLength)
    var reader = OctetReader(upToEnd(of: record).slice(from: record.data))
    if reader.remaining < 4 { return }
    visitor.beginList("opt")
    while reader.remaining >= 4 {
      visitor.beginRecord()
      visitor.number("code", reader.uint16())
      let length = Int(reader.uint16())
      visitor.number("len", length)
      let data = reader.octets(length)
      visitor.octets("data", data)
      visitor.endRecord()
    }
    visitor.endList()
  }
}
