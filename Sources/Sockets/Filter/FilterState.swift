import CLinux

/// What the tests so far have told of a packet's layers.
struct FilterFacts: Hashable, Sendable {
  enum Network: Hashable, Sendable { case ipv4, ipv6, arp }

  /// The network layer's protocol; nil where it is not known.
  var network: Network?
  /// Where its header begins.
  var networkOffset: UInt32
  /// The transport protocol's IPPROTO_ number; nil where it is not known.
  var transport: UInt8?

  /// What is known before any test.
  init(_ layout: FilterLayout) {
    networkOffset = layout == .ethernet ? UInt32(ETH_HLEN) : 0
    if layout == .ipv4 { network = .ipv4 }
    if case .transport(let number) = layout { transport = number }
  }

  /// Learns from a test that came out true of a packet's field.
  mutating func learn(_ subject: FilterSubject, equals value: UInt32) {
    switch subject.base {
    case .field(let field) where field.isEtherType && subject.mask == nil: learn(etherType: value, inFrame: true)
    case .known(.protocolNumber) where subject.mask == nil: learn(etherType: value, inFrame: false)
    case .field(let field) where field.isVersion && subject.mask == 0xf0:
      if value == 0x40 { network = .ipv4 }
      if value == 0x60 { network = .ipv6 }
    case .field(let field) where field.isTransportNumber && subject.mask == nil:
      transport = UInt8(truncatingIfNeeded: value)
    default: break
    }
  }

  private mutating func learn(etherType: UInt32, inFrame: Bool) {
    switch Int32(truncatingIfNeeded: etherType) {
    case ETH_P_IP: network = .ipv4
    case ETH_P_IPV6: network = .ipv6
    case ETH_P_ARP, ETH_P_RARP: network = .arp
    case ETH_P_8021Q, ETH_P_8021AD, ETH_P_QINQ1: if inFrame { networkOffset &+= 4 }
    default: break
    }
  }

  /// What is known on either of two ways.
  mutating func merge(_ other: FilterFacts) {
    if network != other.network { network = nil }
    if transport != other.transport { transport = nil }
    networkOffset = min(networkOffset, other.networkOffset)
  }
}

/// The machine as far as it can be said without a packet.
struct FilterState: Hashable, Sendable {
  var accumulator = FilterTerm.constant(0)
  var index = FilterTerm.constant(0)
  var memory = [FilterTerm](repeating: .unknown, count: Int(BPF_MEMWORDS))
  var facts: FilterFacts

  init(_ layout: FilterLayout) { facts = FilterFacts(layout) }

  /// Does what an instruction does that neither jumps nor ends.
  mutating func perform(_ operation: FilterOperation) {
    switch operation {
    case .load(let register, let load):
      var term = FilterTerm.load(load, index: index, memory: memory)
      if term == .known(.exclusiveOr) { term = .compute(.exclusiveOr, accumulator, index) }
      if register == .accumulator { accumulator = term } else { index = term }
    case .store(let register, let slot):
      if slot < UInt32(memory.count) { memory[Int(slot)] = register == .accumulator ? accumulator : index }
    case .compute(let arithmetic, let operand):
      accumulator = .compute(arithmetic, accumulator, term(operand))
    case .negate: accumulator = .compute(.subtract, .constant(0), accumulator)
    case .copy(to: .index): index = accumulator
    case .copy(to: .accumulator): accumulator = index
    case .unknown: (accumulator, index) = (.unknown, .unknown)
    case .jump, .branch, .end: break
    }
  }

  /// What stands beside A.
  func term(_ operand: FilterOperand) -> FilterTerm {
    switch operand {
    case .constant(let value): .constant(value)
    case .index: index
    }
  }

  /// What is known on either of two ways.
  mutating func merge(_ other: FilterState) {
    if accumulator != other.accumulator { accumulator = .unknown }
    if index != other.index { index = .unknown }
    for slot in memory.indices where memory[slot] != other.memory[slot] { memory[slot] = .unknown }
    facts.merge(other.facts)
  }
}
