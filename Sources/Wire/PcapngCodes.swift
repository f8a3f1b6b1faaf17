/// Types of pcapng blocks. See draft-ietf-opsawg-pcapng.
public enum PcapngBlockType {
  public static let sectionHeader: UInt32 = 0x0a0d_0d0a
  public static let interfaceDescription: UInt32 = 1
  /// The obsolete Packet Block.
  public static let packet: UInt32 = 2
  public static let simplePacket: UInt32 = 3
  /// Names of addresses.
  public static let nameResolution: UInt32 = 4
  public static let interfaceStatistics: UInt32 = 5
  public static let enhancedPacket: UInt32 = 6
  /// An entry of systemd's journal.
  public static let journal: UInt32 = 9
  /// Secrets by which packets can be decrypted.
  public static let secrets: UInt32 = 10
  /// A custom block that programs may copy into another file.
  public static let custom: UInt32 = 0x0bad
  /// Apple's Process Information Block: a local-use type that Wireshark knows.
  public static let darwinProcess: UInt32 = 0x8000_0001
  /// Ours, of local use: the tables of sockets and processes. See sockeye-pcapng(5).
  public static let tables: UInt32 = 0x8000_5359
}

/// Codes of pcapng options, by the block that they belong to. See draft-ietf-opsawg-pcapng.
public enum PcapngOption {
  /// The end of the options.
  public static let end: UInt16 = 0
  /// A comment, in every block.
  public static let comment: UInt16 = 1
  /// Of an enterprise, in every block; programs may copy them into another file.
  public static let customText: UInt16 = 2988, customOctets: UInt16 = 2989

  /// Of a Section Header Block.
  public enum Section {
    public static let hardware: UInt16 = 2, operatingSystem: UInt16 = 3, application: UInt16 = 4
  }

  /// Of an Interface Description Block.
  public enum Interface {
    public static let name: UInt16 = 2, description: UInt16 = 3, resolution: UInt16 = 9, filter: UInt16 = 11
    public static let operatingSystem: UInt16 = 12, checkSequenceLength: UInt16 = 13, timestampOffset: UInt16 = 14
    public static let hardware: UInt16 = 15
    /// IPv4, IPv6, MAC and EUI addresses.
    public static let addresses: ClosedRange<UInt16> = 4...7
    /// In bits per second.
    public static let speed: UInt16 = 8, sendSpeed: UInt16 = 16, receiveSpeed: UInt16 = 17
  }

  /// Of an Interface Statistics Block.
  public enum Statistics {
    public static let start: UInt16 = 2, end: UInt16 = 3, received: UInt16 = 4, dropped: UInt16 = 5
    public static let delivered: UInt16 = 8
  }

  /// Of an Enhanced Packet Block.
  public enum Packet {
    public static let flags: UInt16 = 2
    public static let hash: UInt16 = 3, dropCount: UInt16 = 4, identifier: UInt16 = 5, queue: UInt16 = 6
    public static let verdict: UInt16 = 7
    /// A process's and a thread's number: `epb_processid_threadid`.
    public static let process: UInt16 = 8
    /// Apple's: which Process Information Block of the section, from 0.
    public static let darwinProcess: UInt16 = 0x8001
    /// Ours, of local use: which process block of the section, from 0, the process at the other end has.
    public static let peerProcess: UInt16 = 0x9001
  }

  /// Of Apple's Process Information Block.
  public enum DarwinProcess {
    public static let name: UInt16 = 2, path: UInt16 = 3, uuid: UInt16 = 4
  }

  /// Of Wireshark's process information, which is a custom block of its enterprise number.
  public enum Process {
    /// Wireshark's Private Enterprise Number, which was CACE Technologies'.
    public static let enterprise: UInt32 = 32622
    /// The entry of its custom blocks that is process information.
    public static let entry: UInt32 = 3
    public static let name: UInt16 = 2, path: UInt16 = 3, arguments: UInt16 = 4, parent: UInt16 = 5
    public static let userID: UInt16 = 6, user: UInt16 = 7, uuid: UInt16 = 8, startTime: UInt16 = 9
    /// What has no code in Apple's block has Wireshark's there, behind this; and so has, in both, what neither knows.
    public static let local: UInt16 = 0x9000
    public static let container: UInt16 = 0x900a, containerName: UInt16 = 0x900b, unit: UInt16 = 0x900c
  }
}
