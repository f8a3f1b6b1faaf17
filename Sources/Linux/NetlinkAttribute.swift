/// An attribute of a netlink message: its type, and where its value stands in the payload that it was found in.
///
/// Where tens of thousands of messages are read, a payload for each value would be counted in and out each time, which
/// takes longer than to read it.
@frozen public struct NetlinkAttribute: Sendable {
  public let type: UInt16
  @usableFromInline let length: UInt16
  @usableFromInline let place: UInt32

  /// Where its value begins, counted from the payload's beginning.
  @inlinable public var start: Int { Int(place) }
  /// How many octets its value has.
  @inlinable public var count: Int { Int(length) }

  @inlinable init(type: UInt16, start: Int, count: Int) {
    self.type = type
    length = UInt16(truncatingIfNeeded: count)
    place = UInt32(truncatingIfNeeded: start)
  }
}

extension NetlinkPayload {
  /// Where what follows a fixed part begins: behind its padding to four octets.
  @inlinable public static func aligned(_ length: Int) -> Int { align(length) }

  /// The attribute that begins at a place, which moves behind it; nil at the end, or where its length is a lie.
  ///
  /// - Parameter end: where the attributes end that it is one of; the payload's own end where that is before.
  @inlinable
  public func attribute(at place: inout Int, before end: Int = .max) -> NetlinkAttribute? {
    let room = min(end, count) &- place
    let size = MemoryLayout<UInt32>.size
    guard room >= size, let header = value(at: place, as: UInt32.self) else { return nil }
    // struct nlattr: the length, then the type with two flags above it.
    let length = Int(UInt16(truncatingIfNeeded: UInt32(littleEndian: header)))
    let type = UInt16(truncatingIfNeeded: UInt32(littleEndian: header) >> 16) & 0x3fff
    guard length >= size, length <= room else { return nil }
    let start = place &+ size
    place &+= Self.align(length)
    return NetlinkAttribute(type: type, start: start, count: length &- size)
  }

  /// An attribute's value as a number, or one of the kernel's structures, whole; nil where it is shorter.
  @inlinable
  public func value<Value: BitwiseCopyable>(of attribute: NetlinkAttribute, as type: Value.Type) -> Value? {
    MemoryLayout<Value>.size <= attribute.count ? value(at: attribute.start, as: type) : nil
  }

  /// An attribute's value as a number in host order; zero where it is shorter.
  @inlinable
  public func number<Value: FixedWidthInteger & BitwiseCopyable>(_ attribute: NetlinkAttribute) -> Value {
    value(of: attribute, as: Value.self) ?? 0
  }

  /// An attribute's octets, lent.
  @_lifetime(borrow self)
  public func bytes(of attribute: NetlinkAttribute) -> RawSpan {
    let start = range.lowerBound &+ attribute.start
    // SAFETY: octets have no padding; the bounds are checked, and the buffer lives as long as this value is borrowed.
    let octets = unsafe buffer.span.bytes.extracting(start..<start &+ attribute.count)
    return unsafe _overrideLifetime(octets, borrowing: self)
  }

  /// An attribute's octets.
  public func octets(of attribute: NetlinkAttribute) -> [UInt8] { copy(attribute.start, attribute.count) }

  /// An attribute's octets before the first zero.
  public func octetsBeforeZero(of attribute: NetlinkAttribute) -> [UInt8] {
    var count = 0
    while count < attribute.count, uint8(at: attribute.start &+ count) != 0 { count &+= 1 }
    return copy(attribute.start, count)
  }

  /// An attribute's value as numbers of four octets each, in host order; what is left over is left out.
  public func numbers(of attribute: NetlinkAttribute) -> [UInt32] {
    let count = attribute.count / MemoryLayout<UInt32>.size
    var numbers: [UInt32] = []
    numbers.reserveCapacity(count)
    for place in 0..<count { numbers.append(uint32(at: attribute.start &+ place &* 4)) }
    return numbers
  }

  private func copy(_ start: Int, _ count: Int) -> [UInt8] {
    let first = range.lowerBound &+ start
    // SAFETY: lent for the call; the bounds are checked by the slice.
    return unsafe buffer.withUnsafeBytes {
      unsafe [UInt8](UnsafeRawBufferPointer(rebasing: $0[first..<first &+ count]))
    }
  }
}
