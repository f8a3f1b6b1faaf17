extension FilterCandidates {
  /// The guesses, each once.
  func expressions() -> [String] {
    var found: [String] = []
    var seen: Set<String> = []
    func offer(_ expression: String) {
      if found.count < Self.most, seen.insert(expression).inserted { found.append(expression) }
    }
    let items = items
    offer("")
    offer("not ip and not ip6 and not arp")
    let bases = protocols + (hasVLAN ? ["vlan"] : [])
    for base in items.isEmpty ? bases + others : [] {
      offer(base)
      offer("not \(base)")
    }
    guard items.count <= Self.mostItems else { return found }
    // Everything that it asks for, in each way that people join things.
    combine(items, bases, offer)
    return found
  }

  /// Each thing that it asks for, in all its forms, the likely ones first.
  private var items: [[String]] {
    let transports = protocols.filter { ["tcp", "udp", "sctp"].contains($0) }
    let qualified = transports.count == 1 ? transports + [""] : [""] + transports
    func sides(_ words: String) -> [String] { [words, "src \(words)", "dst \(words)", "src and dst \(words)"] }
    func portForms(_ name: String, _ number: String) -> [String] {
      qualified.flatMap { transport in
        sides("\(name) \(number)").map { transport.isEmpty ? $0 : "\(transport) \($0)" }
      }
    }
    let network = protocols.contains("ip6") || protocols.contains("arp") ? ["", "ip ", "arp "] : ["", "ip "]
    func addressForms(_ name: String, _ address: String) -> [String] {
      let versions = address.contains(":") ? ["", "ip6 "] : network
      return versions.flatMap { version in sides("\(name) \(address)").map { version + $0 } }
    }
    var items = hosts.map { addressForms("host", $0) }
    items += networks.map { addressForms("net", $0) }
    items += ports.map { portForms("port", $0) }
    items += portRanges.map { portForms("portrange", $0) }
    items += hardware.map { address in ["host", "src", "dst"].map { "ether \($0) \(address)" } }
    items += vlans.map { [$0] }
    items += others.isEmpty || others.count > 4 ? [] : [others]
    return items
  }

  private func combine(_ items: [[String]], _ bases: [String], _ offer: (String) -> Void) {
    let joins = ["and", "or"]
    switch items.count {
    case 0:
      combineTwo(bases, bases, offer)
      for join in joins where bases.count > 2 {
        offer(bases.joined(separator: " \(join) "))
        combineThreeBases(bases, join, offer)
      }
    case 1:
      for form in items[0] { offer(form) }
      for form in items[0] { offer("not \(form)") }
      combineTwo(items[0], bases, offer)
      // A protocol need not be named again with the port.
      combineTwo(bases, items[0].sorted { $0.utf8.count < $1.utf8.count }, offer)
      if let first = items.first, first == others { combineTwo(others, others, offer) }
    case 2:
      combineTwo(items[0], items[1], offer)
      combineTwo(items[1], items[0], offer)
      combineThree(bases, items, offer)
    default: combineMany(items, bases, offer)
    }
  }

  private func combineThreeBases(_ bases: [String], _ join: String, _ offer: (String) -> Void) {
    for one in bases {
      for two in bases where one != two {
        for three in bases where three != one && three != two {
          offer("\(one) \(join) \(two) \(join) \(three)")
          offer("\(one) and not \(two) and not \(three)")
          offer("not \(one) and not \(two) and not \(three)")
        }
      }
    }
  }

  private func combineTwo(_ ones: [String], _ others: [String], _ offer: (String) -> Void) {
    for one in ones {
      for other in others where one != other {
        offer("\(one) and \(other)")
        offer("\(one) or \(other)")
        offer("\(one) and not \(other)")
        offer("not \(one) and not \(other)")
        offer("not (\(one) and \(other))")
      }
    }
  }

  /// A protocol with two things.
  private func combineThree(_ bases: [String], _ items: [[String]], _ offer: (String) -> Void) {
    for base in bases {
      for one in items[0].prefix(4) {
        for other in items[1].prefix(4) {
          for (one, other) in [(one, other), (other, one)] {
            offer("\(base) and \(one) and \(other)")
            offer("\(base) and (\(one) or \(other))")
            offer("\(base) and not \(one) and not \(other)")
            offer("\(base) and \(one) and not \(other)")
            offer("\(one) and \(other) and \(base)")
          }
        }
      }
    }
  }

  /// Three things and more: all in the same form.
  private func combineMany(_ items: [[String]], _ bases: [String], _ offer: (String) -> Void) {
    let groups = [hosts.count + networks.count, ports.count + portRanges.count]
    for form in 0..<(items.map(\.count).min() ?? 0) {
      let same = items.map { $0[form] }
      for order in [same, same.reversed()] {
        offer(order.joined(separator: " or "))
        offer(order.joined(separator: " and "))
        offer("not (\(order.joined(separator: " or ")))")
        offer(order.map { "not \($0)" }.joined(separator: " and "))
        for base in bases { offer("\(base) and (\(order.joined(separator: " or ")))") }
      }
      // Some hosts and some ports, each list by itself.
      guard groups[0] > 0, groups[1] > 0, groups[0] + groups[1] == items.count else { continue }
      let addresses = items[..<groups[0]].map { $0[form] }.joined(separator: " or ")
      for portForm in 0..<(items[groups[0]...].map(\.count).min() ?? 0) {
        let ports = items[groups[0]...].map { $0[portForm] }.joined(separator: " or ")
        offer("(\(addresses)) and (\(ports))")
        offer("(\(ports)) and (\(addresses))")
        offer("(\(addresses)) and not (\(ports))")
        offer("(\(ports)) and not (\(addresses))")
      }
    }
  }
}
