import CExercise
import Capture
import Glibc
import Wire

extension Exercise {
  /// A capture file, read as a file and again from a pipe in small pieces: both must give the same.
  public mutating func savefile(_ input: RawSpan) {
    // SAFETY: the octets are lent for the calls, which copy them.
    let (file, pipe) = unsafe input.withUnsafeBytes {
      unsafe (exercise_file($0.baseAddress, $0.count), exercise_pipe($0.baseAddress, $0.count))
    }
    precondition(file >= 0 && pipe >= 0, "the input could not be put into a file and a pipe")
    let whole = read(file)
    let pieces = read(pipe)
    _ = close(file)
    _ = close(pipe)
    precondition(whole == pieces, "pieces of a file gave something else than the file")
  }

  private struct Reading: Equatable {
    var packets: UInt64 = 0
    var octets = 0
    var interfaces = 0
    var processes = 0
    var owned = 0
    var remarks: [PcapngRemark] = []
    var error: SavefileError?
  }

  private mutating func read(_ descriptor: Int32) -> Reading {
    var reading = Reading()
    do {
      var file = try Savefile(descriptor: descriptor, name: "input", keepsRemarks: true)
      defer {
        reading.packets = file.packetCount
        reading.interfaces = file.interfaces.count
        reading.processes = file.processes.count
      }
      try file.forEachFrame(
        onNewProcesses: { processes in
          for process in processes { add(process) }
        },
        onRemark: { remark in
          if case .packet(_, let options) = remark {
            precondition(!options.isEmpty && options.count & 3 == 0, "options that are not whole")
          }
          if reading.remarks.count < 1000 { reading.remarks.append(remark) }
        }
      ) { frame in
        reading.octets += frame.bytes.byteCount
        if frame.info.owner.isKnown { reading.owned += 1 }
        show(frame)
        return true
      }
    } catch {
      reading.error = error
      precondition(!error.description.isEmpty)
    }
    return reading
  }
}
