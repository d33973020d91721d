// What the generated client uses of OkHttp 4, declared so that it compiles without it. Nothing of this runs.
package okhttp3

import java.io.File
import java.io.InputStream

class MediaType {
    companion object {
        fun String.toMediaTypeOrNull(): MediaType? = TODO()
    }
}

abstract class RequestBody {
    companion object {
        fun ByteArray.toRequestBody(contentType: MediaType? = null): RequestBody = TODO()
        fun String.toRequestBody(contentType: MediaType? = null): RequestBody = TODO()
        fun File.asRequestBody(contentType: MediaType? = null): RequestBody = TODO()
    }
}

abstract class ResponseBody {
    fun byteStream(): InputStream = TODO()
    fun bytes(): ByteArray = TODO()
    fun string(): String = TODO()
}

class FormBody : RequestBody() {
    class Builder {
        fun add(name: String, value: String): Builder = TODO()
        fun build(): FormBody = TODO()
    }
}

class MultipartBody : RequestBody() {
    class Builder {
        fun setType(type: MediaType): Builder = TODO()
        fun addPart(headers: Headers?, body: RequestBody): Builder = TODO()
        fun build(): MultipartBody = TODO()
    }

    companion object {
        val FORM: MediaType = TODO()
    }
}

class HttpUrl {
    val encodedPathSegments: List<String> = TODO()

    fun newBuilder(): Builder = TODO()

    class Builder {
        fun addEncodedPathSegments(segments: String): Builder = TODO()
        fun addPathSegment(segment: String): Builder = TODO()
        fun addQueryParameter(name: String, value: String?): Builder = TODO()
        fun scheme(scheme: String): Builder = TODO()
        fun host(host: String): Builder = TODO()
        fun build(): HttpUrl = TODO()
    }

    companion object {
        fun String.toHttpUrlOrNull(): HttpUrl? = TODO()
    }
}

class Headers {
    fun toMultimap(): Map<String, List<String>> = TODO()

    class Builder {
        fun add(name: String, value: String): Builder = TODO()
        fun build(): Headers = TODO()
    }

    companion object {
        fun Map<String, String>.toHeaders(): Headers = TODO()
    }
}

class Request {
    class Builder {
        fun url(url: HttpUrl): Builder = TODO()
        fun headers(headers: Headers): Builder = TODO()
        fun head(): Builder = TODO()
        fun delete(body: RequestBody?): Builder = TODO()
        fun patch(body: RequestBody): Builder = TODO()
        fun put(body: RequestBody): Builder = TODO()
        fun post(body: RequestBody): Builder = TODO()
        fun method(method: String, body: RequestBody?): Builder = TODO()
        fun build(): Request = TODO()
    }
}

interface Callback

interface Call {
    fun execute(): Response

    interface Factory {
        fun newCall(request: Request): Call
    }
}

class Response : java.io.Closeable {
    val code: Int = TODO()
    val message: String = TODO()
    val headers: Headers = TODO()
    val body: ResponseBody? = TODO()
    val isSuccessful: Boolean = TODO()
    val isRedirect: Boolean = TODO()

    fun header(name: String, defaultValue: String? = null): String? = TODO()

    override fun close() = TODO()
}

class OkHttpClient : Call.Factory {
    override fun newCall(request: Request): Call = TODO()

    class Builder {
        fun build(): OkHttpClient = TODO()
    }
}
