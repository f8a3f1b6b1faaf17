import Linux

/// Which interfaces a command works on.
enum InterfaceChoice {
  /// The interfaces of this network namespace.
  static func all() throws(CommandError) -> [Interface] {
    do {
      return try Interface.all()
    } catch {
      throw CommandError(.systemError, String(describing: error))
    }
  }

  /// The interfaces with these names, each once, in the order given; every one that is up for `any` or no name.
  static func resolve(_ names: [String]) throws(CommandError) -> [Interface] {
    try resolve(names, among: try all())
  }

  /// The same over a list that is at hand.
  static func resolve(_ names: [String], among interfaces: [Interface]) throws(CommandError) -> [Interface] {
    if names.isEmpty || names.contains("any") {
      // A misspelled name beside `any` is still a mistake.
      for name in names where name != "any" { _ = try find(name, among: interfaces) }
      let chosen = interfaces.filter(\.isUp)
      guard !chosen.isEmpty else {
        throw CommandError(.noInput, "no interface is up", remedy: "bring one up with 'ip link set NAME up'")
      }
      return chosen
    }
    var chosen: [Interface] = []
    for name in names {
      let interface = try find(name, among: interfaces)
      if !chosen.contains(where: { $0.index == interface.index }) { chosen.append(interface) }
    }
    return chosen
  }

  private static func find(_ name: String, among interfaces: [Interface]) throws(CommandError) -> Interface {
    if let interface = interfaces.first(where: { $0.name == name }) { return interface }
    let remedy =
      NearestName.find(name, among: interfaces.map(\.name)).map { "did you mean '\($0)'?" }
      ?? "'sockeye interfaces' lists them"
    throw CommandError(.noInput, "no such interface", at: name.isEmpty ? "''" : name, remedy: remedy)
  }
}
