package sample

import chat.Chat
import chat.ChatError
import chat.Tokens
import chat.core.Config
import chat.core.Conversation
import chat.core.Role
import java.io.File
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.security.SecureRandom
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.filterNotNull
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext

/**
 * A chat in a terminal, as one of the demo's people, with the local stack: `customer-1 2` talks to dentist 2,
 * `dentist-2 1` to customer 1. A line is sent; `/retract 3` takes message 3 back; an empty line ends it.
 */
fun main(arguments: Array<String>): Unit = runBlocking {
    val (name, other) = arguments.toList().plus(listOf("customer-1", "1").drop(arguments.size))
    val stack = Stack(File(System.getenv("LOCAL_DIR") ?: ".local", "endpoints.json"))
    val config = Config(stack["http_api"], stack["ws_api"], "$folder/$name.db", key(File("$folder/$name.key")))

    Chat.open(config).use { chat ->
        chat.signIn(Role.valueOf(name.substringBefore('-').uppercase()), stack.tokensOf(name))
        val session = chat.createSession(other.toLong())
        val showing = launch { chat.conversation(session).filterNotNull().collect { show(it, chat) } }
        val connecting = launch { chat.connection.collect { println("— ${it.name.lowercase()}") } }
        while (true) {
            val line = withContext(Dispatchers.IO) { readlnOrNull() }.orEmpty()
            if (line.isEmpty()) break
            try {
                when {
                    line.startsWith("/retract ") -> chat.retract(session, line.substringAfter(' ').toLong())
                    else -> chat.send(session, line)
                }
            } catch (error: ChatError) {
                println("${error.detail} (${error.code}; ${error.advice})")
            }
        }
        showing.cancel()
        connecting.cancel()
    }
}

private val shown = HashMap<Long, String>()

/** Prints what is new, or another than before; and says that it was read. */
private suspend fun show(view: Conversation, chat: Chat) {
    for (message in view.messages) {
        val who = if (message.isMine) "I" else view.session.otherName ?: "the other side"
        val what = if (message.retractedAt != null) "(taken back)" else message.content
        val line = "${message.seq}. $who: $what${if (message.isMine && message.isRead) " ✓" else ""}"
        if (shown.put(message.seq, line) != line) println(line)
    }
    for (entry in view.queue) entry.refusal?.let { println("not sent: ${entry.content}: ${it.detail}") }
    view.messages.lastOrNull { !it.isMine && !it.isRead }?.let { chat.readUpTo(view.session.id, it.seq) }
}

private val folder = System.getenv("LOCAL_DIR") ?: ".local"

/** An app keeps it in the Keystore. */
private fun key(file: File): ByteArray {
    if (!file.exists()) file.writeBytes(ByteArray(32).also { SecureRandom().nextBytes(it) })
    return file.readBytes()
}

/** The local stack: where it is, and its identity provider in Cognito's place. */
private class Stack(endpoints: File) {
    private val text = endpoints.readText()
    private val http = HttpClient.newHttpClient()

    operator fun get(name: String): String =
        Regex("\"$name\": *\"([^\"]*)\"").find(text)?.groupValues?.get(1) ?: error("no $name in $text")

    fun tokensOf(person: String) = Tokens {
        val (role, number) = person.split('-')
        val groups = if (role == "dentist") "\"dentists\"" else ""
        val claims = """{"sub": "$person", "email": "$role$number@example.test", "email_verified": true, "groups": [$groups]}"""
        val request = HttpRequest.newBuilder(URI("${this["identity"]}/token"))
            .POST(HttpRequest.BodyPublishers.ofString(claims)).header("content-type", "application/json").build()
        val answer = withContext(Dispatchers.IO) { http.send(request, HttpResponse.BodyHandlers.ofString()) }
        Regex("\"token\": *\"([^\"]*)\"").find(answer.body())?.groupValues?.get(1)
    }
}
