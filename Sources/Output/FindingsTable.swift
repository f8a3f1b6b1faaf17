public import Flows
public import Wire

/// What is noteworthy about TCP segments, for the tree and JSON: of the last 65,536 connections, in 25 MiB.
public struct FindingsTable: ~Copyable {
  private var flows: FlowTable
  private let layers = LayerStorage()

  /// No connections yet.
  public init() {
    var options = FlowTable.Options()
    options.findsHints = false
    options.onlyTCP = true
    options.maximumFlows = 1 << 16
    flows = FlowTable(options)
  }

  /// Takes a packet: all of them in order.
  public mutating func update(_ packet: borrowing Packet) -> FlowTable.Update { flows.update(packet) }

  /// Takes a frame, which is decoded for it: all of them in order.
  public mutating func update(_ frame: borrowing Frame) -> FlowTable.Update {
    Self.update(&flows, frame, layers)
  }

  private static func update(
    _ flows: inout FlowTable, _ frame: borrowing Frame, _ layers: borrowing LayerStorage
  ) -> FlowTable.Update {
    let packet = Packet(frame, in: layers)
    return flows.update(packet)
  }
}
