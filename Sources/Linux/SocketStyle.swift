import CLinux
import Glibc

/// How a socket carries data: the type of socket(2), known to the compiler, so that it refuses what makes no sense.
public protocol CommunicationStyle {
  /// Whether what was sent at once is received at once: the boundaries of records are kept.
  static var keepsRecords: Bool { get }
}

/// A style that socket(2) has a number for.
public protocol DefiniteStyle: CommunicationStyle {
  /// SOCK_STREAM and so on.
  static var number: Int32 { get }
}

/// A style whose sockets are connected before they carry data: they listen and accept.
public protocol ConnectionStyle: DefiniteStyle {}

/// A style whose sockets can send each record to another address.
public protocol ConnectionlessStyle: CommunicationStyle {}

/// A two-way reliable stream without record boundaries. SOCK_STREAM.
public enum StreamStyle: ConnectionStyle {
  public static var number: Int32 { Int32(SOCK_STREAM.rawValue) }
  public static var keepsRecords: Bool { false }
}

/// Messages, each by itself; whether they come at all, and in order, is the domain's affair. SOCK_DGRAM.
public enum DatagramStyle: DefiniteStyle, ConnectionlessStyle {
  public static var number: Int32 { Int32(SOCK_DGRAM.rawValue) }
  public static var keepsRecords: Bool { true }
}

/// A reliable sequence of records between two ends. SOCK_SEQPACKET.
public enum SequencedPacketStyle: ConnectionStyle {
  public static var number: Int32 { Int32(SOCK_SEQPACKET.rawValue) }
  public static var keepsRecords: Bool { true }
}

/// Messages of the protocol below, with its headers. SOCK_RAW.
public enum RawStyle: DefiniteStyle, ConnectionlessStyle {
  public static var number: Int32 { Int32(SOCK_RAW.rawValue) }
  public static var keepsRecords: Bool { true }
}

/// Frames with their link headers or without, SOCK_RAW or SOCK_DGRAM, as was decided when the socket was opened.
public enum FrameStyle: ConnectionlessStyle {
  public static var keepsRecords: Bool { true }
}
