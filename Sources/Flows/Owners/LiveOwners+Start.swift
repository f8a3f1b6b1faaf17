internal import Linux
internal import Sockets
internal import Wire

/// What looks for owners, put together.
extension LiveOwners {
  // All that is generic below this is made for the seam that is used, once and here.
  @_specialize(where Door == OwnInspection)
  static func resolver<Door: OwnerDoor>(
    _ options: Options, _ mailbox: OwnerMailbox, _ family: ProcessFamily?, _ door: Door
  ) throws(SystemError) -> (OwnerResolver<Door>, [String]) {
    var shortcomings: [String] = []
    var registry = ProcessRegistry(clock: try ProcessClock.current())
    var events: ProcessEventSource?
    do throws(SystemError) {
      events = try door.processEvents()
      registry.hearsOfChanges = true
    } catch {
      shortcomings.append("processes that end soon may not be named: the kernel does not tell of them here (\(error))")
    }
    // Whoever comes from a command is heard of, else it is asked for.
    registry.tellsAncestors = options.tellsAncestors || family != nil && events == nil
    let uses = options.asksKernelForUsers ? try? door.socketUses() : nil
    let addressEvents = try? door.addressEvents()
    let users = try? uses?.users()
    // What is noted of a connection's socket is there when that is gone; but the programs of a command are looked at however soon
    // they end.
    let areNoted =
      users != nil && registry.hearsOfChanges && addressEvents != nil && family == nil && !options.allNamespaces
    registry.tellsIdentities = areNoted
    let finder = EndFinder(door: door, try NamespaceViews(all: options.allNamespaces, through: door), registry, uses)
    let destroyed = try? SocketDestroyEvents(withConnections: !areNoted, through: door)
    let scouts = OwnerScouts(
      interfaces: options.interfaces, filter: options.filter, withConnections: !areNoted, through: door)
    // What changed before it listened is not told.
    finder.namespaces.own.readAddresses()
    let resolver = OwnerResolver(
      mailbox, finder, scouts: scouts, processEvents: events, destroyEvents: destroyed, addressEvents: addressEvents,
      users: areNoted ? users : nil, family: family)
    // Who holds what already is found before the first packet asks.
    finder.namespaces.own.readDatagrams()
    resolver.scanAll()
    return (resolver, shortcomings)
  }
}
