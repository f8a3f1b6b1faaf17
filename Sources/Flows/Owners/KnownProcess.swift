internal import Linux

/// A process that is known already, by its place in the table of them.
struct KnownProcess: Sendable {
  /// What became known, and is to be forgotten first.
  struct News: Sendable {
    var known: [KnownProcess] = []
    var forgotten: [Int32] = []
    var areAllForgotten = false

    var isEmpty: Bool { known.isEmpty && forgotten.isEmpty && !areAllForgotten }

    /// Adds what became known later.
    mutating func add(_ later: News) {
      guard !isEmpty else { return self = later }
      if later.areAllForgotten { self = News(areAllForgotten: true) }
      known.removeAll { later.forgotten.contains($0.process) }
      known += later.known
      forgotten += later.forgotten
    }
  }

  let process: Int32
  let place: UInt32
  /// When it became what it is, in nanoseconds since the Epoch; 0 where that was not heard.
  let since: Int64
  private let startTime: UInt64
  private let name: (UInt64, UInt64)

  /// `startTime`: in clock ticks since the system's start.
  init(_ process: Int32, startTime: UInt64, name: [UInt8], place: UInt32, since: Int64) {
    self.process = process
    self.place = place
    self.since = since
    self.startTime = startTime
    self.name = SocketUses.name(name)
  }

  /// Whether it is the one that was started then, in nanoseconds since the system's start, and had that name.
  func `is`(_ start: UInt64, _ name: (UInt64, UInt64)) -> Bool {
    SocketUses.ticks(start) == startTime && name == self.name
  }
}
