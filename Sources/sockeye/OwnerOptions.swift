import ArgumentParser
import Capture
import Flows
import Glibc
import Linux
import Wire

/// Whose the packets of a live capture are: whether that is found out, how, and which owners are wanted.
struct OwnerOptions: ParsableArguments {
  @OptionGroup var wanted: FileOwnerOptions

  @Option(
    name: .customLong("owner-wait"),
    help: ArgumentHelp(
      "Let a packet wait this long for its owner, in milliseconds. 0: not at all.", valueName: "ms"))
  var wait = OwnerOptions.usualWait

  @Flag(
    name: .customLong("all-netns"),
    help: "Look for owners in every network namespace, such as those of containers. Needs CAP_SYS_ADMIN.")
  var allNamespaces = false

  @Flag(
    name: .customLong("no-bpf"),
    help: "Look for owners only: do not have the kernel note who uses sockets, which BPF programs do where it can.")
  var withoutBPF = false

  @Flag(name: .customLong("no-owners"), help: "Do not find out whose packets are.")
  var none = false

  /// How long a packet waits where nothing is said, in milliseconds.
  private static let usualWait = 20
  /// The longest that a packet may wait, in milliseconds.
  private static let longestWait = 10_000

  /// Whether anything is said that is about live capture only.
  var isTuned: Bool { wait != Self.usualWait || allNamespaces || withoutBPF || none }

  func validate() throws {
    guard (0...Self.longestWait).contains(wait) else {
      throw ValidationError("--owner-wait takes 0 to \(Self.longestWait) milliseconds, not \(wait)")
    }
    let asks = try !wanted.filter().isEmpty
    // Of this machine; a file may be of another one.
    for user in wanted.users.flatMap({ $0.split(separator: ",") }).map(String.init)
    where UInt32(user) == nil && UserNames.number(of: user) == nil {
      throw ValidationError("--user takes a user's name or number: there is no user '\(user)'")
    }
    if none, asks { throw ValidationError("--no-owners leaves nothing for --pid, --process and so on to choose by") }
    if none, withoutBPF {
      throw ValidationError("--no-owners leaves nothing to do without BPF: --no-bpf is part of it")
    }
    if none, allNamespaces { throw ValidationError("--no-owners leaves nothing to look for in --all-netns") }
  }

  /// Starts to look for owners; nil where that fails, which is said.
  ///
  /// `isNeeded`: whether packets are chosen by their owners, so that nothing can be done without; it throws then.
  /// `tellsAttribution`: whether anybody is shown how the owners were found, and their sockets.
  func start(
    _ interfaces: [CaptureInterface], filter expression: String, family: ProcessFamily?, isNeeded: Bool,
    tellsAttribution: Bool
  ) throws(CommandError) -> LiveOwners? {
    var options = LiveOwners.Options()
    options.wait = Int64(wait) * 1_000_000
    options.interfaces = interfaces.map(\.index)
    options.allNamespaces = allNamespaces
    options.asksKernelForUsers = !withoutBPF
    options.tellsAttribution = tellsAttribution
    options.tellsAncestors = wanted.children
    if !expression.isEmpty, let first = interfaces.first {
      // What does not compile for packets without a link header is seen whole by the scouts.
      options.filter = try? OwnDoor().compile(
        FilterRequest(
          expression: expression, interface: first.name, linkType: .linuxSLL2,
          snapLength: CaptureRequest.maximumSnapLength, networkNamespace: nil))
    }
    do {
      return try LiveOwners(options, family: family, through: OwnInspection())
    } catch {
      let isForbidden = error.code == EPERM || error.code == EACCES
      let failure = CommandError(
        isForbidden ? .noPermission : .systemError, "owners cannot be found: \(error)",
        remedy: isNeeded ? nil : "the capture goes on without them")
      if isNeeded || allNamespaces { throw failure }
      Console.report(failure.line)
      return nil
    }
  }
}
