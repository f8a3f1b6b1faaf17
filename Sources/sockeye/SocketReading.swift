import Glibc
import Linux
import Sockets

/// Reads sockets and their owners, no more than what is asked for.
struct SocketReading {
  var filter = SocketFilter()
  /// The network namespace by name, path or process; nil for this process's own.
  var namespace: String?
  var allNamespaces = false
  /// Whether the kernel is asked for what goes beyond a row.
  var withDetails = false
  /// Whether it matters who holds a socket.
  var withOwners = true
  /// Which other ends matter.
  var peers = OtherEnds.all

  /// Which other ends matter.
  enum OtherEnds {
    case none
    /// Those of unix sockets, whose names are shown.
    case named
    case all
  }

  /// Everything in this network namespace.
  init() {}

  /// What a filter's options ask for.
  init(_ options: SocketFilterOptions) throws {
    filter = try options.filter()
    namespace = options.namespace
    allNamespaces = options.allNamespaces
  }

  /// All sockets that may be wanted or be another one's other end, their owners, and which of them are wanted.
  func listing() throws(CommandError) -> SocketListing {
    let door = OwnInspection()
    let query = try query()
    // Both take about as long, and neither needs the other: the owners are read meanwhile.
    let reading = withOwners || !filter.owner.isEmpty ? OwnerReading(ownerQuery()) : nil
    defer { reading?.join() }
    var snapshot = try read { () throws(SystemError) in try SocketInventory.read(query, through: door) }
    snapshot.removeSockets(thatAskFor: getpid())
    let found: Peers? =
      switch peers {
      case .none: nil
      case .named: Peers(unixSocketsOf: snapshot)
      case .all: Peers(snapshot)
      }
    found?.nameUnixPeers(in: &snapshot)
    var owners = OwnerTable()
    if let reading {
      owners = try read { () throws(SystemError) in try reading.table() }
      // What no list of the kernel's has is known by its holder only.
      if !isNarrow { UnlistedSockets.add(to: &snapshot, heldBy: owners, except: getpid(), through: door) }
    }
    let places = SocketListing.places(in: snapshot, filter)
    return SocketListing(
      snapshot, owners, places: places, filter.owner, surroundings(snapshot, owners), peers: found)
  }

  /// The same of the tables that a capture file keeps.
  func listing(of tables: SavedTables) -> SocketListing {
    var snapshot = tables.snapshot
    let found = Peers(snapshot)
    found.nameUnixPeers(in: &snapshot)
    return SocketListing(
      snapshot, tables.owners, places: SocketListing.places(in: snapshot, filter), filter.owner, tables.surroundings,
      peers: found)
  }

  /// Whether the filter wants no socket that is bound to nothing, nor one of a family that the kernel may not list: the
  /// kernel then need not be asked for everything.
  private var isNarrow: Bool {
    if !filter.families.isEmpty, filter.families.isDisjoint(with: [.vsock, .xdp]) {
      if filter.listening || filter.connected { return true }
      if !filter.ports.isEmpty || !filter.addresses.isEmpty || !filter.paths.isEmpty { return true }
      if !filter.states.isEmpty, filter.states.isDisjoint(with: [.close, .unconnected]) { return true }
    }
    return false
  }

  /// What the kernel is asked for: a socket's other end is of the same family, but may be in another state.
  private func query() throws(CommandError) -> SocketQuery {
    var query = SocketQuery()
    query.namespaces = try namespaces()
    query.withDetails = withDetails
    guard isNarrow || !withOwners && filter.owner.isEmpty else { return query }
    if !filter.families.isEmpty {
      query.families = filter.families
      // An IPv4 socket's other end may be a mapped one.
      if !query.families.isDisjoint(with: [.inet, .inet6]) { query.families.formUnion([.inet, .inet6]) }
    }
    if filter.listening {
      query.states = [.listen, .unconnected, .close]
    } else if !filter.states.isEmpty, !filter.states.contains(where: \.isConnected) {
      query.states = filter.states
    }
    return query
  }

  /// What the kernel is asked for again and again: the families that are wanted, in every state, since a socket may
  /// change into one that is wanted.
  func watchQuery() throws(CommandError) -> SocketQuery {
    var query = SocketQuery()
    query.namespaces = try namespaces()
    if !filter.families.isEmpty { query.families = filter.families }
    return query
  }

  private func ownerQuery() -> OwnerQuery {
    var query = OwnerQuery()
    if !filter.owner.pids.isEmpty { query.pids = filter.owner.pids.sorted() }
    return query
  }

  /// The names of what numbers stand for: only of those that occur.
  func surroundings(_ snapshot: SocketSnapshot, _ owners: OwnerTable) -> Surroundings {
    var surroundings = Surroundings()
    var names = UserNames()
    let users = snapshot.users.union(owners.processes.map(\.uid))
    let withInterfaces = snapshot.namespacesWithInterfaces
    for uid in users { surroundings.users[uid] = names.name(of: uid) }
    let door = OwnInspection()
    // Names are a help, no more: where they cannot be read, the numbers are shown.
    guard allNamespaces || namespace != nil else {
      for own in withInterfaces { surroundings.interfaces[own] = Self.names(of: try? door.interfaces(in: nil)) }
      return surroundings
    }
    for record in (try? Array(NetworkNamespaces.all(through: door))) ?? [] {
      surroundings.namespaces[record.inode] = record.name
      guard withInterfaces.contains(record.inode) else { continue }
      surroundings.interfaces[record.inode] = Self.names(of: try? door.interfaces(in: record.namespace))
    }
    return surroundings
  }

  private static func names(of interfaces: [Interface]?) -> [UInt32: String] {
    Dictionary((interfaces ?? []).map { ($0.index, $0.name) }) { first, _ in first }
  }

  /// What this user's missing rights leave out, in a line; nil where nothing is missed.
  func missingOwners(_ listing: SocketListing) throws(CommandError) -> String? {
    guard listing.owners.unreadableProcesses > 0 else { return nil }
    let sockets = listing.snapshot.sockets
    let unowned = listing.rows.count {
      listing.heldPlaces(of: $0).isEmpty && sockets[$0].inode != 0 && !sockets[$0].isKernels
    }
    // Those of a process that was asked for may all be missing.
    guard unowned > 0 || !filter.owner.isEmpty else { return nil }
    let missing = try CapturePermission.current().missingForOwners
    guard let note = listing.owners.unreadableNote(missing: missing) else { return nil }
    let count = unowned == 0 ? "" : ", \(unowned) of those shown have no known owner"
    return note + count + (missing.isEmpty ? "" : ": run 'sudo sockeye ...'")
  }

  // MARK: Network namespaces

  /// The network namespaces that are looked at.
  func namespaces() throws(CommandError) -> NamespaceChoice {
    guard allNamespaces || namespace != nil else { return .own }
    let option = allNamespaces ? "--all-netns" : "--netns"
    guard try CapturePermission.current().has(.sysAdmin) else {
      throw CommandError(
        .noPermission, "\(option) needs CAP_SYS_ADMIN to look into other network namespaces", remedy: "run it with sudo"
      )
    }
    guard let namespace else { return .every }
    return .path(try Self.path(of: namespace))
  }

  /// The path of a network namespace that is named, or that a process is in.
  private static func path(of name: String) throws(CommandError) -> String {
    let path =
      if name.contains("/") { name } else if name.allSatisfy({ "0"..."9" ~= $0 }) { "/proc/\(name)/ns/net" } else {
        "/run/netns/\(name)"
      }
    do {
      _ = try OwnInspection().inode(of: NetworkNamespace(path: path))
    } catch {
      guard error.code == ENOENT || error.code == ENOTDIR else {
        throw CommandError(.systemError, String(describing: error))
      }
      let what = path.hasPrefix("/proc/") && !name.contains("/") ? "no such process" : "no such network namespace"
      throw CommandError(.noInput, what, at: name, remedy: "'ip netns list' lists those with names")
    }
    return path
  }

  private func read<Result>(_ body: () throws(SystemError) -> Result) throws(CommandError) -> Result {
    try Self.answer(body)
  }

  /// An answer of the kernel's, or the command's error.
  static func answer<Result>(_ body: () throws(SystemError) -> Result) throws(CommandError) -> Result {
    do {
      return try body()
    } catch {
      let isDenied = error.code == EPERM || error.code == EACCES
      throw CommandError(isDenied ? .noPermission : .systemError, String(describing: error))
    }
  }
}
