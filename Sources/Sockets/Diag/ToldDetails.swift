public import Linux

/// What a message of sock_diag's tells of an internet or a unix socket beyond its row. Of what has no fixed length only the
/// places are known: where tens of thousands of sockets are listed, nothing of it is copied until it is written.
public struct ToldDetails {
  /// The message, which the places are in.
  public let message: NetlinkPayload
  public internal(set) var timer: UInt8 = 0
  public internal(set) var timerMilliseconds: UInt32 = 0
  public internal(set) var retransmits: UInt8 = 0
  public internal(set) var typeOfService: UInt8?
  public internal(set) var mark: UInt32?
  public internal(set) var boundInterface: UInt32 = 0
  public internal(set) var shutdown: UInt8 = 0
  public internal(set) var options: UInt16?
  public internal(set) var cgroup: UInt64?
  public internal(set) var pathInode: (device: UInt32, inode: UInt32)?
  /// The octets of TCP_INFO.
  public internal(set) var tcpInformation: NetlinkAttribute?
  /// The numbers of SK_MEMINFO.
  public internal(set) var memory: NetlinkAttribute?
  /// The name, maybe with zeros behind it.
  public internal(set) var congestionControl: NetlinkAttribute?
  /// The name, maybe with zeros behind it.
  public internal(set) var upperLayerProtocol: NetlinkAttribute?
  var mptcpInformation: NetlinkAttribute?
  var bbrInformation: NetlinkAttribute?
  var pending: NetlinkAttribute?

  init(_ message: NetlinkPayload) { self.message = message }

  /// The inodes of connections that wait to be accepted by a unix listener.
  public var pendingInodes: [UInt64] {
    pending.map { message.numbers(of: $0).filter { $0 != 0 }.map { UInt64($0) } } ?? []
  }
}

extension SocketDetails {
  /// The same, with copies of what the message has.
  init(_ told: ToldDetails) {
    func octets(_ attribute: NetlinkAttribute?) -> [UInt8] { attribute.map { told.message.octets(of: $0) } ?? [] }
    func name(_ attribute: NetlinkAttribute?) -> [UInt8] {
      attribute.map { told.message.octetsBeforeZero(of: $0) } ?? []
    }
    timer = told.timer
    timerMilliseconds = told.timerMilliseconds
    retransmits = told.retransmits
    typeOfService = told.typeOfService
    mark = told.mark
    boundInterface = told.boundInterface
    shutdown = told.shutdown
    options = told.options
    cgroup = told.cgroup
    pathInode = told.pathInode
    tcpInformation = octets(told.tcpInformation)
    mptcpInformation = octets(told.mptcpInformation)
    bbrInformation = octets(told.bbrInformation)
    memory = told.memory.map { told.message.numbers(of: $0) } ?? []
    congestionControl = name(told.congestionControl)
    upperLayerProtocol = name(told.upperLayerProtocol)
    pendingInodes = told.pendingInodes
  }
}
