// swift-tools-version:5.9
import PackageDescription

// `infra/tools/build-ios` makes ChatCoreFFI.xcframework and Sources/ChatKit/Generated.
let package = Package(
    name: "ChatKit",
    platforms: [.iOS(.v15)],
    products: [.library(name: "ChatKit", targets: ["ChatKit"])],
    targets: [
        .target(
            name: "ChatKit",
            dependencies: ["ChatCoreFFI"],
            linkerSettings: [.linkedFramework("Security"), .linkedFramework("CoreFoundation")]
        ),
        .binaryTarget(name: "ChatCoreFFI", path: "ChatCoreFFI.xcframework"),
    ]
)
