import ArgumentParser
import Glibc
import Linux
import Output
import Sockets
import Wire

/// The options for watching.
struct WatchOptions: ParsableArguments {
  @Flag(name: .customLong("watch"), help: "Show sockets as they appear, change state and go, until Control-C.")
  var watch = false

  @Option(
    name: .customLong("interval"),
    help: ArgumentHelp("With --watch, look every so many seconds; 1 where not given.", valueName: "seconds"))
  var interval: Double?

  func validate() throws {
    guard let interval else { return }
    guard watch else { throw ValidationError("--interval is for --watch") }
    guard interval >= 0.01, interval <= 86_400 else {
      throw ValidationError("--interval takes 0.01 to 86400 seconds, not \(interval)")
    }
  }
}

/// `sockeye sockets --watch`: an event a line as sockets appear, change and go.
struct SocketWatching: ~Copyable {
  /// How many there were of each.
  private struct Counts {
    var appeared = 0, changed = 0, gone = 0, unseen = 0, scans = 0
    /// Those that went between two scans, and whose state, which the filter asks for, nobody knows.
    var unknown = 0
    /// Those that somebody may hold whose descriptors may not be read.
    var ownerless = 0
  }

  private var reading: SocketReading
  private let output: SocketOutputOptions
  private let interval: Double
  private let query: SocketQuery
  private let door = OwnInspection()
  private var watch: SocketWatch
  private var owners = OwnerCache()
  private var counts = Counts()
  private var writer: SocketEventWriter
  private var stream: OutputStream
  private var listeners: [DestroyListener] = []

  init(_ reading: SocketReading, _ output: SocketOutputOptions, _ interval: Double?) throws(CommandError) {
    self.reading = reading
    self.output = output
    self.interval = interval ?? 1
    query = try reading.watchQuery()
    watch = SocketWatch(withTimeWait: reading.filter.states.contains(.timeWait))
    writer = SocketEventWriter(json: output.json)
    stream = OutputStream(
      descriptor: STDOUT_FILENO, name: "standard output",
      color: !output.json && Console.wantsColor(output.color, on: STDOUT_FILENO))
  }

  /// Watches until a signal comes.
  mutating func run() throws {
    let signals = try Interruption.catchSignals()
    listeners = try listen()
    var poll = Poll()
    poll.add(signals.descriptor.rawValue)
    for listener in listeners { poll.add(listener.events.descriptor) }
    let query = query, door = door
    let first = try SocketReading.answer { () throws(SystemError) in try SocketInventory.read(query, through: door) }
    _ = watch.take(first.sockets)
    for note in first.notes { Console.report("sockeye: \(note)") }
    try readAllOwners()
    Console.report("sockeye: watching \(watch.count) sockets: Control-C stops")
    var next = Self.now() + interval
    while signals.next() == nil {
      let wait = max(next - Self.now(), 0) * 1000
      _ = try SocketReading.answer { () throws(SystemError) in try poll.wait(milliseconds: Int32(wait.rounded(.up))) }
      try show(try endings())
      guard Self.now() >= next else { continue }
      try scan()
      next = max(next + interval, Self.now())
    }
    try show(try endings())
    try scan()
    try report()
  }

  // MARK: What happens

  private mutating func scan() throws(CommandError) {
    let query = query, door = door
    let snapshot = try SocketReading.answer { () throws(SystemError) in
      try SocketInventory.read(query, through: door)
    }
    // A socket that went during the scan is not gone twice.
    var events = try endings()
    events += watch.take(snapshot.sockets)
    counts.scans += 1
    try show(events)
  }

  /// What the kernel told of sockets that went.
  private mutating func endings() throws(CommandError) -> [SocketEvent] {
    var events: [SocketEvent] = []
    for listener in listeners {
      while let socket = try SocketReading.answer({ () throws(SystemError) in try listener.events.next() }) {
        if let event = watch.took(socket) { events.append(event) }
      }
    }
    return events
  }

  private mutating func show(_ events: [SocketEvent]) throws(CommandError) {
    let wanted = events.filter { wants($0) }
    counts.unknown += events.count { !wants($0) && mightBeWanted($0) }
    guard !wanted.isEmpty else { return }
    let nanoseconds = BootClock.nanosecondsSinceEpoch
    let time = Timestamp(seconds: nanoseconds / 1_000_000_000, nanoseconds: UInt32(nanoseconds % 1_000_000_000))
    if reading.withOwners {
      let new = Set(wanted.filter { $0.kind != .gone }.map(\.socket.inode))
      var owners = owners
      let door = door
      try SocketReading.answer { () throws(SystemError) in try owners.find(new, through: door) }
      self.owners = owners
    }
    var snapshot = SocketSnapshot()
    snapshot.sockets = wanted.map(\.socket)
    let table = owners.table(of: snapshot.sockets.lazy.map(\.inode))
    let listing = SocketListing(
      snapshot, table, places: Array(wanted.indices), reading.filter.owner, reading.surroundings(snapshot, table))
    let json = SocketJSON(listing)
    for place in listing.rows {
      count(wanted[place], isOwned: !listing.descriptors(of: place).isEmpty)
      writer.write(wanted[place], at: place, of: listing, json, time, into: &stream.text)
    }
    for event in wanted where event.kind == .gone { owners.forget(event.socket.inode) }
    try flush()
  }

  /// Whether the filter wants a socket, as it is or as it was.
  private func wants(_ event: SocketEvent) -> Bool {
    if reading.filter.matches(event.socket) { return true }
    guard let before = event.previousState else { return false }
    var socket = event.socket
    socket.state = before
    return reading.filter.matches(socket)
  }

  /// Whether only its state, which nobody knows, is left to decide about a socket that no scan saw.
  private func mightBeWanted(_ event: SocketEvent) -> Bool {
    guard !event.wasSeen else { return false }
    var filter = reading.filter
    filter.states = []
    filter.listening = false
    filter.connected = false
    return filter.matches(event.socket)
  }

  private mutating func count(_ event: SocketEvent, isOwned: Bool) {
    switch event.kind {
    case .appeared: counts.appeared += 1
    case .changed: counts.changed += 1
    case .gone: counts.gone += 1
    }
    if !event.wasSeen { counts.unseen += 1 }
    if event.kind == .appeared, event.socket.inode != 0, !isOwned { counts.ownerless += 1 }
  }

  private mutating func flush() throws(CommandError) {
    do throws(OutputError) {
      try stream.flush()
    } catch {
      try Console.end(error)
    }
  }

  // MARK: Beginning and end

  /// Hears of the end of TCP and UDP sockets, in each namespace that is watched.
  private func listen() throws(CommandError) -> [DestroyListener] {
    guard !query.families.isDisjoint(with: [.inet, .inet6]) else { return [] }
    let namespaces: [NetworkNamespace?]
    let door = door
    switch query.namespaces {
    case .own: namespaces = [nil]
    case .path(let path): namespaces = [NetworkNamespace(path: path)]
    case .every:
      namespaces = try SocketReading.answer { () throws(SystemError) in try door.networkNamespaces() }
    }
    // A kernel without the groups is no error: the scans find out, only later.
    return namespaces.compactMap { try? DestroyListener($0, through: door) }
  }

  private mutating func readAllOwners() throws(CommandError) {
    guard reading.withOwners else { return }
    var owners = owners
    let door = door
    try SocketReading.answer { () throws(SystemError) in try owners.readAll(through: door) }
    self.owners = owners
  }

  /// Says how many there were, and what may have been missed.
  private func report() throws(CommandError) {
    let scans = "\(counts.scans) \(counts.scans == 1 ? "scan" : "scans")"
    Console.report(
      "sockeye: \(counts.appeared) appeared, \(counts.changed) changed, \(counts.gone) gone in \(scans)")
    if counts.unseen > 0 {
      Console.report(
        "sockeye: \(counts.unseen) of those gone had lived between two scans: only the kernel's word of their end is known"
      )
    }
    if counts.unknown > 0 {
      Console.report(
        "sockeye: \(counts.unknown) more lived between two scans: whether they were in a state asked for is not known")
    }
    let overruns = listeners.reduce(0) { $0 + $1.events.overruns }
    if overruns > 0 {
      Console.report("sockeye: the kernel told of more ends than were read, \(overruns) times: some were missed")
    }
    let told = listeners.isEmpty ? "" : ", other than TCP and UDP,"
    Console.report("sockeye: sockets\(told) that lived less than \(interval) s may have been missed")
    guard counts.ownerless > 0 else { return }
    let missing = try CapturePermission.current().missingForOwners
    let table = owners.table(of: [])
    guard let note = table.unreadableNote(missing: missing) else { return }
    Console.report("sockeye: \(note), \(counts.ownerless) of those that appeared have no known owner")
  }

  private static func now() -> Double { Double(BootClock.nanosecondsSinceStart) / 1e9 }
}

/// The kernel's word of ends in one namespace.
private final class DestroyListener {
  var events: SocketDestroyEvents

  init(_ namespace: NetworkNamespace?, through door: OwnInspection) throws(SystemError) {
    events = try SocketDestroyEvents(namespace: namespace, through: door)
  }
}
