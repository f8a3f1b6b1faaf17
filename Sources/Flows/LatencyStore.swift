/// The times of one direction of one flow: three as they are, more of them in buckets.
struct LatencyEntry: BitwiseCopyable {
  var count: UInt32 = 0
  /// The shortest, in nanoseconds.
  var minimum: Float = 0
  /// The second of three times; with more of them, the number of the first block of buckets.
  var second: UInt32 = 0
  /// The third of three times; with more of them, the longest.
  var third: Float = 0
}

/// Fifteen buckets, and where more are: eleven bits of a bucket's number, twenty-one of its count, in each word.
struct LatencyBlock: BitwiseCopyable {
  var buckets = InlineArray<15, UInt32>(repeating: 0)
  var next: UInt32 = 0
}

/// What is known of how long answers took, in nanoseconds.
public struct LatencySummary: Equatable, Sendable {
  /// How many answers.
  public var count: UInt64
  /// The shortest.
  public var minimum: UInt64
  /// Half of them took no longer.
  public var median: UInt64
  /// Ninety-nine of a hundred took no longer.
  public var percentile99: UInt64
  /// The longest.
  public var maximum: UInt64
}

/// Histograms of latencies for very many flows at once.
///
/// The buckets are those of an HDR histogram, 32 to each doubling (an error of 1.6 %), but only those that hold
/// something are kept: the package hdrhistogram-swift has an array of tens of kilobytes for each histogram, and a million
/// flows have two each. A direction keeps at most 120 different buckets, and all of them together `blockLimit` blocks;
/// what comes then is counted in the nearest bucket that there is.
struct LatencyStore: ~Copyable {
  private static var mostBlocks: Int { 8 }
  private static var countBits: UInt32 { 21 }
  private static var largestCount: UInt32 { 1 << countBits &- 1 }

  private var entries: Slab<LatencyEntry>
  private var blocks: Slab<LatencyBlock>

  init(blockLimit: Int) {
    entries = Slab(LatencyEntry())
    blocks = Slab(LatencyBlock(), limit: blockLimit)
  }

  /// How many octets it takes.
  var byteCount: Int { entries.byteCount &+ blocks.byteCount }

  /// Adds a time in nanoseconds to an entry, which is made where its number is 0. Times below zero count as zero.
  mutating func add(_ nanoseconds: Int64, to number: inout UInt32) {
    let time = Swift.max(nanoseconds, 0)
    if number == 0 {
      number = entries.allocate()
      if number == 0 { return }
    }
    var entry = entries[number]
    let value = Float(time)
    switch entry.count {
    case 0: entry.minimum = value
    case 1:
      entry.second = Swift.max(value, entry.minimum).bitPattern
      entry.minimum = Swift.min(value, entry.minimum)
    case 2:
      entry.third = Swift.max(value, entry.minimum)
      entry.minimum = Swift.min(value, entry.minimum)
    case 3: spread(&entry, time)
    default:
      entry.minimum = Swift.min(value, entry.minimum)
      entry.third = Swift.max(value, entry.third)
      count(Self.bucket(UInt64(time)), from: entry.second)
    }
    entry.count = Swift.min(entry.count, .max &- 1) &+ 1
    entries[number] = entry
  }

  /// Puts the three times and a fourth into buckets.
  private mutating func spread(_ entry: inout LatencyEntry, _ time: Int64) {
    let times = [entry.minimum, Float(bitPattern: entry.second), entry.third, Float(time)]
    let block = blocks.allocate()
    entry.minimum = times.min() ?? 0
    entry.third = times.max() ?? 0
    entry.second = block
    guard block != 0 else { return }
    for time in times { count(Self.bucket(UInt64(Swift.max(time, 0))), from: block) }
  }

  /// The number of a time's bucket: below 32 each has its own, above them the five bits behind the highest decide.
  static func bucket(_ time: UInt64) -> UInt32 {
    if time < 32 { return UInt32(truncatingIfNeeded: time) }
    let exponent = 63 &- time.leadingZeroBitCount
    return UInt32(truncatingIfNeeded: (exponent &- 4) &* 32)
      | UInt32(truncatingIfNeeded: time >> UInt64(exponent &- 5) & 31)
  }

  /// The middle of a bucket, in nanoseconds.
  static func middle(of bucket: UInt32) -> UInt64 {
    if bucket < 32 { return UInt64(bucket) }
    let shift = UInt64(bucket >> 5) &- 1
    return (UInt64(bucket & 31) | 32) << shift &+ (1 << shift) >> 1
  }

  private mutating func count(_ bucket: UInt32, from first: UInt32) {
    var number = first
    var nearest: (block: UInt32, place: Int, distance: UInt32) = (0, 0, .max)
    var visited = 0
    while number != 0 {
      visited &+= 1
      for place in 0..<15 {
        let word = blocks[number].buckets[place]
        if word == 0 {
          blocks[number].buckets[place] = bucket << Self.countBits | 1
          return
        }
        let other = word >> Self.countBits
        if other == bucket {
          if word & Self.largestCount == Self.largestCount { halve(from: first) }
          blocks[number].buckets[place] &+= 1
          return
        }
        let distance = other > bucket ? other &- bucket : bucket &- other
        if distance < nearest.distance { nearest = (number, place, distance) }
      }
      if blocks[number].next == 0, visited < Self.mostBlocks {
        let block = blocks.allocate()
        blocks[number].next = block
      }
      number = blocks[number].next
    }
    guard nearest.block != 0 else { return }
    if blocks[nearest.block].buckets[nearest.place] & Self.largestCount == Self.largestCount { halve(from: first) }
    blocks[nearest.block].buckets[nearest.place] &+= 1
  }

  /// Halves all counts, so that their proportions stay while one of them grows on.
  private mutating func halve(from first: UInt32) {
    var number = first
    while number != 0 {
      for place in 0..<15 {
        let word = blocks[number].buckets[place]
        guard word != 0 else { break }
        blocks[number].buckets[place] =
          word & ~Self.largestCount | Swift.max(1, (word & Self.largestCount) >> 1)
      }
      number = blocks[number].next
    }
  }

  /// What an entry has; nil where its number is 0 or it has nothing.
  func summary(of number: UInt32) -> LatencySummary? {
    let entry = entries[number]
    guard number != 0, entry.count > 0 else { return nil }
    var pairs: [(time: UInt64, count: UInt64)] = []
    if entry.count <= 3 {
      pairs.append((UInt64(entry.minimum), 1))
      if entry.count > 1 { pairs.append((UInt64(Float(bitPattern: entry.second)), 1)) }
      if entry.count > 2 { pairs.append((UInt64(entry.third), 1)) }
    } else {
      var block = entry.second
      while block != 0 {
        for place in 0..<15 {
          let word = blocks[block].buckets[place]
          if word == 0 { break }
          pairs.append((Self.middle(of: word >> Self.countBits), UInt64(word & Self.largestCount)))
        }
        block = blocks[block].next
      }
    }
    pairs.sort { $0.time < $1.time }
    let minimum = UInt64(entry.minimum)
    let maximum = entry.count > 3 ? UInt64(entry.third) : pairs.last?.time ?? minimum
    let total = pairs.reduce(0) { $0 &+ $1.count }
    func percentile(_ share: UInt64) -> UInt64 {
      // The smallest time that at least so many of a hundred do not exceed.
      let wanted = (total &* share &+ 99) / 100
      var seen: UInt64 = 0
      for pair in pairs {
        seen &+= pair.count
        if seen >= wanted { return Swift.min(Swift.max(pair.time, minimum), maximum) }
      }
      return maximum
    }
    return LatencySummary(
      count: UInt64(entry.count), minimum: minimum, median: percentile(50), percentile99: percentile(99),
      maximum: maximum)
  }

  /// Gives back an entry and its buckets.
  mutating func free(_ number: UInt32) {
    guard number != 0 else { return }
    if entries[number].count > 3 {
      var block = entries[number].second
      while block != 0 {
        let next = blocks[block].next
        blocks.free(block)
        block = next
      }
    }
    entries.free(number)
  }
}
