import CLinux
import Glibc

/// A terminal that a descriptor may stand for.
public enum Terminal {
  /// How many columns it has; nil where the descriptor is no terminal, or one that does not know. See TIOCGWINSZ(2const).
  public static func columns(of descriptor: Int32) -> Int? { size(of: descriptor)?.columns }

  /// How many rows and columns it has; nil where the descriptor is no terminal, or one that does not know. See
  /// TIOCGWINSZ(2const).
  public static func size(of descriptor: Int32) -> (rows: Int, columns: Int)? {
    var size = winsize()
    // SAFETY: the kernel fills the structure, which lives for the call.
    guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return (Int(size.ws_row), Int(size.ws_col))
  }
}

/// The keyboard of a terminal, key by key and without echo, until this value is gone.
///
/// Control-C and its like still send their signals; what would stop the process or end it without a word does nothing.
public struct Keyboard: ~Copyable {
  private let descriptor: Int32
  private let before: termios

  /// Takes over the keyboard of a descriptor; nil where that is no terminal, or another job's. See termios(3).
  public init?(_ descriptor: Int32) {
    var mode = termios()
    // SAFETY: the calls fill and read the structure, which lives for them.
    guard tcgetpgrp(descriptor) == getpgrp(), unsafe tcgetattr(descriptor, &mode) == 0 else { return nil }
    self.descriptor = descriptor
    before = mode
    mode.c_lflag &= ~tcflag_t(ICANON | ECHO)
    // SAFETY: both are places in the array that the octets are of. A key that is 0 is none: _POSIX_VDISABLE.
    unsafe withUnsafeMutableBytes(of: &mode.c_cc) { keys in
      for place in [VSUSP, VQUIT] { unsafe keys[Int(place)] = 0 }
    }
    // SAFETY: the call reads the structure, which lives for it.
    unsafe tcsetattr(descriptor, TCSANOW, &mode)
  }

  deinit {
    var mode = before
    // SAFETY: the call reads the structure, which lives for it.
    unsafe tcsetattr(descriptor, TCSANOW, &mode)
  }

  /// A key that was pressed; nil where none was. Never waits. See poll(2).
  public func key() -> UInt8? {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    var octet: UInt8 = 0
    // SAFETY: one request and one octet, which live for the calls.
    guard unsafe poll(&request, 1, 0) == 1, request.revents & Int16(POLLIN) != 0 else { return nil }
    return unsafe read(descriptor, &octet, 1) == 1 ? octet : nil
  }
}
