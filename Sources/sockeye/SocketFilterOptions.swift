import ArgumentParser
import Linux
import Sockets

/// Which sockets are wanted: options that `sockets` and what is built on it have in common.
struct SocketFilterOptions: ParsableArguments {
  @Option(
    name: .customLong("type"),
    help: ArgumentHelp("Only these types: stream, dgram, seqpacket, raw.", valueName: "type"),
    completion: .list(SocketType.allCases.map { "\($0.name)" }))
  var types: [String] = []

  @Option(
    name: .customLong("family"),
    help: ArgumentHelp("Only these families: inet, inet6, unix, packet, netlink, vsock, xdp.", valueName: "family"),
    completion: .list(SocketFamily.allCases.map { "\($0.name)" }))
  var families: [String] = []

  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp("Only these protocols, such as tcp, udp, icmp, route, or a number.", valueName: "protocol"))
  var protocols: [String] = []

  @Option(
    name: .customLong("state"),
    help: ArgumentHelp("Only these states, such as established, listen, time_wait, synchronized.", valueName: "state"),
    completion: .list(FilterNames.states.map(\.name)))
  var states: [String] = []

  @Flag(
    name: [.customShort("l"), .customLong("listening")],
    help: "Only those that wait for whoever comes: listeners, and bound datagram sockets without a peer.")
  var listening = false

  @Flag(name: .customLong("connected"), help: "Only those with another end.")
  var connected = false

  @Option(
    name: .customLong("port"),
    help: ArgumentHelp("Only those with these ports at either end: 443, or 8000-8099.", valueName: "port"))
  var ports: [String] = []

  @Option(
    name: .customLong("address"),
    help: ArgumentHelp("Only those with these addresses at either end: 10.0.0.0/8, ::1.", valueName: "address"))
  var addresses: [String] = []

  @Option(
    name: .customLong("path"),
    help: ArgumentHelp("Only unix sockets with these names at either end: '/run/*', '@name'.", valueName: "glob"))
  var paths: [String] = []

  @Option(
    name: .customLong("process"),
    help: ArgumentHelp("Only those of processes with these names: nginx, 'php*'.", valueName: "glob"))
  var processes: [String] = []

  @Option(name: .customLong("pid"), help: ArgumentHelp("Only those of these processes.", valueName: "pid"))
  var pids: [String] = []

  @Option(
    name: .customLong("user"),
    help: ArgumentHelp("Only those of these users' processes, by name or number.", valueName: "user"))
  var users: [String] = []

  @Option(
    name: .customLong("container"),
    help: ArgumentHelp("Only those of these containers: the first digits of the id, or '*'.", valueName: "id"))
  var containers: [String] = []

  @Option(
    name: .customLong("unit"),
    help: ArgumentHelp("Only those of these systemd units: nginx, 'user@*.service'.", valueName: "glob"))
  var units: [String] = []

  @Option(
    name: .customLong("netns"),
    help: ArgumentHelp(
      "Look into another network namespace: a name below /run/netns, a path, or a process.", valueName: "namespace"))
  var namespace: String?

  @Flag(name: .customLong("all-netns"), help: "Look into every network namespace that a process is in.")
  var allNamespaces = false

  func validate() throws {
    _ = try filter()
    if namespace != nil, allNamespaces {
      throw ValidationError("--netns names one network namespace, --all-netns means all of them: give one of the two")
    }
    if namespace == "" { throw ValidationError("--netns takes a name, a path or a process's number") }
  }

  /// The filter that the options make.
  func filter() throws -> SocketFilter {
    var filter = SocketFilter()
    filter.types = Set(try Self.values(types, "--type", SocketType.allCases.map { ("\($0.name)", $0) }))
    filter.families = Set(try Self.values(families, "--family", SocketFamily.allCases.map { ("\($0.name)", $0) }))
    for name in try Self.words(protocols, "--protocol") {
      guard let found = FilterNames.protocols(named: name) else {
        throw Self.unknown("protocol", name, FilterNames.protocols.map(\.name))
      }
      filter.protocols.formUnion(found)
    }
    for name in try Self.words(states, "--state") {
      guard let found = FilterNames.states(named: name) else {
        throw Self.unknown("state", name, FilterNames.states.map(\.name))
      }
      filter.states.formUnion(found)
    }
    filter.listening = listening
    filter.connected = connected
    filter.ports = try Self.words(ports, "--port").map(Self.portRange)
    filter.addresses = try Self.words(addresses, "--address").map { text in
      guard let range = AddressRange(text) else {
        throw ValidationError("--address takes an address or a prefix such as 10.0.0.0/8 or ::1, not '\(text)'")
      }
      return range
    }
    // A path may have commas in it, so each stands alone.
    filter.paths = paths.map(Glob.init)
    filter.owner = try ownerFilter()
    return filter
  }

  private func ownerFilter() throws -> OwnerFilter {
    var owner = OwnerFilter()
    owner.names = try Self.words(processes, "--process").map(OwnerFilter.name)
    owner.pids = Set(
      try Self.words(pids, "--pid").map { text in
        guard let pid = Int32(text), pid > 0 else {
          throw ValidationError("--pid takes a process's number, not '\(text)'")
        }
        return pid
      })
    owner.users = Set(
      try Self.words(users, "--user").map { text in
        guard let uid = UInt32(text) ?? UserNames.number(of: text) else {
          throw ValidationError("--user takes a user's name or number: there is no user '\(text)'")
        }
        return uid
      })
    owner.containers = try Self.words(containers, "--container").map(OwnerFilter.container)
    owner.units = try Self.words(units, "--unit").map(OwnerFilter.unit)
    return owner
  }

  private static func portRange(_ text: String) throws -> ClosedRange<UInt32> {
    let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let low = UInt32(ends[0])
    let high = ends.count == 2 ? UInt32(ends[1]) : low
    guard let low, let high, low <= high else {
      throw ValidationError("--port takes a port or a range such as 8000-8099, not '\(text)'")
    }
    return low...high
  }

  /// The words of an option that may be given several times, and several words at once with commas between.
  static func words(_ given: [String], _ option: String) throws -> [String] {
    let words = given.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    if words.contains("") { throw ValidationError("\(option) takes a value, not an empty one") }
    return words
  }

  /// The values that words stand for.
  static func values<Value>(_ given: [String], _ option: String, _ known: [(name: String, value: Value)]) throws
    -> [Value]
  {
    try words(given, option).map { word in
      guard let found = known.first(where: { $0.name == word.lowercased() }) else {
        throw unknown(String(option.dropFirst(2)), word, known.map(\.name))
      }
      return found.value
    }
  }

  /// An error that names what may have been meant, or else all that there is.
  static func unknown(_ what: String, _ word: String, _ known: [String]) -> ValidationError {
    let remedy = NearestName.find(word, among: known).map { "did you mean '\($0)'?" }
    return ValidationError("no such \(what): '\(word)': \(remedy ?? "there are " + known.joined(separator: ", "))")
  }
}
