/// The numbers of one of the kernel's structures as members of a JSON object: their names, prepared for writing.
public struct NumberMembers: Sendable {
  /// A member: its name with a comma, quotation marks and a colon, and where the structure has its number.
  fileprivate struct Member {
    var text: SIMD32<UInt8>
    var length: UInt16
    var offset: UInt16
    var size: UInt16
  }

  fileprivate let members: [Member]

  /// The members in the object's order. A name has at most 28 octets, none to be escaped, and a number 1, 2, 4 or 8 in host
  /// order; others are left out.
  public init(_ members: [(name: StaticString, offset: Int, size: Int)]) {
    self.members = members.compactMap { name, offset, size in
      guard name.utf8CodeUnitCount <= 28, (0..<1 << 15).contains(offset), [1, 2, 4, 8].contains(size) else {
        return nil
      }
      let octets = Array(",\"\(name)\":".utf8)
      var text = SIMD32<UInt8>()
      for (place, octet) in octets.enumerated() { text[place] = octet }
      return Member(text: text, length: UInt16(octets.count), offset: UInt16(offset), size: UInt16(size))
    }
  }
}

extension TextBuffer {
  /// Writes an object with those members that the octets of a structure reach to, but for the brace that ends it; true
  /// where there are any.
  @discardableResult
  public mutating func append(beginningObject members: NumberMembers, of octets: RawSpan) -> Bool {
    let start = used
    // A name, and a number of twenty digits; behind the last name more is stored than is kept.
    writeLine(atMost: members.members.count &* 52 &+ 32) { line in
      for index in members.members.indices {
        let member = members.members[index]
        guard Int(member.offset) &+ Int(member.size) <= octets.byteCount else { continue }
        line.append(prepared: member.text, count: Int(member.length))
        line.append(decimal: octets.number(at: Int(member.offset), size: member.size))
      }
    }
    guard used > start else {
      append("{")
      return false
    }
    // SAFETY: the first member's comma stands there.
    unsafe base[start] = UInt8(ascii: "{")
    return true
  }
}

extension RawSpan {
  /// A number of 1, 2, 4 or 8 octets in host order; the caller has seen that they are there.
  @inline(__always)
  fileprivate func number(at offset: Int, size: UInt16) -> UInt64 {
    // SAFETY: bounds are checked by the load, and integers take any bits.
    switch size {
    case 4: UInt64(unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    case 8: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
    case 1: UInt64(unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self))
    default: UInt64(unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
  }
}
