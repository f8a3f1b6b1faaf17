internal import Linux
internal import Sockets
internal import Wire

/// The processes that own something, each under a place in a table that only grows: by number and start, so that a number
/// used again is another process, and again when it has become another program.
struct ProcessRegistry {
  /// A process as it was when it was looked at.
  private struct Entry {
    var place: UInt32
    var startTime: UInt64
    var name: [UInt8]
    /// Whether nothing was heard of it since: then it need not be looked at again.
    var isCurrent: Bool
    /// When it became that, in nanoseconds since the Epoch; 0 where that was not heard.
    var since: Int64
  }

  /// A process that may own something soon, as it was when it was looked at.
  private struct Prepared {
    var process: CapturedProcess
    var startTime: UInt64
    var name: [UInt8]
    /// When it became that, in nanoseconds since the Epoch; 0 where that was not heard.
    var since: Int64
  }

  /// Whoever captures knows so many at most.
  private static let mostTold = 1 << 14
  /// So many of them are kept.
  private static let mostPrepared = 1 << 10
  /// How many octets of arguments are kept of a process, and how many ancestors.
  private static let mostArguments = 1 << 14
  private static let mostAncestors = 32
  /// Within how many nanoseconds a process is told to have been started, and was.
  private static let sameBirth: Int64 = 50_000_000

  /// Processes that nobody has been told of yet, in the order of their places.
  private(set) var news: [CapturedProcess] = []
  /// What whoever captures is to know of them, and which of them it knows.
  private var identityNews = KnownProcess.News()
  private var told: [Int32: UInt32] = [:]
  /// Whether that is asked for.
  var tellsIdentities = false
  /// Whether the kernel tells when a process becomes another program or ends.
  var hearsOfChanges = false
  /// Whether the processes are told that one comes from.
  var tellsAncestors = false

  /// When a process of the last answer became what it is, or was started, in nanoseconds since the Epoch; 0: not heard.
  private(set) var lastChange: Int64 = 0

  private var count: UInt32 = 0
  private var changes: [Int32: Int64] = [:]
  /// When processes were heard to be started.
  private var beginnings: [Int32: Int64] = [:]
  private var entries: [Int32: Entry] = [:]
  /// Processes that have ended, as they were.
  private var past: [Int32: Entry] = [:]
  /// Those that may own something soon, and those of them that have ended.
  private var prepared: [Int32: Prepared] = [:]
  private var preparedPast: [Int32: Prepared] = [:]
  /// Processes that have ended, and had started no other in all their lives.
  private var childless: Set<Int32> = []
  /// When some of what the kernel told was lost last, in nanoseconds since the Epoch.
  private var lost: Int64 = 0
  private var identities: [UInt32: CapturedProcess] = [:]
  private var groups: [[UInt32]: UInt32] = [:]
  /// The places of those that a group is of.
  private var members: [UInt32: [UInt32]] = [:]
  /// Who started processes, and when, in nanoseconds since the Epoch.
  private var births: [Int32: (parent: Int32, time: Int64)] = [:]
  private var users = UserNames()
  private let clock: ProcessClock

  init(clock: ProcessClock) { self.clock = clock }

  /// Takes what nobody has been told of.
  mutating func takeNews() -> [CapturedProcess] {
    var taken: [CapturedProcess] = []
    swap(&taken, &news)
    return taken
  }

  /// Takes what whoever captures is to know.
  mutating func takeIdentities() -> KnownProcess.News {
    guard !identityNews.isEmpty else { return KnownProcess.News() }
    var taken = KnownProcess.News()
    swap(&taken, &identityNews)
    return taken
  }

  private mutating func tell(_ process: Int32, _ entry: Entry) {
    guard tellsIdentities, entry.isCurrent, hearsOfChanges, told[process] != entry.place else { return }
    if told.count >= Self.mostTold {
      told.removeAll()
      identityNews = KnownProcess.News()
      identityNews.areAllForgotten = true
    }
    told[process] = entry.place
    identityNews.known.append(
      KnownProcess(
        process, startTime: entry.startTime, name: entry.name, place: entry.place, since: entry.since))
  }

  /// A process is not what it was.
  private mutating func withdraw(_ process: Int32) {
    guard told.removeValue(forKey: process) != nil else { return }
    identityNews.known.removeAll { $0.process == process }
    identityNews.forgotten.append(process)
  }

  // MARK: What the kernel tells

  /// A process has been started by another.
  mutating func began(_ process: Int32, parent: Int32, at time: Int64) {
    entries[process] = nil
    past[process] = nil
    withdraw(process)
    prepared[process] = nil
    childless.remove(process)
    if changes.count > 1 << 16 {
      changes.removeAll()
      beginnings.removeAll()
    }
    changes[process] = time
    beginnings[process] = time
    if tellsAncestors { births[process] = (parent, time) }
  }

  /// A process has become another program, or has another name or user.
  mutating func changed(_ process: Int32, at time: Int64) {
    entries[process]?.isCurrent = false
    past[process] = nil
    withdraw(process)
    prepared[process] = nil
    changes[process] = time
  }

  /// Some of what the kernel told was lost: everything has to be looked at again.
  mutating func heardTooLittle() {
    entries.removeAll()
    childless.removeAll()
    told.removeAll()
    prepared.removeAll()
    identityNews = KnownProcess.News()
    identityNews.areAllForgotten = true
    lost = BootClock.nanosecondsSinceEpoch
  }

  /// A process has ended. Its children had it as their parent all the same.
  mutating func ended(_ process: Int32, hadChildren: Bool) {
    if childless.count > 1 << 14 { childless.removeAll() }
    if let began = beginnings[process], began > lost, !hadChildren { childless.insert(process) }
    // What it had others may have now.
    if hadChildren || !childless.contains(process) { withdraw(process) }
    if preparedPast.count > Self.mostPrepared { preparedPast.removeAll() }
    if let ready = prepared.removeValue(forKey: process) { preparedPast[process] = ready }
    // What it became after it was looked at last is not known.
    if let entry = entries.removeValue(forKey: process), entry.isCurrent { keep(entry, past: process) }
    changes[process] = nil
    beginnings[process] = nil
    if births.count > 1 << 16 { births.removeAll() }
  }

  /// Whether it was heard of a process that it has changed since then, in nanoseconds since the Epoch. Where nothing is heard
  /// of changes, all may have.
  func hasChanged(_ process: Int32, since time: Int64) -> Bool {
    !hearsOfChanges || (changes[process] ?? 0) > time
  }

  /// Whether it was heard that a process was started after a time, in nanoseconds since the Epoch.
  func began(_ process: Int32, after time: Int64) -> Bool { (beginnings[process] ?? 0) > time }

  // MARK: Places

  /// The place of a set of processes; nil where all of them are gone.
  ///
  /// - Parameters:
  ///   - users: what was noted of those of them that were noted to use a socket: they are known though they have ended.
  ///   - isOneOfSeveral: whether any one of them is the owner, and not all together.
  mutating func place(
    of processes: [Int32], _ users: [Int32: SocketUse] = [:], isOneOfSeveral: Bool,
    through door: some ProcessDoor & HolderDoor
  ) -> UInt32? {
    var places: [UInt32] = []
    lastChange = 0
    for process in processes {
      lastChange = max(lastChange, changes[process] ?? 0)
      let found = users[process].map { place(of: $0, through: door) } ?? place(of: process, through: door)
      guard let place = found, !places.contains(place) else { continue }
      places.append(place)
    }
    return place(of: places, isOneOfSeveral: isOneOfSeveral)
  }

  /// Looks at a process that is likely to own something soon, and to end before it can be looked at then.
  mutating func prepare(_ process: Int32, through door: some ProcessDoor & HolderDoor) {
    _ = place(of: process, through: door)
  }

  /// The same for one that was started then, in clock ticks since the system's start: nobody is told of it before it owns something.
  mutating func prepare(_ process: Int32, startTime: UInt64, through door: some ProcessDoor & HolderDoor) {
    guard hearsOfChanges, entries[process]?.startTime != startTime || !(entries[process]?.isCurrent ?? false),
      prepared[process]?.startTime != startTime,
      // That it has ended may have been heard already.
      let stat = door.origin(of: process).flatMap({ ProcessStat($0) }), stat.startTime == startTime,
      stat.canHoldDescriptors, let ready = look(at: process, through: door), ready.startTime == startTime
    else { return }
    if prepared.count > Self.mostPrepared { prepared.removeAll() }
    prepared[process] = ready
  }

  /// The place of a group without a process that has ended; nil where it is none of the group, or there is no other.
  mutating func place(of group: UInt32, without process: Int32) -> UInt32? {
    guard let all = members[group] else { return nil }
    let left = all.filter { identities[$0]?.pid != UInt32(bitPattern: process) }
    guard left.count < all.count else { return nil }
    return place(of: left, isOneOfSeveral: identities[group]?.isOneOfSeveral ?? false)
  }

  /// The processes at a place.
  func processes(at place: UInt32) -> [Int32] {
    (members[place] ?? [place]).compactMap { identities[$0].map { Int32(bitPattern: $0.pid) } }
  }

  /// Whether the owner at a place is more than one process.
  func isGroup(_ place: UInt32) -> Bool { members[place] != nil }

  private mutating func place(of processes: [UInt32], isOneOfSeveral: Bool) -> UInt32? {
    var places = processes
    guard let first = places.first else { return nil }
    guard places.count > 1 else { return first }
    // The youngest first: of those that share a socket it is mostly the one that works with it.
    places.sort { (identities[$0]?.startTime ?? 0, $0) > (identities[$1]?.startTime ?? 0, $1) }
    let key = places + [isOneOfSeveral ? 1 : 0]
    if let known = groups[key] { return known }
    guard var group = identities[places[0]] else { return first }
    group.others = places.dropFirst().compactMap { identities[$0] }
    group.isOneOfSeveral = isOneOfSeveral
    let place = add(group)
    groups[key] = place
    members[place] = places
    return place
  }

  /// The place of a process that was noted to use a socket. By now it may have ended, or its number be another's.
  private mutating func place(of use: SocketUse, through door: some ProcessDoor & HolderDoor) -> UInt32 {
    if let entry = past[use.process], entry.startTime == use.startTime {
      if hasEndedChildless(use.process) { tell(use.process, entry) }
      return entry.place
    }
    if let place = place(of: use.process, through: door), entries[use.process]?.startTime == use.startTime {
      return place
    }
    if let ready = preparedPast.removeValue(forKey: use.process), ready.startTime == use.startTime {
      return keep(ready, past: use.process)
    }
    var process = CapturedProcess(pid: UInt32(bitPattern: use.process), name: use.name)
    process.userID = use.userID
    process.user = users.name(of: use.userID).map { Array($0.utf8) } ?? []
    process.startTime = clock.time(ofTick: use.startTime).flatMap { UInt64(exactly: $0) }
    // It may be heard of still whose child it was, unless its number is another's.
    if tellsAncestors, let birth = births[use.process], abs(birth.time &- use.started) < Self.sameBirth {
      process.parent = UInt32(bitPattern: birth.parent)
      process.ancestors = ancestors(from: birth.parent, through: door)
    }
    // It had that name when it used the socket.
    return keep(
      Prepared(process: process, startTime: use.startTime, name: use.name, since: use.since &- GoneSockets.lag),
      past: use.process)
  }

  /// Gives one that has ended a place.
  private mutating func keep(_ process: Prepared, past number: Int32) -> UInt32 {
    let entry = Entry(
      place: add(process.process), startTime: process.startTime, name: process.name, isCurrent: true,
      since: process.since)
    keep(entry, past: number)
    if hasEndedChildless(number) { tell(number, entry) }
    return entry.place
  }

  /// Whether a process that was noted to use a socket is still there.
  func isAlive(_ use: SocketUse, through door: some HolderDoor) -> Bool {
    if let entry = entries[use.process], entry.startTime == use.startTime, hearsOfChanges { return true }
    guard let octets = door.origin(of: use.process), let stat = ProcessStat(octets) else { return false }
    return stat.startTime == use.startTime && stat.canHoldDescriptors
  }

  /// Whether a process was heard from its beginning to its end, and started no other.
  func hasEndedChildless(_ process: Int32) -> Bool { childless.contains(process) }

  /// Whether it was heard that a process has ended, of which nothing was heard since.
  func hasEnded(_ process: Int32) -> Bool { past[process] != nil && entries[process] == nil }

  private mutating func keep(_ entry: Entry, past process: Int32) {
    if past.count > 1 << 14 { past.removeAll() }
    past[process] = entry
  }

  private mutating func place(of process: Int32, through door: some ProcessDoor & HolderDoor) -> UInt32? {
    if let entry = entries[process], isStill(entry, process, through: door) {
      tell(process, entry)
      return entry.place
    }
    guard let found = prepared.removeValue(forKey: process) ?? look(at: process, through: door) else { return nil }
    let place: UInt32
    if let entry = entries[process], entry.startTime == found.startTime,
      let known = identities[entry.place], known == found.process
    {
      place = entry.place
    } else {
      place = add(found.process)
    }
    let entry = Entry(
      place: place, startTime: found.startTime, name: found.name, isCurrent: true, since: found.since)
    entries[process] = entry
    tell(process, entry)
    return place
  }

  /// A process as it is now; nil where it is gone.
  private mutating func look(at process: Int32, through door: some ProcessDoor) -> Prepared? {
    var request = ProcessDescriptionRequest(pids: [process])
    request.withProgram = true
    guard let description = try? door.describe(request).first else { return nil }
    let identity = ProcessIdentity(description, clock, &users)
    var captured = CapturedProcess(identity, mostArguments: Self.mostArguments)
    if tellsAncestors {
      let parent = births[identity.record.pid]?.parent ?? identity.record.parent
      captured.ancestors = ancestors(from: parent, through: door)
    }
    return Prepared(
      process: captured, startTime: identity.record.startTime, name: identity.record.name,
      since: changes[process] ?? 0)
  }

  /// Whether a process is still the one that it was: heard, or looked at.
  private func isStill(_ entry: Entry, _ process: Int32, through door: some HolderDoor) -> Bool {
    guard !hearsOfChanges else { return entry.isCurrent }
    guard let octets = door.origin(of: process), let stat = ProcessStat(octets) else { return false }
    return stat.startTime == entry.startTime && stat.name == entry.name
  }

  private mutating func add(_ process: CapturedProcess) -> UInt32 {
    let place = count
    count &+= 1
    identities[place] = process
    news.append(process)
    return place
  }

  /// The processes that one comes from, its parent first: as they began, where that was heard.
  private mutating func ancestors(from parent: Int32, through door: some ProcessDoor) -> [CapturedProcess] {
    var found: [CapturedProcess] = []
    var next = parent
    while next > 0, found.count < Self.mostAncestors, !found.contains(where: { $0.pid == UInt32(bitPattern: next) }) {
      guard let description = try? door.describe(ProcessDescriptionRequest(pids: [next])).first else {
        // It is gone: its number is all that is left of it, and whose child it was.
        found.append(CapturedProcess(pid: UInt32(bitPattern: next)))
        next = births[next]?.parent ?? 0
        continue
      }
      let identity = ProcessIdentity(description, clock, &users)
      found.append(CapturedProcess(identity, mostArguments: 0))
      next = births[next]?.parent ?? identity.record.parent
    }
    return found
  }
}

extension CapturedProcess {
  /// A process as /proc tells of it.
  init(_ identity: ProcessIdentity, mostArguments: Int) {
    let record = identity.record
    self.init(pid: UInt32(bitPattern: record.pid), name: record.name)
    executable = identity.executable ?? []
    var left = mostArguments
    for argument in identity.arguments ?? [] where left > 0 {
      arguments.append(Array(argument.prefix(left)))
      left -= argument.count &+ 1
    }
    parent = UInt32(bitPattern: record.parent)
    userID = record.uid
    user = identity.user.map { Array($0.utf8) } ?? []
    startTime = identity.started.flatMap { UInt64(exactly: $0) }
    controlGroup = record.cgroup
    networkNamespace = record.namespace == 0 ? nil : record.namespace
    container = identity.group.containerID.map { Array($0.utf8) } ?? []
    unit = identity.group.unit.map { Array($0.utf8) } ?? []
  }
}
