import ArgumentParser
import Capture
import Linux
import Output
import Sockets
import Wire

/// The tables of sockets and processes that capture files keep.
enum TableSnapshots {
  /// The blocks of this machine's tables now; none where they cannot be read, which is said.
  static func blocks(_ moment: Moment) -> [[UInt8]] {
    var reading = SocketReading()
    reading.peers = .named
    do throws(CommandError) {
      let listing = try reading.listing()
      var tables = SavedTables()
      tables.moment = moment == .start ? .start : .end
      tables.time = CaptureFileClock.now
      tables.snapshot = listing.snapshot
      tables.owners = listing.owners
      tables.surroundings = listing.surroundings
      return tables.blocks()
    } catch {
      Console.report("sockeye: the file will not tell of this machine's sockets: \(error.what)")
      return []
    }
  }

  /// The tables in a capture file of one moment: the first of its start, or the last of its end.
  static func read(_ path: String, _ moment: Moment) throws(CommandError) -> SavedTables {
    var bodies: [[UInt8]] = []
    var broken: CommandError?
    var name = path
    do throws(SavefileError) {
      var file = try Savefile(path: path, keepsTables: true)
      name = file.name
      var failure: SavefileError?
      do throws(SavefileError) { try file.forEachFrame { _ in true } } catch { failure = error }
      bodies = file.tables
      if let failure { throw failure }
    } catch {
      broken = CommandError(ExitStatus(code: error.exitCode), error.description)
    }
    let all = SavedTables.read(bodies)
    // A capture that was cut off still has the tables of its start.
    if let found = moment == .start
      ? all.first(where: { $0.moment == .start }) : all.last(where: { $0.moment == .end })
    {
      if let broken { Console.report(broken.line) }
      return found
    }
    if let broken { throw broken }
    throw CommandError(
      .malformedData, all.isEmpty ? "keeps no table of sockets" : "keeps no table of sockets of its \(moment.rawValue)",
      at: name, remedy: "'sockeye capture -w NAME.pcapng' writes them")
  }

  /// The processes in all tables of a capture file; none of what cannot be read twice.
  static func processes(_ path: String) -> [CapturedProcess] {
    guard var file = try? Savefile(path: path, keepsTables: true), file.regularLength != nil else { return [] }
    // What is wrong with it is told when its packets are read.
    try? file.forEachFrame { _ in true }
    return SavedTables.read(file.tables).flatMap(\.owners.processes).map { record in
      var process = CapturedProcess(pid: UInt32(bitPattern: record.pid), name: record.name)
      process.parent = UInt32(bitPattern: record.parent)
      process.userID = record.uid
      let group = ControlGroup(path: record.cgroup)
      process.container = group.containerID.map { Array($0.utf8) } ?? []
      process.unit = group.unit.map { Array($0.utf8) } ?? []
      return process
    }
  }

  /// When in a capture tables were read.
  enum Moment: String, CaseIterable, ExpressibleByArgument {
    case start, end
  }
}
