import CLinux
import Glibc
import Wire

/// What relative sequence numbers of one connection count from, by the hash of its endpoints: sixteen octets, so that
/// a cache line holds four.
struct ConnectionEntry {
  /// The first side's base: the side whose address and port are the lower ones.
  var lowerBase: UInt32 = 0
  /// The other side's base.
  var upperBase: UInt32 = 0
  /// 55 bits of the hash, and in the low nine what is known: see `Known`. Zero: no connection.
  var tag: UInt64 = 0

  /// What is known of a connection: the low nine bits of its tag.
  enum Known {
    static let lowerBase: UInt64 = 0x01
    static let upperBase: UInt64 = 0x02
    static let closed: UInt64 = 0x04
    /// Four bits: how many lines behind its own the entry stands.
    static let displacementShift: UInt64 = 3
    static let displacementMask: UInt64 = 0x78
    /// Two bits: when it was used last, counted in turns of the table.
    static let turnShift: UInt64 = 7
    static let turnMask: UInt64 = 0x180
    static let all: UInt64 = 0x1ff
  }
}

/// A bounded hash table of connections: four to a cache line, a line to a look-up nearly always.
///
/// A connection stands in the line that its hash names or in one of the fifteen behind it. The table grows
/// fourfold while it is more than seven eighths full, up to `maximumLineBits`; then the entry that was not used for longest
/// makes room. Memory that is new costs more than a look at a second line.
/// The top bits of the 64-bit hash name the line, the other 55 are kept, so that all 64 are compared and growing needs
/// no hash anew. See RelativeSequences for who chooses the hash.
@safe
struct ConnectionTable: ~Copyable {
  /// Lines at first: 32 KiB. Its nine bits of the hash are those that an entry does not keep.
  static let firstLineBits = 9
  /// Lines at most: 1,048,576 connections in 16 MiB.
  static let maximumLineBits = 18
  /// How many lines a look-up goes through at most. With eight, one connection of half a million was crowded out now
  /// and then.
  static let window = 16

  /// The size of a huge page on x86-64 and arm64, in octets. See madvise(2).
  private static let hugePage = 2 << 20

  private var lines: UnsafeMutablePointer<ConnectionEntry>
  private var lineBits = Self.firstLineBits
  /// Connections kept.
  private(set) var count = 0
  private var insertions = 0
  private var turn: UInt64 = 0

  init() {
    // SAFETY: the memory is owned by this value from here on.
    unsafe lines = Self.allocate(lineBits: Self.firstLineBits)
  }

  deinit {
    // SAFETY: allocated in init or grow, owned by this value alone.
    unsafe lines.deallocate()
  }

  private static func allocate(lineBits: Int) -> UnsafeMutablePointer<ConnectionEntry> {
    let entries = 4 << lineBits
    let length = entries &* MemoryLayout<ConnectionEntry>.stride
    let isLarge = length >= hugePage
    // SAFETY: the memory is as large and as aligned as that many entries need, and is initialized at once.
    let memory = UnsafeMutableRawPointer.allocate(byteCount: length, alignment: isLarge ? hugePage : 64)
    // Look-ups go all over it: in small pages each would search the page's address first. It is no more than a wish.
    if isLarge { unsafe _ = madvise(memory, length, MADV_HUGEPAGE) }
    return unsafe memory.initializeMemory(as: ConnectionEntry.self, repeating: ConnectionEntry(), count: entries)
  }

  /// Starts fetching the line of a hash into the cache, so that it is there when it is asked for.
  @inline(__always)
  func prefetch(_ hash: UInt64) {
    // SAFETY: the line's number is within the table, and a prefetch reads nothing that anyone sees.
    unsafe clinux_prefetch(lines + Int(truncatingIfNeeded: hash >> UInt64(64 &- lineBits)) &* 4)
  }

  /// Calls the body with the entry of a hash, which is a new one where there was none.
  @inline(__always)
  mutating func withEntry<Result>(of hash: UInt64, _ body: (inout ConnectionEntry) -> Result) -> Result {
    let index = find(hash)
    // SAFETY: `find` answers with an index within the table.
    return unsafe body(&lines[index])
  }

  private mutating func find(_ hash: UInt64) -> Int {
    let mask = (1 << lineBits) &- 1
    let home = Int(truncatingIfNeeded: hash >> UInt64(64 &- lineBits))
    let wanted = hash << 9
    var step = 0
    while step < Self.window {
      let first = ((home &+ step) & mask) &* 4
      var index = first
      while index < first &+ 4 {
        // SAFETY: a masked line number and four entries a line: within the table.
        let tag = unsafe lines[index].tag
        if tag & ~ConnectionEntry.Known.all == wanted, tag & ConnectionEntry.Known.all != 0 {
          let used = tag & ~ConnectionEntry.Known.turnMask | turn << ConnectionEntry.Known.turnShift
          if used != tag { unsafe lines[index].tag = used }
          return index
        }
        if tag == 0 { return insert(wanted, at: index, step, hash) }
        index &+= 1
      }
      step &+= 1
    }
    return replace(wanted, home, hash)
  }

  @inline(never)
  private mutating func insert(_ wanted: UInt64, at index: Int, _ step: Int, _ hash: UInt64) -> Int {
    if count > 7 << (lineBits &- 1), lineBits < Self.maximumLineBits {
      grow()
      return find(hash)
    }
    count &+= 1
    set(wanted, at: index, step)
    return index
  }

  /// Takes the place of the entry that was not used for longest.
  @inline(never)
  private mutating func replace(_ wanted: UInt64, _ home: Int, _ hash: UInt64) -> Int {
    if lineBits < Self.maximumLineBits {
      grow()
      return find(hash)
    }
    let mask = (1 << lineBits) &- 1
    var oldest = (home & mask) &* 4
    var oldestAge: UInt64 = 0
    var oldestStep = 0
    for step in 0..<Self.window {
      for slot in 0..<4 {
        let index = ((home &+ step) & mask) &* 4 &+ slot
        // SAFETY: a masked line number and four entries a line: within the table.
        let used = unsafe lines[index].tag >> ConnectionEntry.Known.turnShift & 3
        let age = (turn &- used) & 3
        if age > oldestAge { (oldest, oldestAge, oldestStep) = (index, age, step) }
      }
    }
    set(wanted, at: oldest, oldestStep)
    return oldest
  }

  private mutating func set(_ wanted: UInt64, at index: Int, _ step: Int) {
    insertions &+= 1
    // A turn is a quarter of the table's entries made anew.
    if insertions & ((1 << lineBits) &- 1) == 0 { turn = (turn &+ 1) & 3 }
    var entry = ConnectionEntry()
    entry.tag =
      wanted | UInt64(truncatingIfNeeded: step) << ConnectionEntry.Known.displacementShift
      | turn << ConnectionEntry.Known.turnShift
    // SAFETY: the callers found the index within the table.
    unsafe lines[index] = entry
  }

  /// Makes the table four times as large, or twice where it cannot be larger: each entry moves by the next bits of its
  /// hash, in the order in which they stand.
  @inline(never)
  private mutating func grow() {
    let oldLines = unsafe lines
    let oldBits = lineBits
    lineBits = Swift.min(lineBits &+ 2, Self.maximumLineBits)
    let added = lineBits &- oldBits
    // SAFETY: the memory is owned by this value from here on.
    unsafe lines = Self.allocate(lineBits: lineBits)
    count = 0
    let oldMask = (1 << oldBits) &- 1
    let mask = (1 << lineBits) &- 1
    let bitShift = UInt64(64 &- added &- (oldBits &- Self.firstLineBits))
    let addedMask: UInt64 = 1 &<< UInt64(added) &- 1
    for index in 0..<(4 << oldBits) {
      // SAFETY: the old table has that many entries.
      let entry = unsafe oldLines[index]
      guard entry.tag != 0 else { continue }
      let step = Int((entry.tag & ConnectionEntry.Known.displacementMask) >> ConnectionEntry.Known.displacementShift)
      let oldHome = ((index >> 2) &- step) & oldMask
      let home = oldHome &<< added | Int(entry.tag >> bitShift & addedMask)
      place(entry, home, mask)
    }
    // SAFETY: the old table is no longer reachable.
    unsafe oldLines.deallocate()
  }

  /// Puts an entry into the first free place of its lines; without one it is forgotten.
  private mutating func place(_ entry: ConnectionEntry, _ home: Int, _ mask: Int) {
    for step in 0..<Self.window {
      for slot in 0..<4 {
        let index = ((home &+ step) & mask) &* 4 &+ slot
        // SAFETY: a masked line number and four entries a line: within the table.
        guard unsafe lines[index].tag == 0 else { continue }
        var moved = entry
        moved.tag =
          entry.tag & ~ConnectionEntry.Known.displacementMask
          | UInt64(truncatingIfNeeded: step) << ConnectionEntry.Known.displacementShift
        unsafe lines[index] = moved
        count &+= 1
        return
      }
    }
  }
}
