import CLinux
import Glibc

/// Signals as something to read: they are blocked and wait in a descriptor, so that no code ever runs inside a handler.
///
/// Make it before the first thread is started, since threads inherit what is blocked. A hang-up that was ignored when
/// the process began stays ignored (nohup(1)); an interrupt does not, since a script's background job begins with it
/// ignored and is still to be stopped by it. See signalfd(2).
public struct SignalSource: ~Copyable {
  /// The descriptor, readable when a signal waits.
  public let descriptor: Descriptor

  /// Takes over SIGINT, SIGTERM and SIGHUP.
  public init() throws(SystemError) {
    try self.init([SIGINT, SIGTERM, SIGHUP])
  }

  /// Ignores SIGPIPE and SIGXFSZ, so that a closed pipe and a file grown too large are errors of write(2).
  public static func ignoreWriteSignals() {
    // The call fails for numbers that are no signals only.
    _ = clinux_ignore_signal(SIGPIPE)
    _ = clinux_ignore_signal(SIGXFSZ)
  }

  /// Takes over the signals given.
  public init(_ signals: [Int32]) throws(SystemError) {
    var set = sigset_t()
    // SAFETY: these fill and read the set that is passed in, which lives on the stack for the call.
    unsafe sigemptyset(&set)
    for signal in signals where signal != SIGHUP || clinux_signal_is_ignored(signal) == 0 {
      unsafe sigaddset(&set, signal)
    }
    let code = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    guard code == 0 else { throw SystemError(call: "pthread_sigmask", code: code) }
    descriptor = Descriptor(
      owning: try systemCall("signalfd") { unsafe signalfd(-1, &set, Int32(SFD_CLOEXEC | SFD_NONBLOCK)) })
  }

  /// The next signal that waits; nil where none does.
  public func next() -> Int32? {
    var information = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    // SAFETY: the kernel fills at most the structure's size.
    guard unsafe read(descriptor.rawValue, &information, size) == size else { return nil }
    return Int32(bitPattern: information.ssi_signo)
  }
}
