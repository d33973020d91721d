//! The HTTP operations.

/// An operation of the HTTP API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "their names say it")]
pub enum Operation {
    CreateSession,
    ListSessions,
    GetSession,
    UpdateSession,
    SendMessage,
    CorrectMessage,
    RetractMessage,
    ListMessages,
    MarkRead,
    CreateUpload,
    RegisterPlayer,
    UnregisterPlayer,
    Sync,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::CreateSession,
        Self::ListSessions,
        Self::GetSession,
        Self::UpdateSession,
        Self::SendMessage,
        Self::CorrectMessage,
        Self::RetractMessage,
        Self::ListMessages,
        Self::MarkRead,
        Self::CreateUpload,
        Self::RegisterPlayer,
        Self::UnregisterPlayer,
        Self::Sync,
    ];

    /// The function's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CreateSession => "create-session",
            Self::ListSessions => "list-sessions",
            Self::GetSession => "get-session",
            Self::UpdateSession => "update-session",
            Self::SendMessage => "send-message",
            Self::CorrectMessage => "correct-message",
            Self::RetractMessage => "retract-message",
            Self::ListMessages => "list-messages",
            Self::MarkRead => "mark-read",
            Self::CreateUpload => "create-upload",
            Self::RegisterPlayer => "register-player",
            Self::UnregisterPlayer => "unregister-player",
            Self::Sync => "sync",
        }
    }

    /// Its method and path, as API Gateway's route key has them.
    #[must_use]
    pub const fn route(self) -> &'static str {
        match self {
            Self::CreateSession => "POST /sessions",
            Self::ListSessions => "GET /sessions",
            Self::GetSession => "GET /sessions/{session_id}",
            Self::UpdateSession => "PATCH /sessions/{session_id}",
            Self::SendMessage => "POST /sessions/{session_id}/messages",
            Self::CorrectMessage => "PUT /sessions/{session_id}/messages/{seq}",
            Self::RetractMessage => "POST /sessions/{session_id}/messages/{seq}/retraction",
            Self::ListMessages => "GET /sessions/{session_id}/messages",
            Self::MarkRead => "POST /sessions/{session_id}/read",
            Self::CreateUpload => "POST /sessions/{session_id}/uploads",
            Self::RegisterPlayer => "PUT /players",
            Self::UnregisterPlayer => "DELETE /players",
            Self::Sync => "GET /sync",
        }
    }

    /// Whether it is about one session.
    #[must_use]
    pub fn names_a_session(self) -> bool {
        self.route().contains("{session_id}")
    }

    /// Whether it is about one message.
    #[must_use]
    pub fn names_a_message(self) -> bool {
        self.route().contains("{seq}")
    }

    /// Whether it reads a body.
    #[must_use]
    pub fn has_body(self) -> bool {
        self.route().starts_with('P') && self != Self::RetractMessage
    }
}
