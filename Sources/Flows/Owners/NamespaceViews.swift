internal import Linux
internal import Sockets
internal import Wire

/// The network namespaces that sockets are looked for in: this program's own first, and where that is wanted all others, as
/// they come and go.
final class NamespaceViews<Door: SocketDumpDoor & InterfaceDoor> {
  /// This program's own.
  let own: NamespaceView<Door>
  private var others: [NamespaceView<Door>] = []
  private let door: Door
  /// Whether other namespaces than this program's own count.
  let looksIntoAll: Bool
  /// Addresses that were no namespace's, and when that was seen, in nanoseconds since the system's start.
  private var strangers: [InternetAddress: Int64] = [:]
  /// When all were looked for last, and for how long that may be done now, in nanoseconds.
  private var scanned: Int64 = 0
  private var credit = NamespaceViews.mostCredit

  /// For how long an address is taken to be nobody's where nobody may look again, in nanoseconds, and how many are remembered.
  private static var strangerLife: Int64 { 5_000_000_000 }
  private static var mostStrangers: Int { 1 << 14 }
  /// Looking for namespaces may take one part of so many of the time, and what was not taken counts up to so many nanoseconds:
  /// the first packets of a container are looked into at once.
  private static var scanShare: Int64 { 50 }
  private static var mostCredit: Int64 { 50_000_000 }
  /// So soon nothing has changed, in nanoseconds.
  private static var scanPause: Int64 { 20_000_000 }

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
    if address.isLoopback { return ([own], true) }
    guard looksIntoAll else { return (own.owns(address) ? [own] : [], true) }
    let found = known(address)
    if !found.isEmpty { return (found, true) }
    let now = BootClock.nanosecondsSinceStart
    let isStranger = strangers[address].map { now &- $0 < Self.strangerLife } ?? false
    // One that was nobody's a while ago may be somebody's by now, and is nobody's where that may not be looked at.
    if isStranger, now &- scanned < Self.scanPause { return ([], true) }
    guard hasCredit(now) else { return ([], isStranger) }
    scan()
    let foundNow = known(address)
    if foundNow.isEmpty {
      if strangers.count >= Self.mostStrangers { strangers.removeAll() }
      strangers[address] = now
    } else {
      strangers[address] = nil
    }
    return (foundNow, true)
  }

  /// Whether a packet is surely of no socket in a namespace that counts.
  func areForeign(_ ends: FrameEnds) -> Bool { !looksIntoAll && OwnAddresses(own.taken).areForeign(ends) }

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
          // One that was found before it had its addresses.
          known.readAddresses()
          views.append(known)
        } else if let view = try? NamespaceView(namespace, through: door) {
          views.append(view)
        }
      }
      others = views
    }
    let end = BootClock.nanosecondsSinceStart
    credit = min(credit &+ (start &- scanned) / Self.scanShare, Self.mostCredit) &- (end &- start)
    scanned = end
  }

  /// Looks again, where that may be done and was not done just now.
  func looksAgain() -> Bool {
    let now = BootClock.nanosecondsSinceStart
    guard looksIntoAll, now &- scanned > Self.scanPause, hasCredit(now) else { return false }
    scan()
    return true
  }

  private func hasCredit(_ now: Int64) -> Bool { credit &+ (now &- scanned) / Self.scanShare > 0 }

  /// When that is to be done next, in nanoseconds since the system's start.
  var nextScan: Int64 { looksIntoAll ? scanned &+ Self.strangerLife : .max }

  /// Looks again where that was not done for long, so that no namespace is kept alive that is in use no more.
  func scanNowAndThen() {
    guard BootClock.nanosecondsSinceStart >= nextScan else { return }
    scan()
  }
}
