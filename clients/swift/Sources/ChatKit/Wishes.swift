import Foundation

/// A function for each thing that a user can want.
public extension Chat {
    /// Queues a message with images (the bytes of their files); gives its entry.
    @discardableResult
    func send(_ session: Int64, _ content: String, images: [Data] = []) async throws -> Int64 {
        id(try await carryOut(.send(session: session, content: content, images: images)))
    }

    /// Has a refused entry tried again, and ends waits.
    func retry(entry: Int64) async throws {
        _ = try await carryOut(.retry(entry: entry))
    }

    /// Sends another text in an entry's place.
    func edit(entry: Int64, content: String) async throws {
        _ = try await carryOut(.edit(entry: entry, content: content))
    }

    /// Does not send an entry.
    func discard(entry: Int64) async throws {
        _ = try await carryOut(.discard(entry: entry))
    }

    /// The user has seen everything up to a message.
    func readUpTo(_ session: Int64, seq: Int64) async throws {
        _ = try await carryOut(.readUpTo(session: session, seq: seq))
    }

    /// The user is writing, or not any more.
    func setTyping(_ session: Int64, _ typing: Bool) async throws {
        _ = try await carryOut(.typing(session: session, typing: typing))
    }

    /// Keeps what the user has begun to write; empty: nothing.
    func keepDraft(_ session: Int64, _ content: String) async throws {
        _ = try await carryOut(.draft(session: session, content: content))
    }

    /// Gets pushes by this subscription.
    func registerPhone(subscription: String) async throws {
        _ = try await carryOut(.registerPhone(subscription: subscription))
    }

    /// Is up to date (for pulling the list down).
    func catchUp() async throws {
        _ = try await carryOut(.catchUp)
    }

    /// Talks to someone of the other side; gives the session.
    func createSession(with other: Int64) async throws -> Int64 {
        id(try await carryOut(.createSession(other: other)))
    }

    /// Archives a session, or reopens it (dentists only).
    func setStatus(_ session: Int64, _ status: Status) async throws {
        _ = try await carryOut(.setStatus(session: session, status: status))
    }

    /// Replaces the text of a message.
    func correct(_ session: Int64, seq: Int64, content: String) async throws {
        _ = try await carryOut(.correct(session: session, seq: seq, content: content))
    }

    /// Takes a message back.
    func retract(_ session: Int64, seq: Int64) async throws {
        _ = try await carryOut(.retract(session: session, seq: seq))
    }

    /// Gets older messages than those that are held.
    func loadOlder(_ session: Int64) async throws {
        _ = try await carryOut(.loadOlder(session: session))
    }

    /// Gets new URLs of a message's images.
    func refreshImages(_ session: Int64, seq: Int64) async throws {
        _ = try await carryOut(.refreshImages(session: session, seq: seq))
    }
}

private func id(_ reply: Reply) -> Int64 {
    switch reply {
    case let .entry(id), let .session(id): return id
    case .done: preconditionFailure("the core gives an id")
    }
}
