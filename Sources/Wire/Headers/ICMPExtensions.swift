// Extensions of ICMP errors, RFC 4884: after the quoted packet, objects with a length, a class and a type each.
//
//     0                   1                   2                   3
//     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//     +-------+-----------------------+-------------------------------+
//     |version|       reserved        |           checksum            |
//     +-------+-----------------------+-------------------------------+
//     |         object's length       |     class     |     type      | data
//     +-------------------------------+---------------+---------------+- - -

/// The extensions behind the packet that an ICMP error quotes.
struct ICMPExtensions: ~Escapable {
  enum Field {
    static let version = 0
    static let checksum = 2
    static let length = 4
    static let objectLength = 0
    static let objectClass = 2
    static let objectType = 3
    static let objectHeader = 4
  }

  /// The class of a stack of MPLS labels, RFC 4950.
  static let labelStack: UInt8 = 1
  /// Where extensions begin in messages older than the length field: RFC 4884 section 5.1.
  static let unmarkedLength = 128

  let bytes: RawSpan

  /// The extensions of a message whose quoted packet is so long by the message's word, 0 where it says nothing; nil
  /// where there are none. Where no length says so, the checksum has to.
  @_lifetime(copy message)
  init?(_ message: RawSpan, quotedLength: Int) {
    let start = ICMPHeader.Field.rest &+ (quotedLength > 0 ? quotedLength : Self.unmarkedLength)
    guard message.byteCount >= start &+ Field.length, message.uint8(at: start) >> 4 == 2 else { return nil }
    bytes = message.slice(from: start)
    if quotedLength == 0, bytes.uint16(at: Field.checksum) == 0 || !isChecksumGood { return nil }
  }

  private var isChecksumGood: Bool { Checksum.fold(Checksum.add(bytes)) == 0xffff }

  /// The object at an offset, which moves on to the next; nil at the end, also where it is not whole.
  func object(at offset: inout Int) -> (objectClass: UInt8, type: UInt8, value: Range<Int>)? {
    guard offset &+ Field.objectHeader <= bytes.byteCount else { return nil }
    let start = offset
    let end = start &+ Int(bytes.uint16(at: start &+ Field.objectLength))
    guard end >= start &+ Field.objectHeader, end <= bytes.byteCount else { return nil }
    offset = end
    return (
      bytes.uint8(at: start &+ Field.objectClass), bytes.uint8(at: start &+ Field.objectType),
      (start &+ Field.objectHeader)..<end
    )
  }

  func summarize(into text: inout TextBuffer) {
    var offset = Field.length
    while let object = object(at: &offset) {
      guard object.objectClass == Self.labelStack else {
        text.append(" extension class ")
        text.append(decimal: object.objectClass)
        continue
      }
      text.append(" mpls label ")
      var place = object.value.lowerBound
      while place &+ 4 <= object.value.upperBound {
        if place > object.value.lowerBound { text.append(",") }
        text.append(decimal: bytes.uint32(at: place) >> 12)
        place &+= 4
      }
    }
  }

  func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, isWhole: Bool) {
    let checksum = bytes.uint16(at: Field.checksum)
    visitor.number("ext.version", bytes.uint8(at: Field.version) >> 4)
    visitor.hexadecimal("ext.res", bytes.uint16(at: Field.version) & 0x0fff, digits: 3)
    visitor.hexadecimal("ext.checksum", checksum, digits: 4)
    visitor.checksumStatus("ext.checksum.status", status(checksum, isWhole: isWhole))
    var offset = Field.length
    guard let _ = object(at: &offset) else { return }
    offset = Field.length
    visitor.beginList("ext")
    while let object = object(at: &offset) {
      visitor.beginRecord()
      visitor.number("length", object.value.count &+ Field.objectHeader)
      visitor.number(
        "class", UInt64(object.objectClass), object.objectClass == Self.labelStack ? "MPLS label stack" : nil)
      visitor.number("ctype", object.type)
      visitor.endRecord()
    }
    visitor.endList()
    visitLabels(&visitor)
  }

  private func status(_ checksum: UInt16, isWhole: Bool) -> ChecksumStatus {
    if checksum == 0 { return .notPresent }
    if !isWhole { return .unverified }
    let sum = Checksum.fold(Checksum.add(bytes))
    return sum == 0xffff ? .good : .bad(computed: ~Checksum.fold(UInt64(sum) &+ UInt64(~checksum)))
  }

  /// Visits the labels of every stack, RFC 3032: 20 bits of label, 3 of class, the bottom of the stack, a time to live.
  private func visitLabels<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    var isOpen = false
    var offset = Field.length
    while let object = object(at: &offset) {
      guard object.objectClass == Self.labelStack else { continue }
      var place = object.value.lowerBound
      while place &+ 4 <= object.value.upperBound {
        if !isOpen { visitor.beginList("mpls") }
        isOpen = true
        let entry = bytes.uint32(at: place)
        visitor.beginRecord()
        visitor.number("label", entry >> 12)
        visitor.number("exp", entry >> 9 & 7)
        visitor.boolean("s", entry & 0x100 != 0)
        visitor.number("ttl", entry & 0xff)
        visitor.endRecord()
        place &+= 4
      }
    }
    if isOpen { visitor.endList() }
  }
}
