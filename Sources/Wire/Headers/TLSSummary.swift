/// The one-line view of TLS records: `TLS ServerHello TLS 1.3 TLS_AES_128_GCM_SHA256, ChangeCipherSpec, ApplicationData`.
extension TLSRecords {
  /// The most records and messages that are named.
  private static var shownAtMost: Int { 12 }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("TLS", style: .protocolName)
    var shown = 0
    var isEncrypted = false
    var offset = 0
    while let record = record(at: &offset) {
      if shown >= Self.shownAtMost { return text.append(", …") }
      if record.contentType == ContentType.handshake {
        shown &+= summarizeHandshake(record, isEncrypted: isEncrypted, shown, into: &text)
        continue
      }
      text.append(shown == 0 ? " " : ", ")
      shown &+= 1
      if let alert = alert(record) {
        text.append("Alert ", style: .warning)
        text.append(alert.level == 2 ? "fatal " : "warning ")
        if let name = TLSNumbers.alertName(alert.description) {
          text.append(name)
        } else {
          text.append(decimal: alert.description)
        }
        continue
      }
      if record.contentType == ContentType.changeCipherSpec { isEncrypted = true }
      text.append(TLSNumbers.contentTypeName(record.contentType) ?? "record")
      let alike = skipAlike(record, &offset)
      if alike > 1 {
        text.append(" x")
        text.append(decimal: alike)
      }
    }
  }

  /// Goes past the records of application data that follow one of them; how many there are together.
  private func skipAlike(_ first: Record, _ offset: inout Int) -> Int {
    var count = 1
    guard first.contentType == ContentType.applicationData else { return count }
    var position = offset
    while let next = record(at: &position), next.contentType == ContentType.applicationData {
      count &+= 1
      offset = position
    }
    return count
  }

  /// Writes the messages of a handshake record; how many were written.
  private func summarizeHandshake(
    _ record: Record, isEncrypted: Bool, _ before: Int, into text: inout TextBuffer
  ) -> Int {
    var shown = 0
    var position = record.fragment.lowerBound
    while !isEncrypted, before &+ shown < Self.shownAtMost, let message = handshake(at: &position, in: record) {
      text.append(before &+ shown == 0 ? " " : ", ")
      shown &+= 1
      if let hello = hello(message) {
        hello.summarize(into: &text)
        if message.isCut { text.append(" …", style: .faint) }
      } else {
        text.append(TLSNumbers.handshakeName(message.type) ?? "Handshake")
      }
    }
    if shown == 0 {
      text.append(before == 0 ? " " : ", ")
      text.append(record.fragment.count < 4 ? "Handshake" : "EncryptedHandshake")
      shown = 1
    }
    return shown
  }
}
