import Linux

extension SavedTables {
  /// The bodies of the blocks that hold the tables, in their order.
  public func blocks() -> [[UInt8]] {
    var records: [[UInt8]] = [[]]
    func add(_ kind: SavedLayout.Kind, _ body: (inout SavedOctets) -> Void) {
      var value = SavedOctets()
      body(&value)
      // A value that does not fit is of no use in part.
      guard let length = UInt16(exactly: value.octets.count), !records.isEmpty else { return }
      var record = SavedOctets()
      record.append(kind.rawValue)
      record.append(length)
      let last = records.count &- 1
      records[last] += record.octets + value.octets
      if records[last].count >= SavedLayout.longestBlock { records.append([]) }
    }
    for process in owners.processes { add(.process) { $0.append(process) } }
    for socket in snapshot.sockets { add(.socket) { $0.append(socket) } }
    for one in owners.held {
      add(.descriptor) { value in
        value.append(one.inode)
        value.append(UInt32(bitPattern: one.process))
        value.append(UInt32(bitPattern: one.descriptor))
      }
    }
    for (namespace, names) in surroundings.interfaces {
      for (index, name) in names {
        add(.interface) { value in
          value.append(namespace)
          value.append(index)
          value.octets += Array(name.utf8)
        }
      }
    }
    for (uid, name) in surroundings.users {
      add(.user) { value in
        value.append(uid)
        value.octets += Array(name.utf8)
      }
    }
    for (inode, name) in surroundings.namespaces {
      add(.namespace) { value in
        value.append(inode)
        value.octets += Array(name.utf8)
      }
    }
    for note in snapshot.notes { add(.note) { $0.octets += Array(note.utf8) } }
    if owners.unreadableProcesses > 0 {
      add(.unreadable) { $0.append(UInt32(clamping: owners.unreadableProcesses)) }
    }
    let parts = UInt32(clamping: records.count)
    return records.enumerated().map { number, records in
      var head = SavedOctets()
      head.octets = SavedLayout.signature
      head.append(SavedLayout.version)
      head.append(moment.rawValue)
      head.append(time)
      head.append(UInt32(clamping: number))
      head.append(parts)
      return head.octets + records
    }
  }
}

/// Octets that numbers are added to, the lowest octet first.
struct SavedOctets {
  var octets: [UInt8] = []

  mutating func append(_ value: some FixedWidthInteger & UnsignedInteger) {
    for place in 0..<(value.bitWidth / 8) { octets.append(UInt8(truncatingIfNeeded: value >> (8 * place))) }
  }

  /// Adds a text behind its length.
  mutating func append(text: [UInt8]) {
    let kept = text.prefix(Int(UInt16.max) / 4)
    append(UInt16(truncatingIfNeeded: kept.count))
    octets += kept
  }

  mutating func append(_ process: ProcessRecord) {
    append(UInt32(bitPattern: process.pid))
    append(UInt32(bitPattern: process.parent))
    append(process.uid)
    append(process.startTime)
    append(process.namespace)
    append(text: process.name)
    append(text: process.cgroup)
  }

  mutating func append(_ socket: SocketRecord) {
    typealias Present = SavedLayout.Present
    var present: UInt8 = socket.remote == nil ? 0 : Present.remote
    if socket.acceptQueue != nil { present |= Present.acceptQueue }
    if socket.backlog != nil { present |= Present.backlog }
    if socket.cookie != nil { present |= Present.cookie }
    if socket.uid != nil { present |= Present.uid }
    if socket.peerInode != nil { present |= Present.peerInode }
    if let only = socket.isIPv6Only { present |= Present.isIPv6OnlyTold | (only ? Present.isIPv6Only : 0) }
    octets += [socket.family.rawValue, socket.type.rawValue, socket.state.rawValue, present]
    append(socket.protocolNumber)
    append(socket.receiveQueue)
    append(socket.sendQueue)
    append(socket.inode)
    append(socket.namespace)
    if let value = socket.acceptQueue { append(value) }
    if let value = socket.backlog { append(value) }
    if let value = socket.cookie { append(value) }
    if let value = socket.uid { append(value) }
    if let value = socket.peerInode { append(value) }
    append(socket.local)
    if let remote = socket.remote { append(remote) }
  }

  private mutating func append(_ end: SocketAddress) {
    switch end {
    case .internet(.v4(let address), let port, let interface):
      append(.ipv4)
      append(address)
      append(port)
      append(interface)
    case .internet(.v6(let address), let port, let interface):
      append(.ipv6)
      append(address)
      append(port)
      append(interface)
    case .unix(.unnamed): append(.unnamed)
    case .unix(.path(let path)):
      append(.path)
      append(text: path)
    case .unix(.abstract(let name)):
      append(.abstract)
      append(text: name)
    case .packet(let interface, let number):
      append(.packet)
      append(interface)
      append(number)
    case .netlink(let port, let groups):
      append(.netlink)
      append(port)
      let kept = groups.prefix(4096)
      append(UInt16(truncatingIfNeeded: kept.count))
      for group in kept { append(group) }
    case .vsock(let context, let port):
      append(.vsock)
      append(context)
      append(port)
    case .xdp(let interface, let queue):
      append(.xdp)
      append(interface)
      append(queue)
    }
  }

  private mutating func append(_ kind: SavedLayout.End) { octets.append(kind.rawValue) }
}
