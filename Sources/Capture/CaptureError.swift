public import Linux

/// Why a live capture cannot begin or go on.
public enum CaptureError: Error, Equatable, CustomStringConvertible {
  /// There is no interface of that name.
  case noSuchInterface(String)
  /// The filter cannot be used.
  case filter(FilterError)
  /// The system refused a call that was made for an interface.
  case system(SystemError, interface: String)

  /// One line.
  public var description: String {
    switch self {
    case .noSuchInterface(let name): "no interface \"\(name)\""
    case .filter(let error): error.description
    case .system(let error, let interface): interface.isEmpty ? error.description : "\(interface): \(error)"
    }
  }
}
