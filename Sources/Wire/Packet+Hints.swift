/// What a packet tells of the application that it belongs to.
public enum ApplicationHint: UInt8, Sendable {
  /// The host name that a TLS client asks for. RFC 6066 section 3.
  case serverName
  /// The Host field of an HTTP request. RFC 9110 section 7.2.
  case httpHost
  /// The software that an end of an SSH connection names. RFC 4253 section 4.2.
  case ssh
  /// The version of QUIC in a long header, as eight hexadecimal digits. RFC 9000 section 17.2.
  case quic
}

extension Packet {
  /// Calls the body with what the payload of a flow's packet tells of its application, where it tells anything.
  ///
  /// The octets come from outside and are to be escaped.
  public func withHint(of flow: FlowPacket, _ body: (ApplicationHint, RawSpan) -> Void) {
    guard flow.applicationIndex > 0 else { return }
    let layer = layer(at: Int(flow.applicationIndex))
    let octets = bytes(of: layer)
    // A layer that was decoded once decodes again: the octets are the same.
    do throws(DecodeError) {
      switch layer.kind {
      case .tls: Self.serverName(try TLSRecords(octets), body)
      case .http: Self.host(try HTTPMessage(octets), body)
      case .data where octets.has("SSH-"): Self.sshVersion(octets, body)
      default: break
      }
    } catch {}
  }

  private static func serverName(_ records: TLSRecords, _ body: (ApplicationHint, RawSpan) -> Void) {
    var offset = 0
    guard let record = records.record(at: &offset), record.contentType == TLSRecords.ContentType.handshake else {
      return
    }
    var position = record.fragment.lowerBound
    guard let message = records.handshake(at: &position, in: record), let hello = records.hello(message) else { return }
    if hello.isClient, hello.serverName.byteCount > 0 { body(.serverName, hello.serverName) }
  }

  private static func host(_ message: HTTPMessage, _ body: (ApplicationHint, RawSpan) -> Void) {
    guard !message.isResponse else { return }
    var offset = message.firstField
    var lines = 0
    while lines < HTTPMessage.maximumLines, let field = message.field(at: &offset) {
      lines &+= 1
      let name = message.bytes.slice(from: field.name.lowerBound, length: field.name.count)
      guard name.byteCount == 4, name.has("host", ignoringCase: true) else { continue }
      if !field.value.isEmpty {
        body(.httpHost, message.bytes.slice(from: field.value.lowerBound, length: field.value.count))
      }
      return
    }
  }

  /// The identification string after `SSH-2.0-`, without its line end: at most 255 octets.
  private static func sshVersion(_ octets: RawSpan, _ body: (ApplicationHint, RawSpan) -> Void) {
    var end = 4
    let limit = Swift.min(octets.byteCount, 255)
    while end < limit, octets.uint8(at: end) >= 0x20 { end &+= 1 }
    body(.ssh, octets.slice(from: 0, length: end))
  }

  /// The version of a QUIC long header; nil where the payload cannot be one, or only is a short header.
  public func quicVersion(of flow: FlowPacket) -> UInt32? {
    guard flow.transport == .udp, flow.application == .data, flow.sourcePort == 443 || flow.destinationPort == 443
    else { return nil }
    let octets = bytes(of: layer(at: Int(flow.applicationIndex)))
    // The two high bits are set, and the connection ids have no more than 20 octets: RFC 9000 section 17.2.
    guard octets.byteCount >= 7, octets.uint8(at: 0) & 0xc0 == 0xc0, octets.uint8(at: 5) <= 20 else { return nil }
    let version = octets.uint32(at: 1)
    return version == 0 ? nil : version
  }

  /// A question and its answer are paired by this: DNS's identifier, or the time that an NTP client sent; nil where the
  /// payload is neither.
  public func transaction(of flow: FlowPacket) -> (isResponse: Bool, identifier: UInt64)? {
    guard flow.transport == .udp, flow.applicationIndex > 0 else { return nil }
    let octets = bytes(of: layer(at: Int(flow.applicationIndex)))
    switch flow.application {
    case .dns, .llmnr:
      guard octets.byteCount >= DNSMessage.Field.length else { return nil }
      return (
        octets.uint16(at: DNSMessage.Field.flags) & 0x8000 != 0, UInt64(octets.uint16(at: DNSMessage.Field.identifier))
      )
    case .ntp:
      // Mode 3 is a client's, mode 4 a server's, which repeats the client's time of sending: RFC 5905 section 8.
      guard octets.byteCount >= NTPHeader.Field.length else { return nil }
      switch octets.uint8(at: 0) & 7 {
      case 3: return (false, octets.uint64(at: NTPHeader.Field.transmitTimestamp))
      case 4: return (true, octets.uint64(at: NTPHeader.Field.originTimestamp))
      default: return nil
      }
    default: return nil
    }
  }

  /// Calls the body with each address that a DNS response answers with, and the name that was asked for.
  public func forEachAnswer(of flow: FlowPacket, _ body: (RawSpan, UInt128, Bool) -> Void) {
    guard flow.applicationIndex > 0 else { return }
    let layer = layer(at: Int(flow.applicationIndex))
    do throws(DecodeError) {
      switch layer.kind {
      case .dns: try DNSMessage(bytes(of: layer), .unicast).forEachAnswer(body)
      case .dnsOverTCP: try DNSMessage(bytes(of: layer), .overTCP).forEachAnswer(body)
      default: break
      }
    } catch {}
  }
}

extension DNSMessage {
  /// The most records that are looked through for addresses.
  private static var mostAnswers: Int { 64 }

  fileprivate func forEachAnswer(_ body: (RawSpan, UInt128, Bool) -> Void) {
    guard isResponse, responseCode == 0, questionCount == 1, answerCount > 0,
      let question = DNSQuestion(message, at: Field.length)
    else { return }
    let name = DomainName(message, at: question.name)
    guard name.ending == .whole, !name.isRoot else { return }
    var offset = question.end
    for _ in 0..<Swift.min(Int(answerCount), Self.mostAnswers) {
      guard let record = DNSRecord(message, at: offset), !record.isCut else { return }
      offset = record.end
      switch (record.type, record.dataLength) {
      case (1, 4): body(name.text, UInt128(message.uint32(at: record.data)), false)
      case (28, 16): body(name.text, message.uint128(at: record.data), true)
      default: break
      }
    }
  }
}
