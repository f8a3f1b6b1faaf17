/// A permutation of numbers that keeps prefixes: two numbers that share exactly their first bits still share exactly as
/// many.
///
/// It is the construction of Crypto-PAn (Xu, Fan, Ammar, Moon: Prefix-Preserving IP Address Anonymization, 2002): each
/// bit is turned or not by a pseudorandom function of the bits before it. Here one value of the function decides for a
/// whole octet: after the prefix of `n` octets, HMAC-SHA256 of the domain, `n` and the prefix gives 256 bits, and a bit
/// after `d` more bits `x` is turned where the bit `2^d + x` of these is set.
struct PrefixPermutation {
  /// A prefix that stays as it is, and with it all that leads to it.
  struct Kept {
    /// Its bits, as a number.
    let value: UInt128
    /// How many they are.
    let length: Int
    /// Whether what follows it stays too.
    let isWhole: Bool

    init(_ value: UInt128, _ length: Int, whole: Bool) {
      self.value = value
      self.length = length
      isWhole = whole
    }
  }

  private let function: PseudorandomFunction
  private let domain: UInt8
  private let width: Int
  private let kept: [Kept]
  /// Bits that stay whatever is before them.
  private let fixed: UInt128
  /// The function's values by prefix; a one stands before each, so that their lengths differ.
  private var known: [UInt128: SIMD4<UInt64>] = [:]
  private var message: [UInt8] = []

  /// A permutation of numbers of `width` bits, at most 127 or just 128, which differs from that of any other domain.
  init(_ function: PseudorandomFunction, domain: UInt8, width: Int, kept: [Kept] = [], fixed: UInt128 = 0) {
    self.function = function
    self.domain = domain
    self.width = width
    self.kept = kept
    self.fixed = fixed
  }

  /// The number that takes the place of another.
  mutating func callAsFunction(_ value: UInt128) -> UInt128 {
    var result: UInt128 = 0
    var done = 0
    while done < width {
      let count = Swift.min(8, width &- done)
      let prefix = done == 0 ? 0 : value >> UInt128(width &- done)
      let turns = turns(after: prefix, octets: done / 8)
      for depth in 0..<count {
        let length = done &+ depth
        let shift = UInt128(width &- length &- 1)
        var bit = value >> shift & 1
        let before = length == 0 ? 0 : value >> (shift &+ 1)
        let node = 1 &<< depth | Int(truncatingIfNeeded: before & ((1 &<< UInt128(depth)) &- 1))
        if turns[node / 64] >> UInt64(node % 64) & 1 != 0, fixed >> shift & 1 == 0, !keeps(before, length) { bit ^= 1 }
        result = result << 1 | bit
      }
      done &+= count
    }
    return result
  }

  /// Whether the bit after a prefix stays as it is.
  private func keeps(_ prefix: UInt128, _ length: Int) -> Bool {
    for one in kept {
      if length < one.length {
        if one.value >> UInt128(one.length &- length) == prefix { return true }
      } else if one.isWhole, prefix >> UInt128(length &- one.length) == one.value {
        return true
      }
    }
    return false
  }

  private mutating func turns(after prefix: UInt128, octets: Int) -> SIMD4<UInt64> {
    let place = prefix | 1 << UInt128(octets &* 8)
    if let turns = known[place] { return turns }
    message.removeAll(keepingCapacity: true)
    message.append(domain)
    message.append(UInt8(truncatingIfNeeded: octets))
    var shift = octets &* 8
    while shift > 0 {
      shift &-= 8
      message.append(UInt8(truncatingIfNeeded: prefix >> UInt128(shift)))
    }
    let turns = function(message)
    // What was forgotten is computed again: memory stays bounded whatever comes.
    if known.count >= function.rememberedAtMost { known.removeAll(keepingCapacity: true) }
    known[place] = turns
    return turns
  }
}
