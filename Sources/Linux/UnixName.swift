/// What a unix socket is bound to. See unix(7). The octets are any that its program chose: escape them before printing.
public enum UnixName: Hashable, Sendable {
  case unnamed
  /// A name in the file system.
  case path([UInt8])
  /// A name in the abstract namespace, without the zero that it begins with.
  case abstract([UInt8])
}
