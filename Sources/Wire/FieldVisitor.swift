/// Receives a layer's fields one after another; the tree view and JSON are visitors.
///
/// Names are Wireshark's with the layer's own name taken off (`tshark -G fields`): `tcp.srcport` is `srcport` within
/// `tcp`. Joining the names of the layer, its groups and the field with dots gives Wireshark's name again. A field
/// below another field keeps the dot in its own name (`flags.df` beside `flags`); a group is for a name that has no
/// value itself (`options` with `mss_val` inside). Fields whose names do not begin with the layer's own are visited apart
/// (`LayerKind.otherFieldsName`): JSON has them beside the layer.
public protocol FieldVisitor: ~Copyable {
  /// A number, and what it means where it has a name.
  mutating func number(_ name: StaticString, _ value: UInt64, _ meaning: StaticString?)
  /// A number that Wireshark shows in hexadecimal, with that many digits.
  mutating func hexadecimal(_ name: StaticString, _ value: UInt64, digits: Int, _ meaning: StaticString?)
  /// A set of flags: the number in hexadecimal, and the names of those that are set.
  mutating func flags(_ name: StaticString, _ value: UInt64, digits: Int, _ names: [FlagName])
  /// True or false.
  mutating func boolean(_ name: StaticString, _ value: Bool)
  /// A 48-bit hardware address.
  mutating func hardwareAddress(_ name: StaticString, _ value: UInt64)
  /// An IPv4 address.
  mutating func ipv4Address(_ name: StaticString, _ value: UInt32)
  /// An IPv6 address.
  mutating func ipv6Address(_ name: StaticString, _ value: UInt128)
  /// Text that came with the packet: shown escaped.
  mutating func text(_ name: StaticString, _ value: RawSpan)
  /// A domain name that came with the packet, in the presentation format of RFC 1035 section 5.1: shown escaped, but
  /// for the backslashes that the format itself has.
  mutating func domainName(_ name: StaticString, _ value: RawSpan)
  /// Text of our own.
  mutating func label(_ name: StaticString, _ value: StaticString)
  /// Octets, shown in hexadecimal.
  mutating func octets(_ name: StaticString, _ value: RawSpan)
  /// A time, as seconds and nanoseconds since the Epoch.
  mutating func time(_ name: StaticString, _ value: Timestamp)
  /// A result of verifying a checksum, as Wireshark's `checksum.status` numbers it.
  mutating func checksumStatus(_ name: StaticString, _ value: ChecksumStatus)

  /// Opens a group of fields below a name.
  mutating func beginGroup(_ name: StaticString)
  /// Closes the group.
  mutating func endGroup()
  /// Opens a list of records of the same kind (DNS answers); each record is between `beginRecord` and `endRecord`.
  mutating func beginList(_ name: StaticString)
  /// Closes the list.
  mutating func endList()
  /// Opens a record of a list.
  mutating func beginRecord()
  /// Closes the record.
  mutating func endRecord()
  /// Opens a list of plain values: what is visited until `endList` has an empty name.
  mutating func beginValues(_ name: StaticString)
}

extension FieldVisitor where Self: ~Copyable {
  /// A domain name as any other text, for visitors that escape backslashes by another language's rules.
  public mutating func domainName(_ name: StaticString, _ value: RawSpan) {
    text(name, value)
  }

  // One for each type rather than one over all integers: within a generic visitor that one is not specialized.

  /// A number without a name.
  @inlinable @inline(__always) public mutating func number(_ name: StaticString, _ value: UInt8) {
    number(name, UInt64(value), nil)
  }
  /// A number without a name.
  @inlinable @inline(__always) public mutating func number(_ name: StaticString, _ value: UInt16) {
    number(name, UInt64(value), nil)
  }
  /// A number without a name.
  @inlinable @inline(__always) public mutating func number(_ name: StaticString, _ value: UInt32) {
    number(name, UInt64(value), nil)
  }
  /// A number without a name.
  @inlinable @inline(__always) public mutating func number(_ name: StaticString, _ value: UInt64) {
    number(name, value, nil)
  }
  /// A number without a name, which is not negative.
  @inlinable @inline(__always) public mutating func number(_ name: StaticString, _ value: Int) {
    number(name, UInt64(truncatingIfNeeded: value), nil)
  }

  /// A hexadecimal number without a name.
  @inlinable @inline(__always)
  public mutating func hexadecimal(_ name: StaticString, _ value: some BinaryInteger, digits: Int) {
    hexadecimal(name, UInt64(truncatingIfNeeded: value), digits: digits, nil)
  }
}

/// The name of a bit, or bits, in a flags field.
public struct FlagName: Sendable {
  /// The bits.
  public let mask: UInt64
  /// What it is called.
  public let name: StaticString

  /// A name for the bits of a mask.
  public init(_ mask: UInt64, _ name: StaticString) {
    self.mask = mask
    self.name = name
  }
}
