internal import CLinux

/// Memory for many values of one kind by number: it grows by a chunk, never moves, and hands out again what was freed.
///
/// Numbers begin at 1; 0 stands for none. A number that was never handed out names a value that nobody else sees, so a
/// mistake of ours about one flow ends nothing.
@safe
struct Slab<Element: BitwiseCopyable>: ~Copyable {
  private static var chunkBits: Int { 10 }
  private static var chunkLength: Int { 1 << chunkBits }

  private var chunks: UnsafeMutablePointer<UnsafeMutablePointer<Element>>
  private var chunkCount = 0
  private var chunkCapacity = 64
  private var used = 1
  private var freed: [UInt32] = []
  private let empty: Element
  /// The most values that there may be.
  let limit: Int

  /// How many values are in use.
  var count: Int { used &- 1 &- freed.count }

  /// The highest number that was ever handed out.
  var highest: Int { used &- 1 }

  /// How many octets its chunks take.
  var byteCount: Int { chunkCount &* Self.chunkLength &* MemoryLayout<Element>.stride }

  /// No values yet; `empty` is what a new one is.
  init(_ empty: Element, limit: Int = Int(UInt32.max) - 1) {
    self.empty = empty
    self.limit = limit
    // SAFETY: freed in deinit, owned by this value alone.
    unsafe chunks = .allocate(capacity: chunkCapacity)
    addChunk()
  }

  deinit {
    // SAFETY: `chunkCount` chunks were allocated, and nobody else has them.
    for index in 0..<chunkCount { unsafe chunks[index].deallocate() }
    unsafe chunks.deallocate()
  }

  private mutating func addChunk() {
    if chunkCount == chunkCapacity {
      // SAFETY: the pointers are copied before their memory is freed.
      let larger = UnsafeMutablePointer<UnsafeMutablePointer<Element>>.allocate(capacity: chunkCapacity &* 2)
      unsafe larger.update(from: chunks, count: chunkCount)
      unsafe chunks.deallocate()
      unsafe chunks = larger
      chunkCapacity &*= 2
    }
    // SAFETY: there is room for one more pointer, and the chunk is initialized at once.
    // Values of whole cache lines lie in as few of them as they can.
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: MemoryLayout<Element>.stride &* Self.chunkLength, alignment: max(MemoryLayout<Element>.alignment, 128))
    let chunk = unsafe memory.initializeMemory(as: Element.self, repeating: empty, count: Self.chunkLength)
    unsafe (chunks + chunkCount).initialize(to: chunk)
    chunkCount &+= 1
  }

  /// The number of a new value; 0 where there may be no more.
  mutating func allocate() -> UInt32 {
    if let number = freed.popLast() {
      self[number] = empty
      return number
    }
    guard used <= limit else { return 0 }
    if used == chunkCount << Self.chunkBits { addChunk() }
    used &+= 1
    return UInt32(truncatingIfNeeded: used &- 1)
  }

  /// Gives a value back.
  mutating func free(_ number: UInt32) {
    guard number != 0 else { return }
    freed.append(number)
  }

  @inline(__always)
  private func address(of number: UInt32) -> UnsafeMutablePointer<Element> {
    let place = Int(number) < used ? Int(number) : 0
    // SAFETY: every place below `used` is within a chunk.
    return unsafe chunks[place >> Self.chunkBits] + (place & (Self.chunkLength &- 1))
  }

  /// Starts fetching a value into the cache.
  @inline(__always)
  func prefetch(_ number: UInt32) {
    // SAFETY: the lines are of an initialized value, and a prefetch reads nothing that anyone sees.
    let start = unsafe UnsafeRawPointer(address(of: number))
    var offset = 0
    while offset < MemoryLayout<Element>.size {
      unsafe clinux_prefetch(start + offset)
      offset &+= 64
    }
  }

  /// The value of a number.
  subscript(number: UInt32) -> Element {
    @inline(__always)
    unsafeAddress {
      // SAFETY: the address is of an initialized value that stays while this is borrowed.
      unsafe UnsafePointer(address(of: number))
    }
    @inline(__always)
    unsafeMutableAddress {
      // SAFETY: the address is of an initialized value that stays while this is borrowed.
      unsafe address(of: number)
    }
  }
}
