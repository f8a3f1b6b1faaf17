import CLinux
import Glibc
public import Linux

/// Sockets that processes hold and no list of the kernel's has: unbound ones, and those of families without a
/// sock_diag(7) module, such as vsock and XDP on many kernels.
public enum UnlistedSockets {
  /// Adds a record for each to a snapshot of the namespaces that were read.
  ///
  /// Which processes hold them must be known for all inodes. A waiting connection that has been accepted since it was
  /// listed gets its inode.
  ///
  /// - Parameter own: a process whose sockets are left out: the one that lists, which opens them for it.
  public static func add(
    to snapshot: inout SocketSnapshot, heldBy owners: OwnerTable,
    families: Set<SocketFamily> = Set(SocketFamily.allCases),
    except own: Int32? = nil, through door: some HeldSocketDoor
  ) {
    let requests = requests(snapshot, owners, except: own)
    guard !requests.isEmpty else { return }
    var places: [UInt64: Int] = [:]
    for (place, socket) in snapshot.sockets.enumerated() where socket.inode == 0 {
      if let cookie = socket.cookie { places[cookie] = place }
    }
    var silent = 0
    for (request, answer) in zip(requests, door.inspect(requests.map(\.held))) {
      guard let answer else {
        silent &+= 1
        continue
      }
      let namespace = answer.namespace ?? request.namespace
      guard snapshot.namespaces.contains(namespace) else { continue }
      if let place = answer.cookie.flatMap({ places[$0] }) {
        snapshot.sockets[place].inode = request.held.inode
      } else if var record = SocketRecord(answer), families.contains(record.family) {
        record.inode = request.held.inode
        record.namespace = namespace
        snapshot.sockets.append(record)
        if let note = snapshot.countedOnly.removeValue(forKey: record.family) {
          snapshot.notes.removeAll { $0 == note }
        }
      }
    }
    if silent > 0 {
      snapshot.substitutes.append(
        "\(silent) socket\(silent == 1 ? "" : "s") in no list of the kernel's could not be asked")
    }
  }

  private struct Request {
    var held: HeldSocketRequest
    /// The holder's namespace, which its sockets mostly share.
    var namespace: UInt64
  }

  /// One descriptor of each socket that is not listed; not of processes in a namespace that was not read.
  private static func requests(_ snapshot: SocketSnapshot, _ owners: OwnerTable, except own: Int32?) -> [Request] {
    // Of each inode the first one has the mark.
    var isListed = [Bool](repeating: false, count: owners.held.count)
    for place in snapshot.sockets.indices {
      for held in owners.places(of: snapshot.sockets[place].inode).prefix(1) { isListed[held] = true }
    }
    var requests: [Request] = []
    var lastListed: UInt64?
    for (place, held) in owners.held.enumerated() {
      if isListed[place] { lastListed = held.inode }
      guard held.inode != lastListed, held.inode != requests.last?.held.inode else { continue }
      guard owners.processes.indices.contains(Int(held.process)) else { continue }
      let process = owners.processes[Int(held.process)]
      guard process.pid != own else { continue }
      guard process.namespace == 0 || snapshot.namespaces.contains(process.namespace) else { continue }
      requests.append(
        Request(
          held: HeldSocketRequest(process: process.pid, descriptor: held.descriptor, inode: held.inode),
          namespace: process.namespace))
    }
    return requests
  }
}

extension SocketRecord {
  /// A socket by what its descriptor told; nil for a family that is not listed.
  init?(_ answer: HeldSocketAnswer) {
    guard let family = SocketFamily(kernel: answer.domain), let type = SocketType(kernel: answer.type) else {
      return nil
    }
    let local = SocketAddress(name: answer.local, family: family) ?? SocketAddress(unboundOf: family)
    var remote = answer.remote.flatMap { SocketAddress(name: $0, family: family) }
    // getpeername(2) always has an answer for netlink: the kernel, where no peer was chosen.
    if remote == .netlink(portID: 0, groups: []) { remote = nil }
    let isConnecting = type == .stream || type == .sequencedPacket
    var state: SocketState = isConnecting ? .close : .unconnected
    if answer.isListening {
      state = .listen
    } else if let told = answer.connectionState.flatMap({ SocketState(kernel: $0) }) {
      state = told
    } else if remote != nil {
      state = .established
    }
    self.init(family: family, type: type, state: state, local: local)
    self.remote = remote
    protocolNumber = UInt16(truncatingIfNeeded: answer.protocolNumber)
    // SO_PROTOCOL of a packet socket is in network order.
    if family == .packet { protocolNumber = protocolNumber.byteSwapped }
    if family == .unix || family == .vsock || family == .xdp { protocolNumber = 0 }
    cookie = answer.cookie
    uid = answer.uid
  }
}

extension SocketFamily {
  /// A family by the number of socket(2); nil for one that is not listed.
  init?(kernel number: Int32) {
    switch number {
    case AF_INET: self = .inet
    case AF_INET6: self = .inet6
    case AF_UNIX: self = .unix
    case AF_PACKET: self = .packet
    case AF_NETLINK: self = .netlink
    case AF_VSOCK: self = .vsock
    case AF_XDP: self = .xdp
    default: return nil
    }
  }
}

extension SocketAddress {
  /// What a socket of a family that is bound to nothing has for a name.
  init(unboundOf family: SocketFamily) {
    switch family {
    case .inet: self = .internet(.v4(0), port: 0, interface: 0)
    case .inet6: self = .internet(.v6(0), port: 0, interface: 0)
    case .unix: self = .unix(.unnamed)
    case .packet: self = .packet(interface: 0, protocolNumber: 0)
    case .netlink: self = .netlink(portID: 0, groups: [])
    case .vsock: self = .vsock(context: UInt32.max, port: UInt32.max)
    case .xdp: self = .xdp(interface: 0, queue: 0)
    }
  }

  /// A struct sockaddr of a family, as the kernel writes it; nil where it is too short.
  init?(name octets: [UInt8], family: SocketFamily) {
    func value<Value: FixedWidthInteger>(at offset: Int?, _ type: Value.Type) -> Value? {
      guard let offset, offset &+ MemoryLayout<Value>.size <= octets.count else { return nil }
      // Host order: the lowest octet first or last, as this machine has it.
      let piece = octets[offset..<offset &+ MemoryLayout<Value>.size]
      return Value(littleEndian: piece.reversed().reduce(0) { $0 << 8 | Value($1) })
    }
    switch family {
    case .inet:
      guard let port = value(at: MemoryLayout<sockaddr_in>.offset(of: \.sin_port), UInt16.self),
        let address = value(at: MemoryLayout<sockaddr_in>.offset(of: \.sin_addr), UInt32.self)
      else { return nil }
      self = .internet(.v4(UInt32(bigEndian: address)), port: UInt16(bigEndian: port), interface: 0)
    case .inet6:
      guard let port = value(at: MemoryLayout<sockaddr_in6>.offset(of: \.sin6_port), UInt16.self),
        let address = value(at: MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr), UInt128.self),
        let scope = value(at: MemoryLayout<sockaddr_in6>.offset(of: \.sin6_scope_id), UInt32.self)
      else { return nil }
      self = .internet(.v6(UInt128(bigEndian: address)), port: UInt16(bigEndian: port), interface: scope)
    case .unix:
      guard let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path), octets.count >= start else { return nil }
      let name = octets[start...]
      switch name.first {
      case nil: self = .unix(.unnamed)
      case 0: self = .unix(.abstract(Array(name.dropFirst())))
      default: self = .unix(.path(Array(name.prefix { $0 != 0 })))
      }
    case .packet:
      guard let kind = value(at: MemoryLayout<sockaddr_ll>.offset(of: \.sll_protocol), UInt16.self),
        let interface = value(at: MemoryLayout<sockaddr_ll>.offset(of: \.sll_ifindex), UInt32.self)
      else { return nil }
      self = .packet(interface: interface, protocolNumber: UInt16(bigEndian: kind))
    case .netlink:
      guard let port = value(at: MemoryLayout<sockaddr_nl>.offset(of: \.nl_pid), UInt32.self),
        let groups = value(at: MemoryLayout<sockaddr_nl>.offset(of: \.nl_groups), UInt32.self)
      else { return nil }
      self = .netlink(portID: port, groups: (UInt32(0)..<32).filter { groups >> $0 & 1 == 1 }.map { $0 &+ 1 })
    case .vsock:
      guard let context = value(at: MemoryLayout<sockaddr_vm>.offset(of: \.svm_cid), UInt32.self),
        let port = value(at: MemoryLayout<sockaddr_vm>.offset(of: \.svm_port), UInt32.self)
      else { return nil }
      self = .vsock(context: context, port: port)
    case .xdp:
      // The kernel has no getsockname(2) for it.
      return nil
    }
  }
}
