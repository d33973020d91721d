import Foundation

/// A client of the chat. Open one per app, early; close it when the app ends.
///
/// What is shown comes from the store: `sessions` and `conversation` are sequences that begin with what is
/// held, with or without a network, and go on with every change. What is queued (`send`, `readUpTo`,
/// `keepDraft`, `registerPhone`) is done for good when the call returns. Everything throws `ChatError`.
public actor Chat {
    private let core: ChatClient
    private let ear: Ear

    /// Opens the store; asks nothing of the service before `signIn`.
    public init(config: Config) throws {
        ear = Ear()
        core = try ChatClient.open(config: config, listener: ear)
    }

    /// Ends everything at once. What is queued is sent by the next client.
    public func close() {
        core.closeNow()
        ear.finish()
    }

    /// Signs in, at each start of the app.
    public func signIn(role: Role, tokens: @escaping Tokens) async throws {
        try await core.signIn(role: role, tokens: Source(tokens: tokens))
    }

    /// Forgets everything at once, and unregisters the phone. Throw the store's key away then.
    public func signOut() async throws {
        _ = try await core.wish(wish: .signOut)
    }

    /// The app is what the user looks at, or not.
    public func setFront(_ isFront: Bool) {
        core.setFront(isFront: isFront)
    }

    /// The phone has a network, or another one, or none. Tell each change.
    public func setNetwork(_ isUp: Bool) {
        core.setNetwork(isUp: isUp)
    }

    /// What may have changed, from now on.
    public nonisolated func changes() -> AsyncStream<Change> {
        ear.changes()
    }

    /// The sessions of a status (nil: of all), most recent activity first: now, and after every change.
    public nonisolated func sessions(status: Status? = .active, limit: UInt32 = 50) -> AsyncThrowingStream<[Session], Error> {
        queried(
            by: { change in
                switch change {
                case .sessions, .conversation: return true
                default: return false
                }
            },
            query: { core in try core.sessions(status: status, limit: limit) }
        )
    }

    /// A session with the newest of its messages: now, and after every change; nil while it is not known.
    public nonisolated func conversation(_ session: Int64, limit: UInt32 = 50) -> AsyncThrowingStream<Conversation?, Error> {
        queried(
            by: { change in
                switch change {
                case .sessions: return true
                case let .conversation(changed): return changed == session
                default: return false
                }
            },
            query: { core in try core.conversation(session: session, limit: limit) }
        )
    }

    /// What belongs on the app's icon.
    public func unreadTotal() throws -> Int64 {
        try core.unreadTotal()
    }

    /// What the user has begun to write.
    public func draft(_ session: Int64) throws -> String? {
        try core.draft(session: session)
    }

    /// The newest messages that are held in which every word of the text stands.
    public func search(_ text: String, limit: UInt32 = 20) throws -> [Hit] {
        try core.search(text: text, limit: limit)
    }

    private nonisolated func queried<View: Equatable & Sendable>(
        by matters: @escaping @Sendable (Change) -> Bool,
        query: @escaping @Sendable (ChatClient) throws -> View
    ) -> AsyncThrowingStream<View, Error> {
        let changes = ear.changes()
        let core = self.core
        // A slow reader gets the newest view.
        return AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1)) { stream in
            let watching = Task {
                do {
                    var last = try query(core)
                    stream.yield(last)
                    for await change in changes where matters(change) {
                        let view = try query(core)
                        if view != last {
                            stream.yield(view)
                            last = view
                        }
                    }
                    stream.finish()
                } catch {
                    stream.finish(throwing: error)
                }
            }
            stream.onTermination = { _ in watching.cancel() }
        }
    }

    func carryOut(_ wish: Wish) async throws -> Reply {
        try await core.wish(wish: wish)
    }
}
