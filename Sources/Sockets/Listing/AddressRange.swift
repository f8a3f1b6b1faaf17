public import Linux

/// Internet addresses with the same first bits, such as `10.0.0.0/8`. An IPv4-mapped address counts as IPv4.
public struct AddressRange: Sendable, Equatable {
  /// An address within; what is beyond the prefix does not matter.
  public var address: InternetAddress
  /// How many of its first bits count.
  public var prefixLength: Int

  /// A range; a length beyond the address's own bits is that many.
  public init(_ address: InternetAddress, prefixLength: Int) {
    if let mapped = address.mapped, prefixLength >= 96 {
      self.address = .v4(mapped)
      self.prefixLength = min(prefixLength, 128) - 96
      return
    }
    self.address = address
    if case .v4 = address {
      self.prefixLength = min(max(prefixLength, 0), 32)
    } else {
      self.prefixLength = min(max(prefixLength, 0), 128)
    }
  }

  /// A range from an address, or an address, a slash and a number of bits; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    // An IPv6 address may stand in brackets, as it does before a port.
    var name = parts[0]
    if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
    guard let address = InternetAddress(name) else { return nil }
    let bits = if case .v4 = address { 32 } else { 128 }
    guard parts.count == 2 else {
      self.init(address, prefixLength: bits)
      return
    }
    guard let length = Int(parts[1]), (0...bits).contains(length), parts[1].allSatisfy(\.isNumber) else { return nil }
    self.init(address, prefixLength: length)
  }

  /// Whether an address is one of these.
  public func contains(_ other: InternetAddress) -> Bool {
    switch (address, other) {
    case (.v4(let own), .v4(let value)):
      return prefixLength == 0 || (own ^ value) >> UInt32(32 - prefixLength) == 0
    case (.v4, .v6):
      return other.mapped.map { contains(.v4($0)) } ?? false
    case (.v6(let own), .v6(let value)):
      return prefixLength == 0 || (own ^ value) >> UInt128(128 - prefixLength) == 0
    case (.v6, .v4): return false
    }
  }
}
