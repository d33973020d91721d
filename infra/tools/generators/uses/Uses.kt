// What an app writes against the client of openapi-generator.
import chat.apis.MessagesApi
import chat.apis.NotificationsApi
import chat.apis.SessionsApi
import chat.models.Message
import chat.models.NewMessage
import chat.models.NewPlayer
import chat.models.NewReadMark
import chat.models.NewSession
import chat.models.NewUpload
import chat.models.Problem
import chat.models.Role
import chat.models.Session
import chat.models.SessionStatus
import chat.models.SessionUpdate
import java.time.OffsetDateTime
import java.util.UUID

fun talk(sessions: SessionsApi, messages: MessagesApi, notifications: NotificationsApi): OffsetDateTime? {
    val session: Session = sessions.createSession(NewSession(dentistId = 7))
    sessions.createSession(NewSession(customerId = 42))
    val upload = messages.createUpload(session.id, NewUpload(NewUpload.ContentType.imageSlashJpeg, contentLength = 9))
    messages.sendMessage(session.id, NewMessage(clientMessageId = UUID.randomUUID(), content = "Good morning"))
    // A list, since images are shown in this order.
    val keys: List<String> = listOf(upload.key)
    val message: Message = messages.sendMessage(session.id, NewMessage(UUID.randomUUID(), imageUrls = keys))
    messages.markRead(session.id, NewReadMark(upToSeq = message.seq))
    sessions.updateSession(session.id, SessionUpdate(SessionStatus.archived))
    notifications.registerPlayer(NewPlayer(UUID.randomUUID()))
    notifications.unregisterPlayer()
    val page = messages.listMessages(session.id, after = 0, limit = 100)
    val inbox = sessions.listSessions(limit = 20)
    val last: Message? = inbox.sessions.first().lastMessage
    return page.messages.firstOrNull { it.senderType == Role.dentist }?.readAt ?: last?.createdAt
}

fun explain(problem: Problem): String =
    problem.errors?.joinToString { "${it.field}: ${it.reason}" } ?: "${problem.status} ${problem.code}"
