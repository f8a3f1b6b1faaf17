import Linux

extension SavedTables {
  /// Reads the tables in a file's blocks, given their bodies in the order of the file. Blocks of another kind or version
  /// are passed over, and so is what lies about its length.
  public static func read(_ bodies: [[UInt8]]) -> [SavedTables] {
    var found: [SavedTables] = []
    var processes: [ProcessRecord] = []
    var held: [HeldSocket] = []
    func end() {
      guard let last = found.indices.last else { return }
      let unreadable = found[last].owners.unreadableProcesses
      // A descriptor whose process is not there says nothing.
      found[last].owners = OwnerTable(
        processes: processes, held: held.filter { processes.indices.contains(Int($0.process)) })
      found[last].owners.unreadableProcesses = unreadable
      processes = []
      held = []
    }
    for body in bodies {
      var cursor = SavedCursor(body[...])
      guard cursor.take(SavedLayout.signature.count) == SavedLayout.signature,
        cursor.number(UInt16.self) == SavedLayout.version,
        let moment = cursor.number(UInt16.self), let time = cursor.number(UInt64.self),
        let part = cursor.number(UInt32.self), cursor.number(UInt32.self) != nil
      else { continue }
      if part == 0 || found.isEmpty {
        end()
        var tables = SavedTables()
        tables.moment = Moment(rawValue: moment) ?? .start
        tables.time = time
        found.append(tables)
      }
      let last = found.count &- 1
      while let kind = cursor.number(UInt16.self), let length = cursor.number(UInt16.self),
        let value = cursor.take(Int(length))
      {
        var record = SavedCursor(value[...])
        switch SavedLayout.Kind(rawValue: kind) {
        case .process: if let process = record.process() { processes.append(process) }
        case .descriptor: if let one = record.held() { held.append(one) }
        default: found[last].take(SavedLayout.Kind(rawValue: kind), &record)
        }
      }
    }
    end()
    return found
  }

  private mutating func take(_ kind: SavedLayout.Kind?, _ record: inout SavedCursor) {
    switch kind {
    case .socket:
      guard let socket = record.socket() else { return }
      snapshot.namespaces.insert(socket.namespace)
      snapshot.sockets.append(socket)
    case .interface:
      guard let namespace = record.number(UInt64.self), let index = record.number(UInt32.self) else { return }
      surroundings.interfaces[namespace, default: [:]][index] = record.rest
    case .user: if let uid = record.number(UInt32.self) { surroundings.users[uid] = record.rest }
    case .namespace: if let inode = record.number(UInt64.self) { surroundings.namespaces[inode] = record.rest }
    case .note: snapshot.notes.append(record.rest)
    case .unreadable: owners.unreadableProcesses = Int(record.number(UInt32.self) ?? 0)
    case .process, .descriptor, nil: break
    }
  }
}

/// A walk over octets, which ends where they do.
struct SavedCursor {
  private var octets: ArraySlice<UInt8>

  init(_ octets: ArraySlice<UInt8>) { self.octets = octets }

  /// What is left, as text.
  var rest: String { String(decoding: octets, as: UTF8.self) }

  /// The next octets; nil where there are not so many.
  mutating func take(_ count: Int) -> [UInt8]? {
    guard octets.count >= count else { return nil }
    let taken = Array(octets.prefix(count))
    octets = octets.dropFirst(count)
    return taken
  }

  /// The next number, the lowest octet first; nil where it does not fit.
  mutating func number<Number: FixedWidthInteger & UnsignedInteger>(_: Number.Type) -> Number? {
    let width = Number.bitWidth / 8
    guard octets.count >= width else { return nil }
    var value: Number = 0
    for (place, octet) in octets.prefix(width).enumerated() { value |= Number(octet) << (8 * place) }
    octets = octets.dropFirst(width)
    return value
  }

  private mutating func text() -> [UInt8]? {
    number(UInt16.self).flatMap { take(Int($0)) }
  }

  mutating func process() -> ProcessRecord? {
    guard let pid = number(UInt32.self), let parent = number(UInt32.self), let uid = number(UInt32.self),
      let start = number(UInt64.self), let namespace = number(UInt64.self), let name = text(), let cgroup = text()
    else { return nil }
    var process = ProcessRecord(pid: Int32(bitPattern: pid))
    process.parent = Int32(bitPattern: parent)
    process.uid = uid
    process.startTime = start
    process.namespace = namespace
    process.name = name
    process.cgroup = cgroup
    return process
  }

  mutating func held() -> HeldSocket? {
    guard let inode = number(UInt64.self), let process = number(UInt32.self), let descriptor = number(UInt32.self)
    else { return nil }
    return HeldSocket(
      inode: inode, process: Int32(bitPattern: process), descriptor: Int32(bitPattern: descriptor))
  }

  mutating func socket() -> SocketRecord? {
    guard let kind = take(4), let family = SocketFamily(rawValue: kind[0]), let type = SocketType(rawValue: kind[1]),
      let state = SocketState(rawValue: kind[2]), let number = number(UInt16.self),
      let receiving = self.number(UInt32.self), let sending = self.number(UInt32.self),
      let inode = self.number(UInt64.self), let namespace = self.number(UInt64.self)
    else { return nil }
    typealias Present = SavedLayout.Present
    let present = kind[3]
    var socket = SocketRecord(family: family, type: type, state: state, local: .unix(.unnamed))
    socket.protocolNumber = number
    socket.receiveQueue = receiving
    socket.sendQueue = sending
    socket.inode = inode
    socket.namespace = namespace
    if present & Present.acceptQueue != 0 { socket.acceptQueue = self.number(UInt32.self) }
    if present & Present.backlog != 0 { socket.backlog = self.number(UInt32.self) }
    if present & Present.cookie != 0 { socket.cookie = self.number(UInt64.self) }
    if present & Present.uid != 0 { socket.uid = self.number(UInt32.self) }
    if present & Present.peerInode != 0 { socket.peerInode = self.number(UInt64.self) }
    if present & Present.isIPv6OnlyTold != 0 { socket.isIPv6Only = present & Present.isIPv6Only != 0 }
    guard let local = end() else { return nil }
    socket.local = local
    if present & Present.remote != 0 {
      guard let remote = end() else { return nil }
      socket.remote = remote
    }
    return socket
  }

  private mutating func end() -> SocketAddress? {
    guard let kind = number(UInt8.self).flatMap(SavedLayout.End.init) else { return nil }
    switch kind {
    case .ipv4:
      guard let address = number(UInt32.self), let port = number(UInt16.self), let interface = number(UInt32.self)
      else { return nil }
      return .internet(.v4(address), port: port, interface: interface)
    case .ipv6:
      guard let address = number(UInt128.self), let port = number(UInt16.self), let interface = number(UInt32.self)
      else { return nil }
      return .internet(.v6(address), port: port, interface: interface)
    case .unnamed: return .unix(.unnamed)
    case .path: return text().map { .unix(.path($0)) }
    case .abstract: return text().map { .unix(.abstract($0)) }
    case .packet:
      guard let interface = number(UInt32.self), let type = number(UInt16.self) else { return nil }
      return .packet(interface: interface, protocolNumber: type)
    case .netlink:
      guard let port = number(UInt32.self), let count = number(UInt16.self) else { return nil }
      var groups: [UInt32] = []
      for _ in 0..<count {
        guard let group = number(UInt32.self) else { return nil }
        groups.append(group)
      }
      return .netlink(portID: port, groups: groups)
    case .vsock:
      guard let context = number(UInt32.self), let port = number(UInt32.self) else { return nil }
      return .vsock(context: context, port: port)
    case .xdp:
      guard let interface = number(UInt32.self), let queue = number(UInt32.self) else { return nil }
      return .xdp(interface: interface, queue: queue)
    }
  }
}
