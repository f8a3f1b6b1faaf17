import Capture
import Glibc
import Linux

/// One thing that `doctor` looked at.
struct Finding {
  /// How it is.
  enum State: String {
    /// As it should be.
    case ok
    /// Capture works without it.
    case warning
    /// Capture is impossible because of it.
    case problem
  }

  /// What kind of thing it is: capabilities, kernel, libraries, interfaces.
  var group: String
  /// Its name.
  var name: String
  var state: State
  /// How it is, in words.
  var detail: String
  /// The command that mends it.
  var remedy: String?
}

/// Looks at all that a capture needs on this machine, as this user.
struct Diagnosis {
  private(set) var findings: [Finding] = []
  private let capabilities: Capabilities

  /// Whether nothing stands in the way of capturing.
  var isCapturePossible: Bool { !findings.contains { $0.state == .problem } }

  /// The memory that a capture's ring takes where nothing else is said, in MiB.
  static let ringSize = 32

  init() throws(CommandError) {
    capabilities = try CapturePermission.current()
    addCapabilities()
    addKernel()
    addSocketFamilies()
    addSocketUses()
    add("libraries", "libpcap", .ok, Libpcap.version)
    try addInterfaces()
  }

  private mutating func add(
    _ group: String, _ name: String, _ state: Finding.State, _ detail: String, mend remedy: String? = nil
  ) {
    findings.append(Finding(group: group, name: name, state: state, detail: detail, remedy: remedy))
  }

  private mutating func addCapabilities() {
    add("capabilities", "effective", .ok, Self.list(capabilities.effective))
    add("capabilities", "permitted", .ok, Self.list(capabilities.permitted))
    let name = Capability.netRaw.name
    if capabilities.has(.netRaw) {
      add("capabilities", name, .ok, "effective: this user may capture")
      return
    }
    let permitted = capabilities.permitted.contains(.netRaw)
    add(
      "capabilities", name, .problem,
      permitted ? "permitted, but not effective: capture is not allowed" : "missing: capture is not allowed",
      mend: "sudo setcap cap_net_raw,cap_net_admin=ep \(Machine.executablePath ?? "sockeye")")
    if Capabilities.cannotGrow {
      add(
        "capabilities", "no_new_privs", .warning, "set: neither sudo nor setcap can give this process a right",
        mend: "start sockeye outside of this container or service, or clear NoNewPrivileges= in its unit")
    }
  }

  private mutating func addKernel() {
    add("kernel", "release", .ok, Machine.kernel)
    let mayTry = capabilities.has(.netRaw)
    switch mayTry ? KernelSupport.packetRing(octets: 1 << 18) : .untried {
    case .works:
      add("kernel", "TPACKET_V3", .ok, "a packet socket takes a ring")
    case .fails(let reason):
      add("kernel", "TPACKET_V3", .problem, reason, mend: "sudo modprobe af_packet")
      return
    case .untried:
      addRingByVersion(wasRefused: mayTry)
      return
    }
    if case .fails(let reason) = KernelSupport.packetRing(octets: Self.ringSize << 20) {
      add("kernel", "ring memory", .warning, "\(Self.ringSize) MiB: \(reason)", mend: "sockeye capture -B 4")
    } else {
      add("kernel", "ring memory", .ok, "\(Self.ringSize) MiB for an interface are there")
    }
  }

  /// Says what the kernel's version tells of the ring, where it could not be tried.
  private mutating func addRingByVersion(wasRefused: Bool) {
    if wasRefused {
      add(
        "kernel", "TPACKET_V3", .problem,
        "the kernel refuses a packet socket: this network namespace is another user's",
        mend: "sudo sockeye capture")
    } else if let version = Machine.kernelVersion, (version.major, version.minor) < (3, 2) {
      add("kernel", "TPACKET_V3", .problem, "this kernel is older than 3.2", mend: "sudo apt-get dist-upgrade")
    } else {
      add("kernel", "TPACKET_V3", .ok, "in this kernel by its version; not tried without CAP_NET_RAW")
    }
  }

  private mutating func addSocketFamilies() {
    for family in KernelSupport.socketFamilies {
      let name = "sock_diag \(family.name)"
      switch KernelSupport.lists(family) {
      case .works: add("kernel", name, .ok, "sockets can be listed")
      case .untried: add("kernel", name, .warning, "not tried")
      case .fails(let reason):
        add("kernel", name, .warning, "sockets cannot be listed: \(reason)", mend: "sudo modprobe \(family.module)")
      }
    }
  }

  /// Whether the kernel notes who uses sockets: without that, owners of brief connections are found less often.
  private mutating func addSocketUses() {
    let name = "BPF socket uses"
    do throws(SystemError) {
      _ = try OwnInspection().socketUses()
      add("kernel", name, .ok, "the kernel notes who uses sockets")
    } catch {
      let isForbidden = error.code == EPERM || error.code == EACCES
      add(
        "kernel", name, isForbidden ? .ok : .warning,
        isForbidden
          ? "not tried without CAP_BPF and CAP_PERFMON: owners are looked for"
          : "not noted by the kernel, so that owners are looked for: \(error)")
    }
  }

  private mutating func addInterfaces() throws(CommandError) {
    let interfaces = try InterfaceChoice.all()
    let up = interfaces.filter(\.isUp)
    if up.isEmpty {
      add(
        "interfaces", "up", .problem, "none of \(interfaces.count) is up",
        mend: "sudo ip link set \(interfaces.first?.name ?? "lo") up")
    } else {
      add("interfaces", "up", .ok, up.map(\.name).joined(separator: ", "))
    }
  }

  private static func list(_ set: Set<Capability>) -> String {
    if set.isEmpty { return "none" }
    let missing = (0..<Int32(Capability.count)).map { Capability(rawValue: $0) }.filter { !set.contains($0) }
    if missing.isEmpty { return "all" }
    if missing.count < 4 { return "all but \(missing.map(\.name).joined(separator: ", "))" }
    return set.sorted { $0.rawValue < $1.rawValue }.map(\.name).joined(separator: ", ")
  }
}
