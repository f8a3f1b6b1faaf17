/// The file protocols, which counts the sockets of this namespace by their kind. See proc_pid_net(5).
enum ProcNetProtocols {
  /// How many sockets there are of a kind by the kernel's name for it, such as `XDP`; nil where it is not counted.
  static func count(of name: StaticString, in octets: [UInt8]) -> Int? {
    for line in ProcNetLines(octets) {
      var line = line
      guard let field = line.field(), String(decoding: field, as: UTF8.self) == name.description else { continue }
      // The column before has the size of one.
      return line.skip(1) ? line.decimal() : nil
    }
    return nil
  }
}
