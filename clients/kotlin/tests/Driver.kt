package chat.tests

import chat.Chat
import chat.ChatError
import chat.Tokens
import chat.core.Config
import chat.core.ConnectionState
import chat.core.Conversation
import chat.core.Message
import chat.core.Role
import chat.notificationFor
import java.io.File
import java.net.URLDecoder
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking

/** The scenarios' driver of the Kotlin layer; clients/scenarios/README.md says what it is told. */
fun main() = runBlocking {
    val devices = HashMap<String, Device>()
    while (true) {
        val line = readlnOrNull() ?: break
        val all = line.split(' ').map { URLDecoder.decode(it, Charsets.UTF_8) }
        val (verb, name) = all + ""
        val words = all.drop(2)
        val answer = try {
            if (verb == "client") {
                mapOf("language" to "Kotlin", "lacks" to emptyMap<String, String>())
            } else if (verb == "open") {
                devices[name] = Device.open(words)
                emptyMap()
            } else {
                devices.getValue(name).carryOut(verb, words)
            }
        } catch (error: ChatError) {
            mapOf("error" to error.code)
        }
        println(json(answer))
    }
}

private class Device(val config: Config, val tokens: Tokens, val chat: Chat) {
    companion object {
        suspend fun open(words: List<String>): Device {
            val (http, ws, store, role, token) = words
            val config = Config(http, ws, store, ByteArray(32) { 9 })
            val device = Device(config, { token }, Chat.open(config))
            device.chat.signIn(Role.valueOf(role.uppercase()), device.tokens)
            return device
        }
    }

    suspend fun carryOut(verb: String, words: List<String>): Map<String, Any?> {
        fun number(index: Int) = words[index].toLong()
        when (verb) {
            "close" -> chat.close()
            "network" -> chat.setNetwork(true)
            "view" -> return view(number(0))
            "search" -> return mapOf("value" to chat.search(words[0]).map { it.seq })
            "notification" ->
                return mapOf("value" to notificationFor(config, tokens, number(0), number(1)).message.content)
            "send" -> {
                val images = words.drop(2).map { File(it).readBytes() }
                return mapOf("value" to chat.send(number(0), words[1], images))
            }
            "create" -> return mapOf("value" to chat.createSession(number(0)))
            "edit" -> chat.edit(number(0), words[1])
            "retry" -> chat.retry(number(0))
            "discard" -> chat.discard(number(0))
            "read" -> chat.readUpTo(number(0), number(1))
            "correct" -> chat.correct(number(0), number(1), words[2])
            "retract" -> chat.retract(number(0), number(1))
            "typing" -> chat.setTyping(number(0), true)
            "draft" -> chat.keepDraft(number(0), words[1])
            "older" -> chat.loadOlder(number(0))
            "archive" -> chat.archive(number(0))
            "register" -> chat.registerPhone(words[0])
            "sign_out" -> chat.signOut()
            else -> error("there is no verb $verb")
        }
        return emptyMap()
    }

    private suspend fun view(session: Long): Map<String, Any?> {
        val heard = mapOf(
            "online" to (chat.connection.value == ConnectionState.ONLINE),
            "typing" to chat.typing(session).first(),
        )
        return chat.conversation(session, 100).first()?.let { heard + shown(it) } ?: heard
    }

    private fun shown(view: Conversation): Map<String, Any?> {
        fun each(tell: (Message) -> Any) = view.messages.map(tell)
        return mapOf(
            "texts" to each { it.content },
            "mine" to each { it.isMine },
            "read" to each { it.isRead },
            "corrected" to each { it.correctedAt != null },
            "retracted" to each { it.retractedAt != null },
            "images" to each { it.images.size },
            "gaps" to each { it.hasGapBefore },
            "queue" to view.queue.map { it.content },
            "refusal" to view.queue.firstNotNullOfOrNull { it.refusal?.code },
            "has_older" to view.hasOlder,
            "unread" to view.session.unreadCount,
            "draft" to view.session.draft,
            "status" to view.session.status.name.lowercase(),
            "other" to view.session.otherId,
        )
    }
}

private fun json(value: Any?): String = when (value) {
    is Map<*, *> -> value.entries.joinToString(",", "{", "}") { "${json(it.key)}:${json(it.value)}" }
    is List<*> -> value.joinToString(",", "[", "]") { json(it) }
    is String -> value.map { if (it < ' ' || it == '"' || it == '\\') "\\u%04x".format(it.code) else "$it" }
        .joinToString("", "\"", "\"")
    else -> value.toString()
}
