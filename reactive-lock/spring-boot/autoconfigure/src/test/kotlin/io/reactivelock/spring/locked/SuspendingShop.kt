package io.reactivelock.spring.locked

import io.reactivelock.Lease
import io.reactivelock.spring.Locked
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.reactor.ReactorContext
import kotlinx.coroutines.reactor.mono
import reactor.core.publisher.Mono

/** What a Kotlin application would write. */
open class SuspendingShop {
    @Locked("item:#{#id}")
    open suspend fun buy(id: String): String = leaseName()

    @Locked("item:#{#id}", onBusy = Locked.OnBusy.SKIP)
    open suspend fun buyIfFree(id: String): String? = leaseName()

    @Locked("item:#{#id}")
    open suspend fun fail(id: String): String = throw IllegalStateException("no $id")

    @Locked("item:#{#id}")
    open suspend fun keep(id: String, bought: Runnable): String {
        bought.run()
        awaitCancellation()
    }

    @Locked("item:#{#id}")
    open fun watch(id: String): Flow<String> = flow {
        while (true) {
            emit(leaseName())
        }
    }

    @Locked("item:#{#id}")
    open suspend fun watchLater(id: String): Flow<String> {
        val name = leaseName()
        return listOf(1, 2).asFlow().map { "$name $it" }
    }

    private suspend fun leaseName(): String {
        val context = checkNotNull(currentCoroutineContext()[ReactorContext]).context
        return Lease.current(context).orElseThrow().name()
    }
}

/** Calls it from Java. */
class SuspendingShopCaller(private val shop: SuspendingShop) {
    fun buy(id: String): Mono<String> = mono { shop.buy(id) }

    fun buyIfFree(id: String): Mono<String> = mono { shop.buyIfFree(id) }

    fun fail(id: String): Mono<String> = mono { shop.fail(id) }

    fun keep(id: String, bought: Runnable): Mono<String> = mono { shop.keep(id, bought) }

    fun watchTwo(id: String): Mono<List<String>> = mono { shop.watch(id).take(2).toList() }

    fun watchLater(id: String): Mono<List<String>> = mono { shop.watchLater(id).toList() }
}
