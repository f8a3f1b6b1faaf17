internal import Linux

/// The network namespaces that sockets are looked for in: this program's own first, and where that is wanted all others, as
/// they come and go.
final class NamespaceViews<Door: SocketDumpDoor & InterfaceDoor> {
  /// This program's own.
  let own: NamespaceView<Door>
  private var others: [NamespaceView<Door>] = []
  private let door: Door
  private let looksIntoAll: Bool
  /// Addresses that were no namespace's, and when that was seen, in nanoseconds since the system's start.
  private var strangers: [InternetAddress: Int64] = [:]
  private var nextScan = Int64.min

  /// For how long an address is taken to be nobody's, in nanoseconds, and how many are remembered.
  private static var strangerLife: Int64 { 5_000_000_000 }
  private static var mostStrangers: Int { 1 << 14 }
  /// Between two looks for namespaces lies at least that, in nanoseconds, and so many times what a look took.
  private static var scanPause: Int64 { 100_000_000 }
  private static var scanShare: Int64 { 50 }

  /// Begins with what there is now. Throws where this program's own namespace cannot be looked into.
  init(all looksIntoAll: Bool, through door: Door) throws(SystemError) {
    self.door = door
    self.looksIntoAll = looksIntoAll
    own = try NamespaceView(nil, through: door)
    if looksIntoAll { scan() }
  }

  /// Whose an address is; and whether that is for certain: a namespace may be too new to be known.
  func owners(of address: InternetAddress) -> (views: [NamespaceView<Door>], isCertain: Bool) {
    // What is on loopback is of the namespace that is captured in.
    if NamespaceView<Door>.isLoopback(address) { return ([own], true) }
    guard looksIntoAll else { return (own.owns(address) ? [own] : [], true) }
    let found = known(address)
    if !found.isEmpty { return (found, true) }
    let now = BootClock.nanosecondsSinceStart
    if let seen = strangers[address], now &- seen < Self.strangerLife { return ([], true) }
    guard now >= nextScan else { return ([], false) }
    scan()
    let foundNow = known(address)
    if foundNow.isEmpty {
      if strangers.count >= Self.mostStrangers { strangers.removeAll() }
      strangers[address] = now
    }
    return (foundNow, true)
  }

  private func known(_ address: InternetAddress) -> [NamespaceView<Door>] {
    ([own] + others).filter { $0.owns(address) }
  }

  /// Takes in the namespaces that are new, and lets go of those that are in use no more: what is open in one keeps it alive.
  func scan() {
    let start = BootClock.nanosecondsSinceStart
    if let all = try? door.networkNamespaces() {
      var views: [NamespaceView<Door>] = []
      for namespace in all {
        guard let inode = try? door.inode(of: namespace), inode != own.inode else { continue }
        // A path by a process's number goes with the process.
        if let known = others.first(where: { $0.inode == inode }), known.isReachable {
          views.append(known)
        } else if let view = try? NamespaceView(namespace, through: door) {
          views.append(view)
        }
      }
      others = views
    }
    let end = BootClock.nanosecondsSinceStart
    nextScan = end &+ max((end &- start) &* Self.scanShare, Self.scanPause)
  }

  /// Looks again where that was not done for long, so that no namespace is kept alive that is in use no more.
  func scanNowAndThen() {
    guard looksIntoAll, BootClock.nanosecondsSinceStart >= nextScan &+ Self.strangerLife else { return }
    scan()
  }
}
