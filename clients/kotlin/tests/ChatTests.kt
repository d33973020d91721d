package chat.tests

import chat.Chat
import chat.ChatError
import chat.core.AccountState
import chat.core.Advice
import chat.core.Change
import chat.core.Config
import chat.core.ConnectionState
import chat.core.Role
import java.net.ServerSocket
import java.nio.file.Files
import java.nio.file.Path
import kotlin.system.exitProcess
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.filter
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout

/** The layer itself, without a service: what is on the other side of the core, the scenarios try. */
private val tests = listOf<Pair<String, suspend CoroutineScope.() -> Unit>>(
    "a_key_of_the_wrong_length_opens_nothing_and_says_what_to_do" to {
        val error = assertFailsWith<ChatError> { Chat.open(nowhere().copy(key = ByteArray(5) { 1 })) }
        assertEquals("store_key" to Advice.REPORT, error.code to error.advice)
        assertFalse(error.retryable)
    },
    "another_key_does_not_open_the_store" to {
        val config = nowhere()
        Chat.open(config).use { it.signIn(Role.CUSTOMER) { null } }
        val error = assertFailsWith<ChatError> { Chat.open(config.copy(key = ByteArray(32) { 8 })) }
        assertEquals("store_key", error.code)
    },
    "views_fail_with_signed_out_while_nobody_is_signed_in" to {
        Chat.open(nowhere()).use { chat ->
            assertEquals("signed_out", assertFailsWith<ChatError> { chat.sessions().first() }.code)
            assertEquals("signed_out", assertFailsWith<ChatError> { chat.send(1, "Hallo?") }.code)
        }
    },
    "a_flow_begins_with_what_is_held_and_goes_on_with_each_change" to {
        Chat.open(nowhere()).use { chat ->
            chat.signIn(Role.CUSTOMER) { null }
            val totals = async(start = CoroutineStart.UNDISPATCHED) { chat.unreadTotal().first() }
            assertEquals(0L, totals.await())
            assertNull(chat.conversation(5).first())
            assertEquals(emptyList(), chat.sessions(null).first())
        }
    },
    "a_conversation_is_shown_anew_when_the_core_says_that_it_changed" to {
        Chat.open(nowhere()).use { chat ->
            chat.signIn(Role.CUSTOMER) { null }
            // Collected before the change, and of another session: it is not told.
            val heard = async(start = CoroutineStart.UNDISPATCHED) {
                chat.changes.filter { it is Change.Conversation }.take(2).toList()
            }
            chat.keepDraft(7, "und d")
            chat.keepDraft(8, "oder")
            assertEquals(listOf<Change>(Change.Conversation(7), Change.Conversation(8)), heard.await())
            assertEquals("und d", chat.draft(7))
        }
    },
    "what_is_queued_is_there_for_the_next_client" to {
        val config = nowhere()
        Chat.open(config).use { chat ->
            chat.signIn(Role.CUSTOMER) { null }
            chat.keepDraft(7, "und d")
        }
        Chat.open(config).use { assertEquals("und d", it.draft(7)) }
    },
    "the_core_asks_the_app_for_a_token_and_what_it_throws_counts_as_none" to {
        Chat.open(nowhere()).use { chat ->
            val asked = CompletableDeferred<Boolean>()
            chat.signIn(Role.CUSTOMER) { refused ->
                asked.complete(refused)
                error("no network")
            }
            assertFalse(asked.await())
            chat.account.filter { it != AccountState.SIGNED_OUT }.first()
            assertEquals(ConnectionState.OFFLINE, chat.connection.value)
        }
    },
    "another_role_than_the_stores_is_refused" to {
        Chat.open(nowhere()).use { chat ->
            chat.signIn(Role.CUSTOMER) { null }
            assertEquals("other_account", assertFailsWith<ChatError> { chat.signIn(Role.DENTIST) { null } }.code)
        }
    },
    "whoever_waits_is_told_when_the_client_is_closed_and_closing_again_does_nothing" to {
        val chat = Chat.open(nowhere())
        chat.signIn(Role.CUSTOMER) { null }
        val waiting = async(start = CoroutineStart.UNDISPATCHED) {
            assertFailsWith<ChatError> { chat.createSession(7) }
        }
        chat.close()
        chat.close()
        assertEquals("closed", waiting.await().code)
        assertEquals("closed", assertFailsWith<ChatError> { chat.catchUp() }.code)
    },
)

/** A new store, and a service that nobody runs. */
private fun nowhere(): Config {
    val port = ServerSocket(0).use { it.localPort }
    val store = Files.createTempDirectory(scratch, "store").resolve("chat.db")
    return Config("http://127.0.0.1:$port", "ws://127.0.0.1:$port/x", "$store", ByteArray(32) { 9 })
}

private val scratch: Path = Files.createTempDirectory("chat-kotlin-tests")

fun main() {
    val failed = tests.count { (name, test) ->
        val failure = runCatching { runBlocking { withTimeout(60_000) { test() } } }.exceptionOrNull()
        println("test $name ... ${if (failure == null) "ok" else "FAILED"}")
        failure?.printStackTrace()
        failure != null
    }
    scratch.toFile().deleteRecursively()
    println("${tests.size - failed} passed, $failed failed")
    exitProcess(if (failed == 0) 0 else 1)
}
