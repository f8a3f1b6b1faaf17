import CLinux
import Glibc
public import Linux

/// The sockets of this machine, from sock_diag(7) and, where the kernel has no module for a kind, from /proc/net.
public enum SocketInventory {
  /// Every socket that a query asks for.
  ///
  /// Throws where a namespace may not be entered, or netlink does not work at all.
  public static func read(
    _ query: SocketQuery, through door: some SocketDumpDoor
  ) throws(SystemError) -> SocketSnapshot {
    var reading = InventoryReading(query)
    switch query.namespaces {
    case .own: try reading.read(nil, through: door)
    case .path(let path): try reading.read(NetworkNamespace(path: path), through: door)
    case .every:
      for namespace in try door.networkNamespaces() {
        do throws(SystemError) {
          try reading.read(namespace, through: door)
        } catch {
          // Its last process may have ended since it was found.
          guard error.code == ENOENT else { throw error }
        }
      }
    }
    return reading.snapshot
  }
}

/// A snapshot as it is made, one network namespace after another.
struct InventoryReading {
  private(set) var snapshot = SocketSnapshot()
  private let query: SocketQuery
  private let sources: [SocketSource]
  /// The namespace that is read.
  private var inode: UInt64 = 0
  /// The cookies of this namespace's sockets that are in the snapshot and, from a file, the inodes of its netlink and
  /// packet sockets.
  private var seen = NumberIndex(capacity: 256)

  init(_ query: SocketQuery) {
    self.query = query
    sources = SocketSource.all(for: query)
  }

  /// Adds the sockets of a namespace; nil is the calling thread's own.
  mutating func read(_ namespace: NetworkNamespace?, through door: some SocketDumpDoor) throws(SystemError) {
    inode = try door.inode(of: namespace)
    snapshot.namespaces.insert(inode)
    seen = NumberIndex(capacity: 256)
    var counts: [UInt8]?
    if sources.contains(where: \.isEmptyWhereNoneIsCounted) { counts = try counted(in: namespace, through: door) }
    func isEmpty(_ source: SocketSource) -> Bool {
      guard source.isEmptyWhereNoneIsCounted, let name = source.countedAs, let counts else { return false }
      return ProcNetProtocols.count(of: name, in: counts) == 0
    }
    let present = sources.filter { !isEmpty($0) }
    var unanswered: [(source: SocketSource, error: SystemError?)] = []
    try ask(present, in: namespace, through: door, &unanswered)
    guard !unanswered.isEmpty else { return }
    if counts == nil { counts = try counted(in: namespace, through: door) }
    try readFiles(for: unanswered, counts ?? [], namespace, through: door)
  }

  /// The file that counts a namespace's sockets by their kind.
  private func counted(
    in namespace: NetworkNamespace?, through door: some SocketDumpDoor
  ) throws(SystemError) -> [UInt8] {
    try door.read(networkFiles: ["protocols"], in: namespace).first.flatMap { $0 } ?? []
  }

  /// Asks sock_diag; what it does not answer is added to the list.
  private mutating func ask(
    _ sources: [SocketSource], in namespace: NetworkNamespace?, through door: some SocketDumpDoor,
    _ unanswered: inout [(source: SocketSource, error: SystemError?)]
  ) throws(SystemError) {
    let asked = sources.filter { $0.request != nil }
    unanswered += sources.filter { $0.request == nil }.map { ($0, nil) }
    for (source, answer) in zip(asked, try door.dump(asked.compactMap(\.request), in: namespace)) {
      if answer.error == nil {
        take(answer, of: source)
      } else if source.instead.isEmpty {
        unanswered.append((source, answer.error))
      } else {
        try ask(source.instead, in: namespace, through: door, &unanswered)
      }
    }
  }

  /// Takes the records out of an answer.
  private mutating func take(_ answer: SocketDumpAnswer, of source: SocketSource) {
    if answer.wasInterrupted {
      note("the list of \(source.name) sockets changed each time it was read: some may be missing or there twice")
    }
    let type = source.request?.type
    // No message is shorter than this with its header: it may be too much, and is not worth counting.
    let octets = answer.pieces.reduce(0) { $0 &+ $1.count }
    snapshot.sockets.reserveCapacity(snapshot.sockets.count &+ octets / 96)
    for piece in answer.pieces {
      var rest = NetlinkPayload(piece)
      while let message = rest.nextMessage() {
        guard message.type == type else { continue }
        if let record = source.record(message.payload, withDetails: query.withDetails) { append(record) }
      }
    }
  }

  /// Adds a socket, if it is asked for.
  private mutating func append(_ record: consuming SocketRecord) {
    if let states = query.states, !states.contains(record.state) { return }
    // A socket that changes its state or name while it is listed may be met again in another place. netlink_diag lists
    // one twice that is in a group, and packet sockets are asked for twice.
    if let cookie = record.cookie {
      guard seen.insert(cookie, 0) == nil else { return }
    } else if record.family == .netlink || record.family == .packet {
      guard seen.insert(record.inode, 0) == nil else { return }
    }
    record.namespace = inode
    snapshot.sockets.append(record)
  }

  /// Reads from /proc/net what the kernel has no module for.
  private mutating func readFiles(
    for sources: [(source: SocketSource, error: SystemError?)], _ counts: [UInt8], _ namespace: NetworkNamespace?,
    through door: some SocketDumpDoor
  ) throws(SystemError) {
    var contents = try door.read(networkFiles: sources.flatMap(\.source.files), in: namespace)[...]
    for (source, error) in sources {
      // The kernel says ENOENT where it has no module.
      let reason = error.map { $0.code == ENOENT ? "no \(source.module) in this kernel" : $0.description }
      var isListed = false
      for file in source.files {
        guard let octets = contents.popFirst().flatMap({ $0 }) else { continue }
        isListed = true
        let records = source.records(file: file, octets, withDetails: query.withDetails)
        if let reason, !records.isEmpty {
          snapshot.substitutes.append(
            "\(source.name) sockets are read from /proc/net/\(file), which tells less: \(reason)")
        }
        for record in records { append(record) }
      }
      let count = source.countedAs.flatMap { ProcNetProtocols.count(of: $0, in: counts) } ?? 0
      if let reason, !isListed, count > 0 {
        let text = "\(source.name) sockets are counted (\(count)) but not listed: \(reason)"
        note(text)
        if source.codec == .xdp { snapshot.countedOnly[.xdp] = text }
      }
    }
  }

  /// Says something once.
  private mutating func note(_ text: String) {
    if !snapshot.notes.contains(text) { snapshot.notes.append(text) }
  }
}
