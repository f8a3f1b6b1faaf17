/// The channels of a capture: an array whose elements cannot be copied.
@safe
struct RingChannels: ~Copyable {
  private let storage: UnsafeMutablePointer<RingChannel>
  private let capacity: Int
  /// How many there are.
  private(set) var count = 0

  /// Room for that many.
  init(capacity: Int) {
    // SAFETY: deallocated in deinit.
    unsafe storage = .allocate(capacity: capacity)
    self.capacity = capacity
  }

  deinit {
    // SAFETY: the first `count` elements were initialized.
    unsafe storage.deinitialize(count: count)
    unsafe storage.deallocate()
  }

  /// Adds a channel, while there is room.
  mutating func append(_ channel: consuming RingChannel) {
    precondition(count < capacity, "more channels than asked for")
    // SAFETY: inside the capacity, and not initialized before.
    unsafe (storage + count).initialize(to: channel)
    count &+= 1
  }

  /// A channel by its place.
  subscript(index: Int) -> RingChannel {
    @inline(__always) _read {
      precondition(index >= 0 && index < count, "no such channel")
      // SAFETY: initialized, by the line above.
      yield unsafe storage[index]
    }
    @inline(__always) _modify {
      precondition(index >= 0 && index < count, "no such channel")
      // SAFETY: initialized, by the line above.
      yield unsafe &storage[index]
    }
  }
}
