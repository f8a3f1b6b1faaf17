internal import Wire

/// Names from packets, each kept once. Bounded: what comes then is not kept.
///
/// A table of its own, with a secret key in its hash: whoever sends names must not choose where they meet in it.
struct NamePool: ~Copyable {
  private static var mostNames: Int { 1 << 18 }
  private static var mostOctets: Int { 32 << 20 }

  private let keys: (UInt64, UInt64)
  private var names: [[UInt8]] = [[]]
  private var hashes: [UInt64] = [0]
  /// Numbers of names by their hashes, at most half full; 0: none.
  private var table = [UInt32](repeating: 0, count: 256)
  private var octets = 0

  init() {
    var random = SystemRandomNumberGenerator()
    keys = (random.next(), random.next() | 1)
  }

  /// The number of a name; 0 where there is no room.
  mutating func number(of name: RawSpan) -> UInt32 {
    let hash = hash(name)
    let mask = table.count &- 1
    var place = Int(truncatingIfNeeded: hash) & mask
    while table[place] != 0 {
      let number = table[place]
      if hashes[Int(number)] == hash, has(name, number) { return number }
      place = (place &+ 1) & mask
    }
    guard names.count < Self.mostNames, octets &+ name.byteCount <= Self.mostOctets else { return 0 }
    // The array's own header counts too.
    octets &+= name.byteCount &+ 64
    var copy: [UInt8] = []
    copy.reserveCapacity(name.byteCount)
    for index in 0..<name.byteCount { copy.append(name.uint8(at: index)) }
    let number = UInt32(truncatingIfNeeded: names.count)
    names.append(copy)
    hashes.append(hash)
    table[place] = number
    if names.count &* 2 > table.count { grow() }
    return number
  }

  /// Whether a number's name is this one.
  func has(_ name: RawSpan, _ number: UInt32) -> Bool {
    guard Int(number) < names.count, names[Int(number)].count == name.byteCount else { return false }
    return withBytes(names[Int(number)]) { known in
      var index = 0
      while index < known.byteCount {
        if known.uint8(at: index) != name.uint8(at: index) { return false }
        index &+= 1
      }
      return true
    }
  }

  /// The name of a number; nil for 0.
  func name(_ number: UInt32) -> [UInt8]? {
    number > 0 && Int(number) < names.count ? names[Int(number)] : nil
  }

  private func hash(_ name: RawSpan) -> UInt64 {
    var state = keys.0 ^ UInt64(truncatingIfNeeded: name.byteCount)
    var index = 0
    while index &+ 8 <= name.byteCount {
      state = Self.mix(state ^ name.uint64(at: index), keys.1)
      index &+= 8
    }
    var rest: UInt64 = 0
    while index < name.byteCount {
      rest = rest << 8 | UInt64(name.uint8(at: index))
      index &+= 1
    }
    return Self.mix(state ^ rest, keys.0 ^ 0x9e37_79b9_7f4a_7c15)
  }

  @inline(__always)
  private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }

  private mutating func grow() {
    var larger = [UInt32](repeating: 0, count: table.count &* 2)
    let mask = larger.count &- 1
    for number in 1..<names.count {
      var place = Int(truncatingIfNeeded: hashes[number]) & mask
      while larger[place] != 0 { place = (place &+ 1) & mask }
      larger[place] = UInt32(truncatingIfNeeded: number)
    }
    table = larger
  }
}
