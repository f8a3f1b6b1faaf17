import Glibc

/// What this program runs on and as whom.
public enum Machine {
  /// The kernel's name and release, such as `Linux 6.1.0-28-amd64`. See uname(2).
  public static var kernel: String {
    var names = utsname()
    // SAFETY: uname writes into the value for the time of the call only.
    guard unsafe uname(&names) == 0 else { return "an unknown kernel" }
    return "\(text(names.sysname)) \(text(names.release))"
  }

  /// The processor's kind, such as `x86_64`. See uname(2).
  public static var hardware: String? {
    var names = utsname()
    // SAFETY: uname writes into the value for the time of the call only.
    guard unsafe uname(&names) == 0 else { return nil }
    return text(names.machine)
  }

  /// The major and minor number of the kernel's release; nil where it does not begin with two numbers.
  public static var kernelVersion: (major: Int, minor: Int)? {
    let release = kernel.split(separator: " ").dropFirst().first ?? ""
    let numbers = release.split { !$0.isASCII || !$0.isNumber }.prefix(2).compactMap { Int($0) }
    return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
  }

  /// The number of the user that this process acts as. See geteuid(2).
  public static var effectiveUser: UInt32 { geteuid() }

  /// The path of the program itself. See proc_pid_exe(5).
  public static var executablePath: String? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    // SAFETY: readlink writes at most the count given, and says how much it was.
    let length = unsafe buffer.withUnsafeMutableBytes { bytes -> Int in
      guard let start = unsafe bytes.assumingMemoryBound(to: CChar.self).baseAddress else { return 0 }
      return unsafe readlink("/proc/self/exe", start, bytes.count)
    }
    return length > 0 ? String(decoding: buffer.prefix(length), as: UTF8.self) : nil
  }

  /// A C string that stands in a fixed array.
  private static func text<Array>(_ array: Array) -> String {
    // SAFETY: only initialized octets of the value's own copy are read.
    unsafe withUnsafeBytes(of: array) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
