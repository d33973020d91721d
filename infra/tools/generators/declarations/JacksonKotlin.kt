// What the generated client uses of jackson-module-kotlin, declared so that it compiles without it.
package com.fasterxml.jackson.module.kotlin

import com.fasterxml.jackson.databind.ObjectMapper

fun jacksonObjectMapper(): ObjectMapper = TODO()
