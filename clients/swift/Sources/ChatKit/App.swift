import Foundation

/// A Cognito ID token, as fresh as can be; the argument says that the service does not take the last one.
/// Nil, or an error: there is none (now).
public typealias Tokens = @Sendable (_ refused: Bool) async throws -> String?

/// Asks the app in a task, so that no thread of the core's waits for it.
final class Source: TokenSource {
    private let tokens: Tokens

    init(tokens: @escaping Tokens) {
        self.tokens = tokens
    }

    func wanted(ask: TokenAsk) {
        Task { [tokens] in
            ask.answer(token: try? await tokens(ask.isRefused()))
        }
    }
}

/// Hands changes from the core's threads to those who iterate over them.
final class Ear: Listener, @unchecked Sendable {
    private let lock = NSLock()
    private var streams: [UUID: AsyncStream<Change>.Continuation] = [:]

    func changed(change: Change) {
        lock.lock()
        defer { lock.unlock() }
        for stream in streams.values {
            stream.yield(change)
        }
    }

    func changes() -> AsyncStream<Change> {
        AsyncStream { stream in
            let id = UUID()
            lock.lock()
            streams[id] = stream
            lock.unlock()
            stream.onTermination = { [weak self] _ in self?.forget(id) }
        }
    }

    func finish() {
        lock.lock()
        let ended = Array(streams.values)
        streams = [:]
        lock.unlock()
        ended.forEach { $0.finish() }
    }

    private func forget(_ id: UUID) {
        lock.lock()
        streams[id] = nil
        lock.unlock()
    }
}

/// The message of a push, for a notification extension. On an error, show the push as it came.
public func notification(for session: Int64, seq: Int64, config: Config, tokens: @escaping Tokens) async throws -> Told {
    try await notificationFor(config: config, tokens: Source(tokens: tokens), session: session, seq: seq)
}

public extension ChatError {
    /// The service's stable code, or one of the library's own.
    var code: String {
        switch self {
        case let .Failed(code, _, _, _): return code
        }
    }

    /// Whether the same may succeed later.
    var retryable: Bool {
        switch self {
        case let .Failed(_, _, retryable, _): return retryable
        }
    }

    /// What an app should do.
    var advice: Advice {
        switch self {
        case let .Failed(_, _, _, advice): return advice
        }
    }
}
