package chat

import chat.core.AccountState
import chat.core.Change
import chat.core.ChatClient
import chat.core.ChatException
import chat.core.Config
import chat.core.ConnectionState
import chat.core.Conversation
import chat.core.Hit
import chat.core.Listener
import chat.core.Reply
import chat.core.Role
import chat.core.Session
import chat.core.Status
import chat.core.Wish
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.channels.BufferOverflow
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableSharedFlow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.SharedFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asSharedFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.filter
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.onSubscription
import kotlinx.coroutines.withContext

/** What every function here throws: [ChatException.Failed.code], `retryable`, `advice`. */
typealias ChatError = ChatException.Failed

/**
 * A client of the chat. Open one per app, early; close it when the app ends.
 *
 * What is shown comes from the store: [sessions] and [conversation] are flows that begin with what is held,
 * with or without a network, and go on with every change. What the user wants is a `suspend` function; one
 * that is queued ([send], [readUpTo], [keepDraft], [registerPhone]) is done for good when it returns, whatever
 * then happens to the app.
 */
class Chat private constructor() : AutoCloseable, Listener {
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)
    // A view is queried anew after the last of many changes, so what a slow collector misses was old.
    private val heard = MutableSharedFlow<Change>(extraBufferCapacity = 256, onBufferOverflow = BufferOverflow.DROP_OLDEST)
    private val connected = MutableStateFlow(ConnectionState.OFFLINE)
    private val signedIn = MutableStateFlow(AccountState.SIGNED_OUT)
    private val stopCode = MutableStateFlow<String?>(null)
    private val typists = MutableStateFlow(emptySet<Long>())
    private lateinit var core: ChatClient

    /** Whether frames come. */
    val connection: StateFlow<ConnectionState> = connected.asStateFlow()

    /** Who is signed in, or whether they still are. */
    val account: StateFlow<AccountState> = signedIn.asStateFlow()

    /** Why nothing is sent any more until the app opens a client again; null as long as all is well. */
    val stopped: StateFlow<String?> = stopCode.asStateFlow()

    /** What may have changed, as it is heard: for what no flow below shows. */
    val changes: SharedFlow<Change> = heard.asSharedFlow()

    companion object {
        /** Opens the store; asks nothing of the service before [signIn]. */
        suspend fun open(config: Config): Chat = withContext(Dispatchers.IO) {
            Chat().also { it.core = ChatClient.open(config, it) }
        }
    }

    /** For the core, on a thread of its own. */
    override fun changed(change: Change) {
        when (change) {
            is Change.Connection -> connected.value = change.state
            is Change.Account -> signedIn.value = change.state
            is Change.Stopped -> stopCode.value = change.code
            is Change.Typing -> synchronized(typists) {
                typists.value = if (change.typing) typists.value + change.session else typists.value - change.session
            }
            else -> Unit
        }
        heard.tryEmit(change)
    }

    /** Ends everything at once; whoever waits gets the error `closed`. What is queued is sent by the next client. */
    override fun close() {
        core.closeNow()
        scope.cancel()
    }

    /** Signs in, at each start of the app. Fails with `other_account` when the store is of another role. */
    suspend fun signIn(role: Role, tokens: Tokens) = core.signIn(role, Source(scope, tokens))

    /** Forgets everything at once, and unregisters the phone. Throw the store's key away then. */
    suspend fun signOut() = done(Wish.SignOut)

    /** The app is what the user looks at, or not. */
    fun setFront(isFront: Boolean) = core.setFront(isFront)

    /** The phone has a network, or another one, or none. Tell each change. */
    fun setNetwork(isUp: Boolean) = core.setNetwork(isUp)

    /** The sessions of a status (null: of all), most recent activity first: now, and after every change. */
    fun sessions(status: Status? = Status.ACTIVE, limit: Int = 50): Flow<List<Session>> =
        queried({ it is Change.Sessions || it is Change.Conversation }) { core.sessions(status, limit.toUInt()) }

    /** A session with the newest of its messages: now, and after every change; null while it is not known. */
    fun conversation(session: Long, limit: Int = 50): Flow<Conversation?> =
        queried({ it is Change.Sessions || it is Change.Conversation && it.session == session }) {
            core.conversation(session, limit.toUInt())
        }

    /** What belongs on the app's icon. */
    fun unreadTotal(): Flow<Long> =
        queried({ it is Change.Sessions || it is Change.Conversation }) { core.unreadTotal() }

    /** Whether the other side is writing. */
    fun typing(session: Long): Flow<Boolean> = typists.map { session in it }.distinctUntilChanged()

    /** The newest messages that are held in which every word of the text stands. */
    suspend fun search(text: String, limit: Int = 20): List<Hit> =
        withContext(Dispatchers.IO) { core.search(text, limit.toUInt()) }

    /** What the user has begun to write. */
    suspend fun draft(session: Long): String? = withContext(Dispatchers.IO) { core.draft(session) }

    /** Queues a message with images (the bytes of their files); gives its entry. */
    suspend fun send(session: Long, content: String, images: List<ByteArray> = emptyList()): Long =
        id(core.wish(Wish.Send(session, content, images)))

    /** Has a refused entry tried again, and ends waits. */
    suspend fun retry(entry: Long) = done(Wish.Retry(entry))

    /** Sends another text in an entry's place. */
    suspend fun edit(entry: Long, content: String) = done(Wish.Edit(entry, content))

    /** Does not send an entry. */
    suspend fun discard(entry: Long) = done(Wish.Discard(entry))

    /** The user has seen everything up to a message. */
    suspend fun readUpTo(session: Long, seq: Long) = done(Wish.ReadUpTo(session, seq))

    /** The user is writing, or not any more. */
    suspend fun setTyping(session: Long, typing: Boolean) = done(Wish.Typing(session, typing))

    /** Keeps what the user has begun to write; empty: nothing. */
    suspend fun keepDraft(session: Long, content: String) = done(Wish.Draft(session, content))

    /** Gets pushes by this subscription. */
    suspend fun registerPhone(subscription: String) = done(Wish.RegisterPhone(subscription))

    /** Is up to date (for pulling the list down). */
    suspend fun catchUp() = done(Wish.CatchUp)

    /** Talks to someone of the other side; gives the session. */
    suspend fun createSession(other: Long): Long = id(core.wish(Wish.CreateSession(other)))

    /** Archives a session (dentists only). */
    suspend fun archive(session: Long) = done(Wish.SetStatus(session, Status.ARCHIVED))

    /** Reopens a session (dentists only). */
    suspend fun reopen(session: Long) = done(Wish.SetStatus(session, Status.ACTIVE))

    /** Replaces the text of a message. */
    suspend fun correct(session: Long, seq: Long, content: String) = done(Wish.Correct(session, seq, content))

    /** Takes a message back. */
    suspend fun retract(session: Long, seq: Long) = done(Wish.Retract(session, seq))

    /** Gets older messages than those that are held. */
    suspend fun loadOlder(session: Long) = done(Wish.LoadOlder(session))

    /** Gets new URLs of a message's images. */
    suspend fun refreshImages(session: Long, seq: Long) = done(Wish.RefreshImages(session, seq))

    private suspend fun done(wish: Wish) {
        core.wish(wish)
    }

    private fun id(reply: Reply): Long = when (reply) {
        is Reply.Entry -> reply.id
        is Reply.Session -> reply.id
        is Reply.Done -> error("the core gives an id")
    }

    private fun <T> queried(matters: (Change) -> Boolean, query: () -> T): Flow<T> =
        heard.onSubscription { emit(Change.Sessions) }
            .filter(matters)
            .buffer(1, BufferOverflow.DROP_OLDEST)
            .map { query() }
            .distinctUntilChanged()
            .flowOn(Dispatchers.IO)
}
