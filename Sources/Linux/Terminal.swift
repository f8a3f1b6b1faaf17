import CLinux
import Glibc

/// A terminal that a descriptor may stand for.
public enum Terminal {
  /// How many columns it has; nil where the descriptor is no terminal, or one that does not know. See TIOCGWINSZ(2const).
  public static func columns(of descriptor: Int32) -> Int? {
    var size = winsize()
    // SAFETY: the kernel fills the structure, which lives for the call.
    guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}
