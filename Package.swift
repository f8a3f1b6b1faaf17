// swift-tools-version: 6.3
import PackageDescription

/// Every target of ours is built under the same rules: memory safety is checked strictly, and a warning is an error.
let rules: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableExperimentalFeature("Lifetimes"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "sockeye",
  products: [
    .executable(name: "sockeye", targets: ["sockeye"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
  ],
  targets: [
    // The kernel's and the C libraries' own declarations.
    .target(name: "CLinux"),
    .systemLibrary(name: "CLibpcap", pkgConfig: "libpcap", providers: [.apt(["libpcap-dev"])]),
    .systemLibrary(name: "CLibcap", pkgConfig: "libcap", providers: [.apt(["libcap-dev"])]),

    // The way of one packet, from the wire to the terminal.
    .target(name: "Wire", swiftSettings: rules),
    .target(name: "Linux", dependencies: ["CLinux", "CLibcap"], swiftSettings: rules),
    .target(name: "Capture", dependencies: ["Wire", "Linux", "CLinux", "CLibpcap"], swiftSettings: rules),
    .target(name: "Sockets", dependencies: ["Linux", "CLinux"], swiftSettings: rules),
    .target(
      name: "Flows",
      dependencies: ["Wire", "Linux", "Sockets", "CLinux", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: rules),
    .target(
      name: "Scrub", dependencies: ["Wire", .product(name: "Crypto", package: "swift-crypto")], swiftSettings: rules),
    .target(name: "Output", dependencies: ["Wire", "Flows", "Sockets", "CLinux", "CLibpcap"], swiftSettings: rules),
    .executableTarget(
      name: "sockeye",
      dependencies: [
        "Wire", "Linux", "Capture", "Sockets", "Flows", "Scrub", "Output",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: rules),

    // What the fuzzers do with an input, and the tests that replay what they found.
    .target(name: "CExercise", path: "Fuzz/CExercise"),
    .target(
      name: "Exercise", dependencies: ["CExercise", "Wire", "Linux", "Capture", "Sockets", "Flows", "Scrub", "Output"],
      path: "Fuzz/Exercise",
      swiftSettings: rules),

    .testTarget(name: "WireTests", dependencies: ["Wire"], swiftSettings: rules),
    .testTarget(name: "LinuxTests", dependencies: ["Linux"], swiftSettings: rules),
    .testTarget(name: "CaptureTests", dependencies: ["Capture", "Wire", "Linux"], swiftSettings: rules),
    .testTarget(name: "SocketsTests", dependencies: ["Sockets", "Linux"], swiftSettings: rules),
    .testTarget(name: "FlowsTests", dependencies: ["Flows", "Wire", "Linux", "Sockets"], swiftSettings: rules),
    .testTarget(name: "ScrubTests", dependencies: ["Scrub", "Wire"], swiftSettings: rules),
    .testTarget(name: "OutputTests", dependencies: ["Output", "Flows", "Wire", "Sockets"], swiftSettings: rules),
    .testTarget(
      name: "SockeyeTests",
      dependencies: [
        "sockeye", "Capture", "Sockets", "Flows", "Output", "Wire", "Linux", "Exercise",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: rules),
  ]
)

// The fuzz targets have a main of libFuzzer's and are built only when asked for: `make fuzz`.
if Context.environment["SOCKEYE_FUZZ"] != nil {
  for name in ["FuzzPacket", "FuzzPcap", "FuzzPcapng", "FuzzFilter", "FuzzDiag"] {
    package.targets.append(
      .executableTarget(
        name: name, dependencies: ["Exercise", "Wire"], path: "Fuzz/\(name)",
        swiftSettings: rules + [.unsafeFlags(["-parse-as-library"])]))
  }
}
