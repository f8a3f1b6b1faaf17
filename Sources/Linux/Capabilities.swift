public import CLibcap
import CLinux
import Glibc

/// One of the rights that root is made of. See capabilities(7).
public struct Capability: RawRepresentable, Hashable, Sendable {
  /// The kernel's number for it.
  public var rawValue: cap_value_t
  /// A capability by number.
  public init(rawValue: cap_value_t) { self.rawValue = rawValue }

  /// Open packet and raw sockets.
  public static let netRaw = Capability(rawValue: CAP_NET_RAW)
  /// Configure the network, and see what other programs' sockets filter.
  public static let netAdmin = Capability(rawValue: CAP_NET_ADMIN)
  /// Look into other users' processes.
  public static let sysPtrace = Capability(rawValue: CAP_SYS_PTRACE)
  /// Enter other network namespaces.
  public static let sysAdmin = Capability(rawValue: CAP_SYS_ADMIN)
  /// Read files and directories whatever their mode.
  public static let dacReadSearch = Capability(rawValue: CAP_DAC_READ_SEARCH)

  /// Read, write and execute files and directories whatever their mode.
  public static let dacOverride = Capability(rawValue: CAP_DAC_OVERRIDE)

  /// How many capabilities this kernel has. See cap_max_bits(3).
  public static var count: Int { Int(cap_max_bits()) }

  /// Its name as the manual has it, such as `CAP_NET_RAW`. See cap_to_name(3).
  public var name: String {
    // SAFETY: cap_to_name returns a C string of its own, or null; it is copied, then freed once.
    guard let text = unsafe cap_to_name(rawValue) else { return "capability \(rawValue)" }
    defer { unsafe cap_free(text) }
    return unsafe String(cString: text).uppercased()
  }
}

/// The capabilities of this process: four sets, as values.
public struct Capabilities: Sendable {
  /// What it may do now.
  public private(set) var effective: Set<Capability> = []
  /// What it may make effective.
  public private(set) var permitted: Set<Capability> = []
  /// What a program that it executes may get, where that program's file says so too.
  public private(set) var inheritable: Set<Capability> = []
  /// What a program that it executes gets.
  public private(set) var ambient: Set<Capability> = []

  /// Asks for the capabilities of this process. See cap_get_proc(3).
  public static func current() throws(SystemError) -> Capabilities {
    // SAFETY: the state is libcap's own allocation; it is freed once, and not used after that.
    guard let state = unsafe cap_get_proc() else { throw SystemError(call: "cap_get_proc", code: errno) }
    defer { unsafe cap_free(UnsafeMutableRawPointer(state)) }
    var result = Capabilities()
    for number in 0..<cap_max_bits() {
      let capability = Capability(rawValue: number)
      // SAFETY: the state is alive until the defer above.
      if unsafe flag(state, number, CAP_EFFECTIVE) { result.effective.insert(capability) }
      if unsafe flag(state, number, CAP_PERMITTED) { result.permitted.insert(capability) }
      if unsafe flag(state, number, CAP_INHERITABLE) { result.inheritable.insert(capability) }
      if cap_get_ambient(number) == 1 { result.ambient.insert(capability) }
    }
    return result
  }

  /// Whether this process may use a capability now.
  public func has(_ capability: Capability) -> Bool { effective.contains(capability) }

  @unsafe
  private static func flag(_ state: cap_t, _ number: cap_value_t, _ set: cap_flag_t) -> Bool {
    var value = CAP_CLEAR
    // SAFETY: the caller's state is alive, and `value` for the time of the call.
    return unsafe cap_get_flag(state, number, set, &value) == 0 && value == CAP_SET
  }
}

extension Capabilities {
  /// Whether this process and what it starts can never gain a right: set-user-id bits and file capabilities do nothing.
  public static var cannotGrow: Bool { clinux_no_new_privileges() == 1 }
}

extension Capabilities {
  /// What this process lacks to see what other users' processes have open: the right to list their descriptors, which
  /// writing everything includes, and the right to learn what one stands for. See proc_pid_fd(5) and ptrace(2).
  public var missingForOwners: [Capability] {
    var missing: [Capability] = []
    if !has(.sysPtrace) { missing.append(.sysPtrace) }
    if !has(.dacReadSearch) && !has(.dacOverride) { missing.append(.dacReadSearch) }
    return missing
  }
}
