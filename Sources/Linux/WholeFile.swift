import Glibc

/// A small file read at once, such as a key's.
public enum WholeFile {
  /// The octets of a file, or of standard input for `-`; nil where there are more than `limit`. See read(2).
  public static func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8]? {
    guard path != "-" else { return try read(STDIN_FILENO, "standard input", limit) }
    let file = try Descriptor.open(path, flags: O_RDONLY | O_NOCTTY)
    return try read(file.rawValue, path, limit)
  }

  private static func read(_ descriptor: Int32, _ name: String, _ limit: Int) throws(SystemError) -> [UInt8]? {
    var octets: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while octets.count <= limit {
      // SAFETY: the array has that many octets, and lends them for the call.
      let count = try systemCall("read(\(name))") {
        unsafe piece.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
      }
      if count == 0 { return octets }
      octets += piece[0..<Swift.min(Int(count), piece.count)]
    }
    return nil
  }
}
