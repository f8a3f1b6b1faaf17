/// An open-addressing hash table from hashes to numbers: eight octets an entry, so that a cache line holds eight.
///
/// Half of a 64-bit hash is kept beside the number. Its top bits name the first place to look, so growing needs no hash
/// anew, and all of it is compared before a flow's own memory is touched. The table is at most half full, and an entry
/// that goes is closed up behind: there are no tombstones to walk over. See FlowHash for who chooses the hash.
@safe
struct FlowIndex: ~Copyable {
  private static var firstBits: Int { 12 }

  /// The hash in the high half, the number in the low one; 0 where there is none.
  private var entries: UnsafeMutablePointer<UInt64>
  private var bits = Self.firstBits
  private(set) var count = 0

  init() {
    // SAFETY: the memory is owned by this value from here on.
    unsafe entries = Self.allocate(bits: Self.firstBits)
  }

  deinit {
    // SAFETY: allocated in init or grow, owned by this value alone.
    unsafe entries.deallocate()
  }

  private static func allocate(bits: Int) -> UnsafeMutablePointer<UInt64> {
    // SAFETY: as large and as aligned as that many words need, and initialized at once.
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 8 << bits, alignment: 64)
    return unsafe memory.initializeMemory(as: UInt64.self, repeating: 0, count: 1 << bits)
  }

  @inline(__always)
  private func home(_ hash: UInt32) -> Int { Int(hash >> UInt32(truncatingIfNeeded: 32 &- bits)) }

  /// How many octets it takes.
  var byteCount: Int { 8 << bits }

  /// The number that stands with a hash and that `isWanted` agrees to; 0 where there is none.
  @inline(__always)
  func find(_ hash: UInt32, _ isWanted: (UInt32) -> Bool) -> UInt32 {
    let mask = (1 << bits) &- 1
    var place = home(hash)
    while true {
      // SAFETY: a masked place is within the table, which is never full.
      let entry = unsafe entries[place]
      if entry == 0 { return 0 }
      if UInt32(truncatingIfNeeded: entry >> 32) == hash, isWanted(UInt32(truncatingIfNeeded: entry)) {
        return UInt32(truncatingIfNeeded: entry)
      }
      place = (place &+ 1) & mask
    }
  }

  /// Adds a number, which is not 0, under its hash.
  mutating func insert(_ hash: UInt32, _ number: UInt32) {
    if count &* 2 >= 1 << bits, bits < 31 { grow() }
    place(UInt64(hash) << 32 | UInt64(number))
    count &+= 1
  }

  private mutating func place(_ entry: UInt64) {
    let mask = (1 << bits) &- 1
    var place = home(UInt32(truncatingIfNeeded: entry >> 32))
    // SAFETY: a masked place is within the table, which is at most half full.
    while unsafe entries[place] != 0 { place = (place &+ 1) & mask }
    unsafe entries[place] = entry
  }

  /// Takes out a number under its hash, and moves up those behind it that it was in the way of.
  mutating func remove(_ hash: UInt32, _ number: UInt32) {
    let mask = (1 << bits) &- 1
    let wanted = UInt64(hash) << 32 | UInt64(number)
    var hole = home(hash)
    // SAFETY: masked places are within the table, in which there is always an empty one.
    while unsafe entries[hole] != wanted {
      if unsafe entries[hole] == 0 { return }
      hole = (hole &+ 1) & mask
    }
    var next = (hole &+ 1) & mask
    while true {
      let entry = unsafe entries[next]
      if entry == 0 { break }
      let first = home(UInt32(truncatingIfNeeded: entry >> 32))
      // It may move where the hole is not before the place that its hash names.
      if (next &- first) & mask >= (next &- hole) & mask {
        unsafe entries[hole] = entry
        hole = next
      }
      next = (next &+ 1) & mask
    }
    unsafe entries[hole] = 0
    count &-= 1
  }

  private mutating func grow() {
    let old = unsafe entries
    let oldCount = 1 << bits
    bits &+= 1
    // SAFETY: the memory is owned by this value from here on; the old table has `oldCount` entries.
    unsafe entries = Self.allocate(bits: bits)
    for index in 0..<oldCount {
      let entry = unsafe old[index]
      if entry != 0 { place(entry) }
    }
    unsafe old.deallocate()
  }
}
