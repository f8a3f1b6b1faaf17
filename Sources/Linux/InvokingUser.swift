import CLinux
import Glibc

/// The user who called sudo(8), as whom a command is run: not as root.
public struct InvokingUser: Sendable, Equatable {
  public var uid: UInt32
  public var gid: UInt32
  /// All groups that the user is a member of.
  public var groups: [UInt32]
  /// The environment as the user would have it: HOME, USER and LOGNAME are the user's, and what sudo added is gone.
  public var environment: [String]

  /// The user whom SUDO_UID and SUDO_GID name, where this process is root; nil where it is not, or was not called by sudo.
  public static func current() -> InvokingUser? {
    guard geteuid() == 0, let uid = variable("SUDO_UID").flatMap(UInt32.init), uid != 0,
      let gid = variable("SUDO_GID").flatMap(UInt32.init)
    else { return nil }
    let account = account(uid)
    let replaced = ["HOME", "USER", "LOGNAME", "SUDO_UID", "SUDO_GID", "SUDO_USER", "SUDO_COMMAND", "SUDO_HOME"]
    var environment = ownEnvironment.filter { entry in
      !replaced.contains { entry.hasPrefix($0 + "=") }
    }
    if let account {
      environment += ["HOME=\(account.home)", "USER=\(account.name)", "LOGNAME=\(account.name)"]
    }
    return InvokingUser(
      uid: uid, gid: gid, groups: account.map { groups(of: $0.name, gid) } ?? [gid], environment: environment)
  }

  /// This process's environment.
  static var ownEnvironment: [String] {
    var entries: [String] = []
    // SAFETY: nothing here changes the environment, which ends with a null; each entry is terminated, and copied.
    var next = unsafe environ
    while let entry = unsafe next.pointee {
      unsafe entries.append(String(cString: entry))
      unsafe next = next.advanced(by: 1)
    }
    return entries
  }

  private static func variable(_ name: String) -> String? {
    // SAFETY: as above.
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }

  private static func account(_ uid: UInt32) -> (name: String, home: String)? {
    // SAFETY: getpwuid answers a structure of its own that stays until its next call in this thread; the strings are
    // copied. It is called before there are other threads.
    guard let entry = unsafe getpwuid(uid), let name = unsafe entry.pointee.pw_name,
      let home = unsafe entry.pointee.pw_dir
    else { return nil }
    return unsafe (String(cString: name), String(cString: home))
  }

  private static func groups(of name: String, _ gid: UInt32) -> [UInt32] {
    var count: Int32 = 64
    while count <= 1 << 16 {
      var groups = [gid_t](repeating: gid, count: Int(count))
      // SAFETY: at most `count` numbers are written, and `count` then says how many there are.
      let found = unsafe getgrouplist(name, gid, &groups, &count)
      if found >= 0 { return Array(groups.prefix(Int(found))) }
      count = max(count, Int32(groups.count) &* 2)
    }
    return [gid]
  }
}
