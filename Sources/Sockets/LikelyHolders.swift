import Linux

/// The processes that a new socket is likely to be of.
struct LikelyHolders {
  private static let mostHot = 48
  private static let most = 512
  /// After how many nanoseconds without a socket a new process is one like any other.
  private static let patience: Int64 = 500_000_000

  /// Those that nobody has looked into since they began or became another program, the oldest first.
  private var fresh: [Int32] = []
  /// Those that were looked into before they had a socket, the oldest first, and since when that is.
  private var expected: [(process: Int32, since: Int64)] = []
  /// Those that new sockets were found in, the latest first.
  private(set) var hot: [Int32] = []

  /// All of them.
  var all: [Int32] { hot + expected.map(\.process) + fresh }
  /// How many were looked into too early.
  var expectedCount: Int { expected.count }

  mutating func began(_ process: Int32) {
    if fresh.last == process { return }
    fresh.append(process)
    if fresh.count > Self.most { fresh.removeFirst(Self.most / 2) }
  }

  mutating func ended(_ process: Int32) {
    fresh.removeAll { $0 == process }
    expected.removeAll { $0.process == process }
    hot.removeAll { $0 == process }
  }

  /// Takes out the newest of those that nobody has looked into, as of programs that run one after another, or the oldest:
  /// of many at the same time each takes about as long to its first socket.
  mutating func takeFresh(newest: Bool) -> Int32? {
    fresh.isEmpty ? nil : newest ? fresh.removeLast() : fresh.removeFirst()
  }

  /// One that was looked into too early, it may be.
  mutating func expect(_ process: Int32) {
    expected.removeAll { $0.process == process }
    expected.append((process, BootClock.nanosecondsSinceStart))
    if expected.count > Self.most { expected.removeFirst(Self.most / 2) }
  }

  /// Takes out the oldest of those that were looked into too early.
  mutating func takeExpected() -> (process: Int32, since: Int64)? { expected.isEmpty ? nil : expected.removeFirst() }

  /// It was too early again.
  mutating func expect(_ process: Int32, since: Int64) {
    if BootClock.nanosecondsSinceStart &- since < Self.patience { expected.append((process, since)) }
  }

  /// One holds sockets, maybe old ones: it is likelier than one that holds none, if there is room.
  mutating func mayHold(_ process: Int32) {
    if hot.count < Self.mostHot, hot.last != process, !hot.contains(process) { hot.append(process) }
  }

  /// One holds a new socket.
  mutating func holds(_ process: Int32) {
    if hot.first == process { return }
    hot.removeAll { $0 == process }
    hot.insert(process, at: 0)
    if hot.count > Self.mostHot { hot.removeLast() }
  }
}
