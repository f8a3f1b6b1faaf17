import Linux

/// Whether this process may capture, asked before anything is opened.
enum CapturePermission {
  /// The ways to be allowed, in words.
  static let remedy = "run 'sudo sockeye ...', or 'make setcap' once in the source tree"

  /// Throws, with what to do, where this process lacks CAP_NET_RAW.
  static func require() throws(CommandError) {
    if try current().has(.netRaw) { return }
    throw CommandError(.noPermission, "capturing needs CAP_NET_RAW, which this process does not have", remedy: remedy)
  }

  /// This process's capabilities.
  static func current() throws(CommandError) -> Capabilities {
    do {
      return try Capabilities.current()
    } catch {
      throw CommandError(.systemError, String(describing: error))
    }
  }
}
