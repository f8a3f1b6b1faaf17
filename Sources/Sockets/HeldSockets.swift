import Linux

/// Who was found to hold which socket, by socket and by process.
struct HeldSockets {
  /// How many sockets are remembered, and how many descriptors that have become free in a process.
  private static let most = 1 << 16
  private static let mostFreed = 16

  private var holds: [UInt64: [SocketHold]] = [:]
  /// The sockets of each process by their descriptors.
  private var tables: [Int32: [Int32: UInt64]] = [:]
  /// Descriptors that have become free since they were seen: the kernel gives the lowest free one to the next socket.
  private var freed: [Int32: [Int32]] = [:]

  /// Who was found to hold a socket.
  subscript(inode: UInt64) -> [SocketHold] { holds[inode] ?? [] }

  /// What a process was found to hold.
  func table(of process: Int32) -> [Int32: UInt64] { tables[process] ?? [:] }

  /// Whether a process was found to hold a socket by a descriptor.
  func isKnown(_ descriptor: Int32, of process: Int32) -> Bool { tables[process]?[descriptor] != nil }

  /// Some of a process's descriptors that have become free, the lowest first.
  func freedDescriptors(of process: Int32) -> [Int32] { freed[process] ?? [] }

  mutating func insert(_ socket: HeldSocketNumber, of process: Int32) {
    let hold = SocketHold(process: process, descriptor: socket.descriptor)
    let earlier = tables[process]?[socket.descriptor]
    if earlier == socket.inode { return }
    if let earlier { holds[earlier]?.removeAll { $0 == hold } }
    if holds.count >= Self.most { removeAll() }
    tables[process, default: [:]][socket.descriptor] = socket.inode
    holds[socket.inode, default: []].append(hold)
    freed[process]?.removeAll { $0 == socket.descriptor }
  }

  /// A process does not hold a socket by this descriptor any more.
  mutating func remove(_ hold: SocketHold, of inode: UInt64) {
    holds[inode]?.removeAll { $0 == hold }
    if holds[inode]?.isEmpty ?? false { holds[inode] = nil }
    guard tables[hold.process]?[hold.descriptor] == inode else { return }
    tables[hold.process]?[hold.descriptor] = nil
    var free = freed[hold.process] ?? []
    free.append(hold.descriptor)
    free.sort()
    freed[hold.process] = Array(free.prefix(Self.mostFreed))
  }

  /// A process holds no other sockets than these by now.
  mutating func keep(only sockets: [HeldSocketNumber], of process: Int32) {
    guard let table = tables[process], !table.isEmpty else { return }
    let listed = Set(sockets.map(\.descriptor))
    for (descriptor, inode) in table where !listed.contains(descriptor) {
      remove(SocketHold(process: process, descriptor: descriptor), of: inode)
    }
  }

  /// A socket is gone: nobody holds it.
  mutating func remove(_ inode: UInt64) {
    for hold in self[inode] { remove(hold, of: inode) }
  }

  /// A process has ended.
  mutating func remove(process: Int32) {
    freed[process] = nil
    for (descriptor, inode) in tables.removeValue(forKey: process) ?? [:] {
      holds[inode]?.removeAll { $0 == SocketHold(process: process, descriptor: descriptor) }
      if holds[inode]?.isEmpty ?? false { holds[inode] = nil }
    }
  }

  mutating func removeAll() {
    holds.removeAll(keepingCapacity: true)
    tables.removeAll(keepingCapacity: true)
    freed.removeAll()
  }
}
