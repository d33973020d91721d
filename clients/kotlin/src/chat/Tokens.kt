package chat

import chat.core.Config
import chat.core.TokenAsk
import chat.core.TokenSource
import chat.core.Told
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch

/** Where tokens come from. */
fun interface Tokens {
    /**
     * A Cognito ID token, as fresh as can be; [refused] says that the service does not take the last one, so
     * it must be another. Null when there is none (now). What it throws counts as none.
     */
    suspend fun token(refused: Boolean): String?
}

/** Asks the app in a coroutine, so that no thread of the core's waits for it. */
internal class Source(private val scope: CoroutineScope, private val tokens: Tokens) : TokenSource {
    override fun wanted(ask: TokenAsk) {
        val asking = scope.launch {
            val token = try {
                tokens.token(ask.isRefused())
            } catch (_: Exception) {
                null
            }
            ask.answer(token)
        }
        // Also when the scope was cancelled first. Only the first answer counts.
        asking.invokeOnCompletion { ask.use { it.answer(null) } }
    }
}

/**
 * The message of a push, from the store or else from the service, beside the app that owns the store: for a
 * push service of its own process, or the app's. On an error, show the push as it came.
 */
suspend fun notificationFor(config: Config, tokens: Tokens, session: Long, seq: Long): Told =
    coroutineScope { chat.core.notificationFor(config, Source(this, tokens), session, seq) }
